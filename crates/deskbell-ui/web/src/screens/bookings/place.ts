// The addresses of the bookings' screen: which one is open, and which list is shown.
import type { Booking, Conversation } from "../../api/objects";
import { to } from "../../state/route";
import { type Stand, standOf } from "../../words/booking";
import { at } from "../../words/time";

export const place = (id: string | null, stand: Stand): string =>
  to(id ? ["bookings", id] : ["bookings"], { show: stand === "upcoming" ? null : stand });

/** The list that the address names; without a name, where the open booking was when it was opened. */
export function shownOf(given: string | null, booking: Booking | undefined): Stand {
  if (given === "past" || given === "canceled" || given === "upcoming") return given;
  return booking && at(booking.last_updated_time) < OPENED ? standOf(booking) : "upcoming";
}

/** What happened to a booking since the page was opened moves it out of no list under the reader's eyes. */
const OPENED = Date.now();

/** Those of that list in the order of their time: the next one first, of what is over the last one. The open one stays. */
export function sorted(bookings: readonly Booking[], stand: Stand, open: string | null): readonly Booking[] {
  const sign = stand === "upcoming" ? 1 : -1;
  return bookings
    .filter((booking) => standOf(booking) === stand || booking.id === open)
    .sort((a, b) => sign * (at(a.starting_time) - at(b.starting_time)) || (a.id < b.id ? -1 : 1));
}

export const newestFirst = (conversations: readonly Conversation[]): readonly Conversation[] =>
  [...conversations].sort((a, b) => at(b.creation_time) - at(a.creation_time));
