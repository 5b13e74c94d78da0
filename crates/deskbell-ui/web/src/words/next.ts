// The next try: when it is really made, and what holds it until then. Every sentence that names one asks here.
import type { Delivery, Webhook } from "../api/objects";
import { visible } from "./bytes";
import { at, spell, when } from "./time";

export interface Next {
  /** Null where it depends on a person, and where nobody can tell. */
  due: number | null;
  /** What holds it beyond its own time: a word of the API, null for nothing. */
  held: string | null;
}

/** What is known of the next try of a delivery that is owed. */
export function nextOf(delivery: Delivery, webhook: Webhook | null): Next {
  const due = delivery.next_attempt_time ? at(delivery.next_attempt_time) : null;
  const held = delivery.held_by ?? null;
  // A rest that began since the delivery was read.
  const rest = webhook?.resting_until && !delivery.sample ? at(webhook.resting_until) : 0;
  return due !== null && rest > due ? { due: rest, held: "rest" } : { due, held };
}

/** `at 13:06:22, in 4 min 50 s, when CRM sync’s rest ends`; what follows on "It will be tried again". */
export function inWords({ due, held }: Next, name: string, now: number): string {
  const clock = due !== null && due > now ? `at ${when(due, now)}, in ${spell((due - now) / 1000)}` : null;
  switch (held) {
    case "rest":
      return clock ? `${clock}, when ${visible(name)}’s rest ends` : "as soon as its turn comes";
    case "instance_paused":
      return "when this instance goes on: it was restored, and sends nothing before `deskbell resume`";
    case "webhook_off":
      return `when ${visible(name)} is on: no events are sent to it before`;
    case "room":
      return "as soon as there is room for it";
    default:
      return clock ?? "as soon as its turn comes";
  }
}

/** Why it waits, for the step of a try that is to come; empty where nothing holds it. */
export function holds({ held }: Next, name: string): string {
  switch (held) {
    case "rest":
      return `held by ${visible(name)}’s rest`;
    case "instance_paused":
      return "held until `deskbell resume`: this instance was restored";
    case "webhook_off":
      return `held while ${visible(name)} is off`;
    case "room":
      return "goes as soon as there is room for it";
    default:
      return "";
  }
}
