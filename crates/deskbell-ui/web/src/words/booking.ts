// What can be done to a booking and to a conversation: in which state, and what each of it rings.
import type { Booking, Calendar } from "../api/objects";
import type { Tone } from "./outcome";
import { at } from "./time";

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

const isAgreed = ({ status }: Pick<Booking, "status">): boolean => status === "scheduled" || status === "rescheduled";

/** Where a booking stands in the list. */
export type Stand = "upcoming" | "past" | "canceled";

export function standOf({ status }: Pick<Booking, "status">): Stand {
  if (status === "canceled") return "canceled";
  return status === "completed" || status === "no_show" ? "past" : "upcoming";
}

export type ActionKey =
  | "approve"
  | "decline"
  | "reschedule"
  | "reassign"
  | "request-reschedule"
  | "complete"
  | "no-show"
  | "cancel";

/** What an action has to know of its booking. */
export interface Known {
  booking: Booking;
  calendar: Calendar | undefined;
  /** The trigger of the newest event of it; null when none is known. */
  last: string | null;
  now: number;
}

export interface Action {
  key: ActionKey;
  word: string;
  busy: string;
  /** What is asked before it is done. */
  asks: "slot" | "host" | "reason" | null;
  /** Leaves it out, where it can never be done. */
  fits?: (known: Known) => boolean;
  /** Why it cannot be done now; null when it can. */
  off: (known: Known) => string | null;
  /** The triggers that it rings, in order. */
  rings: (known: Known) => readonly string[];
}

const only = (allowed: boolean, which: string, { booking }: Known): string | null =>
  allowed ? null : `Only ${which}. This one is ${stateWord(booking.status).toLowerCase()}.`;
const AGREED = "a scheduled or rescheduled booking";
const wasAskedAgain = ({ booking, last }: Known): boolean =>
  booking.status === "canceled" && last === "booking.canceled_reschedule_requested";
const byApproval = ({ booking, calendar }: Known): boolean => booking.status === "requested" || !!calendar?.approval;

export const ACTIONS: readonly Action[] = [
  {
    key: "approve",
    word: "Approve",
    busy: "Approving",
    asks: null,
    fits: byApproval,
    off: (known) => only(known.booking.status === "requested", "a requested booking can be approved", known),
    rings: ({ booking }) =>
      booking.rescheduled_booking_id
        ? ["booking.canceled_then_rescheduled", "booking.rescheduled"]
        : ["booking.scheduled"],
  },
  {
    key: "decline",
    word: "Decline",
    busy: "Declining",
    asks: "reason",
    fits: byApproval,
    off: (known) => only(known.booking.status === "requested", "a requested booking can be declined", known),
    rings: () => ["booking.canceled"],
  },
  {
    key: "reschedule",
    word: "Move",
    busy: "Moving",
    asks: "slot",
    off: (known) =>
      only(
        isAgreed(known.booking) || wasAskedAgain(known),
        `${AGREED}, or one whose guest was asked for a new time, can move`,
        known,
      ),
    rings: ({ calendar }) => (calendar?.approval ? [] : ["booking.rescheduled"]),
  },
  {
    key: "reassign",
    word: "Reassign",
    busy: "Reassigning",
    asks: "host",
    off: (known) => only(isAgreed(known.booking), `${AGREED} can get another host`, known),
    rings: () => ["booking.reassigned"],
  },
  {
    key: "request-reschedule",
    word: "Ask to reschedule",
    busy: "Asking",
    asks: "reason",
    off: (known) =>
      only(
        isAgreed(known.booking) || standOf(known.booking) === "past",
        "a booking that was agreed can be asked for again",
        known,
      ),
    rings: () => ["booking.canceled_reschedule_requested"],
  },
  {
    key: "complete",
    word: "Let it take place",
    busy: "Completing",
    asks: null,
    off: (known) => only(isAgreed(known.booking), `${AGREED} can take place`, known),
    rings: () => ["booking.completed"],
  },
  {
    key: "no-show",
    word: "No show",
    busy: "Marking",
    asks: null,
    off: (known) => {
      const { booking, now } = known;
      if (isAgreed(booking) && at(booking.starting_time) > now)
        return "Only once it has begun, or was completed. This one is still to come.";
      return only(
        isAgreed(booking) || booking.status === "completed",
        "a booking that has begun or was completed can be a no show",
        known,
      );
    },
    rings: () => ["booking.no_show"],
  },
  {
    key: "cancel",
    word: "Cancel",
    busy: "Canceling",
    asks: "reason",
    off: (known) =>
      only(
        isAgreed(known.booking) || known.booking.status === "requested",
        "a requested, scheduled or rescheduled booking can be canceled",
        known,
      ),
    rings: () => ["booking.canceled"],
  },
];

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
