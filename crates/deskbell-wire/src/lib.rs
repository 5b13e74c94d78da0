//! Every public shape once: what callers send and get, as one type that is parsed, printed and documented.
//!
//! **A body** is a struct with `Deserialize` and `ToSchema`, read by [`body::read`]. Its bounds are those of its fields'
//! types; fields are judged in the order in which they are declared.
//!
//! ```
//! use deskbell_wire::body::RequestBody;
//! use deskbell_wire::number::Integer;
//! use deskbell_wire::optional::Omittable;
//! use deskbell_wire::text::Name;
//! use serde::Deserialize;
//! use utoipa::ToSchema;
//!
//! /// A key to create.
//! #[derive(Deserialize, ToSchema)]
//! #[serde(deny_unknown_fields)] // Not for bodies of the vendor's, which ignore what they do not know.
//! #[schema(examples(json!({"name": "CI", "days": 90})))] // Where a type's own example does not fit its field.
//! struct NewKey {
//!     /// What it is for.
//!     name: Name,
//!     /// Forever when left out or null.
//!     days: Option<Integer<1, 3650>>,
//!     /// Can be left out, but not be null. `Patch` takes null as a value to empty with.
//!     note: Omittable<Name>,
//! }
//!
//! impl RequestBody for NewKey {
//!     const READ_ONLY: &'static [&'static str] = &["id", "object"];
//! }
//! ```
//!
//! **A query string** is a struct with `Deserialize` and `IntoParams`, or a tuple of such, read by [`parameters::read`].
//!
//! ```
//! use deskbell_core::id::WebhookId;
//! use deskbell_wire::parameters::{Created, Group, Paging, Parameters};
//! use deskbell_wire::{id, word};
//! use serde::Deserialize;
//! use utoipa::IntoParams;
//!
//! #[derive(Deserialize, IntoParams)]
//! #[into_params(parameter_in = Query)]
//! struct DeliveryFilter {
//!     /// Only those that stand there.
//!     #[param(inline)] // A parameter has its schema in place.
//!     status: Option<word::DeliveryStatus>,
//!     /// Only those to this webhook.
//!     #[param(inline)]
//!     webhook: Option<id::given::Webhook>,
//! }
//!
//! impl Group for DeliveryFilter {}
//!
//! type Asked = (Paging<WebhookId>, Created, DeliveryFilter);
//! assert_eq!(Asked::names()[..3], ["limit", "after", "before"]);
//! ```
//!
//! **An answer** is a struct with `Serialize` and `ToSchema`. Its ids, times, words and constants are types too; a text
//! without bounds is a `String`, with its example at the field.
//!
//! ```
//! use deskbell_wire::time::Time;
//! use deskbell_wire::{fixed, id, word};
//! use serde::Serialize;
//! use utoipa::ToSchema;
//!
//! #[derive(Serialize, ToSchema)]
//! struct Delivery {
//!     /// Always `delivery`.
//!     object: fixed::Delivery,
//!     id: id::Delivery,
//!     status: word::DeliveryStatus,
//!     creation_time: Time,
//!     #[schema(example = "The receiver answered 500.")]
//!     detail: String,
//! }
//! ```
//!
//! A new kind of text goes into [`text`], a new list into [`word`], each with its rule and its schema in one place.

pub mod account;
pub mod attempt;
pub mod availability;
pub mod body;
pub mod booking;
pub mod booking_page;
pub mod bot;
pub mod broken;
pub mod bytes;
pub mod calendar;
pub mod call;
pub mod coach;
pub mod contact;
pub mod conversation;
pub mod deleted;
pub mod delivery;
pub mod event;
pub mod event_type;
pub mod fixed;
mod guest_site;
pub mod har;
pub mod header;
pub mod id;
pub mod import;
mod imported;
pub mod inbox;
pub mod instance;
pub mod json;
pub mod key;
pub mod list;
pub mod location;
pub mod master_page;
pub mod notification;
pub mod number;
pub mod one_time_link;
pub mod operator;
pub mod optional;
pub mod parameters;
pub mod problem;
pub mod reference;
pub mod sandbox;
pub mod schema;
pub mod secret;
pub mod session;
pub mod share;
pub mod stream;
pub mod team;
pub mod text;
pub mod time;
pub mod user;
pub mod webhook;
pub mod website;
pub mod why;
pub mod within;
pub mod word;
