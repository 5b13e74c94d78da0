// The list of deliveries: what was loaded, what arrived since, and what arrives while the reader is further down.
//
// Order is that of creation, newest first. A row is found by its id, so a thing heard twice changes nothing.
import { batch, computed, type Signal, signal } from "@preact/signals";
import { came, get, type Params } from "../api/client";
import type { News } from "../api/news";
import type { Attempt, AttemptMade, Delivery, DeliveryList, Event } from "../api/objects";
import { Store } from "./store";

export interface Row {
  delivery: Delivery;
  /** Of the event what the list shows; its excerpt once the event is known. */
  event: Pick<Event, "type" | "subject"> & Partial<Pick<Event, "excerpt">>;
  created: number;
  /** Arrived while the page was open: flashes once. */
  fresh: boolean;
}

/** Where a page begins, in the order of the list: behind a row, or before it. */
type Cursor = { after?: string | undefined; before?: string | undefined };

const PAGE = 100;
/** Pages that one refresh reads at most. */
const REFRESHED_PAGES = 20;
/** Searches are refreshed at most so often, however fast things happen. */
const SETTLE = 1_000;
/** Rows that arrivals may make the list of a reader who stays at the top; then the oldest go, and come again to whoever scrolls. */
export const KEPT = 1_000;
/** Arrivals that are held as rows; of older ones only the number is known, and they are read when they are wanted. */
export const HELD = 1_000;
/** Events whose delivery may still come in the same breath. */
const REMEMBERED_EVENTS = 1000;

export class Deliveries extends Store<DeliveryList> {
  readonly rows = signal<readonly Signal<Row>[]>([]);
  /** Arrivals held back until the reader asks for them. */
  readonly held = signal<readonly Signal<Row>[]>([]);
  /** Arrivals that wait, beside those that are held as rows. */
  readonly beyond = signal(0);
  /** So many have arrived since the list was opened. */
  readonly arrived = signal(0);
  readonly more = signal(false);
  /** What happened before this was deleted; known at the end of the list. */
  readonly cut = signal<string | null>(null);
  /** The reader is at the top: arrivals may be put there at once. */
  atTop = true;
  /** The reader holds arrivals back. */
  holding = false;
  readonly ids = computed(() => this.rows.value.map((row) => row.value.delivery.id));

  /** The rows as they are: another list whenever one comes, goes or changes. */
  readonly all = computed(() => this.rows.value.map((row) => row.value));

  private readonly known = new Map<string, Signal<Row>>();
  private readonly events = new Map<string, Event>();
  /** Rows whose event was not told yet: a delivery may come before it. */
  private readonly bare = new Map<string, Signal<Row>[]>();
  /** The first page came with the page, and was not asked for yet. */
  private filled = false;
  /** Where the next page begins. */
  private cursor: string | undefined;

  /**
   * @param query what `GET /v2/deliveries` is asked with.
   * @param fits says of a delivery whether the query would find it, when that can be said here: then arrivals need no asking.
   */
  constructor(
    private query: Record<string, string>,
    private readonly fits?: (delivery: Delivery) => boolean,
  ) {
    super();
    const page = came<DeliveryList>("deliveries", this.params({}));
    if (!page) return;
    this.keep(page);
    this.loading.value = false;
    this.filled = true;
  }

  /** Another search: what was loaded is forgotten. */
  async search(query: Record<string, string>): Promise<void> {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    batch(() => {
      this.known.clear();
      this.bare.clear();
      this.rows.value = [];
      this.held.value = [];
      this.beyond.value = 0;
      this.more.value = false;
      this.cut.value = null;
    });
    this.cursor = undefined;
    this.filled = false;
    this.forgetReads();
    await this.load();
  }

  /** The first page, or the next one. */
  override async load(): Promise<void> {
    if (this.filled) this.filled = false;
    else await super.load();
  }

  protected override read(): Promise<DeliveryList> {
    return this.page({ after: this.cursor });
  }

  protected override keep(page: DeliveryList): void {
    batch(() => {
      this.rows.value = sorted([...this.rows.peek(), ...this.strangers(page, false)]);
      this.more.value = page.has_more;
      this.cut.value = page.deleted_before ?? null;
      // A search looks at a bounded number of rows: it says itself where it stopped, which may be behind the last row it found.
      this.cursor = page.search?.cursor ?? page.data.at(-1)?.id ?? this.cursor;
    });
  }

  /** Everything newer than the newest row, beside what is loaded, and the tries of rows that are still on their way. */
  override async refresh(): Promise<void> {
    const newest = [...this.held.peek(), ...this.rows.peek()][0]?.peek().delivery.id;
    if (!newest) return this.load();
    const { query } = this;
    const fresh: Signal<Row>[] = [];
    let before = newest;
    let isBehind = false;
    for (let round = 0; round < REFRESHED_PAGES; round++) {
      const page = await this.page({ before }).catch(() => null);
      if (query !== this.query) return;
      if (!page || page.data.length === 0) break;
      fresh.unshift(...this.strangers(page, true));
      before = page.data[0]?.id ?? before;
      isBehind = page.has_more;
      if (!isBehind) break;
    }
    if (isBehind) return this.leap(query, fresh.length);
    this.put(fresh);
    const open = this.rows.peek().slice(0, PAGE);
    if (!open.some((row) => row.peek().delivery.status === "pending")) return;
    const page = await this.page({}).catch(() => null);
    for (const delivery of page?.data ?? []) {
      const row = this.known.get(delivery.id);
      if (row) row.value = { ...row.peek(), delivery };
    }
  }

  /** More was missed than is read row by row: the newest page counts, and what lies between comes to whoever scrolls. */
  private async leap(query: Record<string, string>, missed: number): Promise<void> {
    const page = await this.page({}).catch(() => null);
    if (!page || query !== this.query) return;
    batch(() => {
      const top = [...this.strangers(page, true), ...page.data.flatMap(({ id }) => this.known.get(id) ?? [])];
      this.held.value = sorted([...new Set(top)]);
      this.beyond.value += missed;
      this.arrived.value += missed;
      if (this.atTop && !this.holding) this.show();
    });
  }

  /** What the stream told. With a search in force only known rows change; what is new is asked for. */
  override hear(news: readonly News[]): void {
    const fresh: Signal<Row>[] = [];
    let strangers = false;
    batch(() => {
      for (const { kind, data } of news) {
        if (kind === "event") this.remember(data);
        else if (kind === "attempt") this.tried(data);
        else if (kind === "delivery") {
          const row = this.known.get(data.id);
          if (row) changed(row, data);
          else if (this.fits ? !this.fits(data) : this.isSearch()) strangers ||= !this.fits;
          else if (this.isNewer(data)) fresh.push(this.add(data, true));
        }
      }
      // The stream tells the oldest first.
      this.put(fresh.reverse());
    });
    if (strangers) this.refreshWithin(SETTLE);
  }

  /** Lets in what was held. */
  show(): void {
    const held = this.held.peek();
    batch(() => {
      // Between those that are held and those below lie some that are no rows here: the list goes on behind the held ones.
      if (this.beyond.peek() > 0) this.keepOnly(held);
      else this.rows.value = sorted([...held, ...this.rows.peek()]);
      this.held.value = [];
      this.beyond.value = 0;
    });
  }

  /** The list is these rows, and what is behind them is read when it is wanted. */
  private keepOnly(rows: readonly Signal<Row>[]): void {
    this.known.clear();
    for (const row of rows) this.known.set(row.peek().delivery.id, row);
    this.forgetReads();
    this.loading.value = false;
    this.rows.value = rows;
    this.more.value = true;
    this.cursor = rows.at(-1)?.peek().delivery.id;
  }

  row(id: string): Signal<Row> | undefined {
    return this.known.get(id);
  }

  private params(cursor: Cursor): Params {
    return { ...this.query, ...cursor, limit: PAGE, expand: "event,attempts" };
  }

  private page(cursor: Cursor): Promise<DeliveryList> {
    return get<DeliveryList>("deliveries", this.params(cursor));
  }

  /** Rows for those of the page that have none. */
  private strangers({ data }: DeliveryList, fresh: boolean): Signal<Row>[] {
    return data.filter(({ id }) => !this.known.has(id)).map((delivery) => this.add(delivery, fresh));
  }

  private isSearch(): boolean {
    // What arrives is later than any beginning.
    return Object.keys(this.query).some((name) => name !== "creation_time.gt");
  }

  private put(fresh: Signal<Row>[]): void {
    if (fresh.length === 0) return;
    this.arrived.value += fresh.length;
    if (this.atTop && !this.holding) {
      const rows = sorted([...fresh, ...this.rows.peek()]);
      if (rows.length > KEPT) this.keepOnly(rows.slice(0, KEPT / 2));
      else this.rows.value = rows;
      return;
    }
    const held = sorted([...fresh, ...this.held.peek()]);
    if (held.length > HELD) {
      for (const row of held.splice(HELD / 2)) {
        this.known.delete(row.peek().delivery.id);
        this.beyond.value += 1;
      }
    }
    this.held.value = held;
  }

  private add(delivery: Delivery, fresh: boolean): Signal<Row> {
    const event = typeof delivery.event === "string" ? this.events.get(delivery.event) : delivery.event;
    const row = signal<Row>({
      delivery,
      event: {
        type: delivery.type,
        subject: delivery.subject ?? null,
        ...(event?.excerpt ? { excerpt: event.excerpt } : {}),
      },
      created: Date.parse(delivery.creation_time),
      fresh,
    });
    this.known.set(delivery.id, row);
    if (typeof delivery.event === "string" && !event)
      this.bare.set(delivery.event, [...(this.bare.get(delivery.event) ?? []), row]);
    return row;
  }

  private isNewer(delivery: Delivery): boolean {
    const oldest = this.beyond.peek() > 0 ? this.held.peek().at(-1)?.peek() : undefined;
    if (oldest && Date.parse(delivery.creation_time) < oldest.created) return false;
    const last = this.rows.peek().at(-1)?.peek();
    return !this.more.peek() || !last || Date.parse(delivery.creation_time) >= last.created;
  }

  private remember(event: Event): void {
    for (const row of this.bare.get(event.id) ?? []) {
      const before = row.peek();
      if (event.excerpt) row.value = { ...before, event: { ...before.event, excerpt: event.excerpt } };
    }
    this.bare.delete(event.id);
    this.events.set(event.id, event);
    if (this.events.size > REMEMBERED_EVENTS) {
      for (const id of this.events.keys()) {
        this.events.delete(id);
        if (this.events.size <= REMEMBERED_EVENTS / 2) break;
      }
    }
  }

  private tried(attempt: Attempt): void {
    const row = this.known.get(attempt.delivery);
    if (!row) return;
    const before = row.peek();
    const made = before.delivery.attempts_made ?? [];
    if (made.some((one) => one.number === attempt.number)) return;
    row.value = {
      ...before,
      delivery: { ...before.delivery, attempts_made: [...made, brief(attempt)].sort((a, b) => a.number - b.number) },
    };
  }
}

/** What the stream tells of a delivery is not expanded: that stays as it was read. */
function changed(row: Signal<Row>, delivery: Delivery): void {
  const before = row.peek();
  const { event, attempts_made } = before.delivery;
  row.value = { ...before, delivery: { ...delivery, event, attempts_made: attempts_made ?? [] } };
}

/** The attempt as a list keeps it. */
const brief = (attempt: Attempt): AttemptMade => ({
  id: attempt.id,
  number: attempt.number,
  outcome: attempt.outcome,
  status_code: attempt.response?.status_code ?? null,
  started_time: attempt.started_time,
  total_us: attempt.timings.total_us,
  manual: attempt.manual,
});

/** Newest first. The sort keeps the order of equals, which is the server's. */
const sorted = (rows: Signal<Row>[]): Signal<Row>[] => rows.sort((a, b) => b.peek().created - a.peek().created);
