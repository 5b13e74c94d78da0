//! The stream: what can be followed, and the kinds of news that it brings.

use crate::broken::Broken;
use crate::id;
use crate::parameters::Group;
use crate::schema::{text, value};
use crate::word::Words;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::IntoParams;

/// What kind of news a message brings: the `event` of a server-sent event, whose data is the object of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewsKind {
    /// A booking of the sandbox, as its event tells it.
    Booking,
    /// A conversation of the sandbox, as its event tells it.
    Conversation,
    /// An event as it was accepted, without its payload.
    Event,
    /// A delivery as it is now.
    Delivery,
    /// An attempt, once it is recorded.
    Attempt,
    /// A request that an inbox captured.
    Capture,
}

impl Words for NewsKind {
    fn all() -> Vec<Self> {
        vec![Self::Booking, Self::Conversation, Self::Event, Self::Delivery, Self::Attempt, Self::Capture]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Conversation => "conversation",
            Self::Event => "event",
            Self::Delivery => "delivery",
            Self::Attempt => "attempt",
            Self::Capture => "capture",
        }
    }
}

/// The `event` of the message that says how far behind the stream is. It is no news: it comes whatever is followed.
pub const LAG: &str = "lag";

/// How far behind a stream is: the data of its `lag`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Lag {
    /// For how long the oldest news that the stream has not told waits; 0 when it has told everything.
    pub behind_ms: u64,
}

impl Lag {
    /// Of a stream whose oldest untold news waits for `behind`.
    pub fn new(behind: Duration) -> Self {
        Self { behind_ms: u64::try_from(behind.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// What is followed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Only these, with commas: `booking`, `conversation`, `event`, `delivery`, `attempt`, `capture`
    #[param(inline)]
    pub types: Option<NewsKinds>,
    /// Only what is owed to this webhook; captures are not affected
    #[param(inline)]
    pub webhook: Option<id::given::Webhook>,
    /// Only the captures of this inbox; all else is not affected
    #[param(inline)]
    pub inbox: Option<id::given::Inbox>,
}

impl Group for StreamQuery {}

/// Kinds of news with commas between them.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct NewsKinds(pub Vec<NewsKind>);

impl TryFrom<String> for NewsKinds {
    type Error = Broken;

    fn try_from(given: String) -> Result<Self, Broken> {
        let known = |name: &str| NewsKind::parse(name).ok_or_else(|| NewsKind::unknown(name));
        given.split(',').map(str::trim).map(known).collect::<Result<_, _>>().map(Self)
    }
}

value!(NewsKinds, text("booking"));
