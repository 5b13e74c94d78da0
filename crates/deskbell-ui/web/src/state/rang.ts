// What rang: the events of one booking or conversation and what became of each of their deliveries, live.
import { batch, computed, signal, type Signal } from "@preact/signals";
import { get } from "../api/client";
import type { Event, List } from "../api/objects";
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
      const [events] = await Promise.all([get<List<Event>>("events", { subject: this.subject, limit: 50 }), this.deliveries.load()]);
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
      this.keep(news.filter(({ kind, data }) => kind === "event" && (data as Event).subject === this.subject).map(({ data }) => data as Event));
      this.deliveries.hear(news);
    });
  }

  private keep(found: readonly Event[]): void {
    if (found.length === 0) return;
    this.events.value = new Map([...this.events.peek(), ...found.map((event) => [event.id, event] as const)]);
  }
}

const eventOf = ({ delivery }: Row): string => (typeof delivery.event === "string" ? delivery.event : delivery.event.id);

export interface Tally {
  rang: number;
  arrived: number;
  /** Tries are to come. */
  open: number;
  over: number;
}

/** How many webhooks each subject rang, of the deliveries that are loaded. */
export function tally(rows: readonly Signal<Row>[]): ReadonlyMap<string, Tally> {
  const found = new Map<string, Tally>();
  for (const row of rows) {
    const { delivery } = row.value;
    if (!delivery.subject) continue;
    const one = found.get(delivery.subject) ?? { rang: 0, arrived: 0, open: 0, over: 0 };
    one.rang++;
    if (delivery.status === "delivered") one.arrived++;
    else if (delivery.status === "pending") one.open++;
    else one.over++;
    found.set(delivery.subject, one);
  }
  return found;
}
