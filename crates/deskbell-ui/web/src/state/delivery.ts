// One open delivery: its event with the exact bytes, its attempts in full, and what the inbox captured when it was one of ours.
import { batch, signal } from "@preact/signals";
import { get, post } from "../api/client";
import type { News } from "../api/news";
import type { Attempt, Capture, Delivery, Event, List } from "../api/objects";
import { at } from "../words/time";
import { inboxAt, loadWebhook, webhook, webhookWait } from "./account";
import { Store } from "./store";

/** So often it is read anew while a try is to come. */
const WHILE_OWED = 30_000;
/** So many milliseconds after its time it is looked whether a try has begun, which no message tells. */
const BEGUN = 300;

interface Found {
  delivery: Delivery;
  event: Event;
  attempts: readonly Attempt[];
  /** So much had been told when it was asked for. */
  told: number;
}

/** The id of the delivery's event, which is given as an id or as the object. */
export const eventOf = ({ event }: Pick<Delivery, "event">): string => (typeof event === "string" ? event : event.id);

const byNumber = (attempts: readonly Attempt[]): Attempt[] => [...attempts].sort((a, b) => a.number - b.number);

export class OpenDelivery extends Store<Found> {
  readonly delivery = signal<Delivery | null>(null);
  readonly event = signal<Event | null>(null);
  readonly attempts = signal<readonly Attempt[]>([]);
  /** The other side is looked for: what was not found yet may still be. */
  readonly looking = signal(false);
  /** By attempt. */
  readonly captures = signal<ReadonlyMap<string, Capture>>(new Map());

  private webhookTimer: ReturnType<typeof setTimeout> | undefined;
  /** What the stream and calls told of it, counted. */
  private told = 0;
  /** Looks since a try was due that had not begun. */
  private looks = 0;

  constructor(readonly id: string) {
    super();
  }

  protected override async read(): Promise<Found> {
    const { told } = this;
    const delivery = await get<Delivery>(`deliveries/${this.id}`, { expand: "event,attempts" });
    const [event, attempts] = await Promise.all([
      get<Event>(`events/${eventOf(delivery)}`),
      get<List<Attempt>>("attempts", { delivery: this.id, limit: 100 }),
    ]);
    return { delivery, event, attempts: attempts.data, told };
  }

  protected override keep({ delivery, event, attempts, told }: Found): void {
    const found = new Set(attempts.map(({ id }) => id));
    // Of what was told while it was asked for, the answer may know nothing.
    const newer = told === this.told ? [] : this.attempts.peek().filter(({ id }) => !found.has(id));
    if (told === this.told || !this.isOld(delivery)) this.delivery.value = delivery;
    this.event.value = event;
    this.attempts.value = byNumber([...newer, ...attempts]);
    this.looks = this.isDue() ? this.looks + 1 : 0;
    void this.findCaptures();
    this.lookAtWebhook();
  }

  override hear(news: readonly News[]): void {
    batch(() => {
      for (const { kind, data } of news) {
        if ((kind === "delivery" || kind === "attempt") && data.webhook === this.delivery.peek()?.webhook)
          this.lookAtWebhook();
        if (kind === "delivery" && data.id === this.id) this.change(data);
        else if (kind === "attempt" && data.delivery === this.id) {
          this.told++;
          this.attempts.value = byNumber([...this.attempts.peek().filter(({ id }) => id !== data.id), data]);
          void this.findCaptures();
        } else if (kind === "capture") this.keepCaptures([data]);
      }
    });
  }

  /** Nothing more is sent of a sample. */
  async callOff(): Promise<void> {
    this.change(await post<Delivery>(`deliveries/${this.id}/cancel`));
  }

  /** What others do to its webhook, no message tells, nor that a try begins: that is looked for at its time, and ever more rarely after it. */
  protected override lasts(): number | null {
    const { status, in_flight, next_attempt_time: next } = this.delivery.peek() ?? {};
    if (this.isDue()) return Math.min(WHILE_OWED, BEGUN * 2 ** this.looks);
    if (next) return Math.min(WHILE_OWED, at(next) - Date.now() + BEGUN);
    return status === "pending" || in_flight ? WHILE_OWED : null;
  }

  /** A try is about to begin. */
  private isDue(): boolean {
    const { in_flight, next_attempt_time: next, held_by } = this.delivery.peek() ?? {};
    return !in_flight && !!next && (held_by === "room" || at(next) <= Date.now());
  }

  /** A try may have made its webhook rest, or turned it off: that matters to what has not arrived. */
  private lookAtWebhook(): void {
    const { webhook: id = "", status } = this.delivery.peek() ?? {};
    if (status === "delivered" || this.webhookTimer !== undefined) return;
    this.webhookTimer = setTimeout(() => {
      this.webhookTimer = undefined;
      void loadWebhook(id).then(() => {
        // No message tells what was called off with it.
        const isOwed = this.delivery.peek()?.status === "pending";
        if (isOwed && webhook(id)?.status === false) void this.refresh();
      });
    }, webhookWait(id));
  }

  override stop(): void {
    clearTimeout(this.webhookTimer);
    super.stop();
  }

  async retry(): Promise<void> {
    this.change(await post<Delivery>(`deliveries/${this.id}/retry`));
  }

  /** What the stream and calls tell of it is not expanded: that stays as it was read. */
  private change(delivery: Delivery): void {
    if (this.isOld(delivery)) return;
    this.told++;
    this.looks = 0;
    const { event, attempts_made } = this.delivery.peek() ?? delivery;
    this.delivery.value = { ...delivery, event, ...(attempts_made ? { attempts_made } : {}) };
    const lasts = this.lasts();
    if (lasts !== null) this.refreshWithin(lasts);
  }

  /** It was before a try that is known: an answer may come behind the message of what was next. */
  private isOld({ attempts }: Delivery): boolean {
    return attempts < (this.delivery.peek()?.attempts ?? 0);
  }

  /** Looks into the inbox for the requests that our attempts became, by their event: whatever else came there meanwhile. */
  async findCaptures(): Promise<void> {
    const isMissing = this.attempts.peek().some((attempt) => !this.captures.peek().has(attempt.id));
    const url = this.attempts.peek().at(-1)?.request.url ?? webhook(this.delivery.peek()?.webhook ?? "")?.url;
    const inbox = inboxAt(url);
    const event = this.event.peek()?.id;
    if (!inbox || !event || !isMissing) return;
    this.looking.value = true;
    const params = { event, limit: 100 };
    const found = await get<List<Capture>>(`inboxes/${inbox.id}/requests`, params).catch(() => null);
    batch(() => {
      if (found) this.keepCaptures(found.data);
      this.looking.value = false;
    });
  }

  private keepCaptures(captures: readonly Capture[]): void {
    const kept = new Map(this.captures.peek());
    for (const capture of captures) {
      const of = capture.delivery_of;
      if (of?.delivery === this.id && of.attempt) kept.set(of.attempt, capture);
    }
    if (kept.size > 0) this.captures.value = kept;
  }
}
