//! A conversation as the `data` of an event: contact, owner, bot and website as objects, bookings as ids (wire contract,
//! 6.1 and 11).

use super::Conversation;
use crate::sandbox::{Contact, User};
use crate::time::wire;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct Data<'a> {
    object: &'static str,
    id: &'a str,
    creation_time: String,
    initiated_by: &'static str,
    last_updated_time: String,
    last_interacted_time: String,
    contact: ContactData<'a>,
    owner: UserData<'a>,
    status: &'static str,
    bot: BotData<'a>,
    website: WebsiteData<'a>,
    audience: Option<&'a str>,
    answers: Vec<AnswerData<'a>>,
    bookings: Vec<&'a str>,
}

/// The contact's keys in the vendor's order; what the sandbox does not know is null. `terms_of_sevice` is the vendor's
/// real key.
#[derive(Serialize)]
struct ContactData<'a> {
    object: &'static str,
    id: &'a str,
    creation_time: String,
    last_updated_time: String,
    last_interacted_time: String,
    owner: &'a str,
    status: Option<&'a str>,
    city: Option<&'a str>,
    company_size: Option<&'a str>,
    company: Option<&'a str>,
    country: Option<&'a str>,
    email: &'a str,
    employees: Option<u32>,
    first_name: &'a str,
    has_consent: bool,
    job_title: Option<&'a str>,
    last_name: &'a str,
    mobile_phone: Option<&'a str>,
    phone: Option<&'a str>,
    post_code: Option<&'a str>,
    salutation: Option<&'a str>,
    state: Option<&'a str>,
    street_address: Option<&'a str>,
    terms_of_sevice: bool,
    timezone: &'a str,
    bot: &'a str,
    form: Option<&'a str>,
    custom_fields: [&'a str; 0],
}

#[derive(Serialize)]
struct UserData<'a> {
    object: &'static str,
    id: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
    status: &'static str,
    role_name: &'a str,
    timezone: &'a str,
    teams: Vec<&'a str>,
}

#[derive(Serialize)]
struct BotData<'a> {
    id: &'a str,
    object: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
struct WebsiteData<'a> {
    id: &'a str,
    object: &'static str,
    name: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct AnswerData<'a> {
    id: &'a str,
    internal_label: Option<&'a str>,
    question: &'a str,
    value: &'a str,
}

/// The conversation as the `data` of an event, as it is now.
pub fn render(conversation: &Conversation) -> Box<RawValue> {
    let Conversation { bot, website, .. } = conversation;
    let data = Data {
        object: "conversation",
        id: conversation.id.as_str(),
        creation_time: wire(conversation.created),
        initiated_by: "contact",
        last_updated_time: wire(conversation.updated),
        last_interacted_time: wire(conversation.last_interacted),
        contact: contact(&conversation.contact, conversation),
        owner: user(&conversation.owner),
        status: conversation.status.as_str(),
        bot: BotData { id: bot.id.as_str(), object: "bot", name: &bot.name },
        website: WebsiteData {
            id: website.id.as_str(),
            object: "website",
            name: &website.name,
            url: &website.url,
        },
        audience: None,
        answers: conversation
            .answers
            .iter()
            .map(|answer| AnswerData {
                id: answer.id.as_str(),
                internal_label: answer.internal_label.as_deref(),
                question: &answer.question,
                value: &answer.value,
            })
            .collect(),
        bookings: conversation.bookings.iter().map(|id| id.as_str()).collect(),
    };
    // Strings, numbers and lists of them: nothing here can fail to serialize.
    serde_json::value::to_raw_value(&data)
        .unwrap_or_else(|_| unreachable!("a conversation always serializes"))
}

fn contact<'a>(contact: &'a Contact, conversation: &'a Conversation) -> ContactData<'a> {
    ContactData {
        object: "contact",
        id: contact.id.as_str(),
        creation_time: wire(contact.created),
        last_updated_time: wire(conversation.updated),
        last_interacted_time: wire(conversation.last_interacted),
        owner: contact.owner.as_str(),
        status: None,
        city: None,
        company_size: None,
        company: None,
        country: None,
        email: &contact.email,
        employees: None,
        first_name: &contact.first_name,
        has_consent: true,
        job_title: None,
        last_name: &contact.last_name,
        mobile_phone: None,
        phone: None,
        post_code: None,
        salutation: None,
        state: None,
        street_address: None,
        terms_of_sevice: true,
        timezone: &contact.time_zone,
        bot: conversation.bot.id.as_str(),
        form: None,
        custom_fields: [],
    }
}

fn user(user: &User) -> UserData<'_> {
    UserData {
        object: "user",
        id: user.id.as_str(),
        first_name: &user.first_name,
        last_name: &user.last_name,
        email: &user.email,
        status: "active",
        role_name: &user.role_name,
        timezone: &user.time_zone,
        teams: user.teams.iter().map(|team| team.as_str()).collect(),
    }
}
