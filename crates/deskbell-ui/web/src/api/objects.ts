// The API's objects by their own names, from the types that are generated from `openapi.json`.
import type { components } from "./schema";

type Schemas = components["schemas"];

export interface List<T> {
  object: string;
  data: readonly T[];
  has_more: boolean;
}

export type Webhook = Schemas["Webhook"] & { health?: Health };
export type Inbox = Schemas["Inbox"];
export type Capture = Schemas["CapturedRequest"];
export type Answer = Schemas["Answer"];
export type Booking = Schemas["Booking"];
export type Calendar = Schemas["BookingCalendar"];
export type Conversation = Schemas["Conversation"];
export type User = Schemas["User"];
export type Attempt = Schemas["Attempt"];
export type Event = Schemas["Event"] & { excerpt?: Excerpt; payload_text?: string; payload_bytes?: number; payload_sha256?: string };

/** What a row says about an event's payload. */
export interface Excerpt {
  guest?: string | null;
  start?: string | null;
  hosts?: readonly string[] | null;
  reason?: string | null;
  contact?: string | null;
  bot?: string | null;
  answers?: number | null;
}

export interface AttemptMade {
  id: string;
  number: number;
  outcome: string;
  status_code: number | null;
  started_time: string;
  total_us: number;
  manual: boolean;
}

export type Delivery = Omit<Schemas["Delivery"], "event"> & { event: string | Event; attempts_made?: readonly AttemptMade[] };

export interface Health {
  state: "healthy" | "retrying" | "resting" | "paused" | "disabled" | "idle";
  sentence: string;
  delivered_24h: number;
  failed_24h: number;
  pending: number;
  success_share: number | null;
  p95_ms: number | null;
  median_ms: number | null;
  in_flight: number;
  next_attempt_time: string | null;
  quarters: readonly { time: string; delivered: number; first_try: number; failed: number; attempts: number; p95_ms: number | null }[];
}

export interface Session {
  object: "session";
  account: string;
  email: string | null;
  role: string;
  operator: boolean;
  sign_in_time: string;
  expiry_time: string;
  recent: boolean;
  version: string;
  settings: InstanceSettings;
}

/** What of the instance's settings the page tells. */
export interface InstanceSettings {
  public_url: string;
  sign_up: boolean;
  allow_http: boolean;
  allow_addresses: readonly string[];
  max_webhooks: number;
  timeout_ms: number;
  retry_window_seconds: number;
  inbox_life_seconds: number;
}

export interface ApiKey {
  object: "key";
  id: string;
  name: string;
  creation_time: string;
  last_used_time: string | null;
  expiry_time: string | null;
  /** Head and tail of the text, enough to tell keys apart. */
  hint: string;
  /** The key itself; only in the answer to the call that made it. */
  text?: string;
}
