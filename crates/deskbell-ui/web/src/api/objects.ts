// The API's objects by their own names, all from the types that are generated from `openapi.json`.
import type { components } from "./schema";

/**
 * The type with its closed lists of words opened: a newer server may say a word that this page does not know yet, and it has to
 * be shown all the same. What the API leaves out when it has nothing to say may be null or missing.
 */
type Open<T> = T extends string ? string : T extends object ? { [Key in keyof T]: Open<T[Key]> } : T;

type Schemas = components["schemas"];
type Schema<Name extends keyof Schemas> = Open<Schemas[Name]>;

/** A page of a list: the document has one such shape for each object. */
export type List<T> = Omit<Schema<"List_Booking">, "data"> & { readonly data: readonly T[] };

export type Webhook = Schema<"Webhook">;
/** One thing that was changed of a webhook: its `field` tells what else it has. A newer server's may be none of these. */
export type Change = Schemas["WebhookFieldChange"];
/** What one step changed of a webhook. */
export type Revision = Omit<Schema<"WebhookRevision">, "changes"> & { readonly changes: readonly Change[] };
export type WebhookSecret = Schema<"WebhookSecret">;
export type Imported = Schema<"Imported">;
export type Health = Schema<"WebhookHealth">;
export type Inbox = Schema<"Inbox">;
export type Capture = Schema<"CapturedRequest">;
/** A body: text, or base 64 where the bytes are no text. */
export type BodyText = Schema<"BodyText">;
export type HeaderText = Schema<"HeaderText">;
export type Diagnosis = Schema<"SignatureDiagnosis">;
export type AnonymousInbox = Schema<"AnonymousInbox">;
export type Answer = Schema<"Answer">;
export type PlannedAnswer = Schema<"PlannedAnswer">;
export type Advice = Schema<"Advice">;
export type Calendar = Schema<"BookingCalendar">;
export type Slot = Schema<"Slot">;
/** States of the account that no call of the vendor makes. */
export type SandboxSettings = Schema<"Settings">;
export type BookingPage = Schema<"BookingPage">;
export type EventType = Schema<"EventType">;
export type MasterPage = Schema<"MasterPage">;
export type BookingForm = Schema<"BookingForm">;
export type Scheduled = Schema<"Scheduled">;
export type User = Schema<"User">;
export type Contact = Schema<"Contact">;
export type Bot = Schema<"Bot">;
export type Attempt = Schema<"Attempt">;
export type AttemptMade = Schema<"AttemptMade">;
export type Event = Schema<"Event">;
/** A page of events; at the end of the list with where the past was cut. */
export type KeptEvents = Schema<"KeptList_Event">;
/** A call that sent nothing on. */
export type Call = Schema<"Call">;
export type CallList = Schema<"CallList">;
export type Delivery = Schema<"Delivery">;
/** A page of deliveries; a search adds how far it looked. */
export type DeliveryList = Schema<"DeliveryList">;
export type SampleSent = Schema<"SampleSent">;
export type SignedRequest = Schema<"SignedRequest">;
export type Share = Schema<"Share">;
export type SharePreview = Schema<"SharePreview">;
export type Why = Schema<"Why">;
export type WhyStep = Schema<"WhyStep">;
export type Operator = Schema<"Operator">;
/** What an account, or the rest, had of what all share. */
export type UsageRow = Schema<"UsageRow">;
/** A machine that serves. */
export type NodeRow = Schema<"NodeObject">;
/** A step of the operator's series. */
export type SeriesStep = Schema<"StepObject">;
export type Session = Schema<"Session">;
export type Account = Schema<"Account">;
/** What of the instance's settings the page tells. */
export type InstanceSettings = Schema<"InstanceSettings">;
export type ApiKey = Schema<"Key">;
/** What the server says when it refuses. */
export type Problem = Schema<"Error">;
/** What a booking or a conversation allows, and what it then rings. */
export type Action = Schema<"BookingAction"> | Schema<"ConversationAction">;
export type Booking = Schema<"Booking">;
export type Conversation = Schema<"Conversation">;
