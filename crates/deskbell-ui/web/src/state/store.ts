// What a screen knows of the server, for as long as somebody looks: read once, told what happens, read again where the stream
// cannot tell. Every file beside this one that follows the server is such a store; `follow.ts` joins it to a screen.
import { batch, signal } from "@preact/signals";
import type { News } from "../api/news";

export abstract class Store<Found = void> {
  /** The first answer, or a further page that was asked for, is still under way. */
  readonly loading = signal(true);
  readonly error = signal<unknown>(null);
  /** Reads are numbered: an answer never undoes that of a later read. */
  private readonly reads = { begun: 0, answered: 0 };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = Number.POSITIVE_INFINITY;
  private readonly over = new AbortController();

  /** Asks the server. What `signal` aborts is asked for nobody any more. */
  protected abstract read(signal: AbortSignal): Promise<Found>;

  /** Takes the answer. */
  protected keep(_found: Found): void {}

  /** Hears what happened, in order. */
  hear(_news: readonly News[]): void {}

  /** The stream cannot tell what happened. */
  missed(): void {
    void this.refresh();
  }

  /** How long an answer stays true if nothing is heard, in milliseconds; null when only news can change it. */
  protected lasts(): number | null {
    return null;
  }

  /** Reads for the first time, or further. */
  load(): Promise<void> {
    this.loading.value = true;
    return this.run();
  }

  /** Reads again, for what may have been missed; what is shown stays. */
  refresh(): Promise<void> {
    return this.run();
  }

  /** Nobody looks any more. */
  stop(): void {
    this.over.abort();
    this.forgetTimer();
  }

  /** Refreshes within that time, once for all who ask for it; a page that is hidden waits until it is seen. */
  protected refreshWithin(ms: number): void {
    const due = Date.now() + ms;
    if (this.due <= due || this.over.signal.aborted) return;
    this.forgetTimer();
    this.due = due;
    this.timer = setTimeout(() => {
      if (document.hidden)
        document.addEventListener("visibilitychange", () => this.refreshNow(), {
          once: true,
          signal: this.over.signal,
        });
      else this.refreshNow();
    }, ms);
  }

  /** What was due is done: until now nobody who asks for a refresh gets one beside it. */
  private refreshNow(): void {
    this.due = Number.POSITIVE_INFINITY;
    void this.refresh();
  }

  /** What is read now belongs to a question that nobody asks any more. */
  protected forgetReads(): void {
    this.reads.answered = this.reads.begun;
  }

  private async run(): Promise<void> {
    const number = ++this.reads.begun;
    const isLate = () => number <= this.reads.answered || this.over.signal.aborted;
    try {
      const found = await this.read(this.over.signal);
      if (isLate()) return;
      batch(() => {
        this.loading.value = false;
        this.error.value = null;
        this.keep(found);
      });
      this.reads.answered = number;
    } catch (error) {
      if (isLate()) return;
      batch(() => {
        this.loading.value = false;
        this.error.value = error;
      });
    }
    const lasts = this.lasts();
    if (lasts !== null) this.refreshWithin(lasts);
  }

  private forgetTimer(): void {
    clearTimeout(this.timer);
    this.due = Number.POSITIVE_INFINITY;
  }
}

/** One answer, which no news changes. */
export class Once<T> extends Store<T> {
  readonly answer = signal<T | null>(null);

  /** @param question asks for it. */
  constructor(private readonly question: (signal: AbortSignal) => Promise<T>) {
    super();
  }

  protected override read(signal: AbortSignal): Promise<T> {
    return this.question(signal);
  }

  protected override keep(answer: T): void {
    this.answer.value = answer;
  }

  override missed(): void {}
}
