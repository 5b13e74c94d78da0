//! Values that are always the same: the `object` of each answer, and the constants beside it.

use crate::schema::{value, words};
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

macro_rules! constants {
    ($($(#[$doc:meta])* $name:ident = $value:expr, $schema:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $name;

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $value.serialize(serializer)
            }
        }

        value!($name, $schema);
    )*};
}

macro_rules! fixed {
    ($($name:ident = $text:literal;)*) => {
        constants! {$(
            #[doc = concat!("Always `", $text, "`.")]
            $name = $text, words([$text]);
        )*}
    };
}

fixed! {
    Account = "account";
    Advice = "advice";
    Attempt = "attempt";
    Audience = "audience";
    Booking = "booking";
    BookingCalendar = "booking_calendar";
    BookingPage = "booking_page";
    Bot = "bot";
    Call = "call";
    Node = "node";
    Contact = "contact";
    Conversation = "conversation";
    Delivery = "delivery";
    Diagnosis = "diagnosis";
    Event = "event";
    EventType = "event_type";
    Har = "1.2";
    Import = "import";
    Inbox = "inbox";
    Key = "key";
    List = "list";
    MasterPage = "master_page";
    Notification = "notification";
    Operator = "operator";
    Post = "POST";
    Request = "request";
    Revision = "revision";
    SandboxSettings = "sandbox_settings";
    Schedule = "schedule";
    Secret = "secret";
    Session = "session";
    Share = "share";
    SharePreview = "share_preview";
    Sms = "sms";
    Team = "team";
    Tester = "tester";
    User = "user";
    V2 = "v2";
    Webhook = "webhook";
    Website = "website";
    Why = "why";
}

constants! {
    /// Always `true`.
    True = true, ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true]));
    /// Always false.
    False = false, ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([false]));
    /// Always an empty array, of objects.
    Empty = [(); 0], ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::Object)).max_items(Some(0));
}
