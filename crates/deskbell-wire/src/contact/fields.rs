//! What a body may say of a contact, and what it makes of one (wire contract, 9.1 and 11.1).

use super::custom_field::CustomFields;
use super::identifier::{ContactEmail, EmailOrEmpty, OrEmpty, PhoneOrEmpty, Unchangeable};
use crate::body::{RequestBody, VendorWords};
use crate::id;
use crate::number::Integer;
use crate::optional::{Omittable, Patch};
use crate::schema::{text, value};
use crate::text::{Line, Name, TimeZone};
use deskbell_core::policy::limit::CUSTOM_FIELD_BYTES;
use deskbell_core::sandbox::{Contact, ContactStatus};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use utoipa::ToSchema;

/// The same fields in two bodies, behind those in which they differ.
macro_rules! bodies {
    ($($(#[$of_body:meta])* $name:ident { $($(#[$of_own:meta])* $own:ident: $type:ty,)* })*) => {$(
        #[derive(Debug, Deserialize, ToSchema)]
        $(#[$of_body])*
        #[serde(deny_unknown_fields)]
        #[schema(examples(json!({"status": "Qualified", "first_name": "Tomás", "last_name": "Healy",
            "job_title": "Operations lead", "company": "Corrib Instruments", "company_size": "11-50",
            "city": "Galway", "post_code": "H91 X2Y3", "country": "Ireland", "employees": 34,
            "custom_fields": [{"name": "crm_id", "value": "L-20418"}]})))]
        pub struct $name {
            $($(#[$of_own])* pub $own: $type,)*
            /// `Qualified`, `Sales qualified`, `Marketing qualified` or `Disqualified`; anything else is none.
            pub status: Patch<StatusOrNone>,
            /// City.
            pub city: Patch<Line>,
            /// In words, as in `11-50`.
            pub company_size: Patch<Line>,
            /// Company.
            pub company: Patch<Line>,
            /// Country.
            pub country: Patch<Line>,
            /// Job title.
            pub job_title: Patch<Line>,
            /// A plus and 9 to 15 digits; blanks, dots, hyphens and brackets are left out.
            pub phone: Patch<PhoneOrEmpty>,
            /// Post code.
            pub post_code: Patch<Line>,
            /// As in "Dr".
            pub salutation: Patch<Line>,
            /// State or province.
            pub state: Patch<Line>,
            /// Street and number.
            pub street_address: Patch<Line>,
            /// IANA time zone.
            pub timezone: Patch<TimeZoneOrEmpty>,
            /// 0 to 2,147,483,647.
            pub employees: Patch<Integer<0, { i32::MAX as i64 }>>,
            /// Whether it agreed to be written to.
            pub has_consent: Omittable<bool>,
            /// The vendor's spelling.
            pub terms_of_sevice: Omittable<bool>,
            /// Of the account's field library; at most 100, 64 KiB together. Those that are not named stay.
            pub custom_fields: Option<CustomFields>,
        }

        impl $name {
            /// Changes `contact` in what both bodies have, but for its custom fields, which have a bound of their own.
            fn apply_all(&self, contact: &mut Contact) {
                set(&mut contact.status, &self.status, |status| status.0);
                set(&mut contact.city, &self.city, line);
                set(&mut contact.company_size, &self.company_size, line);
                set(&mut contact.company, &self.company, line);
                set(&mut contact.country, &self.country, line);
                set(&mut contact.job_title, &self.job_title, line);
                set(&mut contact.phone, &self.phone, |phone| Some(phone.0.as_ref()?.0.clone()));
                set(&mut contact.post_code, &self.post_code, line);
                set(&mut contact.salutation, &self.salutation, line);
                set(&mut contact.state, &self.state, line);
                set(&mut contact.street_address, &self.street_address, line);
                set(&mut contact.time_zone, &self.timezone, |zone| Some(zone.0.as_ref()?.0.clone()));
                set(&mut contact.employees, &self.employees, |number| Some((*number).into()));
                contact.has_consent = self.has_consent.0.unwrap_or(contact.has_consent);
                contact.terms_of_service = self.terms_of_sevice.0.unwrap_or(contact.terms_of_service);
            }
        }
    )*};
}

bodies! {
    /// A contact to create. An e-mail address or a mobile phone is needed, and nobody else in the account may have it; null
    /// and the empty string are no value. Texts have at most 255 characters.
    ContactFields {
        /// First name.
        first_name: Name,
        /// Last name.
        last_name: Name,
        /// E-mail address.
        email: Option<EmailOrEmpty>,
        /// A plus and 9 to 15 digits; blanks, dots, hyphens and brackets are left out.
        mobile_phone: Option<PhoneOrEmpty>,
        /// A user's id; the account's first user when left out.
        owner: Option<id::given::User>,
    }
    /// A change to a contact; what is left out stays, null and the empty string clear. Texts have at most 255 characters. Its
    /// e-mail address and its mobile phone cannot be changed.
    #[schema(min_properties = 1)]
    ContactPatch {
        /// First name.
        first_name: Patch<Line>,
        /// Last name.
        last_name: Patch<Line>,
        /// Its form is judged before it is refused.
        #[schema(ignore)]
        email: Unchangeable<ContactEmail>,
        /// Refused, whatever it is.
        #[schema(ignore)]
        mobile_phone: Unchangeable<IgnoredAny>,
        /// A user's id. A contact always has an owner.
        owner: Omittable<id::given::User>,
    }
}

/// Fields that only we set.
const READ_ONLY: &[&str] = &["object", "id", "creation_time", "last_updated_time", "last_interacted_time"];
const MOST_BYTES: &[(&str, usize)] = &[("custom_fields", CUSTOM_FIELD_BYTES)];

impl RequestBody for ContactFields {
    const IGNORED: &'static [&'static str] = READ_ONLY;
    const MOST_BYTES: &'static [(&'static str, usize)] = MOST_BYTES;
    const VENDOR: Option<VendorWords> = Some(VendorWords {
        empty: None,
        unknown: "Unsupported fields",
        missing: &[
            (&["first_name"], "first_name is required"),
            (&["last_name"], "last_name is required"),
            (&["email", "mobile_phone"], "At least one of 'email' or 'mobile_phone' is required."),
        ],
        malformed: &[
            ("email", "Invalid email format: '…'"),
            ("mobile_phone", "Invalid phone format: '…'"),
            ("phone", "Invalid phone format: '…'"),
            ("timezone", "Invalid timezone: '…'"),
        ],
    });
}

impl RequestBody for ContactPatch {
    const MOST_BYTES: &'static [(&'static str, usize)] = MOST_BYTES;
    const VENDOR: Option<VendorWords> = Some(VendorWords {
        empty: Some("At least one field must be provided to update."),
        unknown: "Unsupported field",
        missing: &[],
        malformed: &[
            ("email", "Invalid email format: '…'"),
            ("phone", "Invalid phone format: '…'"),
            ("timezone", "Invalid timezone: '…'"),
        ],
    });
}

impl ContactFields {
    /// Makes of `contact` what is given, but for its owner and its custom fields.
    pub fn apply(&self, contact: &mut Contact) {
        contact.first_name = Some(self.first_name.0.clone());
        contact.last_name = Some(self.last_name.0.clone());
        contact.email = self.email.as_ref().and_then(|email| Some(email.0.as_ref()?.0.clone()));
        contact.mobile_phone = self.mobile_phone.as_ref().and_then(|phone| Some(phone.0.as_ref()?.0.clone()));
        self.apply_all(contact);
    }
}

impl ContactPatch {
    /// Changes `contact` in what was given, but for its owner and its custom fields.
    pub fn apply(&self, contact: &mut Contact) {
        set(&mut contact.first_name, &self.first_name, line);
        set(&mut contact.last_name, &self.last_name, line);
        self.apply_all(contact);
    }
}

fn set<G, T>(field: &mut Option<T>, given: &Patch<G>, value: impl FnOnce(&G) -> Option<T>) {
    match given {
        Patch::Absent => {}
        Patch::Null => *field = None,
        Patch::Given(given) => *field = value(given),
    }
}

fn line(line: &Line) -> Option<String> {
    Some(line.0.clone()).filter(|text| !text.is_empty())
}

type TimeZoneOrEmpty = OrEmpty<TimeZone>;

value!(TimeZoneOrEmpty, text("Europe/Dublin"));

/// One of the vendor's four, or none: any other text is no mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusOrNone(Option<ContactStatus>);

impl<'de> Deserialize<'de> for StatusOrNone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(ContactStatus::parse(&text)))
    }
}

value!(StatusOrNone, text("Qualified"));
