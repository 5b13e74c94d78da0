// What rang: the events of one booking or conversation and what became of each of their deliveries, live.
import { batch, computed, type Signal, signal } from "@preact/signals";
import { get } from "../api/client";
import type { Delivery, Event, List } from "../api/objects";
import type { News } from "../api/stream";
import { Deliveries, type Row } from "./deliveries";

export interface Ringing {
  event: Event;
  rows: readonly Signal<Row>[];
}

export class Rang {
  private readonly events = signal<ReadonlyMap<string, Event>>(new Map());
  private readonly deliveries: Deliveries;
  readonly loading = signal(true);
  readonly error = signal<unknown>(null);

  /** Heard while the first answer was still under way: it may be older than what was heard. */
  private early: News[] = [];

  constructor(readonly subject: string) {
    this.deliveries = new Deliveries({ subject }, (delivery) => delivery.subject === subject);
  }

  /** Oldest first. */
  readonly list = computed<readonly Ringing[]>(() => {
    const rows = this.deliveries.rows.value;
    return [...this.events.value.values()]
      .sort((a, b) => Date.parse(a.creation_time) - Date.parse(b.creation_time))
      .map((event) => ({ event, rows: rows.filter((row) => eventOf(row.value) === event.id).reverse() }));
  });

  /** The trigger of the newest event; null when none is known. */
  readonly last = computed<string | null>(() => this.list.value.at(-1)?.event.type ?? null);

  async load(): Promise<void> {
    try {
      const [events] = await Promise.all([
        get<List<Event>>("events", { subject: this.subject, limit: 50 }),
        this.deliveries.load(),
      ]);
      this.keep(events.data);
      this.error.value = this.deliveries.error.peek();
    } catch (error) {
      this.error.value = error;
    } finally {
      this.loading.value = false;
      this.hear(this.early.splice(0));
    }
  }

  hear(news: readonly News[]): void {
    if (this.loading.peek()) this.early.push(...news);
    batch(() => {
      this.keep(
        news
          .filter(({ kind, data }) => kind === "event" && (data as Event).subject === this.subject)
          .map(({ data }) => data as Event),
      );
      this.deliveries.hear(news);
    });
  }

  private keep(found: readonly Event[]): void {
    if (found.length === 0) return;
    this.events.value = new Map([...this.events.peek(), ...found.map((event) => [event.id, event] as const)]);
  }
}

const eventOf = ({ delivery }: Row): string =>
  typeof delivery.event === "string" ? delivery.event : delivery.event.id;

export interface Tally {
  rang: number;
  arrived: number;
  /** Tries are to come. */
  open: number;
  over: number;
}

/** Subjects that are asked about at once. */
const AT_ONCE = 4;

/** How many webhooks rang for each subject that is shown, live. */
export class Counts {
  private readonly deliveries = signal<ReadonlyMap<string, Delivery>>(new Map());
  /** Subjects whose deliveries are all known. */
  readonly known = signal<ReadonlySet<string>>(new Set());
  private readonly wanted = new Set<string>();
  private waiting: string[] = [];
  private asking = 0;

  readonly tallies = computed<ReadonlyMap<string, Tally>>(() => {
    const found = new Map<string, Tally>();
    for (const { subject, status } of this.deliveries.value.values()) {
      if (!subject) continue;
      const one = found.get(subject) ?? { rang: 0, arrived: 0, open: 0, over: 0 };
      one.rang++;
      if (status === "delivered") one.arrived++;
      else if (status === "pending") one.open++;
      else one.over++;
      found.set(subject, one);
    }
    return found;
  });

  /** Counts these from now on. */
  want(subjects: readonly string[]): void {
    for (const subject of subjects) {
      if (this.wanted.has(subject)) continue;
      this.wanted.add(subject);
      this.waiting.push(subject);
    }
    while (this.asking < AT_ONCE && this.waiting.length > 0) void this.next();
  }

  hear(news: readonly News[]): void {
    this.keep(
      news
        .filter(({ kind, data }) => kind === "delivery" && this.wanted.has((data as Delivery).subject ?? ""))
        .map(({ data }) => data as Delivery),
    );
  }

  /** All of them anew: something may have been missed. */
  look(): void {
    const subjects = [...this.wanted];
    this.wanted.clear();
    this.want(subjects);
  }

  private async next(): Promise<void> {
    const subject = this.waiting.shift();
    if (subject === undefined) return;
    this.asking++;
    const found = await get<List<Delivery>>("deliveries", { subject, limit: 100 }).catch(() => null);
    this.asking--;
    batch(() => {
      // What the stream told meanwhile is newer than the answer.
      const heard = this.deliveries.peek();
      this.keep(
        (found?.data ?? []).filter(
          (one) => (heard.get(one.id)?.attempts ?? -1) < one.attempts || heard.get(one.id)?.status === "pending",
        ),
      );
      if (found) this.known.value = new Set([...this.known.peek(), subject]);
    });
    void this.next();
  }

  private keep(found: readonly Delivery[]): void {
    if (found.length > 0)
      this.deliveries.value = new Map([...this.deliveries.peek(), ...found.map((one) => [one.id, one] as const)]);
  }
}
