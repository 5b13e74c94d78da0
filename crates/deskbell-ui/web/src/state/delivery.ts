// One open delivery: its event with the exact bytes, its attempts in full, and what the inbox captured when it was one of ours.
import { batch, signal } from "@preact/signals";
import { get, post } from "../api/client";
import type { Attempt, Capture, Delivery, Event, List } from "../api/objects";
import type { News } from "../api/stream";
import { inboxAt, webhook } from "./things";

/** Pages of an inbox that are searched for the other side of a delivery. */
const SEARCHED_PAGES = 3;

export class OpenDelivery {
  readonly delivery = signal<Delivery | null>(null);
  readonly event = signal<Event | null>(null);
  readonly attempts = signal<readonly Attempt[]>([]);
  /** By attempt. */
  readonly captures = signal<ReadonlyMap<string, Capture>>(new Map());
  readonly error = signal<unknown>(null);

  constructor(readonly id: string) {}

  async load(): Promise<void> {
    try {
      const delivery = await get<Delivery>(`deliveries/${this.id}`, { expand: "event,attempts" });
      const event = typeof delivery.event === "string" ? delivery.event : delivery.event.id;
      const [whole, attempts] = await Promise.all([
        get<Event>(`events/${event}`),
        get<List<Attempt>>("attempts", { delivery: this.id, limit: 100 }),
      ]);
      batch(() => {
        this.delivery.value = delivery;
        this.event.value = whole;
        this.attempts.value = [...attempts.data].sort((a, b) => a.number - b.number);
        this.error.value = null;
      });
      await this.findCaptures();
    } catch (error) {
      this.error.value = error;
    }
  }

  hear(news: readonly News[]): void {
    batch(() => {
      for (const { kind, data } of news) {
        const object = data as { id: string; delivery?: string };
        if (kind === "delivery" && object.id === this.id) {
          const before = this.delivery.peek();
          this.delivery.value = {
            ...(data as Delivery),
            event: before?.event ?? (data as Delivery).event,
            ...(before?.attempts_made ? { attempts_made: before.attempts_made } : {}),
          };
        } else if (kind === "attempt" && object.delivery === this.id) {
          const attempt = data as Attempt;
          const others = this.attempts.peek().filter((one) => one.id !== attempt.id);
          this.attempts.value = [...others, attempt].sort((a, b) => a.number - b.number);
          void this.findCaptures();
        } else if (kind === "capture") this.keep([data as Capture]);
      }
    });
  }

  async retry(): Promise<void> {
    const delivery = await post<Delivery>(`deliveries/${this.id}/retry`);
    this.hear([{ kind: "delivery", data: delivery }]);
  }

  /** Looks into the inbox for the requests that our attempts became. */
  private async findCaptures(): Promise<void> {
    const missing = () => this.attempts.peek().some((attempt) => !this.captures.peek().has(attempt.id));
    const inbox = inboxAt(
      this.attempts.peek().at(-1)?.request.url ?? webhook(this.delivery.peek()?.webhook ?? "")?.url,
    );
    if (!inbox || !missing()) return;
    let after: string | undefined;
    for (let page = 0; page < SEARCHED_PAGES && missing(); page++) {
      const found = await get<List<Capture>>(`inboxes/${inbox.id}/requests`, { limit: 100, after }).catch(() => null);
      if (!found) return;
      this.keep(found.data);
      after = found.data.at(-1)?.id;
      if (!found.has_more) return;
    }
  }

  private keep(captures: readonly Capture[]): void {
    const ours = captures.filter((capture) => capture.delivery_of?.delivery === this.id && capture.delivery_of.attempt);
    if (ours.length === 0) return;
    const kept = new Map(this.captures.peek());
    for (const capture of ours) kept.set(capture.delivery_of?.attempt ?? "", capture);
    this.captures.value = kept;
  }
}
