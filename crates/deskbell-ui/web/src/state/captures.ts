// What one inbox captured: the pages that were loaded, and what arrives. A capture is heard of twice: when it comes in, and when
// the attempt that it is was recorded.
import { computed, signal } from "@preact/signals";
import { ApiError, get } from "../api/client";
import { type News, told } from "../api/news";
import type { Capture, List } from "../api/objects";
import { Store } from "./store";

const PAGE = 50;

export class Captures extends Store<List<Capture>> {
  readonly list = signal<readonly Capture[]>([]);
  /** Arrived while the page was open. */
  readonly fresh = new Set<string>();
  readonly more = signal(false);
  /** Those that an address names and that lie behind what is loaded; null for one that is not kept. */
  private readonly apart = signal<ReadonlyMap<string, Capture | null>>(new Map());
  readonly ids = computed(() => this.list.value.map((capture) => capture.id));

  constructor(readonly inbox: string) {
    super();
  }

  /** The first page, or the next one. */
  protected override read(): Promise<List<Capture>> {
    return this.page(this.list.peek().at(-1)?.id);
  }

  protected override keep(page: List<Capture>): void {
    this.put(page.data);
    this.more.value = page.has_more;
  }

  /** The newest page, beside those that are loaded. */
  override async refresh(): Promise<void> {
    const page = await this.page().catch(() => null);
    if (page) this.put(page.data);
  }

  override hear(news: readonly News[]): void {
    const ours = told(news, "capture").filter(({ inbox }) => inbox === this.inbox);
    const known = new Set(this.ids.peek());
    for (const { id } of ours) if (!known.has(id)) this.fresh.add(id);
    this.put(ours);
  }

  find(id: string | null): Capture | undefined {
    return (
      this.list.value.find((capture) => capture.id === id) ?? (id ? (this.apart.value.get(id) ?? undefined) : undefined)
    );
  }

  /** The server said that it is not kept. */
  isGone(id: string): boolean {
    return this.apart.value.get(id) === null;
  }

  /** Asks for one that is not among those that are loaded. */
  async look(id: string): Promise<void> {
    if (this.find(id) || this.apart.peek().has(id)) return;
    try {
      const found = await get<Capture>(`inboxes/${this.inbox}/requests/${encodeURIComponent(id)}`);
      this.apart.value = new Map(this.apart.peek()).set(id, found);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404)
        this.apart.value = new Map(this.apart.peek()).set(id, null);
      else this.error.value = error;
    }
  }

  clear(): void {
    this.list.value = [];
    this.apart.value = new Map();
    this.more.value = false;
  }

  private page(after?: string): Promise<List<Capture>> {
    return get<List<Capture>>(`inboxes/${this.inbox}/requests`, { limit: PAGE, after });
  }

  private put(captures: readonly Capture[]): void {
    if (captures.length === 0) return;
    const newer = new Map(captures.map((capture) => [capture.id, capture]));
    const others = this.list.peek().filter(({ id }) => !newer.has(id));
    this.list.value = [...newer.values(), ...others].sort((a, b) => b.number - a.number);
  }
}
