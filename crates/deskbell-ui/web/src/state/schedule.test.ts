import { expect, test } from "vitest";
import { asked, NO_OPTIONS, type Place, placeName, scheduleBody } from "./schedule";

const GUEST = { name: "Noor Haddad", email: "noor@cedar.example" };
const START = "2026-05-12T09:00:00.000Z";
const body = (options: object) => scheduleBody(START, GUEST, "Europe/Dublin", { ...NO_OPTIONS, ...options });
const place = (type: string, value: string | null = null, id: string | null = null) => ({ type, value, id }) as Place;

test("a booking without choices is the vendor's plain call", () => {
  expect(body({})).toEqual({ start_time: START, guest_time_zone: "Europe/Dublin", booking_form: GUEST });
});

test("each place is sent as its slot takes it", () => {
  const sent = (at: Place, said = "") => body({ place: at, said }).location;
  expect(sent(place("virtual", "zoom"))).toEqual({ type: "virtual", value: "zoom" });
  expect(sent(place("virtual_static"))).toEqual({ type: "virtual_static", value: null });
  expect(sent(place("physical", "40 Harbour Road", "ADD-1"))).toEqual({ type: "physical", value: "ADD-1" });
  expect(sent(place("guest_phone"), " +353861234567 ")).toEqual({ type: "guest_phone", value: "+353861234567" });
  expect(sent(place("in_person_by_guest"), "My desk")).toEqual({ type: "in_person_by_guest", value: "My desk" });
});

test("only where the guest has to say something, something is asked", () => {
  const asking = ["virtual", "virtual_static", "physical", "guest_phone", "in_person_by_guest"].map((type) =>
    Boolean(asked(place(type))),
  );
  expect([...asking, asked(null)]).toEqual([false, false, false, true, true, null]);
});

test("pages, who made it and what was paid go by their names in the call", () => {
  const all = { bookingPage: "BP-1", masterPage: "MP-1", eventType: "ET-1", byAdministrator: true, paid: true };
  expect(body(all)).toMatchObject({
    booking_page: "BP-1",
    master_page: "MP-1",
    event_type: "ET-1",
    made_by: "administrator",
    payment_information: { amount_charged: 4_500, currency: "EUR" },
  });
});

test("a place has a name, also one that this page does not know yet", () => {
  expect([placeName(place("virtual", "zoom")), placeName(place("physical", "40 Harbour Road"))]).toEqual([
    "Online, Zoom",
    "At the host's, 40 Harbour Road",
  ]);
  expect(placeName(place("by_pigeon"))).toBe("by_pigeon");
});
