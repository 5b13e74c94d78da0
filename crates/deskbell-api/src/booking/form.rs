//! What a guest fills in to book: the fields that are known, and custom ones (wire contract, 5.2 and 10.1).

use deskbell_core::account::is_email;
use deskbell_core::booking::{FieldValue, Form};
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::{Problem, cut};

/// Longest text of a booking form's field, in characters.
const FIELD_CHARS: usize = 2_000;
/// Most custom fields and guests of a booking form.
const FIELDS: usize = 100;

/// Reads a booking form.
pub(super) fn form(fields: &Fields<'_>) -> Result<Form, Problem> {
    let form = Form {
        name: fields.required_text("name")?.trim().to_owned(),
        email: fields.required_text("email")?,
        phone: fields.text("phone")?,
        mobile_phone: fields.text("mobile_phone")?,
        note: fields.text("note")?,
        company: fields.text("company")?,
        guests: fields.texts("guests")?.unwrap_or_default(),
        custom_fields: custom_fields(fields)?,
    };
    if !is_email(&form.email) {
        let message = format!("Invalid string: {}", cut(&form.email));
        return Err(Problem::invalid("booking_form.email", "email_invalid", message));
    }
    if form.name.is_empty() {
        return Err(Problem::invalid("booking_form.name", "name_required", "Required fields are missing."));
    }
    let texts = [
        Some(&form.name),
        form.phone.as_ref(),
        form.mobile_phone.as_ref(),
        form.note.as_ref(),
        form.company.as_ref(),
    ];
    if texts.into_iter().flatten().chain(&form.guests).any(|text| text.chars().count() > FIELD_CHARS)
        || form.guests.len() > FIELDS
    {
        let message =
            format!("A field has at most {FIELD_CHARS} characters, and there are at most {FIELDS} guests.");
        return Err(Problem::invalid("booking_form", "text_too_long", message));
    }
    Ok(form)
}

/// Every field the form does not know is a custom one.
fn custom_fields(fields: &Fields<'_>) -> Result<Vec<(String, FieldValue)>, Problem> {
    const KNOWN: [&str; 7] = ["name", "email", "phone", "mobile_phone", "note", "company", "guests"];
    let mut custom = Vec::new();
    for name in fields.names().filter(|name| !KNOWN.contains(name)) {
        let value = if fields.raw(name).is_some_and(|raw| raw.get().starts_with('[')) {
            fields.texts(name)?.map(FieldValue::Many)
        } else {
            fields.text(name)?.map(FieldValue::One)
        };
        custom.extend(value.map(|value| (name.to_owned(), value)));
    }
    if custom.len() > FIELDS {
        return Err(Problem::invalid(
            "booking_form",
            "fields_too_many",
            format!("At most {FIELDS} custom fields are allowed."),
        ));
    }
    Ok(custom)
}
