//! Lists of deliveries: which ones, and how far a search of them has come.

use super::Delivery;
use crate::event::AnySubject;
use crate::parameters::Group;
use crate::time::Time;
use crate::{fixed, id, word};
use deskbell_core::Timestamp;
use deskbell_core::store::{DeliveryFilter, Span};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which deliveries a list has.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Only those with this `webhook`.
    #[param(inline)]
    webhook: Option<id::given::Webhook>,
    /// Only those with this `event`.
    #[param(inline)]
    event: Option<id::given::Event>,
    /// Only those with this `type`.
    #[param(inline)]
    r#type: Option<word::Trigger>,
    /// Only those with this `status`.
    #[param(inline)]
    status: Option<word::DeliveryStatus>,
    /// Only those with this `subject`.
    #[param(inline)]
    subject: Option<AnySubject>,
    /// Tokens that must all hold, a leading minus negates: `type:` `status:` (a status, or the code of the last answer) `outcome:` `attempt:>1` `webhook:` (id or name) `event:` `subject:` `after:` `before:` `header.NAME:` `body.PATH:`; bare words are looked for in the payload. Quotation marks hold spaces together. A call looks at 2,000 deliveries at most, and `search.cursor` goes on.
    #[param(example = "type:booking status:500 -webhook:\"CRM sync\"")]
    pub q: Option<String>,
}

impl Group for DeliveryQuery {}

impl DeliveryQuery {
    /// The filter for deliveries of the span `created`; what `q` asks for is not in it.
    pub fn filter(self, created: Span) -> DeliveryFilter {
        DeliveryFilter {
            webhook: self.webhook.map(|webhook| webhook.0),
            event: self.event.map(|event| event.0),
            trigger: self.r#type.map(|word| word.0),
            status: self.status.map(|word| word.0),
            subject: self.subject.map(|subject| subject.0),
            created,
            ..DeliveryFilter::default()
        }
    }
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryList {
    /// Always `list`.
    object: fixed::List,
    /// The deliveries, newest first.
    data: Vec<Delivery>,
    /// There is more in the direction that was asked for; of a search, more that was not looked at.
    has_more: bool,
    /// Only at the end of the list: what happened to events that were accepted before this was deleted, because it was older than
    /// it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_before: Option<Time>,
    /// Only with `q`.
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<SearchReport>,
}

impl DeliveryList {
    /// What a search has found; at its end with where the past was cut.
    pub fn found(data: Vec<Delivery>, search: SearchReport, deleted_before: Option<Timestamp>) -> Self {
        let (has_more, deleted_before) = (search.cursor.is_some(), deleted_before.map(Time));
        Self { object: fixed::List, data, has_more, deleted_before, search: Some(search) }
    }
}

/// How far a search has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchReport {
    /// Deliveries that this call looked at, 2,000 at most.
    pub scanned: u32,
    /// From where to go on, as `after` or `before`: also when this page is not full, or empty. Null at the end.
    pub cursor: Option<String>,
}
