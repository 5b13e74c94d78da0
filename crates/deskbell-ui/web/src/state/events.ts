// The newest events, of one trigger or of all, live; and those before them, a page at a time.
import { batch, signal } from "@preact/signals";
import { get } from "../api/client";
import { type News, told } from "../api/news";
import type { Event, KeptEvents } from "../api/objects";
import { newestFirst } from "./order";
import { Store } from "./store";

const PAGE = 50;

export class Events extends Store<KeptEvents> {
  /** Newest first. */
  readonly list = signal<readonly Event[]>([]);
  /** There are older ones. */
  readonly more = signal(false);
  /** Where the past was cut; known at the end of the list. */
  readonly cut = signal<string | null>(null);
  /** So many are shown at most: each further page makes room for itself. */
  private kept = PAGE;

  /** @param type only those of this trigger. */
  constructor(private readonly type?: string) {
    super();
  }

  private page(after?: string): Promise<KeptEvents> {
    return get<KeptEvents>("events", {
      ...(this.type ? { type: this.type } : {}),
      ...(after ? { after } : {}),
      limit: PAGE,
    });
  }

  protected override read(): Promise<KeptEvents> {
    return this.page();
  }

  /** Beside what was read stays what was heard meanwhile, and, unless some between were missed, what was fetched before and is older. */
  protected override keep(found: KeptEvents): void {
    const last = found.data.at(-1);
    const joins = !last || this.list.peek().some(({ id }) => id === last.id);
    this.list.value = this.list.peek().filter((one) => joins || order(one, last) < 0);
    this.put(found.data);
    if (this.list.peek().at(-1)?.id === last?.id) this.end(found);
  }

  /** Fetches the page behind the oldest that is shown. */
  async older(): Promise<void> {
    const last = this.list.peek().at(-1);
    if (!last) return;
    // Before what comes meanwhile could cut the list off in front of what was asked for.
    this.kept = this.list.peek().length + PAGE;
    const found = await this.page(last.id);
    const list = this.list.peek();
    // Cut off all the same: this page would stand behind a gap.
    if (list.at(-1)?.id !== last.id) return;
    this.kept = Math.max(this.kept, list.length + found.data.length);
    batch(() => {
      this.put(found.data);
      this.end(found);
    });
  }

  /** What is behind the end of the list. */
  private end(page: KeptEvents): void {
    this.more.value = page.has_more;
    this.cut.value = page.deleted_before ?? null;
  }

  /** Each stands once, in the server's order, and the newest of them are kept. */
  private put(events: readonly Event[]): void {
    const ids = new Set(events.map(({ id }) => id));
    const list = [...events, ...this.list.peek().filter(({ id }) => !ids.has(id))].sort(order);
    if (list.length > this.kept) this.more.value = true;
    this.list.value = list.slice(0, this.kept);
  }

  override hear(news: readonly News[]): void {
    // What is behind the end comes with its page.
    const last = this.more.peek() ? this.list.peek().at(-1) : undefined;
    const isOurs = (one: Event) => (!this.type || one.type === this.type) && (!last || order(one, last) <= 0);
    const fresh = told(news, "event").filter(isOurs);
    if (fresh.length > 0) batch(() => this.put(fresh));
  }
}

const order = (a: Event, b: Event): number =>
  newestFirst(Date.parse(a.creation_time), a.id, Date.parse(b.creation_time), b.id);
