// What rang: the events of one booking or conversation and what became of each of their deliveries, live.
import { batch, computed, type Signal, signal } from "@preact/signals";
import { get } from "../api/client";
import { type News, told } from "../api/news";
import type { Event, List } from "../api/objects";
import { Deliveries, type Row } from "./deliveries";
import { eventOf } from "./delivery";
import { Store } from "./store";

export interface Ringing {
  event: Event;
  rows: readonly Signal<Row>[];
}

export class Rang extends Store<List<Event>> {
  private readonly events = signal<ReadonlyMap<string, Event>>(new Map());
  private readonly deliveries: Deliveries;
  /** Heard while the first answer was still under way: it may be older than what was heard. */
  private early: News[] = [];

  constructor(readonly subject: string) {
    super();
    this.deliveries = new Deliveries({ subject }, (delivery) => delivery.subject === subject);
  }

  /** Oldest first. */
  readonly list = computed<readonly Ringing[]>(() => {
    const rows = this.deliveries.rows.value;
    return [...this.events.value.values()]
      .sort((a, b) => Date.parse(a.creation_time) - Date.parse(b.creation_time))
      .map((event) => ({ event, rows: rows.filter((row) => eventOf(row.value.delivery) === event.id).reverse() }));
  });

  protected override async read(): Promise<List<Event>> {
    const [events] = await Promise.all([
      get<List<Event>>("events", { subject: this.subject, limit: 50 }),
      this.loading.peek() ? this.deliveries.load() : this.deliveries.refresh(),
    ]);
    const refused = this.deliveries.error.peek();
    if (refused) throw refused;
    return events;
  }

  protected override keep(events: List<Event>): void {
    this.put(events.data);
    this.hear(this.early.splice(0));
  }

  override stop(): void {
    super.stop();
    this.deliveries.stop();
  }

  override hear(news: readonly News[]): void {
    if (this.loading.peek()) this.early.push(...news);
    batch(() => {
      this.put(told(news, "event").filter(({ subject }) => subject === this.subject));
      this.deliveries.hear(news);
    });
  }

  private put(found: readonly Event[]): void {
    if (found.length === 0) return;
    this.events.value = new Map([...this.events.peek(), ...found.map((event) => [event.id, event] as const)]);
  }
}
