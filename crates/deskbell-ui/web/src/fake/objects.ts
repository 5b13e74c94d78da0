// The API's objects for tests: whole ones, of which a test says only what it is about.
import type { Attempt, Booking, Capture, Conversation, Delivery, Event } from "../api/objects";

const TIME = "2026-05-12T10:00:00Z";

export const delivery = (id: string, more: Partial<Delivery> = {}): Delivery => ({
  object: "delivery",
  id,
  event: "EVT-1",
  webhook: "WHK-1",
  type: "booking.scheduled",
  subject: "BKNG-1",
  status: "pending",
  in_flight: false,
  attempts: 0,
  retries_asked: 0,
  sample: false,
  creation_time: TIME,
  ...more,
});

export const event = (id: string, more: Partial<Event> = {}): Event => ({
  object: "event",
  id,
  type: "booking.scheduled",
  subject: "BKNG-1",
  origin: "sandbox",
  excerpt: {},
  creation_time: TIME,
  ...more,
});

export const attempt = (id: string, more: Partial<Attempt> = {}): Attempt => ({
  object: "attempt",
  id,
  number: 1,
  delivery: "DLV-1",
  event: "EVT-1",
  webhook: "WHK-1",
  outcome: "delivered",
  detail: "",
  manual: false,
  sample: false,
  possibly_received: false,
  started_time: TIME,
  request: { method: "POST", url: "https://hook.example/", headers: [] },
  timings: { reused_connection: false, total_us: 1_000 },
  ...more,
});

export const capture = (number: number, more: Partial<Capture> = {}): Capture => ({
  object: "request",
  id: `REQ-${number}`,
  inbox: "INB-1",
  number,
  method: "POST",
  path: "/",
  headers: [],
  body: "",
  body_encoding: "utf8",
  body_bytes: 0,
  body_sha256: "",
  received_time: TIME,
  ...more,
});

export const booking = (id: string, more: Partial<Booking> = {}): Booking => ({
  object: "booking",
  id,
  status: "scheduled",
  subject: "Demo",
  starting_time: TIME,
  duration_minutes: 30,
  attendees: [],
  booking_calendar: "BKC-1",
  contact: null,
  owner: "USR-1",
  custom_fields: [],
  customer_timezone: "Europe/Dublin",
  external_calendar: { type: "google", name: null, id: null, event_id: null },
  payment_information: null,
  utm_params: null,
  form_submission: {
    name: "Marta",
    email: "marta@fjall.example",
    phone: null,
    mobile_phone: null,
    guests: [],
    custom_fields: [],
  },
  cancel_url: "",
  reschedule_url: "",
  ics_url: "",
  in_trash: false,
  tracking_id: "",
  creation_time: TIME,
  last_updated_time: TIME,
  ...more,
});

export const conversation = (id: string, more: Partial<Conversation> = {}): Conversation => ({
  object: "conversation",
  id,
  status: "started",
  answers: [],
  bookings: [],
  bot: "BOT-1",
  contact: "CTC-1",
  owner: null,
  website: null,
  audience: null,
  initiated_by: "contact",
  creation_time: TIME,
  last_interacted_time: TIME,
  last_updated_time: TIME,
  ...more,
});
