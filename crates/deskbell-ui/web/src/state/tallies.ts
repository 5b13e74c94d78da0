// How many webhooks rang for each booking and conversation that is shown, live.
import { batch, computed, signal } from "@preact/signals";
import { get } from "../api/client";
import { type News, told } from "../api/news";
import type { Delivery, List } from "../api/objects";
import { Store } from "./store";

export interface Tally {
  rang: number;
  arrived: number;
  /** Tries are to come. */
  open: number;
  over: number;
}

/** Subjects that are asked about at once. */
const AT_ONCE = 4;

export class Tallies extends Store {
  private readonly deliveries = signal<ReadonlyMap<string, Delivery>>(new Map());
  /** Subjects whose deliveries are all known. */
  readonly known = signal<ReadonlySet<string>>(new Set());
  private readonly wanted = new Set<string>();
  private readonly waiting: string[] = [];
  private asking = 0;

  readonly all = computed<ReadonlyMap<string, Tally>>(() => {
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

  /** All of them anew. */
  protected override async read(): Promise<void> {
    const subjects = [...this.wanted];
    this.wanted.clear();
    this.want(subjects);
  }

  override hear(news: readonly News[]): void {
    this.put(told(news, "delivery").filter(({ subject }) => subject && this.wanted.has(subject)));
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
      const isNews = ({ id, attempts }: Delivery) =>
        (heard.get(id)?.attempts ?? -1) < attempts || heard.get(id)?.status === "pending";
      this.put(found?.data.filter(isNews) ?? []);
      if (found) this.known.value = new Set([...this.known.peek(), subject]);
    });
    void this.next();
  }

  private put(found: readonly Delivery[]): void {
    if (found.length === 0) return;
    this.deliveries.value = new Map([...this.deliveries.peek(), ...found.map((one) => [one.id, one] as const)]);
  }
}
