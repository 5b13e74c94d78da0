//! Booking pages of the vendor's classic product (wire contract, 5.2).

mod filter;

pub use filter::BookingPageFilter;

use crate::body::RequestBody;
use crate::deleted::or_deleted;
use crate::id::Several;
use crate::list::Identified;
use crate::optional::Omittable;
use crate::text::{Name, TimeZone};
use crate::{fixed, guest_site, id};
use deskbell_core::id::{BookingPageId, EventTypeId, MasterPageId};
use deskbell_core::policy::limit::LINKED_TO_BOOKING_PAGE;
use deskbell_core::sandbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A booking page (wire contract, 5.2). Its owner, its master pages and its event types are found by the filters of the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "booking_page"})))]
pub struct BookingPage {
    /// Always `booking_page`.
    object: fixed::BookingPage,
    id: id::BookingPage,
    /// What guests see.
    #[schema(example = "Garden survey")]
    name: String,
    /// What users call it.
    #[schema(example = "SurveyNorth")]
    label: String,
    /// Where guests would book. Nothing is served there.
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    url: String,
    /// Whether guests can book on it.
    active: bool,
    /// IANA time zone.
    #[schema(example = "Europe/Dublin")]
    timezone: String,
}

impl Identified for BookingPage {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl From<sandbox::BookingPage> for BookingPage {
    fn from(page: sandbox::BookingPage) -> Self {
        Self {
            object: fixed::BookingPage,
            url: guest_site::booking_page(&page.id),
            id: page.id.into(),
            name: page.name,
            label: page.label,
            active: page.active,
            timezone: page.time_zone,
        }
    }
}

or_deleted!(BookingPage, DeletedBookingPage, BookingPageOrDeleted);

/// Ids of master pages.
pub type MasterPages = Several<MasterPageId, LINKED_TO_BOOKING_PAGE>;
/// Ids of event types.
pub type EventTypes = Several<EventTypeId, LINKED_TO_BOOKING_PAGE>;

/// What only we set of a booking page.
const READ_ONLY: &[&str] = &["id", "object", "url"];

/// A booking page to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Garden survey", "label": "SurveyNorth"})))]
pub struct NewBookingPage {
    /// Its owner: the id of a user.
    pub user: id::given::User,
    /// 1 to 255 characters.
    pub name: Name,
    /// 1 to 255 characters; the name when left out.
    pub label: Omittable<Name>,
    /// `true` when left out.
    pub active: Omittable<bool>,
    /// IANA time zone; that of its owner when left out.
    pub timezone: Omittable<TimeZone>,
    /// Ids of the master pages that lead to it.
    pub master_pages: Omittable<MasterPages>,
    /// Ids of the event types that can be booked on it.
    pub event_types: Omittable<EventTypes>,
}

impl RequestBody for NewBookingPage {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl NewBookingPage {
    /// The booking page of `owner`, under `id`.
    pub fn made(&self, id: BookingPageId, owner: &sandbox::User) -> sandbox::BookingPage {
        sandbox::BookingPage {
            id,
            owner: owner.id.clone(),
            name: self.name.0.clone(),
            label: self.label.0.as_ref().unwrap_or(&self.name).0.clone(),
            active: self.active.0.unwrap_or(true),
            time_zone: self.timezone.0.as_ref().map_or(&owner.time_zone, |zone| &zone.0).clone(),
            master_pages: self.master_pages.0.clone().map(|ids| ids.0).unwrap_or_default(),
            event_types: self.event_types.0.clone().map(|ids| ids.0).unwrap_or_default(),
        }
    }
}

/// A change to a booking page; what is left out stays.
#[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"name": "Garden survey", "label": "SurveyNorth"})))]
pub struct BookingPagePatch {
    /// As in creation.
    pub user: Omittable<id::given::User>,
    /// As in creation.
    pub name: Omittable<Name>,
    /// As in creation.
    pub label: Omittable<Name>,
    /// As in creation.
    pub active: Omittable<bool>,
    /// As in creation.
    pub timezone: Omittable<TimeZone>,
    /// As in creation.
    pub master_pages: Omittable<MasterPages>,
    /// As in creation.
    pub event_types: Omittable<EventTypes>,
}

impl RequestBody for BookingPagePatch {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl BookingPagePatch {
    /// Changes the booking page as it says.
    pub fn apply(&self, page: &mut sandbox::BookingPage) {
        let Self { user, name, label, active, timezone, master_pages, event_types } = self;
        if let Some(user) = &user.0 {
            page.owner.clone_from(&user.0);
        }
        if let Some(name) = &name.0 {
            page.name.clone_from(&name.0);
        }
        if let Some(label) = &label.0 {
            page.label.clone_from(&label.0);
        }
        page.active = active.0.unwrap_or(page.active);
        if let Some(timezone) = &timezone.0 {
            page.time_zone.clone_from(&timezone.0);
        }
        if let Some(ids) = &master_pages.0 {
            page.master_pages.clone_from(&ids.0);
        }
        if let Some(ids) = &event_types.0 {
            page.event_types.clone_from(&ids.0);
        }
    }
}
