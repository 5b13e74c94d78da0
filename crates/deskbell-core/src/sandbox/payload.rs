//! The sandbox's objects as payloads and answers print them: every key always, in the vendor's order, `null` for no value
//! (wire contract, 5.2, 6.1, 11).

use super::{Bot, Calendar, Contact, Team, User, Website};
use crate::time::wire;
use serde::Serialize;
use serde_json::Value;

/// Where guests would book. Nothing is served there: `.test` never resolves (RFC 6761).
const GUEST_SITE: &str = "https://book.deskbell.test";

/// A user (wire contract, 11.2).
#[derive(Debug, Serialize)]
pub struct UserData<'a> {
    object: &'static str,
    id: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
    status: &'static str,
    role_name: &'static str,
    timezone: &'a str,
    teams: Vec<&'a str>,
}

impl<'a> UserData<'a> {
    /// The user as it is now.
    pub fn new(user: &'a User) -> Self {
        Self {
            object: "user",
            id: user.id.as_str(),
            first_name: &user.first_name,
            last_name: &user.last_name,
            email: &user.email,
            status: user.status.as_str(),
            role_name: user.role_name.as_str(),
            timezone: &user.time_zone,
            teams: user.teams.iter().map(|team| team.as_str()).collect(),
        }
    }
}

/// A contact (wire contract, 11.1). `terms_of_sevice` is the vendor's real key.
#[derive(Debug, Serialize)]
pub struct ContactData<'a> {
    object: &'static str,
    id: &'a str,
    creation_time: String,
    last_updated_time: String,
    last_interacted_time: Option<String>,
    owner: &'a str,
    status: Option<&'static str>,
    city: Option<&'a str>,
    company_size: Option<&'a str>,
    company: Option<&'a str>,
    country: Option<&'a str>,
    email: Option<&'a str>,
    employees: Option<u32>,
    first_name: Option<&'a str>,
    has_consent: bool,
    job_title: Option<&'a str>,
    last_name: Option<&'a str>,
    mobile_phone: Option<&'a str>,
    phone: Option<&'a str>,
    post_code: Option<&'a str>,
    salutation: Option<&'a str>,
    state: Option<&'a str>,
    street_address: Option<&'a str>,
    terms_of_sevice: bool,
    timezone: Option<&'a str>,
    bot: Option<&'a str>,
    form: Option<&'a str>,
    custom_fields: Vec<FieldData<'a>>,
}

#[derive(Debug, Serialize)]
struct FieldData<'a> {
    name: &'a str,
    value: &'a Value,
}

impl<'a> ContactData<'a> {
    /// The contact as it is now.
    pub fn new(contact: &'a Contact) -> Self {
        Self {
            object: "contact",
            id: contact.id.as_str(),
            creation_time: wire(contact.created),
            last_updated_time: wire(contact.updated),
            last_interacted_time: contact.last_interacted.map(wire),
            owner: contact.owner.as_str(),
            status: contact.status.map(|status| status.as_str()),
            city: contact.city.as_deref(),
            company_size: contact.company_size.as_deref(),
            company: contact.company.as_deref(),
            country: contact.country.as_deref(),
            email: contact.email.as_deref(),
            employees: contact.employees,
            first_name: contact.first_name.as_deref(),
            has_consent: contact.has_consent,
            job_title: contact.job_title.as_deref(),
            last_name: contact.last_name.as_deref(),
            mobile_phone: contact.mobile_phone.as_deref(),
            phone: contact.phone.as_deref(),
            post_code: contact.post_code.as_deref(),
            salutation: contact.salutation.as_deref(),
            state: contact.state.as_deref(),
            street_address: contact.street_address.as_deref(),
            terms_of_sevice: contact.terms_of_service,
            timezone: contact.time_zone.as_deref(),
            bot: contact.bot.as_ref().map(|bot| bot.as_str()),
            form: contact.form.as_deref(),
            custom_fields: contact
                .custom_fields
                .iter()
                .map(|(name, value)| FieldData { name, value })
                .collect(),
        }
    }
}

/// A booking calendar (wire contract, 5.2).
#[derive(Debug, Serialize)]
pub struct CalendarData<'a> {
    object: &'static str,
    id: &'a str,
    host: &'a str,
    name: &'a str,
    subject: &'a str,
    url: String,
    published: bool,
    duration_minutes: u32,
}

impl<'a> CalendarData<'a> {
    /// The calendar as it is now.
    pub fn new(calendar: &'a Calendar) -> Self {
        Self {
            object: "booking_calendar",
            id: calendar.id.as_str(),
            host: calendar.host.as_str(),
            name: &calendar.name,
            subject: &calendar.subject,
            url: format!("{GUEST_SITE}/{}", calendar.id),
            published: calendar.published,
            duration_minutes: calendar.duration_minutes,
        }
    }
}

/// A team (wire contract, 5.2).
#[derive(Debug, Serialize)]
pub struct TeamData<'a> {
    object: &'static str,
    id: &'a str,
    name: &'a str,
}

impl<'a> TeamData<'a> {
    /// The team as it is now.
    pub fn new(team: &'a Team) -> Self {
        Self { object: "team", id: team.id.as_str(), name: &team.name }
    }
}

/// A chatbot (wire contract, 6.1).
#[derive(Debug, Serialize)]
pub struct BotData<'a> {
    id: &'a str,
    object: &'static str,
    name: &'a str,
}

impl<'a> BotData<'a> {
    /// The bot as it is now.
    pub fn new(bot: &'a Bot) -> Self {
        Self { id: bot.id.as_str(), object: "bot", name: &bot.name }
    }
}

/// A website (wire contract, 6.1).
#[derive(Debug, Serialize)]
pub struct WebsiteData<'a> {
    id: &'a str,
    object: &'static str,
    name: &'a str,
    url: &'a str,
}

impl<'a> WebsiteData<'a> {
    /// The website as it is now.
    pub fn new(website: &'a Website) -> Self {
        Self { id: website.id.as_str(), object: "website", name: &website.name, url: &website.url }
    }
}
