// What the open booking or conversation allows and what each step would ring, as the server says it: the page holds no copy of the
// state machine. Neither news nor the answer to a step carries it, so that it is asked for again after each.
import { signal } from "@preact/signals";
import { get } from "../api/client";
import type { News } from "../api/news";
import type { Action, Booking, Conversation } from "../api/objects";
import { at } from "../words/time";
import { Store } from "./store";

/** A browser's timers reach no further than 24 days. */
const DAY = 86_400_000;

export class Actions extends Store<Booking | Conversation> {
  /** In the order in which they are shown. */
  readonly list = signal<readonly Action[]>([]);
  private begins: number | null = null;

  constructor(
    private readonly kind: "booking" | "conversation",
    private readonly id: string,
  ) {
    super();
  }

  protected override read(): Promise<Booking | Conversation> {
    return get<Booking | Conversation>(`${this.kind}s/${this.id}`, { expand: "actions" });
  }

  protected override keep(object: Booking | Conversation): void {
    this.list.value = object.actions ?? [];
    this.begins = "starting_time" in object ? at(object.starting_time) : null;
  }

  override hear(news: readonly News[]): void {
    if (news.some(({ kind, data }) => kind === this.kind && data.id === this.id)) void this.refresh();
  }

  /** When a booking begins, what can be done to it changes. */
  protected override lasts(): number | null {
    const left = (this.begins ?? 0) - Date.now();
    return left > 0 ? Math.min(left + 1_000, DAY) : null;
  }
}
