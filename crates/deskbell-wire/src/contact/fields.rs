//! What a body may say of a contact, and what it makes of one (wire contract, 9.1 and 11.1).

use super::CustomField;
use crate::body::RequestBody;
use crate::broken::Broken;
use crate::id;
use crate::number::Integer;
use crate::optional::{Omittable, Patch};
use crate::problem::cut;
use crate::schema::{text, value, words};
use crate::text::{EMAIL_CHARS, Email, Line, TimeZone};
use crate::word::{ContactStatus, Words as _};
use deskbell_core::policy::limit::{CUSTOM_FIELD_BYTES, CUSTOM_FIELDS};
use deskbell_core::sandbox::{self, Contact};
use serde::de::value::StringDeserializer;
use serde::de::{Deserializer, IntoDeserializer as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::Ref;
use utoipa::openapi::schema::ArrayBuilder;

/// The same fields in two bodies, which differ in what no owner means.
macro_rules! bodies {
    ($($(#[$of_body:meta])* $name:ident { $(#[$of_owner:meta])* owner: $owner:ty })*) => {$(
        #[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
        $(#[$of_body])*
        #[serde(deny_unknown_fields)]
        #[schema(examples(json!({"status": "Qualified", "first_name": "Tomás", "last_name": "Healy",
            "job_title": "Operations lead", "company": "Corrib Instruments", "company_size": "11-50",
            "city": "Galway", "post_code": "H91 X2Y3", "country": "Ireland", "employees": 34})))]
        pub struct $name {
            $(#[$of_owner])*
            pub owner: $owner,
            /// First name.
            pub first_name: Patch<Line>,
            /// Last name.
            pub last_name: Patch<Line>,
            /// As in "Dr".
            pub salutation: Patch<Line>,
            /// Job title.
            pub job_title: Patch<Line>,
            /// Company.
            pub company: Patch<Line>,
            /// In words, as in `11-50`.
            pub company_size: Patch<Line>,
            /// Street and number.
            pub street_address: Patch<Line>,
            /// City.
            pub city: Patch<Line>,
            /// State or province.
            pub state: Patch<Line>,
            /// Post code.
            pub post_code: Patch<Line>,
            /// Country.
            pub country: Patch<Line>,
            /// E.164: `+` and 2 to 15 digits.
            pub phone: Patch<PhoneOrEmpty>,
            /// E.164: `+` and 2 to 15 digits.
            pub mobile_phone: Patch<PhoneOrEmpty>,
            /// E-mail address.
            pub email: Patch<EmailOrEmpty>,
            /// `Qualified`, `Sales qualified`, `Marketing qualified` or `Disqualified`.
            pub status: Patch<StatusOrEmpty>,
            /// IANA time zone.
            pub timezone: Patch<TimeZoneOrEmpty>,
            /// 0 to 2,147,483,647.
            pub employees: Patch<Integer<0, { i32::MAX as i64 }>>,
            /// Whether it agreed to be written to.
            pub has_consent: Omittable<bool>,
            /// The vendor's spelling.
            pub terms_of_sevice: Omittable<bool>,
            /// At most 100, 64 KiB together; they replace those that were there.
            pub custom_fields: Patch<CustomFields>,
        }

        impl RequestBody for $name {
            const UNKNOWN_FIELD: Option<&'static str> = Some("Unsupported fields");
            const MOST_BYTES: &'static [(&'static str, usize)] = &[("custom_fields", CUSTOM_FIELD_BYTES)];
        }

        impl $name {
            /// Changes `contact` in what was given, but for the owner, who must be there.
            pub fn apply(&self, contact: &mut Contact) {
                set(&mut contact.first_name, &self.first_name, line);
                set(&mut contact.last_name, &self.last_name, line);
                set(&mut contact.salutation, &self.salutation, line);
                set(&mut contact.job_title, &self.job_title, line);
                set(&mut contact.company, &self.company, line);
                set(&mut contact.company_size, &self.company_size, line);
                set(&mut contact.street_address, &self.street_address, line);
                set(&mut contact.city, &self.city, line);
                set(&mut contact.state, &self.state, line);
                set(&mut contact.post_code, &self.post_code, line);
                set(&mut contact.country, &self.country, line);
                set(&mut contact.phone, &self.phone, |phone| Some(phone.0.as_ref()?.0.clone()));
                set(&mut contact.mobile_phone, &self.mobile_phone, |phone| Some(phone.0.as_ref()?.0.clone()));
                set(&mut contact.email, &self.email, |email| Some(email.0.as_ref()?.0.clone()));
                set(&mut contact.status, &self.status, |status| Some(status.0?.0));
                set(&mut contact.time_zone, &self.timezone, |zone| Some(zone.0.as_ref()?.0.clone()));
                set(&mut contact.employees, &self.employees, |number| Some((*number).into()));
                contact.has_consent = self.has_consent.0.unwrap_or(contact.has_consent);
                contact.terms_of_service = self.terms_of_sevice.0.unwrap_or(contact.terms_of_service);
                match &self.custom_fields {
                    Patch::Absent => {}
                    Patch::Null => contact.custom_fields.clear(),
                    Patch::Given(fields) => contact.custom_fields = fields.pairs(),
                }
            }
        }
    )*};
}

bodies! {
    /// A contact to create. An e-mail address or a mobile phone is needed; null and the empty string are no value.
    /// Texts have at most 255 characters.
    ContactFields {
        /// A user's id; the account's first user when left out.
        owner: Option<id::given::User>
    }
    /// A change to a contact; what is left out stays, null and the empty string clear. Texts have at most 255 characters.
    #[schema(min_properties = 1)]
    ContactPatch {
        /// A user's id. A contact always has an owner.
        owner: Omittable<id::given::User>
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

/// A text for which empty is as good as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrEmpty<T>(pub Option<T>);

type PhoneOrEmpty = OrEmpty<Phone>;
type EmailOrEmpty = OrEmpty<Email>;
type StatusOrEmpty = OrEmpty<ContactStatus>;
type TimeZoneOrEmpty = OrEmpty<TimeZone>;

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        let text: StringDeserializer<D::Error> = text.into_deserializer();
        T::deserialize(text).map(Some).map(Self)
    }
}

value!(PhoneOrEmpty, text("+353851234567").pattern(Some(r"^(\+[1-9][0-9]{1,14})?$")));
value!(EmailOrEmpty, text("tomas.healy@corrib.example").max_length(Some(EMAIL_CHARS)));
value!(StatusOrEmpty, words(sandbox::ContactStatus::names()));
value!(TimeZoneOrEmpty, text("Europe/Dublin"));

/// E.164: a plus, and 2 to 15 digits of which the first is not 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Phone(pub String);

impl TryFrom<String> for Phone {
    type Error = Broken;

    fn try_from(text: String) -> Result<Self, Broken> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let valid = (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if valid {
            return Ok(Self(text));
        }
        let message = format!("Invalid string: {}. Give it as in +353851234567.", cut(&text));
        Err(Broken::new("phone_invalid", message))
    }
}

/// All custom fields of one contact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<CustomField>")]
pub struct CustomFields(Vec<CustomField>);

impl CustomFields {
    fn pairs(&self) -> Vec<(String, serde_json::Value)> {
        self.0.iter().map(|field| (field.name.0.clone(), field.value.clone())).collect()
    }
}

impl TryFrom<Vec<CustomField>> for CustomFields {
    type Error = Broken;

    fn try_from(fields: Vec<CustomField>) -> Result<Self, Broken> {
        if fields.len() > CUSTOM_FIELDS {
            let message = format!("At most {CUSTOM_FIELDS} custom fields are allowed.");
            return Err(Broken::new("fields_too_many", message));
        }
        Ok(Self(fields))
    }
}

value!(
    CustomFields,
    ArrayBuilder::new().items(Ref::from_schema_name("CustomField")).max_items(Some(CUSTOM_FIELDS))
);
