// The API's objects by their own names, all from the types that are generated from `openapi.json`.
import type { components } from "./schema";

/**
 * The type with its closed lists of words opened: a newer server may say a word that this page does not know yet, and it has to
 * be shown all the same. What the API leaves out when it has nothing to say may be null or missing.
 */
type Open<T> = T extends string
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Open<Item>[]
    : T extends object
      ? { [Key in keyof T]: Open<T[Key]> }
      : T;

type Schemas = components["schemas"];
type Schema<Name extends keyof Schemas> = Open<Schemas[Name]>;

export interface List<T> {
  object: string;
  data: readonly T[];
  has_more: boolean;
}

export type Webhook = Schema<"Webhook">;
export type Health = Schema<"WebhookHealth">;
export type Inbox = Schema<"Inbox">;
export type Capture = Schema<"CapturedRequest">;
/** An anonymous inbox. */
export type Tester = Schema<"AnonymousInbox">;
export type Answer = Schema<"Answer">;
export type Booking = Schema<"Booking">;
export type Calendar = Schema<"BookingCalendar">;
export type Conversation = Schema<"Conversation">;
export type User = Schema<"User">;
export type Advice = Schema<"Advice">;
export type Attempt = Schema<"Attempt">;
export type AttemptMade = Schema<"AttemptMade">;
export type Event = Schema<"Event">;
/** What a row says about an event's payload. */
export type Excerpt = Schema<"Excerpt">;
export type Delivery = Schema<"Delivery">;
export type Session = Schema<"Session">;
/** What of the instance's settings the page tells. */
export type InstanceSettings = Schema<"InstanceSettings">;
export type ApiKey = Schema<"Key">;
