// The newest events, of one trigger or of all, live; and those before them, a page at a time.
import { batch, signal } from "@preact/signals";
import { get } from "../api/client";
import { type News, told } from "../api/news";
import type { Event, KeptEvents } from "../api/objects";
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

  protected override keep(found: KeptEvents): void {
    const last = found.data.at(-1)?.id;
    // What was fetched before and is older stays.
    const older = last ? this.list.peek().slice(this.list.peek().findIndex(({ id }) => id === last) + 1) : [];
    const joins = !!last && this.list.peek().some(({ id }) => id === last);
    this.take(joins ? [...found.data, ...older] : found.data, joins ? null : found);
  }

  /** Fetches the page behind the oldest that is shown. */
  async older(): Promise<void> {
    const last = this.list.peek().at(-1);
    if (!last) return;
    // Before what comes meanwhile could cut the list off in front of what was asked for.
    this.kept += PAGE;
    const found = await this.page(last.id);
    this.take([...this.list.peek(), ...found.data], found);
  }

  /** @param end the page that stands at the end, if it is another than before. */
  private take(list: readonly Event[], end: KeptEvents | null): void {
    batch(() => {
      this.list.value = list;
      if (!end) return;
      this.more.value = end.has_more;
      this.cut.value = end.deleted_before ?? null;
    });
  }

  override hear(news: readonly News[]): void {
    const fresh = told(news, "event").filter(({ type }) => !this.type || type === this.type);
    if (fresh.length === 0) return;
    const others = this.list.peek().filter(({ id }) => !fresh.some((one) => one.id === id));
    // The stream tells the oldest first.
    const list = [...fresh.toReversed(), ...others];
    if (list.length > this.kept) this.more.value = true;
    this.list.value = list.slice(0, this.kept);
  }
}
