// The newest events of one trigger, live.
import { signal } from "@preact/signals";
import { get } from "../api/client";
import { type News, told } from "../api/news";
import type { Event, List } from "../api/objects";
import { Store } from "./store";

const KEPT = 50;

export class Events extends Store<List<Event>> {
  /** Newest first. */
  readonly list = signal<readonly Event[]>([]);

  constructor(private readonly type: string) {
    super();
  }

  protected override read(): Promise<List<Event>> {
    return get<List<Event>>("events", { type: this.type, limit: KEPT });
  }

  protected override keep(events: List<Event>): void {
    this.list.value = events.data;
  }

  override hear(news: readonly News[]): void {
    const fresh = told(news, "event").filter(({ type }) => type === this.type);
    if (fresh.length === 0) return;
    const others = this.list.peek().filter(({ id }) => !fresh.some((one) => one.id === id));
    // The stream tells the oldest first.
    this.list.value = [...fresh.toReversed(), ...others].slice(0, KEPT);
  }
}
