//! Which booking pages a list has (wire contract, 5.2).

use crate::id::given;
use crate::parameters::Group;
use deskbell_core::store::ObjectFilter;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which booking pages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BookingPageFilter {
    /// Only those that this master page leads to.
    #[param(inline)]
    master_page: Option<given::MasterPage>,
    /// Only those on which this event type can be booked.
    #[param(inline)]
    event_type: Option<given::EventType>,
    /// Only those of this user.
    #[param(inline)]
    user: Option<given::User>,
}

impl Group for BookingPageFilter {}

impl From<BookingPageFilter> for ObjectFilter {
    fn from(filter: BookingPageFilter) -> Self {
        Self::BookingPages {
            master_page: filter.master_page.map(|page| page.0),
            event_type: filter.event_type.map(|kind| kind.0),
            owner: filter.user.map(|user| user.0),
        }
    }
}
