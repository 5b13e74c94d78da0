//! What a body may say of a contact, and what it makes of one (wire contract, 9.1 and 11.1).

use deskbell_core::sandbox::{Contact, ContactStatus};
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::{Problem, cut};
use utoipa::ToSchema;

/// A contact to create or change. An e-mail address or a mobile phone is needed; null and the empty string are no value.
/// Texts have at most 255 characters.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactFields {
    /// A user's id; the account's first user when left out.
    pub owner: Option<String>,
    /// `Qualified`, `Sales qualified`, `Marketing qualified` or `Disqualified`.
    #[schema(example = "Qualified")]
    pub status: Option<String>,
    /// E-mail address.
    #[schema(example = "tomas.healy@corrib.example")]
    pub email: Option<String>,
    /// First name.
    #[schema(example = "Tomás")]
    pub first_name: Option<String>,
    /// Last name.
    #[schema(example = "Healy")]
    pub last_name: Option<String>,
    /// As in "Dr".
    pub salutation: Option<String>,
    /// Job title.
    #[schema(example = "Operations lead")]
    pub job_title: Option<String>,
    /// Company.
    #[schema(example = "Corrib Instruments")]
    pub company: Option<String>,
    /// In words, as in `11-50`.
    #[schema(example = "11-50")]
    pub company_size: Option<String>,
    /// 0 to 2,147,483,647.
    #[schema(example = 34, minimum = 0, maximum = 2_147_483_647)]
    pub employees: Option<u32>,
    /// Street and number.
    pub street_address: Option<String>,
    /// City.
    #[schema(example = "Galway")]
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Post code.
    #[schema(example = "H91 X2Y3")]
    pub post_code: Option<String>,
    /// Country.
    #[schema(example = "Ireland")]
    pub country: Option<String>,
    /// E.164: `+` and 2 to 15 digits.
    pub phone: Option<String>,
    /// E.164: `+` and 2 to 15 digits.
    #[schema(example = "+353851234567")]
    pub mobile_phone: Option<String>,
    /// Whether it agreed to be written to.
    #[schema(nullable = false)]
    pub has_consent: Option<bool>,
    /// The vendor's spelling.
    #[schema(nullable = false)]
    pub terms_of_sevice: Option<bool>,
    /// IANA time zone.
    #[schema(example = "Europe/Dublin")]
    pub timezone: Option<String>,
    /// At most 100, 64 KiB together; they replace those that were there.
    pub custom_fields: Option<Vec<super::object::CustomField>>,
}

const KNOWN: [&str; 21] = [
    "owner",
    "status",
    "email",
    "first_name",
    "last_name",
    "salutation",
    "job_title",
    "company",
    "company_size",
    "employees",
    "street_address",
    "city",
    "state",
    "post_code",
    "country",
    "phone",
    "mobile_phone",
    "has_consent",
    "terms_of_sevice",
    "timezone",
    "custom_fields",
];

/// Custom fields of one contact.
const CUSTOM_FIELDS: usize = 100;
/// Bytes of all of a contact's custom fields.
const CUSTOM_BYTES: usize = 64 << 10;

/// Refuses fields that a contact does not take, in the vendor's words.
pub(super) fn check(fields: &Fields<'_>) -> Result<(), Problem> {
    fields.names().find(|name| !KNOWN.contains(name)).map_or(Ok(()), |stranger| {
        Err(Problem::invalid(fields.param(stranger), "unknown_field", "Unsupported fields"))
    })
}

/// Changes all but the owner, who must be looked up.
pub(super) fn apply(fields: &Fields<'_>, contact: &mut Contact) -> Result<(), Problem> {
    for (field, place) in [
        ("first_name", &mut contact.first_name),
        ("last_name", &mut contact.last_name),
        ("salutation", &mut contact.salutation),
        ("job_title", &mut contact.job_title),
        ("company", &mut contact.company),
        ("company_size", &mut contact.company_size),
        ("street_address", &mut contact.street_address),
        ("city", &mut contact.city),
        ("state", &mut contact.state),
        ("post_code", &mut contact.post_code),
        ("country", &mut contact.country),
    ] {
        if fields.has(field) {
            *place = fields.line(field)?.filter(|text| !text.is_empty());
        }
    }
    for (field, place) in [("phone", &mut contact.phone), ("mobile_phone", &mut contact.mobile_phone)] {
        if fields.has(field) {
            *place = given(fields, field)?.map(|text| phone(fields, field, text)).transpose()?;
        }
    }
    if fields.has("email") {
        contact.email =
            given(fields, "email")?.and_then(|_| fields.email("email").transpose()).transpose()?;
    }
    if fields.has("status") {
        let names = ContactStatus::ALL.map(ContactStatus::as_str);
        let status = |_| fields.choice("status", ContactStatus::parse, &names).transpose();
        contact.status = given(fields, "status")?.and_then(status).transpose()?;
    }
    if fields.has("timezone") {
        let zone = |_| fields.time_zone("timezone").transpose();
        contact.time_zone = given(fields, "timezone")?.and_then(zone).transpose()?;
    }
    if fields.has("employees") {
        let number = fields.integer("employees", 0..=i64::from(i32::MAX))?;
        contact.employees = number.and_then(|number| u32::try_from(number).ok());
    }
    if fields.has("has_consent") {
        contact.has_consent = fields.required_boolean("has_consent")?;
    }
    if fields.has("terms_of_sevice") {
        contact.terms_of_service = fields.required_boolean("terms_of_sevice")?;
    }
    if fields.has("custom_fields") {
        contact.custom_fields = custom_fields(fields)?;
    }
    if contact.is_reachable() { Ok(()) } else { Err(fields.missing("email")) }
}

/// A text that is more than nothing.
fn given(fields: &Fields<'_>, field: &str) -> Result<Option<String>, Problem> {
    Ok(fields.text(field)?.filter(|text| !text.is_empty()))
}

/// E.164: a plus, and 2 to 15 digits of which the first is not 0.
fn phone(fields: &Fields<'_>, field: &str, text: String) -> Result<String, Problem> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let valid = (2..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if valid {
        return Ok(text);
    }
    let message = format!("Invalid string: {}. Give it as in +353851234567.", cut(&text));
    Err(Problem::invalid(fields.param(field), "phone_invalid", message))
}

fn custom_fields(fields: &Fields<'_>) -> Result<Vec<(String, serde_json::Value)>, Problem> {
    let bytes = fields.raw("custom_fields").map_or(0, |raw| raw.get().len());
    if bytes > CUSTOM_BYTES {
        let message = format!("custom_fields has {bytes} bytes; at most {CUSTOM_BYTES} are allowed.");
        return Err(Problem::invalid("custom_fields", "text_too_long", message));
    }
    let given = fields.each("custom_fields")?.unwrap_or_default();
    if given.len() > CUSTOM_FIELDS {
        let message = format!("At most {CUSTOM_FIELDS} custom fields are allowed.");
        return Err(Problem::invalid("custom_fields", "fields_too_many", message));
    }
    let pair = |field: &Fields<'_>| {
        field.only(&["name", "value"])?;
        let name = field.name("name")?;
        if !field.has("value") {
            return Err(field.missing("value"));
        }
        let value = field.raw("value").map(|raw| serde_json::from_str(raw.get()));
        // The body was read strictly: what stands in it is JSON.
        Ok((name, value.transpose().ok().flatten().unwrap_or_default()))
    };
    given.iter().map(pair).collect()
}
