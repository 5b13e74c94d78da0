// The list of deliveries: what was loaded, what arrived since, and what arrives while the reader is further down.
//
// Order is that of creation, newest first. A row is found by its id, so a thing heard twice changes nothing. Whatever arrives, heard
// or read, goes one way: it is held, and let in at once where the reader is at the top. Of too many the oldest go, and come again to
// whoever scrolls: whole milliseconds of them, so that no late word about one of them is taken for an arrival.
import { batch, computed, type Signal, signal } from "@preact/signals";
import { ApiError, type Cursor, came, getPage, type Params } from "../api/client";
import type { News } from "../api/news";
import type { Attempt, AttemptMade, Delivery, DeliveryList, Event } from "../api/objects";
import { eventOf } from "./delivery";
import { newestFirst } from "./order";
import { Store } from "./store";

export interface Row {
  delivery: Delivery;
  /** Of the event what the list shows; its excerpt once the event is known. */
  event: Pick<Event, "type" | "subject"> & Partial<Pick<Event, "excerpt">>;
  created: number;
  /** Arrived while the page was open: flashes once. */
  fresh: boolean;
}

type Page = DeliveryList & Cursor;

const PAGE = 100;
/** Pages that one refresh reads at most. */
const REFRESHED_PAGES = 20;
/** Searches are refreshed at most so often, however fast things happen. */
const SETTLE = 1_000;
/** A refresh that failed is made again after so many milliseconds: what it was to read is told by nobody else. */
const AGAIN = 10_000;
/** Rows of the list when arrivals are let in; then the oldest go, and come again to whoever scrolls. */
export const KEPT = 1_000;
/** Arrivals that are held as rows; of older ones only the number is known, and they are read when they are wanted. */
export const HELD = 1_000;
/** Events whose delivery may still come in the same breath. */
const REMEMBERED_EVENTS = 1000;

export class Deliveries extends Store<Page> {
  readonly rows = signal<readonly Signal<Row>[]>([]);
  /** Arrivals held back until the reader asks for them. */
  readonly held = signal<readonly Signal<Row>[]>([]);
  /** Arrivals that wait, beside those that are held as rows. */
  readonly beyond = signal(0);
  /** More wait than were counted. */
  readonly uncounted = signal(false);
  /** So many have arrived since the list was opened. */
  readonly arrived = signal(0);
  readonly more = signal(false);
  /** What happened before this was deleted; known at the end of the list. */
  readonly cut = signal<string | null>(null);
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
  /** Until arrivals are let in: behind this row some are missing, which come to whoever scrolls. */
  private floor: Row | undefined;
  /** Up to this row was read: while a refresh is under way, after one that failed, and of a search. */
  private reached: string | undefined;
  /** So many refreshes have begun. */
  private refreshes = 0;
  private isAtTop = true;
  private isHolding = false;

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
      this.uncounted.value = false;
      this.more.value = false;
      this.cut.value = null;
    });
    this.cursor = undefined;
    this.floor = undefined;
    this.reached = undefined;
    this.filled = false;
    this.forgetReads();
    await this.load();
  }

  /** The first page, or the next one. */
  override async load(): Promise<void> {
    if (this.filled) this.filled = false;
    else await super.load();
  }

  protected override read(): Promise<Page> {
    return this.page({ after: this.cursor });
  }

  protected override keep(page: Page): void {
    batch(() => {
      this.rows.value = sorted([...this.rows.peek(), ...this.strangers(page, false)]);
      this.more.value = page.has_more;
      this.cut.value = page.deleted_before ?? null;
      // A bounded number of rows is looked at: the page says where that ended, which may be behind the last row that it found.
      this.cursor = page.search?.cursor ?? page.after ?? page.data.at(-1)?.id ?? this.cursor;
    });
  }

  /** The reader is at the top, where arrivals are let in at once, or further down. */
  set atTop(isAtTop: boolean) {
    this.isAtTop = isAtTop;
    this.letIn();
  }

  /** The reader holds arrivals back, or lets go. */
  set holding(isHolding: boolean) {
    this.isHolding = isHolding;
    this.letIn();
  }

  /** Everything newer than the newest row, beside what is loaded, and the tries of rows that are still on their way. */
  override async refresh(): Promise<void> {
    const newest = [...this.held.peek(), ...this.rows.peek()][0]?.peek().delivery.id;
    if (!newest) {
      // What comes now stands before the place at which the last page of nothing ended.
      if (!this.more.peek()) this.cursor = undefined;
      return this.load();
    }
    const { query } = this;
    try {
      await this.catchUp(newest, query);
      if (query === this.query) await this.readAgain();
    } catch {
      if (query === this.query) this.refreshWithin(AGAIN);
    }
  }

  /** Reads on from where the last refresh came, page by page. */
  private async catchUp(newest: string, query: Record<string, string>): Promise<void> {
    this.refreshes++;
    this.reached ??= newest;
    let before = this.reached;
    for (let round = 0; round < REFRESHED_PAGES; round++) {
      const asked = this.refreshes;
      const page = await this.page({ before }).catch((error: unknown) => {
        // The row that was to be read from was deleted meanwhile.
        if (!(error instanceof ApiError) || error.status !== 400) throw error;
        this.reached = undefined;
        return null;
      });
      if (query !== this.query) return;
      if (!page) break;
      this.put(this.strangers(page, true));
      before = page.search?.cursor ?? page.before ?? page.data[0]?.id ?? before;
      // From the newest row on everything is heard, unless more was missed since this was asked; and of a search nothing is.
      this.reached = page.has_more || page.search || asked !== this.refreshes ? before : undefined;
      if (!page.has_more) return;
    }
    await this.leap(query);
  }

  /** More was missed than is read row by row: the newest page counts, and what lies between comes to whoever scrolls. */
  private async leap(query: Record<string, string>): Promise<void> {
    const asked = this.refreshes;
    const page = await this.page({});
    const [newest, oldest] = [page.data[0], page.data.at(-1)];
    // A search may not have come to a row yet: then it goes on where it was.
    if (query !== this.query || !newest || !oldest) return;
    this.reached = page.search || asked !== this.refreshes ? newest.id : undefined;
    batch(() => {
      this.hold(this.strangers(page, true));
      // Where it is no row here, what is held was cut above it.
      const last = this.known.get(oldest.id)?.peek();
      if (last && (!this.floor || order(last, this.floor) < 0)) this.cutHeld(last);
      this.uncounted.value = this.floor !== undefined;
      this.letIn();
    });
  }

  /** What became of the newest rows, if one of them is on its way. What is heard meanwhile is newer than the answer. */
  private async readAgain(): Promise<void> {
    const open = new Map(
      this.rows
        .peek()
        .slice(0, PAGE)
        .map((row) => [row.peek().delivery.id, row.peek().delivery]),
    );
    if (![...open.values()].some(({ status }) => status === "pending")) return;
    const page = await this.page({});
    batch(() => {
      for (const delivery of page.data) {
        const row = this.known.get(delivery.id);
        if (row && row.peek().delivery === open.get(delivery.id)) row.value = { ...row.peek(), delivery };
      }
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
    let last = this.floor;
    if (held.length === 0 && !last) return;
    const rows = sorted([...held, ...this.rows.peek()]);
    const above = last ? upTo(rows, last) : rows.length;
    const stays = kept(rows.slice(0, above), KEPT);
    if (stays < above) last = rows[stays - 1]?.peek();
    this.forget(rows.splice(stays));
    batch(() => {
      this.rows.value = rows;
      this.held.value = [];
      this.beyond.value = 0;
      this.uncounted.value = false;
      this.floor = undefined;
      if (!last) return;
      // The list goes on behind this row, and not where a read that is under way began.
      this.forgetReads();
      this.loading.value = false;
      this.more.value = true;
      this.cursor = last.delivery.id;
    });
  }

  row(id: string): Signal<Row> | undefined {
    return this.known.get(id);
  }

  private params(cursor: Cursor): Params {
    return { ...this.query, ...cursor, limit: PAGE, expand: "event,attempts" };
  }

  private page(cursor: Cursor): Promise<Page> {
    return getPage<DeliveryList>("deliveries", this.params(cursor));
  }

  /** Rows for those of the page that have none. Arrivals are newer than what was left out. */
  private strangers({ data }: DeliveryList, fresh: boolean): Signal<Row>[] {
    const isWanted = (delivery: Delivery) => !this.known.has(delivery.id) && (!fresh || this.isNewer(delivery));
    return data.filter(isWanted).map((delivery) => this.add(delivery, fresh));
  }

  private isSearch(): boolean {
    // What arrives is later than any beginning.
    return Object.keys(this.query).some((name) => name !== "creation_time.gt");
  }

  /** The one way of what arrives into the list: newest first. */
  private put(fresh: readonly Signal<Row>[]): void {
    if (fresh.length === 0) return;
    batch(() => {
      this.hold(fresh);
      this.letIn();
    });
  }

  private hold(fresh: readonly Signal<Row>[]): void {
    this.arrived.value += fresh.length;
    this.held.value = sorted([...fresh, ...this.held.peek()]);
    const stays = kept(this.held.peek(), HELD);
    if (stays < this.held.peek().length) this.cutHeld(this.held.peek()[stays - 1]?.peek());
  }

  private letIn(): void {
    if (this.isAtTop && !this.isHolding) this.show();
  }

  /** Holds no rows behind `last`: they are counted only. */
  private cutHeld(last: Row | undefined): void {
    if (!last) return;
    const held = [...this.held.peek()];
    const gone = held.splice(upTo(held, last));
    this.forget(gone);
    this.held.value = held;
    this.beyond.value += gone.length;
    this.floor = last;
  }

  private forget(rows: readonly Signal<Row>[]): void {
    for (const row of rows) {
      const { delivery } = row.peek();
      this.known.delete(delivery.id);
      this.bare.delete(eventOf(delivery));
    }
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

  /** It is none of those that come when somebody scrolls. */
  private isNewer(delivery: Delivery): boolean {
    const last = this.floor ?? (this.more.peek() ? this.rows.peek().at(-1)?.peek() : undefined);
    return !last || order({ delivery, created: Date.parse(delivery.creation_time) }, last) <= 0;
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

/** Siblings of one event are equal. */
const order = (a: Pick<Row, "created" | "delivery">, b: Pick<Row, "created" | "delivery">): number =>
  newestFirst(a.created, eventOf(a.delivery), b.created, eventOf(b.delivery));

/** The sort keeps the order of equals, which is the server's. */
const sorted = (rows: Signal<Row>[]): Signal<Row>[] => rows.sort((a, b) => order(a.peek(), b.peek()));

/** How many of the rows do not stand behind `last`. */
function upTo(rows: readonly Signal<Row>[], last: Row): number {
  const behind = rows.findIndex((row) => order(row.peek(), last) > 0);
  return behind < 0 ? rows.length : behind;
}

/** How many of the rows stay: of more than `most` about half as many, and always all that were made in one millisecond. */
function kept(rows: readonly Signal<Row>[], most: number): number {
  if (rows.length <= most) return rows.length;
  const last = rows[most / 2 - 1]?.peek().created;
  const next = rows.findIndex((row, at) => at >= most / 2 && row.peek().created !== last);
  return next < 0 ? rows.length : next;
}
