// The list of deliveries: what was loaded, what arrived since, and what arrives while the reader is further down.
//
// Order is that of creation, newest first. A row is found by its id, so a thing heard twice changes nothing.
import { batch, computed, type Signal, signal } from "@preact/signals";
import { came, get, type Params } from "../api/client";
import type { Attempt, AttemptMade, Delivery, Event, Excerpt, List } from "../api/objects";
import { type News } from "../api/stream";

export interface Row {
  delivery: Delivery;
  event: { type: string; subject: string | null; excerpt?: Excerpt };
  created: number;
  /** Arrived while the page was open: flashes once. */
  fresh: boolean;
}

/** A page of the list; a search adds how far it looked. */
type Found = List<Delivery> & { search?: { scanned: number; cursor: string | null } | null };

const PAGE = 100;
/** Events whose delivery may still come in the same breath. */
const REMEMBERED_EVENTS = 1000;

export class Deliveries {
  readonly rows = signal<readonly Signal<Row>[]>([]);
  /** Arrivals held back until the reader asks for them. */
  readonly held = signal<readonly Signal<Row>[]>([]);
  readonly more = signal(false);
  readonly loading = signal(true);
  readonly error = signal<unknown>(null);
  /** The reader is at the top: arrivals may be put there at once. */
  atTop = true;
  /** The reader holds arrivals back. */
  holding = false;
  readonly ids = computed(() => this.rows.value.map((row) => row.value.delivery.id));

  private readonly known = new Map<string, Signal<Row>>();
  private readonly events = new Map<string, Event>();
  private generation = 0;
  /** The query whose first page came with the page, until it is asked for. */
  private filled: string | null = null;
  /** Where the next page begins. */
  private cursor: string | undefined;
  private again: number | undefined;

  /**
   * @param query what `GET /v2/deliveries` is asked with.
   * @param fits says of a delivery whether the query would find it, when that can be said here: then arrivals need no asking.
   */
  constructor(
    private query: Record<string, string>,
    private readonly fits?: (delivery: Delivery) => boolean,
  ) {
    const page = came<Found>("deliveries", this.asking({}));
    if (!page) return;
    this.take(page);
    this.loading.value = false;
    this.filled = JSON.stringify(query);
  }

  /** Another search: what was loaded is forgotten. */
  async ask(query: Record<string, string>): Promise<void> {
    const isThere = this.filled === JSON.stringify(query);
    this.filled = null;
    if (isThere) return;
    this.query = query;
    batch(() => {
      this.known.clear();
      this.rows.value = [];
      this.held.value = [];
      this.more.value = false;
    });
    this.cursor = undefined;
    await this.load();
  }

  /** The first page, or the next one. */
  async load(): Promise<void> {
    const generation = ++this.generation;
    this.loading.value = true;
    try {
      const page = await this.page({ after: this.cursor });
      if (generation !== this.generation) return;
      this.take(page);
    } catch (error) {
      if (generation === this.generation) this.error.value = error;
    } finally {
      if (generation === this.generation) this.loading.value = false;
    }
  }

  /** Looks for what the stream may not have told: everything newer than the newest row. */
  async look(): Promise<void> {
    const newest = [...this.held.peek(), ...this.rows.peek()][0]?.peek().delivery.id;
    if (!newest) return this.load();
    let fresh: Signal<Row>[] = [];
    let before = newest;
    for (let round = 0; round < 20; round++) {
      const page = await this.page({ before }).catch(() => null);
      if (!page || page.data.length === 0) break;
      fresh = [
        ...page.data.filter((delivery) => !this.known.has(delivery.id)).map((delivery) => this.add(delivery, true)),
        ...fresh,
      ];
      before = page.data[0]?.id ?? before;
      if (!page.has_more) break;
    }
    this.put(fresh);
    // The tries of rows that are still on their way.
    const open = this.rows
      .peek()
      .slice(0, PAGE)
      .some((row) => row.peek().delivery.status === "pending");
    if (!open) return;
    const page = await this.page({}).catch(() => null);
    for (const delivery of page?.data ?? []) {
      const row = this.known.get(delivery.id);
      if (row) row.value = { ...row.peek(), delivery };
    }
  }

  /** What the stream told. With a search in force only known rows change; what is new is asked for. */
  hear(news: readonly News[]): void {
    const fresh: Signal<Row>[] = [];
    let strangers = false;
    batch(() => {
      for (const { kind, data } of news) {
        if (kind === "event") this.remember(data as Event);
        else if (kind === "attempt") this.tried(data as Attempt);
        else if (kind === "delivery") {
          const delivery = data as Delivery;
          const row = this.known.get(delivery.id);
          if (row) {
            const before = row.peek();
            row.value = {
              ...before,
              delivery: {
                ...delivery,
                event: before.delivery.event,
                attempts_made: before.delivery.attempts_made ?? [],
              },
            };
          } else if (this.fits ? !this.fits(delivery) : this.isSearch()) strangers ||= !this.fits;
          else if (this.isNewer(delivery)) fresh.push(this.add(delivery, true));
        }
      }
      // The stream tells the oldest first.
      this.put(fresh.reverse());
    });
    if (strangers) this.lookSoon();
  }

  /** Lets in what was held. */
  show(): void {
    batch(() => {
      this.rows.value = sorted([...this.held.peek(), ...this.rows.peek()]);
      this.held.value = [];
    });
  }

  row(id: string): Signal<Row> | undefined {
    return this.known.get(id);
  }

  private take(page: Found): void {
    batch(() => {
      const added = page.data
        .filter((delivery) => !this.known.has(delivery.id))
        .map((delivery) => this.add(delivery, false));
      this.rows.value = sorted([...this.rows.peek(), ...added]);
      this.more.value = page.has_more;
      // A search looks at a bounded number of rows: it says itself where it stopped, which may be behind the last row it found.
      this.cursor = page.search?.cursor ?? page.data.at(-1)?.id ?? this.cursor;
      this.error.value = null;
    });
  }

  private asking(cursor: { after?: string | undefined; before?: string | undefined }): Params {
    return { ...this.query, ...cursor, limit: PAGE, expand: "event,attempts" };
  }

  private page(cursor: { after?: string | undefined; before?: string | undefined }): Promise<Found> {
    return get<Found>("deliveries", this.asking(cursor));
  }

  private isSearch(): boolean {
    return Object.keys(this.query).length > 0;
  }

  /** Searches look anew at most once a second, however fast things happen. */
  private lookSoon(): void {
    this.again ??= window.setTimeout(() => {
      this.again = undefined;
      void this.look();
    }, 1000);
  }

  private put(fresh: Signal<Row>[]): void {
    if (fresh.length === 0) return;
    if (this.atTop && !this.holding) this.rows.value = sorted([...fresh, ...this.rows.peek()]);
    else this.held.value = sorted([...fresh, ...this.held.peek()]);
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
    return row;
  }

  private isNewer(delivery: Delivery): boolean {
    const last = this.rows.peek().at(-1)?.peek();
    return !this.more.peek() || !last || Date.parse(delivery.creation_time) >= last.created;
  }

  private remember(event: Event): void {
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
