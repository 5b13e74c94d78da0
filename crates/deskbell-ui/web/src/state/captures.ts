// What one inbox captured: the pages that were loaded, and what arrives. A capture is heard of twice: when it comes in, and when
// the attempt that it is was recorded.
import { batch, computed, signal } from "@preact/signals";
import { ApiError, get, patch, remove } from "../api/client";
import { type News, told } from "../api/news";
import type { Capture, List } from "../api/objects";
import { Store } from "./store";

const PAGE = 50;
/** Of what arrives so many are kept; then the oldest go, and come again to whoever scrolls. */
export const KEPT = 500;

export class Captures extends Store<List<Capture>> {
  readonly list = signal<readonly Capture[]>([]);
  /** Arrived while the page was open. */
  readonly fresh = new Set<string>();
  readonly more = signal(false);
  /** Those that an address names and that lie behind what is loaded, or why they could not be read. */
  private readonly apart = signal<ReadonlyMap<string, { found: Capture } | { error: unknown }>>(new Map());
  /** Those that were deleted here. */
  private readonly deleted = new Set<string>();
  /** So many are listed at most: each further page makes room for itself. */
  private kept = KEPT;
  readonly ids = computed(() => this.list.value.map((capture) => capture.id));

  constructor(readonly inbox: string) {
    super();
  }

  /** The first page, or the next one. */
  protected override read(): Promise<List<Capture>> {
    return this.page(this.list.peek().at(-1)?.id);
  }

  protected override keep(page: List<Capture>): void {
    this.kept = Math.max(this.kept, this.list.peek().length + page.data.length);
    this.put(page.data);
    this.more.value = page.has_more;
  }

  /** The newest page, beside those that are loaded; in their place, where some between were missed. */
  override async refresh(): Promise<void> {
    const page = await this.page().catch(() => null);
    if (!page) return;
    // An inbox numbers what it takes one by one.
    const last = page.data.at(-1)?.number ?? 0;
    const joins = !page.has_more || this.list.peek().some(({ number }) => number === last || number === last - 1);
    batch(() => {
      this.put(page.data);
      if (!joins) this.end(this.list.peek().filter(({ number }) => number >= last).length);
    });
  }

  override hear(news: readonly News[]): void {
    const known = new Set(this.ids.peek());
    // What is behind the end comes with its page.
    const last = this.more.peek() ? (this.list.peek().at(-1)?.number ?? 0) : 0;
    const ours = told(news, "capture").filter(({ inbox, number }) => inbox === this.inbox && number >= last);
    for (const { id } of ours) if (!known.has(id)) this.fresh.add(id);
    batch(() => this.put(ours));
  }

  find(id: string | null): Capture | undefined {
    const listed = this.list.value.find((capture) => capture.id === id);
    if (listed || !id) return listed;
    const apart = this.apart.value.get(id);
    return apart && "found" in apart ? apart.found : undefined;
  }

  /** Why the one that was asked for by itself could not be read; undefined while that is not known. */
  fault(id: string): unknown {
    const apart = this.apart.value.get(id);
    return apart && "error" in apart ? apart.error : undefined;
  }

  /** It was deleted here, or the server said that it is not kept. */
  isGone(id: string): boolean {
    const fault = this.fault(id);
    return this.deleted.has(id) || (fault instanceof ApiError && fault.status === 404);
  }

  /** Asks for one that is not among those that are loaded. */
  async look(id: string): Promise<void> {
    if (this.find(id) || this.isGone(id)) return;
    const told = await get<Capture>(`inboxes/${this.inbox}/requests/${encodeURIComponent(id)}`).then(
      (found) => ({ found }),
      (error: unknown) => ({ error }),
    );
    this.apart.value = new Map(this.apart.peek()).set(id, told);
  }

  /** Writes a note beside one, or takes it away. */
  async note(id: string, text: string): Promise<void> {
    const note = text.trim() || null;
    const noted = await patch<Capture>(`inboxes/${this.inbox}/requests/${encodeURIComponent(id)}`, { note });
    // One behind what is loaded has no place among them.
    if (this.ids.peek().includes(id)) this.put([noted]);
    else this.apart.value = new Map(this.apart.peek()).set(id, { found: noted });
  }

  /** Deletes one. */
  async remove(id: string): Promise<void> {
    await remove(`inboxes/${this.inbox}/requests/${encodeURIComponent(id)}`);
    const apart = new Map(this.apart.peek());
    apart.delete(id);
    this.deleted.add(id);
    this.fresh.delete(id);
    batch(() => {
      this.list.value = this.list.peek().filter((capture) => capture.id !== id);
      this.apart.value = apart;
    });
  }

  clear(): void {
    this.end(0);
    this.apart.value = new Map();
    this.more.value = false;
  }

  /** Lists the first `length` alone; what is behind them is read when it is wanted. */
  private end(length: number): void {
    for (const { id } of this.list.peek().slice(length)) this.fresh.delete(id);
    this.list.value = this.list.peek().slice(0, length);
    this.more.value = true;
    // A page that is under way would stand behind a gap.
    this.forgetReads();
    this.loading.value = false;
  }

  private page(after?: string): Promise<List<Capture>> {
    return get<List<Capture>>(`inboxes/${this.inbox}/requests`, { limit: PAGE, after });
  }

  private put(captures: readonly Capture[]): void {
    if (captures.length === 0) return;
    const newer = new Map(captures.map((capture) => [capture.id, capture]));
    const others = this.list.peek().filter(({ id }) => !newer.has(id));
    this.list.value = [...newer.values(), ...others].sort((a, b) => b.number - a.number);
    if (this.list.peek().length > this.kept) this.end(this.kept);
  }
}
