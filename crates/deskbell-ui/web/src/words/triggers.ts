// The triggers that a webhook can ask for, with what rings them, and the composites that stand for all of a kind.
import type { Webhook } from "../api/objects";

export interface TriggerWords {
  type: string;
  /** When it rings. */
  meaning: string;
}

/** The kinds, each with the composite that covers it: its own later triggers too. */
export const KINDS: readonly { composite: string; title: string; triggers: readonly TriggerWords[] }[] = [
  {
    composite: "booking",
    title: "Bookings",
    triggers: [
      { type: "booking.scheduled", meaning: "booked, or a request was approved" },
      { type: "booking.rescheduled", meaning: "moved to another time, same host" },
      { type: "booking.canceled_then_rescheduled", meaning: "booked anew with another host" },
      { type: "booking.canceled_reschedule_requested", meaning: "the guest was asked for a new time" },
      { type: "booking.canceled", meaning: "canceled for good" },
      { type: "booking.completed", meaning: "its end has passed" },
      { type: "booking.no_show", meaning: "the guest did not come" },
      { type: "booking.reassigned", meaning: "moved to another host" },
    ],
  },
  {
    composite: "conversation",
    title: "Conversations",
    triggers: [
      { type: "conversation.started", meaning: "a visitor began to talk to a chatbot" },
      { type: "conversation.closed", meaning: "the flow came to its end" },
      { type: "conversation.abandoned", meaning: "nothing was said for ten minutes" },
    ],
  },
];

/** Triggers that the vendor retired: a webhook of an old client may ask for them, and nothing rings them. */
export const RETIRED: readonly TriggerWords[] = [
  { type: "conversation.reached_out", meaning: "retired: never rung, kept from old clients" },
];

/** Every trigger that rings, in the order of the reference. */
export const TRIGGERS: readonly string[] = KINDS.flatMap(({ triggers }) => triggers.map(({ type }) => type));

/** Whether a webhook that asks for `events` gets events of that type. */
export const asksFor = (events: readonly string[], type: string): boolean =>
  events.includes(type) || events.includes(type.split(".")[0] ?? "");

/** The webhooks that get an event of that type when it happens now: those that are off get none, whatever they ask for. */
export const askers = <W extends Pick<Webhook, "status" | "events">>(webhooks: readonly W[], type: string): W[] =>
  webhooks.filter(({ status, events }) => status && asksFor(events, type));

/** The retired triggers among `events`. */
export const retired = (events: readonly string[]): TriggerWords[] =>
  RETIRED.filter(({ type }) => events.includes(type));

/** The triggers that `events` stand for, in the order of the reference. */
export const covered = (events: readonly string[]): string[] => TRIGGERS.filter((type) => asksFor(events, type));
