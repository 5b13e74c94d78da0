//! A contact: a guest the account knows (wire contract, 11.1).

use super::User;
use crate::id::{BotId, ContactId, UserId};
use crate::{Random, Timestamp};
use serde::{Deserialize, Serialize};

/// A guest the account knows. An e-mail address or a mobile phone is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id, `CTC-` and 10 characters.
    pub id: ContactId,
    /// The user who owns it.
    pub owner: UserId,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// The last conversation or booking of the guest.
    pub last_interacted: Option<Timestamp>,
    /// How promising it is.
    pub status: Option<ContactStatus>,
    /// E-mail address, by which a booking finds the contact again, in any case.
    pub email: Option<String>,
    /// First name, as the guest gave it.
    pub first_name: Option<String>,
    /// Last name, as the guest gave it.
    pub last_name: Option<String>,
    /// As in "Dr".
    pub salutation: Option<String>,
    /// What the guest does in the company.
    pub job_title: Option<String>,
    /// The company the guest works for.
    pub company: Option<String>,
    /// Size of the company, in words such as `11-50`.
    pub company_size: Option<String>,
    /// Employees of the company.
    pub employees: Option<u32>,
    /// Street and number.
    pub street_address: Option<String>,
    /// City of the postal address.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Post code of the postal address.
    pub post_code: Option<String>,
    /// Country of the postal address.
    pub country: Option<String>,
    /// Phone in the form of E.164: `+` and digits.
    pub phone: Option<String>,
    /// Mobile phone, E.164.
    pub mobile_phone: Option<String>,
    /// Whether it agreed to be written to.
    pub has_consent: bool,
    /// Whether it agreed to the terms of service.
    pub terms_of_service: bool,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// The chatbot it came from.
    pub bot: Option<BotId>,
    /// The form it came from.
    pub form: Option<String>,
    /// The account's own fields: a name, and any value.
    pub custom_fields: Vec<(String, serde_json::Value)>,
}

/// How promising a contact is (wire contract, 11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactStatus {
    /// Worth talking to.
    Qualified,
    /// Ready for sales.
    SalesQualified,
    /// Ready for marketing.
    MarketingQualified,
    /// Not worth talking to.
    Disqualified,
}

impl ContactStatus {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Qualified, Self::SalesQualified, Self::MarketingQualified, Self::Disqualified];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qualified => "Qualified",
            Self::SalesQualified => "Sales qualified",
            Self::MarketingQualified => "Marketing qualified",
            Self::Disqualified => "Disqualified",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl Contact {
    /// A contact of whom nothing is known yet.
    pub fn new(owner: &User, random: &dyn Random, now: Timestamp) -> Self {
        Self::called(ContactId::new(random), owner, now)
    }

    /// The same, of an id that was given elsewhere.
    pub fn called(id: ContactId, owner: &User, now: Timestamp) -> Self {
        Self {
            id,
            owner: owner.id.clone(),
            created: now,
            updated: now,
            last_interacted: None,
            status: None,
            email: None,
            first_name: None,
            last_name: None,
            salutation: None,
            job_title: None,
            company: None,
            company_size: None,
            employees: None,
            street_address: None,
            city: None,
            state: None,
            post_code: None,
            country: None,
            phone: None,
            mobile_phone: None,
            has_consent: false,
            terms_of_service: false,
            time_zone: None,
            bot: None,
            form: None,
            custom_fields: Vec::new(),
        }
    }

    /// First and last name, as far as they are known.
    pub fn full_name(&self) -> String {
        let names = [&self.first_name, &self.last_name].map(|name| name.as_deref().unwrap_or_default());
        names.join(" ").trim().to_owned()
    }

    /// Whether it can be reached: an e-mail address or a mobile phone is there.
    pub fn is_reachable(&self) -> bool {
        self.email.is_some() || self.mobile_phone.is_some()
    }
}
