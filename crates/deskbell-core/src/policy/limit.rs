//! Limit: every bound in the product, its unit in its name. Those an operator may move are defaults of the settings.

use std::time::Duration;

/// Webhooks an account may have (wire contract, decision 6; setting `api.max_webhooks`).
pub const WEBHOOKS_PER_ACCOUNT: u32 = 100;
/// Active API keys an account may have (wire contract, 1).
pub const ACTIVE_KEYS_PER_ACCOUNT: u32 = 25;
/// Characters of a password.
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 10..=1_024;
/// Sessions of one member; the oldest makes room.
pub const SESSIONS_PER_MEMBER: u32 = 100;
/// Characters of a name (wire contract, decision 3).
pub const NAME_CHARS: usize = 255;
/// Characters of a webhook's URL (wire contract, decision 4).
pub const URL_CHARS: usize = 2_048;
/// Entries of a webhook's `events` before repeats are removed.
pub const SUBSCRIPTIONS: usize = 100;
/// Objects of one page of a list (wire contract, 9.2).
pub const PAGE_MAX: u32 = 100;
/// Objects of one page when nothing was asked (wire contract, 9.2).
pub const PAGE_DEFAULT: u32 = 10;
/// Bytes of one page of a list, as they are kept, and of what is read at once for a stream or an export: a page ends before the object
/// that would take it past this, and has one at least. A hundred usual objects are a fifth of it; as JSON it may be six times as much.
pub const PAGE_BYTES: usize = 1 << 20;
/// Nesting of a JSON body.
pub const JSON_DEPTH: usize = 64;
/// Keys of a JSON body, all objects together (T-32).
pub const JSON_KEYS: usize = 10_000;
/// Body of an API call (catalogue 6.3).
pub const API_BODY_BYTES: usize = 1 << 20;
/// Bytes of request bodies that are in memory at once, in all; those of a few KiB beside.
pub const BODIES_IN_FLIGHT_BYTES: usize = 64 << 20;
/// The same of one account at most, which is two of the largest bodies; and never more than [`ACCOUNT_SHARE`] lets it have.
pub const BODIES_PER_ACCOUNT_BYTES: usize = 16 << 20;
/// Body of a call that posts many events at once: room for 1,000 of a few KiB.
pub const EVENTS_BODY_BYTES: usize = 8 << 20;
/// Events of one call.
pub const EVENTS_PER_CALL: usize = 1_000;
/// Rendered envelope of one event (catalogue 6.1).
pub const EVENT_BYTES: usize = 256 << 10;
/// What is passed on of a call's `tracestate`, for each event and attempt of it (W3C Trace Context, 3.3.1.5).
pub const TRACE_STATE_BYTES: usize = 512;
/// Members of a `tracestate`; one with more is not passed on (W3C Trace Context, 3.3.1.1).
pub const TRACE_STATE_MEMBERS: usize = 32;
/// Characters of an event's subject.
pub const SUBJECT_CHARS: usize = 255;
/// Teams of one user.
pub const TEAMS_PER_USER: usize = 100;
/// Users of one account's sandbox: as many as the vendor lets a bought account have. A setting of the sandbox makes it fewer.
pub const USERS_PER_ACCOUNT: u32 = 500;
/// Master pages that lead to one booking page; and event types that can be booked on it.
pub const LINKED_TO_BOOKING_PAGE: usize = 100;
/// Working hours of one day of a user's availability.
pub const WORKING_HOURS_PER_DAY: usize = 24;
/// Overrides of a user's availability that are still to come.
pub const OVERRIDES_PER_USER: usize = 100;
/// Bytes of a user's availability, as it is kept.
pub const AVAILABILITY_BYTES: usize = 32 << 10;
/// Custom fields of one contact, and names in the field library of one account.
pub const CUSTOM_FIELDS: usize = 100;
/// Bytes of all custom fields of one contact, as they came.
pub const CUSTOM_FIELD_BYTES: usize = 64 << 10;
/// Characters of an idempotency key.
pub const IDEMPOTENCY_KEY_CHARS: usize = 255;
/// How long an idempotency key is remembered at least.
pub const IDEMPOTENCY_LIFE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// How long events are kept at least, whatever a setting says: an idempotency key names its event.
pub const EVENTS_KEPT: Duration = IDEMPOTENCY_LIFE;
/// How long the bytes of events are kept at least.
pub const PAYLOADS_KEPT: Duration = Duration::from_secs(3_600);
/// Attempts in flight for one webhook at first (wire contract, 8); room grows and shrinks with the receiver's answers.
pub const IN_FLIGHT_START: u32 = 5;
/// Attempts in flight for one webhook at most, however quick it is (setting `delivery.in_flight_per_webhook`).
pub const IN_FLIGHT_PER_WEBHOOK: u32 = 64;
/// Attempts in flight for each processor: with so many it does not wait for receivers that answer within two milliseconds.
pub const IN_FLIGHT_PER_PROCESSOR: u32 = 32;
/// Attempts that a processor makes in a second, and hardly more.
pub const ATTEMPTS_PER_PROCESSOR: u32 = 16_000;
/// Deliveries that wait in memory for one webhook with a receiver that is only just quick, for each that may be in flight to it: what
/// comes up within a second is worth waiting for. Of one that is quicker so many more as are answered in that time.
pub const ROUNDS_IN_LINE: u32 = 2;
/// Deliveries that wait like this for all webhooks of one process.
pub const IN_LINE: u32 = 2_048;
/// Attempts in flight in one process (setting `delivery.in_flight`). A socket that waits for an answer costs little.
pub const IN_FLIGHT: u32 = 4_096;
/// What one account may have of the attempts in flight, of the lines, of their bytes and of those of bodies, as a multiple of what
/// is free: alone three quarters, and three that take all they can leave a tenth.
pub const ACCOUNT_SHARE: u32 = 3;
/// Bytes of the events whose attempts are in flight in one process.
pub const IN_FLIGHT_BYTES: usize = 32 << 20;
/// Webhooks that are kept ready to send to, with their opened secret and judged URL; the one rung longest ago makes room.
pub const READY_WEBHOOKS: usize = 4_096;
/// Connections to one webhook that are being opened at once: more would overflow the accept queue of a modest receiver, and
/// each SYN that is lost there costs a second.
pub const OPENING_PER_WEBHOOK: usize = 8;
/// Bytes read of an answer's body (catalogue 4.0).
pub const RESPONSE_READ_BYTES: usize = 64 << 10;
/// Bytes kept of an answer's body (wire contract, 8).
pub const RESPONSE_STORED_BYTES: usize = 16 << 10;
/// Bytes of an answer's head (catalogue 6.1).
pub const RESPONSE_HEAD_BYTES: usize = 64 << 10;
/// Header lines of an answer (catalogue 6.1).
pub const RESPONSE_HEADERS: usize = 100;
/// Addresses of one name that are tried (B-011).
pub const ADDRESSES_TRIED: usize = 4;
/// An attempt begins only while its machine's epoch lasts this much longer than the attempt's total deadline: it ends before the
/// epoch, with its recording.
pub const EPOCH_SLACK: Duration = Duration::from_secs(5);
/// Body of a captured request.
pub const CAPTURE_BODY_BYTES: usize = 1 << 20;
/// Bytes of captured bodies that one account's inboxes take in a second; more of them wait.
pub const CAPTURED_BYTES_PER_SECOND: usize = 4 << 20;
/// As many at once after a rest.
pub const CAPTURED_BURST_BYTES: usize = 8 << 20;
/// Bytes of kept objects of which one account's large answers are made in a second; more of them wait.
pub const LARGE_ANSWER_BYTES_PER_SECOND: usize = 8 << 20;
/// As many at once after a rest.
pub const LARGE_ANSWER_BURST_BYTES: usize = 16 << 20;
/// Captured requests an inbox keeps; the oldest makes room.
pub const CAPTURES_PER_INBOX: u32 = 500;
/// Characters of the note on a captured request. It counts into what the account's inboxes keep.
pub const NOTE_CHARS: usize = 500;
/// MiB of captured requests that all inboxes of an account keep; the oldest of the largest make room (setting `inbox.keep_mib`).
pub const CAPTURES_MIB_PER_ACCOUNT: u32 = 256;
/// MiB of events that a quota allows at most, unless it is none.
pub const QUOTA_MIB: u32 = 1_000_000;
/// Inboxes an account may have, unless a setting says otherwise.
pub const INBOXES_PER_ACCOUNT: u32 = 100;
/// Live shares an account may have.
pub const SHARES_PER_ACCOUNT: u32 = 100;
/// Longest life of a share, in hours: 30 days.
pub const SHARE_HOURS: i64 = 720;
/// How long an anonymous inbox takes requests, and can be read (catalogue T-26).
pub const ANONYMOUS_LIFE: Duration = Duration::from_secs(24 * 3_600);
/// Body of a request to an anonymous inbox.
pub const ANONYMOUS_BODY_BYTES: usize = 128 << 10;
/// Captured requests an anonymous inbox keeps; the oldest makes room.
pub const ANONYMOUS_CAPTURES: u32 = 50;
/// Requests an anonymous inbox takes in a minute.
pub const ANONYMOUS_PER_MINUTE: u32 = 60;
/// Anonymous inboxes that live at once: with the two bounds above, what strangers can fill.
pub const ANONYMOUS_INBOXES: u32 = 500;
/// Body of a scripted answer.
pub const ANSWER_BODY_BYTES: usize = 64 << 10;
/// Delay of a scripted answer.
pub const ANSWER_DELAY: Duration = Duration::from_secs(30);
/// Answers in one script.
pub const ANSWERS_PER_SCRIPT: usize = 100;
/// Headers of a scripted answer.
pub const ANSWER_HEADERS: usize = 32;
/// Objects of one kind in a sandbox: users, booking calendars, contacts.
pub const SANDBOX_OBJECTS_PER_KIND: u32 = 1_000;
/// How long one can book with a one-time link: 90 days, as the vendor has it.
pub const ONE_TIME_LINK_LIFE: Duration = Duration::from_secs(90 * 24 * 3_600);
/// Bytes of the form that a one-time link fills in, as they came.
pub const ONE_TIME_LINK_FORM_BYTES: usize = 16 << 10;
/// What a booking may cost, in the smallest unit of its currency: eight digits, as the vendor's payment provider takes them.
pub const AMOUNT_CHARGED: u64 = 99_999_999;
/// Events of one call that imports.
pub const EVENTS_PER_IMPORT: usize = 10;
/// The `data` of an event that is imported, as it came: it is kept with its booking.
pub const IMPORTED_BYTES: usize = 32 << 10;
/// Body of a call that imports: room for the events and the white space of whoever printed them.
pub const IMPORT_BODY_BYTES: usize = 1 << 20;
/// Length of a booking, in minutes.
pub const DURATION_MINUTES: std::ops::RangeInclusive<i64> = 5..=480;
/// How long a request waits for its inbox's relay: less than an attempt may take (setting `delivery.timeout`).
pub const HELD: Duration = Duration::from_secs(15);
/// Requests that wait at one inbox for its relay.
pub const HELD_PER_INBOX: usize = 100;
/// Requests to the inboxes of one account that are held open until they are answered: by a relay, or after a scripted delay.
pub const HELD_PER_ACCOUNT: usize = 500;
/// Streams, exports and calls that wait for something to come, of one account (each is a connection; setting `server.max_connections`).
pub const OPEN_PER_ACCOUNT: usize = 200;
/// Calls that wait at one anonymous inbox.
pub const OPEN_PER_ANONYMOUS_INBOX: usize = 10;
/// Calls from one network that wait at anonymous inboxes.
pub const ANONYMOUS_OPEN_PER_NETWORK: usize = 20;
/// Deliveries that wait for one webhook are counted up to this many when its health is shown.
pub const WAITING_COUNTED: u32 = 1_000;
/// Deliveries in the queue are counted up to this many when the instance's condition is shown.
pub const QUEUE_COUNTED: u32 = 1_000_000;
/// Webhooks that the operator's page looks at.
pub const WATCHED_WEBHOOKS: u32 = 10_000;
/// Longest wait of a call that blocks until something was captured.
pub const WAIT: Duration = Duration::from_secs(60);

/// Whether no other may be added to `count` where there may be `max`.
pub fn is_reached(count: u64, max: u32) -> bool {
    count >= u64::from(max)
}
