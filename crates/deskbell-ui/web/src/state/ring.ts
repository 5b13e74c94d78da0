// Rings: a booking made in the sandbox the way a guest makes one, by the vendor's own calls.
import { get, post } from "../api/client";
import type { BookingForm, Calendar, List, Scheduled, Slot } from "../api/objects";

/** The page asks for an address, though a phone number would be enough. */
export type Guest = Pick<BookingForm, "name"> & { email: string };

const GUESTS: readonly Guest[] = [
  { name: "Tomas Healy", email: "tomas.healy@corrib.example" },
  { name: "Léa Fontaine", email: "lea.fontaine@atelier.example" },
  { name: "Jonas Weber", email: "jonas.weber@nordhafen.example" },
  { name: "Marta Lindqvist", email: "marta.lindqvist@fjall.example" },
  { name: "Yuki Tanaka", email: "yuki.tanaka@hoshi.example" },
  { name: "Ines Carvalho", email: "ines@carvalho.example" },
  { name: "Daniel Okafor", email: "daniel.okafor@lagos.example" },
  { name: "Noor Haddad", email: "noor.haddad@cedar.example" },
];

export const someGuest = (): Guest =>
  GUESTS[Math.floor(Math.random() * GUESTS.length)] ?? { name: "Tomas Healy", email: "tomas.healy@corrib.example" };

/** Books the first open slot of a calendar that takes guests without approval; answers with the booking's id. */
export async function book(guest: Guest = someGuest()): Promise<string> {
  const calendars = await get<List<Calendar>>("booking-calendars", { limit: 100 });
  const calendar = calendars.data.find((one) => one.published && !one.approval) ?? calendars.data[0];
  if (!calendar) throw new Error("There is no booking calendar to book on. Make one with POST /v2/booking-calendars.");
  const slots = await get<readonly Slot[]>(`booking-calendars/${calendar.id}/time-slots`);
  // Two tabs may ring at once: a slot further on than the first is less likely to be taken from under us.
  const slot = slots[Math.floor(Math.random() * Math.min(slots.length, 20))];
  if (!slot) throw new Error(`No slot of ${calendar.name} is open. Cancel a booking, or make another calendar.`);
  const booking = await post<Scheduled>(`booking-calendars/${calendar.id}/schedule`, {
    start_time: slot.start_time,
    guest_time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    booking_form: guest,
  });
  return booking.id;
}
