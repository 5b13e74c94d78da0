// How many stand where somebody has to look: on their way, and given up. Counted as far as one page reaches, for a count of all would
// cost what a list of all does.
import { signal } from "@preact/signals";
import { get } from "../api/client";
import type { News } from "../api/news";
import type { DeliveryList } from "../api/objects";
import { Store } from "./store";

/** Counted exactly up to here. */
export const COUNTED = 100;
/** However fast things happen, they are counted so often, in milliseconds. */
const SETTLE = 5_000;

/** By stand: `3`, `100+`. */
export type Counts = Readonly<Record<string, string>>;

export class Stands extends Store<Counts> {
  readonly counts = signal<Counts>({});

  /** @param questions by stand, what `GET /v2/deliveries` is asked with. */
  constructor(private readonly questions: Readonly<Record<string, Record<string, string>>>) {
    super();
  }

  protected override async read(signal: AbortSignal): Promise<Counts> {
    const counted = Object.entries(this.questions).map(async ([stand, question]) => {
      const list = await get<DeliveryList>("deliveries", { ...question, limit: COUNTED }, signal);
      // A search looks at a bounded part: where it goes on there may be more.
      return [stand, `${list.data.length}${list.has_more || list.search?.cursor ? "+" : ""}`] as const;
    });
    return Object.fromEntries(await Promise.all(counted));
  }

  protected override keep(counts: Counts): void {
    this.counts.value = counts;
  }

  override hear(news: readonly News[]): void {
    if (news.some(({ kind }) => kind === "delivery" || kind === "attempt")) this.refreshWithin(SETTLE);
  }
}
