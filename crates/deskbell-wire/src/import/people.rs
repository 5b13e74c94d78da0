//! The users, contacts, chatbots and websites that an imported event names, in full or by no more than their ids.

use super::reading::{Maybe, Said, Their, given, said};
use crate::number::Integer;
use crate::text::TimeZone;
use crate::time::GivenTime;
use crate::word;
use deskbell_core::Timestamp;
use deskbell_core::id::{BotId, ContactId, TeamId, UserId, WebsiteId};
use deskbell_core::sandbox::{
    Availability, Bot, Contact, ExternalCalendarType, Provider, User, UserRole, UserStatus, Website,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct ToldUser {
    pub(super) id: Their<UserId>,
    first_name: Said,
    last_name: Said,
    pub(super) email: Said,
    status: Maybe<word::UserStatus>,
    role_name: Maybe<word::UserRole>,
    timezone: Maybe<TimeZone>,
    teams: Option<Vec<Their<TeamId>>>,
}

impl ToldUser {
    /// The user, of whom the event around it tells the e-mail address, perhaps. Whoever is named by an id alone is called by it.
    pub(super) fn user(&self, email: Option<String>) -> User {
        let id = &self.id.0;
        let nameless = said(&self.first_name).is_none() && said(&self.last_name).is_none();
        let (first, last) = if nameless { ("Host", id.as_str()) } else { ("", "") };
        User {
            id: id.clone(),
            first_name: said(&self.first_name).unwrap_or_else(|| first.to_owned()),
            last_name: said(&self.last_name).unwrap_or_else(|| last.to_owned()),
            email: said(&self.email)
                .or(email)
                .unwrap_or_else(|| format!("{}@host.example", id.as_str().to_lowercase())),
            status: given(&self.status).map_or(UserStatus::Active, |status| status.0),
            // An account has one owner, whom no call changes: another account's is an administrator here.
            role_name: match given(&self.role_name).map_or(UserRole::Member, |role| role.0) {
                UserRole::AccountOwner => UserRole::Administrator,
                role => role,
            },
            time_zone: given(&self.timezone).map_or_else(|| "UTC".to_owned(), String::from),
            teams: self.teams.iter().flatten().map(|team| team.0.clone()).collect(),
            seat: true,
            providers: Provider::at_first(),
            external_calendar: ExternalCalendarType::default(),
            availability: Availability::default(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ToldContact {
    pub(super) id: Their<ContactId>,
    owner: Maybe<Their<UserId>>,
    creation_time: Maybe<GivenTime>,
    last_updated_time: Maybe<GivenTime>,
    last_interacted_time: Maybe<GivenTime>,
    status: Maybe<word::ContactStatus>,
    city: Said,
    company_size: Said,
    company: Said,
    country: Said,
    email: Said,
    employees: Option<Integer<0, { i32::MAX as i64 }>>,
    first_name: Said,
    has_consent: Option<bool>,
    job_title: Said,
    last_name: Said,
    mobile_phone: Said,
    phone: Said,
    post_code: Said,
    salutation: Said,
    state: Said,
    street_address: Said,
    terms_of_sevice: Option<bool>,
    timezone: Maybe<TimeZone>,
    bot: Maybe<Their<BotId>>,
    form: Said,
    custom_fields: Option<Vec<ToldField>>,
}

#[derive(Debug, Deserialize)]
struct ToldField {
    name: String,
    value: Option<Value>,
}

impl ToldContact {
    /// The contact, of that owner unless it names one, as it was at `now`.
    pub(super) fn contact(&self, owner: &UserId, now: Timestamp) -> Contact {
        let time = |time: &Maybe<GivenTime>| given(time).map(|time| time.0);
        let field = |field: &ToldField| (field.name.clone(), field.value.clone().unwrap_or_default());
        Contact {
            id: self.id.0.clone(),
            owner: given(&self.owner).map_or_else(|| owner.clone(), |owner| owner.0),
            created: time(&self.creation_time).unwrap_or(now),
            updated: time(&self.last_updated_time).unwrap_or(now),
            last_interacted: time(&self.last_interacted_time),
            status: given(&self.status).map(|status| status.0),
            email: said(&self.email),
            first_name: said(&self.first_name),
            last_name: said(&self.last_name),
            salutation: said(&self.salutation),
            job_title: said(&self.job_title),
            company: said(&self.company),
            company_size: said(&self.company_size),
            employees: self.employees.map(u32::from),
            street_address: said(&self.street_address),
            city: said(&self.city),
            state: said(&self.state),
            post_code: said(&self.post_code),
            country: said(&self.country),
            phone: said(&self.phone),
            mobile_phone: said(&self.mobile_phone),
            has_consent: self.has_consent.unwrap_or_default(),
            terms_of_service: self.terms_of_sevice.unwrap_or_default(),
            time_zone: given(&self.timezone).map(String::from),
            bot: given(&self.bot).map(|bot| bot.0),
            form: said(&self.form),
            custom_fields: self.custom_fields.iter().flatten().map(field).collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ToldBot {
    id: Their<BotId>,
    name: Said,
}

impl From<ToldBot> for Bot {
    fn from(told: ToldBot) -> Self {
        Self { name: said(&told.name).unwrap_or_else(|| told.id.0.to_string()), id: told.id.0 }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ToldWebsite {
    id: Their<WebsiteId>,
    name: Said,
    url: Said,
}

impl From<ToldWebsite> for Website {
    fn from(told: ToldWebsite) -> Self {
        Self {
            name: said(&told.name).unwrap_or_else(|| told.id.0.to_string()),
            url: said(&told.url).unwrap_or_default(),
            id: told.id.0,
        }
    }
}
