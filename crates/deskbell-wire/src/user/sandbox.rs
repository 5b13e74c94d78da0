//! What a tester sets of a user, and the vendor's calls cannot. All of it is ours.

use super::fields::set;
use crate::body::RequestBody;
use crate::broken::Broken;
use crate::optional::Omittable;
use crate::schema::{value, words};
use crate::text::{Email, TimeZone};
use crate::word::Words as _;
use crate::{fixed, id, word};
use deskbell_core::sandbox::{Provider, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::ArrayBuilder;

/// A user, as the sandbox has it beside what the vendor shows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "user", "status": "active", "seat": true})))]
pub struct SandboxUser {
    /// Always `user`.
    object: fixed::User,
    id: id::User,
    #[schema(example = "priya.raman@northwind.example")]
    email: String,
    /// `active` or `invited`.
    status: word::UserStatus,
    /// IANA time zone.
    #[schema(example = "Europe/Dublin")]
    timezone: String,
    /// Whether the account pays for it.
    seat: bool,
    /// Where its video calls take place: the first is taken where nothing else is asked for.
    providers: Providers,
    /// The calendar that it has connected: `google`, `exchange`, `office_365`, `icloud` or `none`.
    external_calendar: word::ExternalCalendarType,
}

impl From<User> for SandboxUser {
    fn from(user: User) -> Self {
        Self {
            object: fixed::User,
            id: user.id.into(),
            email: user.email,
            status: user.status.into(),
            timezone: user.time_zone,
            seat: user.seat,
            providers: Providers(user.providers.into_iter().map(word::Word).collect()),
            external_calendar: user.external_calendar.into(),
        }
    }
}

/// A change to a user of the sandbox; what is left out stays.
#[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"status": "active", "seat": true})))]
pub struct SandboxUserPatch {
    /// E-mail address, which no other user of the account has.
    pub email: Omittable<Email>,
    /// `active` or `invited`; only an active user gets bookings of others.
    pub status: Omittable<word::UserStatus>,
    /// IANA time zone. Slots from now on are in it.
    pub timezone: Omittable<TimeZone>,
    /// Whether the account pays for it; without a seat nobody can be booked with.
    pub seat: Omittable<bool>,
    /// Where its video calls take place: `google_meet`, `microsoft_teams`, `zoom`, `webex`, `gotomeeting`; these take the
    /// place of those that were there.
    pub providers: Omittable<Providers>,
    /// The calendar that it has connected: `google`, `exchange`, `office_365`, `icloud` or `none`. Bookings from now on stand in
    /// it.
    pub external_calendar: Omittable<word::ExternalCalendarType>,
}

impl RequestBody for SandboxUserPatch {
    const READ_ONLY: &'static [&'static str] = &["id", "object"];
}

impl SandboxUserPatch {
    /// Changes `user` in what was given.
    pub fn apply(&self, user: &mut User) {
        set(&mut user.email, self.email.0.clone().map(String::from));
        set(&mut user.status, self.status.0.map(|status| status.0));
        set(&mut user.time_zone, self.timezone.0.clone().map(String::from));
        set(&mut user.seat, self.seat.0);
        set(&mut user.providers, self.providers.0.as_ref().map(Providers::in_order));
        set(&mut user.external_calendar, self.external_calendar.0.map(|calendar| calendar.0));
    }
}

/// The services for video calls that one user has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<word::Provider>")]
pub struct Providers(Vec<word::Provider>);

impl Providers {
    /// Each once, in the order in which they are taken.
    fn in_order(&self) -> Vec<Provider> {
        Provider::ALL.into_iter().filter(|one| self.0.contains(&word::Word(*one))).collect()
    }
}

impl TryFrom<Vec<word::Provider>> for Providers {
    type Error = Broken;

    fn try_from(given: Vec<word::Provider>) -> Result<Self, Broken> {
        let most = Provider::ALL.len();
        if given.len() > most {
            return Err(Broken::new("fields_too_many", format!("A user has at most {most} providers.")));
        }
        Ok(Self(given))
    }
}

value!(Providers, ArrayBuilder::new().items(words(Provider::names())).max_items(Some(Provider::ALL.len())));
