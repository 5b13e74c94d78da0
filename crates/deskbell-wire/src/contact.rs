//! Contacts: the guests the account knows, as the vendor has them (wire contract, 1 and 11.1).

mod custom_field;
mod fields;
mod filter;
mod identifier;

pub use custom_field::{CustomField, CustomFields};
pub use fields::{ContactFields, ContactPatch, StatusOrNone};
pub use filter::ContactFilter;
pub use identifier::{ContactEmail, OrEmpty, Phone, Unchangeable};

use crate::deleted::or_deleted;
use crate::list::Identified;
use crate::text::Name;
use crate::time::Time;
use crate::{fixed, id, word};
use deskbell_core::sandbox;
use serde::Serialize;
use utoipa::ToSchema;

/// A contact.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "contact", "creation_time": "2026-05-04T08:11:09.512Z",
    "last_updated_time": "2026-05-06T13:02:48.101Z", "last_interacted_time": "2026-05-06T13:02:48.101Z",
    "status": "Qualified"})))]
pub struct Contact {
    /// Always `contact`.
    object: fixed::Contact,
    id: id::Contact,
    creation_time: Time,
    last_updated_time: Time,
    /// The guest's last conversation.
    #[schema(required)]
    last_interacted_time: Option<Time>,
    /// The user who owns it.
    owner: id::User,
    /// `Qualified`, `Sales qualified`, `Marketing qualified` or `Disqualified`.
    #[schema(required)]
    status: Option<word::ContactStatus>,
    #[schema(example = "Galway", required)]
    city: Option<String>,
    #[schema(example = "11-50", required)]
    company_size: Option<String>,
    #[schema(example = "Corrib Instruments", required)]
    company: Option<String>,
    #[schema(example = "Ireland", required)]
    country: Option<String>,
    /// Null only where there is a mobile phone.
    #[schema(example = "tomas.healy@corrib.example", required)]
    email: Option<String>,
    #[schema(example = 34, required)]
    employees: Option<u32>,
    #[schema(example = "Tomás", required)]
    first_name: Option<String>,
    has_consent: bool,
    #[schema(example = "Operations lead", required)]
    job_title: Option<String>,
    #[schema(example = "Healy", required)]
    last_name: Option<String>,
    /// E.164.
    #[schema(example = "+353851234567", required)]
    mobile_phone: Option<String>,
    /// E.164.
    #[schema(required)]
    phone: Option<String>,
    #[schema(example = "H91 X2Y3", required)]
    post_code: Option<String>,
    #[schema(required)]
    salutation: Option<String>,
    #[schema(required)]
    state: Option<String>,
    #[schema(required)]
    street_address: Option<String>,
    /// The vendor's spelling.
    terms_of_sevice: bool,
    /// IANA time zone.
    #[schema(example = "Europe/Dublin", required)]
    timezone: Option<String>,
    /// The chatbot it came from.
    #[schema(required)]
    bot: Option<id::Bot>,
    /// The form it came from.
    #[schema(required)]
    form: Option<String>,
    custom_fields: Vec<CustomField>,
}

impl Identified for Contact {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl From<sandbox::Contact> for Contact {
    fn from(contact: sandbox::Contact) -> Self {
        let custom = |(name, value)| CustomField { name: Name(name), value };
        Self {
            object: fixed::Contact,
            id: contact.id.into(),
            creation_time: contact.created.into(),
            last_updated_time: contact.updated.into(),
            last_interacted_time: contact.last_interacted.map(Time),
            owner: contact.owner.into(),
            status: contact.status.map(word::Word),
            city: contact.city,
            company_size: contact.company_size,
            company: contact.company,
            country: contact.country,
            email: contact.email,
            employees: contact.employees,
            first_name: contact.first_name,
            has_consent: contact.has_consent,
            job_title: contact.job_title,
            last_name: contact.last_name,
            mobile_phone: contact.mobile_phone,
            phone: contact.phone,
            post_code: contact.post_code,
            salutation: contact.salutation,
            state: contact.state,
            street_address: contact.street_address,
            terms_of_sevice: contact.terms_of_service,
            timezone: contact.time_zone,
            bot: contact.bot.map(id::Id),
            form: contact.form,
            custom_fields: contact.custom_fields.into_iter().map(custom).collect(),
        }
    }
}

or_deleted!(Contact, DeletedContact, ContactOrDeleted);

#[cfg(test)]
mod tests;
