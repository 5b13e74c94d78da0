// What one inbox captured: the pages that were loaded, and what arrives. A capture is heard of twice: when it comes in, and when
// the attempt that it is was recorded.
import { batch, computed, signal } from "@preact/signals";
import { get } from "../api/client";
import type { Capture, List } from "../api/objects";

const PAGE = 50;

export class Captures {
  readonly list = signal<readonly Capture[]>([]);
  /** Arrived while the page was open. */
  readonly fresh = new Set<string>();
  readonly more = signal(false);
  readonly loading = signal(true);
  readonly error = signal<unknown>(null);
  readonly ids = computed(() => this.list.value.map((capture) => capture.id));

  constructor(readonly inbox: string) {}

  /** The first page, or the next one. */
  async load(): Promise<void> {
    this.loading.value = true;
    try {
      const after = this.list.peek().at(-1)?.id;
      const page = await get<List<Capture>>(`inboxes/${this.inbox}/requests`, { limit: PAGE, after });
      batch(() => {
        this.put(page.data);
        this.more.value = page.has_more;
        this.error.value = null;
      });
    } catch (error) {
      this.error.value = error;
    }
    this.loading.value = false;
  }

  /** The newest page, for when the stream cannot tell. */
  async look(): Promise<void> {
    const page = await get<List<Capture>>(`inboxes/${this.inbox}/requests`, { limit: PAGE }).catch(() => null);
    if (page) this.put(page.data);
  }

  hear(capture: Capture): void {
    if (capture.inbox !== this.inbox) return;
    if (!this.list.peek().some((one) => one.id === capture.id)) this.fresh.add(capture.id);
    this.put([capture]);
  }

  find(id: string | null): Capture | undefined {
    return this.list.value.find((capture) => capture.id === id);
  }

  clear(): void {
    this.list.value = [];
    this.more.value = false;
  }

  private put(captures: readonly Capture[]): void {
    const ids = new Set(captures.map((capture) => capture.id));
    this.list.value = [...captures, ...this.list.peek().filter((capture) => !ids.has(capture.id))].sort(
      (a, b) => b.number - a.number,
    );
  }
}
