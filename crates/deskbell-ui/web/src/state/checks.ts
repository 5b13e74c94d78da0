// The four checks of a first delivery: reached, verified, answered 2xx, survived a duplicate. Each is judged by what the ledger
// and the inbox say, never assumed.
import { batch, computed, signal } from "@preact/signals";
import { get, post } from "../api/client";
import type { News } from "../api/news";
import type { Attempt, Capture, Delivery, List } from "../api/objects";
import { bytes } from "../words/bytes";
import { sentence } from "../words/outcome";
import { at, duration, exactClock, measured } from "../words/time";
import type { Opening } from "./opening";
import { book } from "./ring";
import { Store } from "./store";

export type State = "passed" | "running" | "not-yet" | "failed";

export interface Check {
  name: string;
  state: State;
  text: string;
  time: string;
}

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

  readonly checks = computed<readonly Check[]>(() => [
    this.reached(),
    this.verified(),
    this.answered(),
    this.survived(),
  ]);
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

  private mine(): Capture[] {
    const id = this.delivery.value?.id;
    return id ? this.captures.value.filter((capture) => capture.delivery_of?.delivery === id) : [];
  }

  private waiting(
    name: string,
    text: string,
    state: State = "not-yet",
    time = state === "running" ? "waiting" : "not yet",
  ): Check {
    return { name, state, text, time };
  }

  private reached(): Check {
    const name = "Reached";
    const first = this.mine()[0];
    const delivery = this.delivery.value;
    if (first && delivery) {
      const after = at(first.received_time) - at(delivery.creation_time);
      return {
        name,
        state: "passed",
        text: `One POST, ${bytes(first.body_bytes)}, arrived ${duration(Math.max(after, 1))} after the booking.`,
        time: exactClock(at(first.received_time)),
      };
    }
    const failed = this.attempts.value.at(-1);
    if (failed && failed.outcome !== "delivered")
      return {
        name,
        state: "failed",
        text: sentence(failed.outcome, failed.response?.status_code),
        time: exactClock(at(failed.started_time)),
      };
    if (this.rang.value === null) return this.waiting(name, "A request comes in at the address.");
    return this.waiting(
      name,
      delivery ? "The event is owed to your webhook and on its way." : "The booking is being made.",
      "running",
    );
  }

  private verified(): Check {
    const name = "Verified";
    const first = this.mine()[0];
    const of = first?.delivery_of;
    if (!first || !of) return this.waiting(name, "Its signature matches the webhook's secret.");
    if (of.signature === "valid" && of.same_bytes)
      return {
        name,
        state: "passed",
        text: "The signature matches, and the bytes are the ones we signed.",
        time: exactClock(at(first.received_time)),
      };
    return {
      name,
      state: "failed",
      text: of.same_bytes
        ? "The signature does not match."
        : "What arrived is not what we signed: something on the way changed it.",
      time: exactClock(at(first.received_time)),
    };
  }

  private answered(): Check {
    const name = "Answered 2xx";
    const won = this.attempts.value.find((attempt) => attempt.outcome === "delivered");
    if (won)
      return {
        name,
        state: "passed",
        text: `The inbox answered ${won.response?.status_code ?? "2xx"} after ${measured(won.timings.total_us / 1000)}.`,
        time: exactClock(at(won.started_time) + won.timings.total_us / 1000),
      };
    const lost = this.attempts.value.at(-1);
    if (lost)
      return {
        name,
        state: "failed",
        text: `${sentence(lost.outcome, lost.response?.status_code)} It will be tried again.`,
        time: exactClock(at(lost.started_time)),
      };
    return this.mine().length > 0
      ? this.waiting(name, "Waiting for the answer.", "running")
      : this.waiting(name, "The inbox says that it has it.");
  }

  private survived(): Check {
    const name = "Survived a duplicate";
    const won = this.attempts.value.filter((attempt) => attempt.outcome === "delivered");
    const again = won[1];
    const copies = this.mine();
    if (again && copies.length > 1) {
      const same = new Set(copies.map((capture) => capture.delivery_of?.event)).size === 1;
      return {
        name,
        state: same ? "passed" : "failed",
        text: same
          ? "The same event came again, with the same id: a handler counts it once."
          : "The copy came with another id.",
        time: exactClock(at(again.started_time)),
      };
    }
    return won.length > 0
      ? this.waiting(name, "The same event goes out again, with the same id.", "running")
      : this.waiting(name, "Next we send the same event again. Same id, so it must count once.");
  }
}
