// A sample on its way: sent by one call, then followed on the stream until it arrived, waits for its next try, or is over.
import { signal } from "@preact/signals";
import { get, Json, post } from "../api/client";
import type { News } from "../api/news";
import type { Attempt, Delivery, List, SampleSent } from "../api/objects";
import { connection } from "./live";
import { Store } from "./store";

export interface Sent {
  type: string;
  began: number;
  /** Null until the server took it. */
  id: string | null;
  delivery: Delivery | null;
  /** Its last try. */
  attempt: Attempt | null;
}

/** Where the stream does not tell, it is asked for so often until its first try is over. */
const EVERY = 1_000;

export class Sample extends Store<Pick<Sent, "delivery" | "attempt"> | null> {
  readonly sent = signal<Sent | null>(null);
  /** Why it could not be sent. */
  readonly refused = signal<unknown>(null);
  /** Heard while the server's answer was still under way. */
  private early: News[] = [];

  constructor(private readonly webhook: string) {
    super();
  }

  /** @param data the event's own data, JSON that is sent as it is written; a sample of the type's when left out. */
  async send(type: string, data?: string): Promise<void> {
    this.early = [];
    this.refused.value = null;
    this.sent.value = { type, began: Date.now(), id: null, delivery: null, attempt: null };
    try {
      const body = data === undefined ? { type } : new Json(`{"type":${JSON.stringify(type)},"data":${data}}`);
      const { id } = await post<SampleSent>(`webhooks/${this.webhook}/test`, body);
      this.change({ id });
      this.hear(this.early.splice(0));
      if (connection.peek().state !== "live") await this.refresh();
    } catch (error) {
      this.sent.value = null;
      this.refused.value = error;
    }
  }

  protected override async read(): Promise<Pick<Sent, "delivery" | "attempt"> | null> {
    const id = this.sent.peek()?.id;
    if (!id) return null;
    const [delivery, attempts] = await Promise.all([
      get<Delivery>(`deliveries/${id}`),
      get<List<Attempt>>("attempts", { delivery: id, limit: 1 }),
    ]);
    return { delivery, attempt: attempts.data[0] ?? this.sent.peek()?.attempt ?? null };
  }

  protected override keep(found: Pick<Sent, "delivery" | "attempt"> | null): void {
    if (found?.delivery?.id === this.sent.peek()?.id) this.change(found ?? {});
  }

  override hear(news: readonly News[]): void {
    for (const one of news) {
      const { kind, data } = one;
      if ((kind !== "delivery" && kind !== "attempt") || data.webhook !== this.webhook) continue;
      const sent = this.sent.peek();
      if (!sent) return;
      if (!sent.id) this.early.push(one);
      else if (kind === "delivery" && data.id === sent.id) this.change({ delivery: data });
      else if (kind === "attempt" && data.delivery === sent.id) this.change({ attempt: data });
    }
  }

  protected override lasts(): number | null {
    const sent = this.sent.peek();
    return sent?.id && !sent.attempt && connection.peek().state !== "live" ? EVERY : null;
  }

  private change(change: Partial<Sent>): void {
    const sent = this.sent.peek();
    if (sent) this.sent.value = { ...sent, ...change };
  }
}
