// What a guest's booking may have besides a time and a name: where it is, on which page it was made, who made it, whether it was paid.
import type { Slot } from "../api/objects";
import type { Guest } from "./ring";

export type Place = Slot["locations"][number];

export interface Options {
  /** The place of the slot; null leaves it to the calendar. */
  place: Place | null;
  /** What the guest says of the place, where it asks. */
  said: string;
  bookingPage: string;
  masterPage: string;
  eventType: string;
  byAdministrator: boolean;
  paid: boolean;
}

export const NO_OPTIONS: Options = {
  place: null,
  said: "",
  bookingPage: "",
  masterPage: "",
  eventType: "",
  byAdministrator: false,
  paid: false,
};

/** What a paid booking shows: nobody charges anything. */
const PAYMENT = { amount_charged: 4_500, currency: "EUR", transaction_id: "ch_3PkW9QJm2eZvKYlo1a8ZrT7u" };

const PROVIDERS: Record<string, string> = {
  google_meet: "Google Meet",
  microsoft_teams: "Microsoft Teams",
  webex: "Webex",
  gotomeeting: "GoTo Meeting",
  zoom: "Zoom",
};

/** What to call a place. */
export function placeName({ type, value }: Place): string {
  switch (type) {
    case "virtual":
      return `Online, ${PROVIDERS[value ?? ""] ?? value}`;
    case "virtual_static":
      return "Online, by the host's own link";
    case "physical":
      return `At the host's, ${value}`;
    case "guest_phone":
      return "By phone, at the guest's number";
    case "in_person_by_guest":
      return "Where the guest says";
    default:
      return type;
  }
}

/** What the place asks the guest, if it does. */
export const asked = (place: Place | null): string | null =>
  place?.type === "guest_phone"
    ? "The guest's number, as +353861234567"
    : place?.type === "in_person_by_guest"
      ? "The guest's address"
      : null;

/** The body of the call that books; what was left as it is, is left out. */
export function scheduleBody(start: string, guest: Guest, zone: string, options: Options): Record<string, unknown> {
  const { place, said, bookingPage, masterPage, eventType, byAdministrator, paid } = options;
  const value = place && (asked(place) ? said.trim() : (place.id ?? place.value));
  return {
    start_time: start,
    guest_time_zone: zone,
    booking_form: guest,
    ...(place && { location: { type: place.type, value: place.type === "virtual_static" ? null : value } }),
    ...(bookingPage && { booking_page: bookingPage }),
    ...(masterPage && { master_page: masterPage }),
    ...(eventType && { event_type: eventType }),
    ...(byAdministrator && { made_by: "administrator" }),
    ...(paid && { payment_information: PAYMENT }),
  };
}
