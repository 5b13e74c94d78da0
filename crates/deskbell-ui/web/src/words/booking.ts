// The words for the states of bookings and conversations, and for what can be done to them.
import type { Action, Booking } from "../api/objects";
import type { Tone } from "./outcome";

export const BOOKING_STATES: Record<string, { word: string; tone: Tone }> = {
  requested: { word: "Requested", tone: "wait" },
  scheduled: { word: "Scheduled", tone: "accent" },
  rescheduled: { word: "Rescheduled", tone: "accent" },
  completed: { word: "Completed", tone: "good" },
  canceled: { word: "Canceled", tone: "quiet" },
  no_show: { word: "No show", tone: "bad" },
};

/** The state in a word; a state of a later version by its own name. */
export const stateWord = (status: string): string => BOOKING_STATES[status]?.word ?? status.replaceAll("_", " ");

/** The guest by name. A booking that an administrator made has no form: then by the address beside the host's. */
export const guestOf = ({ form_submission: form, attendees }: Pick<Booking, "form_submission" | "attendees">): string =>
  form?.name ?? attendees[1] ?? "";

/** Where a booking stands in the list. */
export type Stand = "upcoming" | "past" | "canceled";

export function standOf({ status }: Pick<Booking, "status">): Stand {
  if (status === "canceled") return "canceled";
  return status === "completed" || status === "no_show" ? "past" : "upcoming";
}

/** What the page says of an action, and what it asks before it is done. Which are allowed and what they ring, the server says. */
export interface ActionWords {
  word: string;
  /** While it is done. */
  busy: string;
  /** What is asked first, and what the form's button says. */
  form: { asks: "slot" | "host" | "reason"; submit: string } | null;
}

export const BOOKING_ACTIONS: Record<string, ActionWords> = {
  approve: { word: "Approve", busy: "Approving", form: null },
  decline: { word: "Decline", busy: "Declining", form: { asks: "reason", submit: "Decline it" } },
  reschedule: { word: "Move", busy: "Moving", form: { asks: "slot", submit: "Move it there" } },
  reassign: { word: "Reassign", busy: "Reassigning", form: { asks: "host", submit: "Reassign it" } },
  "request-reschedule": {
    word: "Ask to reschedule",
    busy: "Asking",
    form: { asks: "reason", submit: "Ask to reschedule" },
  },
  complete: { word: "Let it take place", busy: "Completing", form: null },
  "no-show": { word: "No show", busy: "Marking", form: null },
  cancel: { word: "Cancel", busy: "Canceling", form: { asks: "reason", submit: "Cancel it" } },
};

/** An answer has a form of its own. */
export const CONVERSATION_ACTIONS: Record<string, Pick<ActionWords, "word" | "busy">> = {
  close: { word: "Close", busy: "Closing" },
  abandon: { word: "Let it lapse", busy: "Leaving" },
};

export type Worded<W> = Pick<Action, "name" | "rings"> & W & { off: string | null };

/** The actions that the page has words for, in the server's order, each with why it is off; null when it is allowed. */
export function worded<W>(actions: readonly Action[], words: Record<string, W>): readonly Worded<W>[] {
  return actions.flatMap(({ name, rings, allowed, reason }) => {
    const found = Object.hasOwn(words, name) ? words[name] : undefined;
    return found ? [{ ...found, name, rings, off: allowed ? null : (reason ?? "This cannot be done now.") }] : [];
  });
}

export const CONVERSATION_STATES: Record<string, { word: string; tone: Tone }> = {
  started: { word: "Open", tone: "accent" },
  closed: { word: "Closed", tone: "quiet" },
  abandoned: { word: "Abandoned", tone: "quiet" },
};

/** `A`, `A and B`, `A, B and C`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
