// The question why a webhook got an event, or why not: made whole from whatever the address names, and asked of the ledger.
import { signal } from "@preact/signals";
import { get } from "../api/client";
import type { News } from "../api/news";
import type { Delivery, Event, List, Webhook, Why } from "../api/objects";
import { inboxAt } from "./account";
import { eventOf } from "./delivery";
import { Store } from "./store";

/** Things happen in bursts: the answer is asked for anew when one is over. */
const SETTLE = 400;

/** A whole question: an event by its id, or any of a trigger, about a subject and in a time if these are given. */
export interface Question {
  webhook: string;
  event?: string | undefined;
  type?: string | undefined;
  subject?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

const NAMES = ["webhook", "event", "type", "subject", "after", "before"] as const;

/** What the address asks. */
export function read(query: URLSearchParams): Partial<Question> {
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? undefined]));
}

export const isWhole = (question: Partial<Question>): question is Question =>
  !!question.webhook && !!(question.event || question.type);

/** No webhook can be named for what was asked. */
export class NoWebhook extends Error {}

/** Fills in what the address leaves out: a webhook for an event, an event for a webhook, both for a delivery or an inbox. */
export async function complete(query: URLSearchParams, webhooks: readonly Webhook[]): Promise<Question> {
  const given = read(query);
  const delivery = query.get("delivery");
  if (delivery) {
    const found = await get<Delivery>(`deliveries/${encodeURIComponent(delivery)}`);
    return { webhook: found.webhook, event: eventOf(found) };
  }
  const inbox = query.get("inbox");
  const webhook = given.webhook ?? (inbox ? webhooks.find(({ url }) => inboxAt(url)?.id === inbox)?.id : undefined);
  if (inbox && !webhook) throw new NoWebhook("No webhook points at this inbox, so nothing is sent to it.");
  if (webhook) return { ...given, webhook, ...(given.event || given.type ? {} : await newest()) };
  if (webhooks.length === 0) throw new NoWebhook("There is no webhook to ask about.");
  const event = given.event ?? (given.type ? undefined : (await newest()).event);
  return {
    ...given,
    ...(given.type ? {} : event ? { event } : { type: "booking.scheduled" }),
    webhook: event ? await without(event, webhooks) : (webhooks[0]?.id ?? ""),
  };
}

/** The newest event is the one that is missed; without any, the one that is rung first. */
async function newest(): Promise<Pick<Question, "event" | "type">> {
  const [event] = (await get<List<Event>>("events", { limit: 1 })).data;
  return event ? { event: event.id } : { type: "booking.scheduled" };
}

/** A webhook that did not get the event, if there is one. */
async function without(event: string, webhooks: readonly Webhook[]): Promise<string> {
  const { data } = await get<List<Delivery>>("deliveries", { event, limit: 100 });
  const got = new Set(data.filter(({ status }) => status === "delivered").map(({ webhook }) => webhook));
  return (webhooks.find(({ id }) => !got.has(id)) ?? webhooks[0])?.id ?? "";
}

/** The answer to the question that is asked now, kept true. */
export class Answered extends Store<Why> {
  readonly why = signal<Why | null>(null);

  constructor(private question: Question) {
    super();
  }

  /** Another question: the old answer is shown until the new one is there. */
  async ask(question: Question): Promise<void> {
    if (JSON.stringify(question) === JSON.stringify(this.question)) return;
    this.question = question;
    this.forgetReads();
    await this.load();
  }

  protected override read(signal: AbortSignal): Promise<Why> {
    return get<Why>("why", { ...this.question }, signal);
  }

  protected override keep(why: Why): void {
    this.why.value = why;
  }

  override hear(news: readonly News[]): void {
    const { event, type, webhook } = this.question;
    const isOurs = ({ kind, data }: News) =>
      kind === "event"
        ? !event && data.type === type
        : (kind === "delivery" || kind === "attempt") && data.webhook === webhook;
    if (news.some(isOurs)) this.refreshWithin(SETTLE);
  }

  override missed(): void {
    this.refreshWithin(SETTLE);
  }
}
