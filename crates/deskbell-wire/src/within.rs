//! Objects of a sandbox that have another order of keys, or fewer of them, within bookings and conversations than where
//! they stand alone (wire contract, 5.2 and 6.1).

use crate::{fixed, guest_site, id};
use deskbell_core::{conversation, sandbox};
use serde::Serialize;

/// A calendar.
#[derive(Debug, Serialize)]
pub struct Calendar {
    object: fixed::BookingCalendar,
    id: id::Calendar,
    host: id::User,
    name: String,
    subject: String,
    url: String,
    published: bool,
    duration_minutes: u32,
}

impl From<sandbox::Calendar> for Calendar {
    fn from(calendar: sandbox::Calendar) -> Self {
        Self {
            object: fixed::BookingCalendar,
            url: guest_site::calendar(&calendar.id),
            id: calendar.id.into(),
            host: calendar.host.into(),
            name: calendar.name,
            subject: calendar.subject,
            published: calendar.published,
            duration_minutes: calendar.duration_minutes,
        }
    }
}

/// A chatbot.
#[derive(Debug, Serialize)]
pub struct Bot {
    id: id::Bot,
    object: fixed::Bot,
    name: String,
}

impl From<sandbox::Bot> for Bot {
    fn from(bot: sandbox::Bot) -> Self {
        Self { id: bot.id.into(), object: fixed::Bot, name: bot.name }
    }
}

/// An audience.
#[derive(Debug, Serialize)]
pub struct Audience {
    id: id::Audience,
    object: fixed::Audience,
    name: String,
}

impl From<conversation::Audience> for Audience {
    fn from(audience: conversation::Audience) -> Self {
        Self { id: audience.id.into(), object: fixed::Audience, name: audience.name }
    }
}

/// A website.
#[derive(Debug, Serialize)]
pub struct Website {
    id: id::Website,
    object: fixed::Website,
    name: String,
    url: String,
}

impl From<sandbox::Website> for Website {
    fn from(website: sandbox::Website) -> Self {
        Self { id: website.id.into(), object: fixed::Website, name: website.name, url: website.url }
    }
}
