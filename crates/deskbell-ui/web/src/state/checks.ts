// A first booking that is rung, and what is known of its delivery for the four checks.
import { batch, computed, signal } from "@preact/signals";
import { get, post } from "../api/client";
import type { News } from "../api/news";
import type { Attempt, Capture, Delivery, List } from "../api/objects";
import { checksOf } from "../words/checks";
import type { Opening } from "./opening";
import { book } from "./ring";
import { Store } from "./store";

export class Checks extends Store<readonly News[]> {
  /** When the button was pressed. */
  readonly rang = signal<number | null>(null);
  readonly delivery = signal<Delivery | null>(null);
  readonly attempts = signal<readonly Attempt[]>([]);
  readonly captures = signal<readonly Capture[]>([]);
  private booking: string | null = null;
  /** What was heard before the booking's id was known. */
  private early: News[] = [];
  private repeated = false;

  constructor(readonly opening: Opening) {
    super();
  }

  /** Makes a booking; what follows is heard from the stream. */
  async ring(): Promise<void> {
    batch(() => {
      this.rang.value = Date.now();
      this.delivery.value = null;
      this.attempts.value = [];
      this.captures.value = [];
    });
    this.booking = null;
    this.early = [];
    this.repeated = false;
    try {
      this.booking = await book();
    } catch (error) {
      this.rang.value = null;
      throw error;
    }
    this.hear(this.early);
    this.early = [];
  }

  override hear(news: readonly News[]): void {
    if (this.rang.peek() === null) return;
    if (this.booking === null) {
      this.early.push(...news);
      return;
    }
    batch(() => {
      for (const { kind, data } of news) {
        if (kind === "delivery") this.keepDelivery(data);
        else if (kind === "attempt") this.keepAttempt(data);
        else if (kind === "capture") this.keepCapture(data);
      }
    });
    this.repeat();
  }

  /** As if it were heard. */
  protected override async read(): Promise<readonly News[]> {
    if (!this.booking) return [];
    const { inbox, webhook } = this.opening;
    const found = await get<List<Delivery>>("deliveries", { subject: this.booking, webhook: webhook.id });
    const delivery = found.data[0];
    if (!delivery) return [];
    const [attempts, captures] = await Promise.all([
      get<List<Attempt>>("attempts", { delivery: delivery.id }),
      get<List<Capture>>(`inboxes/${inbox.id}/requests`, { limit: 20 }),
    ]);
    return [
      { kind: "delivery", data: delivery },
      ...attempts.data.map((data) => ({ kind: "attempt", data }) as const),
      ...captures.data.map((data) => ({ kind: "capture", data }) as const),
    ];
  }

  protected override keep(news: readonly News[]): void {
    this.hear(news);
  }

  readonly checks = computed(() => {
    const delivery = this.delivery.value;
    const captures = this.captures.value.filter((one) => delivery && one.delivery_of?.delivery === delivery.id);
    return checksOf({ rang: this.rang.value, delivery, attempts: this.attempts.value, captures });
  });
  readonly passed = computed(() => this.checks.value.filter((check) => check.state === "passed").length);

  private keepDelivery(delivery: Delivery): void {
    if (delivery.webhook === this.opening.webhook.id && delivery.subject === this.booking)
      this.delivery.value = delivery;
  }

  private keepAttempt(attempt: Attempt): void {
    if (attempt.delivery !== this.delivery.peek()?.id || this.attempts.peek().some((one) => one.id === attempt.id))
      return;
    this.attempts.value = [...this.attempts.peek(), attempt].sort((a, b) => a.number - b.number);
  }

  private keepCapture(capture: Capture): void {
    if (capture.inbox !== this.opening.inbox.id) return;
    // Heard twice: when it arrived, and again when its attempt was recorded.
    this.captures.value = [...this.captures.peek().filter((one) => one.id !== capture.id), capture].sort(
      (a, b) => a.number - b.number,
    );
  }

  /** After the first 2xx the same event goes out once more, as it would after an answer that was lost. */
  private repeat(): void {
    const delivery = this.delivery.peek();
    if (this.repeated || delivery?.status !== "delivered" || this.attempts.peek().length === 0) return;
    this.repeated = true;
    void post(`deliveries/${delivery.id}/retry`).catch(() => (this.repeated = false));
  }
}
