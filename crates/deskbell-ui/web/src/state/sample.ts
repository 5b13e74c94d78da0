// A sample on its way: sent by one call, then followed on the stream until it arrived, waits for its next try, or is over.
import { signal } from "@preact/signals";
import { get, post } from "../api/client";
import type { Attempt, Delivery, List } from "../api/objects";
import type { News } from "../api/stream";
import { connection } from "./live";

export interface Sent {
  type: string;
  began: number;
  /** Null until the server took it. */
  id: string | null;
  delivery: Delivery | null;
  /** Its last try. */
  attempt: Attempt | null;
}

export class Sample {
  readonly sent = signal<Sent | null>(null);
  readonly error = signal<unknown>(null);
  /** Heard while the server's answer was still under way, by delivery. */
  private early: News[] = [];
  private asked: number | undefined;

  constructor(private readonly webhook: string) {}

  /** @param data the event's own data; a sample of the type's when left out. */
  async send(type: string, data?: unknown): Promise<void> {
    this.early = [];
    this.error.value = null;
    this.sent.value = { type, began: Date.now(), id: null, delivery: null, attempt: null };
    try {
      const { id } = await post<{ id: string }>(
        `webhooks/${this.webhook}/test`,
        data === undefined ? { type } : { type, data },
      );
      const sent = this.sent.peek();
      if (sent) this.sent.value = { ...sent, id };
      this.hear(this.early.splice(0));
      if (connection.peek().state !== "live") await this.look();
    } catch (error) {
      this.sent.value = null;
      this.error.value = error;
    }
  }

  hear(news: readonly News[]): void {
    const sent = this.sent.peek();
    if (!sent) return;
    for (const one of news) {
      const { kind, data } = one;
      if (kind !== "delivery" && kind !== "attempt") continue;
      const object = data as { webhook: string };
      if (object.webhook !== this.webhook) continue;
      const now = this.sent.peek();
      if (!now) return;
      if (!now.id) this.early.push(one);
      else if (kind === "delivery" && (data as Delivery).id === now.id)
        this.sent.value = { ...now, delivery: data as Delivery };
      else if (kind === "attempt" && (data as Attempt).delivery === now.id)
        this.sent.value = { ...now, attempt: data as Attempt };
    }
  }

  /** Where the stream does not tell: asks, each second until the first try is over. */
  async look(): Promise<void> {
    clearTimeout(this.asked);
    const id = this.sent.peek()?.id;
    if (!id) return;
    const [delivery, attempts] = await Promise.all([
      get<Delivery>(`deliveries/${id}`),
      get<List<Attempt>>("attempts", { delivery: id, limit: 1 }),
    ]).catch(() => [null, null] as const);
    const now = this.sent.peek();
    if (now?.id === id && delivery && attempts)
      this.sent.value = { ...now, delivery, attempt: attempts.data[0] ?? now.attempt };
    if (connection.peek().state !== "live" && !this.sent.peek()?.attempt)
      this.asked = window.setTimeout(() => void this.look(), 1000);
  }

  stop(): void {
    clearTimeout(this.asked);
  }
}
