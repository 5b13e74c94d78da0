//! One-time links (wire contract, 10.6): what is asked for, and what is answered.

mod form;
mod settings;

pub use form::LinkForm;
pub use settings::BookingSettings;

use crate::body::RequestBody;
use crate::booking::GivenUtmParams;
use crate::id;
use crate::time::Time;
use deskbell_core::booking::{FieldValue, Form};
use deskbell_core::one_time_link::{self, Brought};
use deskbell_core::policy::limit::ONE_TIME_LINK_FORM_BYTES;
use deskbell_core::sandbox::Calendar;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::Serializer;
use utoipa::ToSchema;

/// A one-time link.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneTimeLink {
    id: id::OneTimeLink,
    /// The address to give to a guest.
    #[schema(example = "http://127.0.0.1:8480/.7KQ2M0ZT9XW4")]
    url: String,
    creation_time: Time,
}

impl OneTimeLink {
    /// The link, at an address that begins with `base`, which has no slash at its end, and shows the query string `shown`.
    pub fn new(link: &one_time_link::OneTimeLink, base: &str, shown: &str) -> Self {
        let mark = if shown.is_empty() { "" } else { "?" };
        Self {
            url: format!("{base}/.{}{mark}{shown}", link.id),
            id: (&link.id).into(),
            creation_time: link.created.into(),
        }
    }
}

/// What a one-time link of a booking calendar brings along; all of it can be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(examples(json!({"hide_url_params": false, "booking_form": {"name": "Tomas Healy", "email": "tomas.healy@corrib.example"},
    "booking_settings": {"duration_minutes": 30, "skip": ["contact_info"]}})))]
pub struct NewOneTimeLink {
    /// `false` shows in the link's address what it brings along. `true` when left out.
    hide_url_params: Option<bool>,
    /// What the form is filled in with; the guest's own answers count before it.
    booking_form: Option<LinkForm>,
    /// The campaign for which it is made; the booking has it, unless it is given another.
    utm_params: Option<GivenUtmParams>,
    /// How is booked.
    booking_settings: Option<BookingSettings>,
}

impl RequestBody for NewOneTimeLink {
    const MOST_BYTES: &'static [(&'static str, usize)] = &[("booking_form", ONE_TIME_LINK_FORM_BYTES)];
}

impl NewOneTimeLink {
    /// What the link brings along to a booking on `calendar`, and the query string that shows it in the link's address: empty
    /// where it is hidden.
    pub fn brought(self, calendar: &Calendar) -> (Brought, String) {
        let settings = self.booking_settings.unwrap_or_default();
        let duration = settings.duration_minutes.map(|minutes| minutes.0);
        let brought = Brought {
            form: self.booking_form.map(Form::from).unwrap_or_default(),
            // Any other number is no duration of the calendar, and ignored.
            duration_minutes: duration.filter(|minutes| *minutes == calendar.duration_minutes),
            utm_params: self.utm_params.and_then(GivenUtmParams::params),
        };
        let shown =
            if self.hide_url_params == Some(false) { shown(&brought, &settings) } else { String::new() };
        (brought, shown)
    }
}

/// The query string of a link that hides nothing, under the names that the vendor's help pages give.
fn shown(brought: &Brought, settings: &BookingSettings) -> String {
    let form = &brought.form;
    let text = |value: &Option<String>| value.clone();
    let utm = brought.utm_params.clone().unwrap_or_default();
    let guests = Some(form.guests.join(",")).filter(|guests| !guests.is_empty());
    let known = [
        ("name", Some(form.name.clone()).filter(|name| !name.is_empty())),
        ("email", text(&form.email)),
        ("mobile_phone", form.mobile_phone.clone().or_else(|| text(&form.phone))),
        ("note", text(&form.note)),
        ("company", text(&form.company)),
        ("guests", guests),
        ("host", settings.host.as_ref().map(|host| host.0.clone())),
        ("co_hosts", settings.co_hosts.as_ref().map(|hosts| hosts.0.clone())),
        ("duration_minutes", brought.duration_minutes.map(|minutes| minutes.to_string())),
        ("utm_source", utm.source),
        ("utm_medium", utm.medium),
        ("utm_campaign", utm.campaign),
        ("utm_term", utm.term),
        ("utm_content", utm.content),
        ("skip", settings.skip.as_ref().filter(|skip| skip.0).map(|_| "1".to_owned())),
    ];
    let mut query = Serializer::new(String::new());
    query.extend_pairs(known.into_iter().filter_map(|(name, value)| Some((name, value?))));
    for (name, value) in &form.custom_fields {
        match value {
            FieldValue::One(one) => query.append_pair(name, one),
            FieldValue::Many(many) => query.append_pair(name, &many.join(",")),
        };
    }
    query.finish()
}
