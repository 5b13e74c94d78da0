//! `/v2/inboxes`: addresses that take anything, and the answers they are told to give. Our own calls.

use super::auth::{Caller, CallerAddress};
use super::path::PathId;
use crate::app::{App, Shared};
use crate::body::{ObjectBody, OptionalObjectBody};
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::id::InboxId;
use deskbell_core::inbox::{Inbox, Minute, Script, ScriptedAnswer, new_token};
use deskbell_core::store::InboxCreated;
use deskbell_core::time::{later, wire};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::problem::Problem;
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// An inbox.
#[derive(Serialize, ToSchema)]
#[schema(as = Inbox)]
pub struct InboxObject {
    /// Always `inbox`.
    object: &'static str,
    #[schema(example = "INB-8K2M0QX7RT")]
    id: String,
    name: String,
    /// Its address: takes any method, any path below it, any body up to 1 MiB.
    #[schema(example = "http://127.0.0.1:8480/in/0fL3q1cJx2dU8s7Zk5pQ9w")]
    url: String,
    /// What it answers, one after another; the last one from then on. Empty: 200.
    answers: Vec<AnswerObject>,
    /// Its requests wait, at most 15 s, until a program answers them: `/v2/inboxes/{id}/relay`.
    relay: bool,
    creation_time: String,
    /// When it stops taking requests.
    expiry_time: String,
    /// How many requests it ever took; it keeps the newest.
    captured: u64,
}

/// One scripted answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Answer)]
pub struct AnswerObject {
    /// 200 to 299, or 400 to 599.
    #[schema(example = 503)]
    status: u16,
    /// Names and values; none that frames a message, redirects, or sets cookies.
    #[schema(example = json!({"Retry-After": "2"}))]
    headers: serde_json::Map<String, serde_json::Value>,
    /// At most 64 KiB.
    body: String,
    /// At most 30,000.
    delay_ms: u64,
}

/// An inbox to create; everything may be left out.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "checkout", "answers": [{"status": 500}, {"status": 200, "body": "thanks"}]}))]
pub struct NewInbox {
    /// 1 to 255 characters; `inbox` when left out.
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// At most 100 answers.
    #[schema(max_items = 100)]
    pub answers: Option<Vec<NewScriptedAnswer>>,
    /// Whether its requests wait for a program's answer, instead of `answers`. Only when it is created.
    pub relay: Option<bool>,
}

/// A change to an inbox; what is left out stays.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxPatch {
    /// 1 to 255 characters.
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// At most 100 answers.
    #[schema(max_items = 100, example = json!([{"status": 410}]))]
    pub answers: Option<Vec<NewScriptedAnswer>>,
}

/// An answer to script.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScriptedAnswer {
    /// 200 to 299, or 400 to 599; 200 when left out.
    #[schema(example = 503, minimum = 200, maximum = 599)]
    pub status: Option<u16>,
    /// Names and values, at most 32; none that frames a message, redirects, or sets cookies.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>, example = json!({"Retry-After": "2"}))]
    pub headers: Option<serde_json::Value>,
    /// At most 64 KiB.
    #[schema(example = "busy", max_length = 65_536)]
    pub body: Option<String>,
    /// At most 30,000; 0 when left out.
    #[schema(example = 250, minimum = 0, maximum = 30_000)]
    pub delay_ms: Option<u32>,
}

impl App {
    fn inbox_object(&self, inbox: &Inbox) -> InboxObject {
        InboxObject {
            object: "inbox",
            id: inbox.id.to_string(),
            name: inbox.name.clone(),
            url: format!("{}/in/{}", self.settings.public_url, inbox.token),
            answers: inbox.script.answers().iter().map(AnswerObject::new).collect(),
            relay: inbox.relay,
            creation_time: wire(inbox.created),
            expiry_time: wire(inbox.expires),
            captured: inbox.captured,
        }
    }

    /// The account's inbox of that id, or a 404.
    pub async fn inbox(&self, account: &deskbell_core::account::Account, id: &str) -> Result<Inbox, Problem> {
        let found = self.store.inbox(&account.id, &InboxId::from_text(id)).await?;
        found.ok_or_else(|| Problem::not_found("inbox", id))
    }
}

impl AnswerObject {
    fn new(answer: &ScriptedAnswer) -> Self {
        Self {
            status: answer.status,
            headers: answer
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect(),
            body: answer.body.clone(),
            delay_ms: u64::try_from(answer.delay.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl pagination::Identified for InboxObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Create an inbox.
#[utoipa::path(post, path = "/v2/inboxes", tag = "Inboxes", request_body = Option<NewInbox>,
    responses((status = 201, body = InboxObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    Caller(account): Caller,
    CallerAddress(address): CallerAddress,
    body: OptionalObjectBody,
) -> Result<(StatusCode, Json<InboxObject>), Problem> {
    app.limits.check_new_inbox(address)?;
    let fields = Fields::new(&body.0);
    let (name, script) = read(&fields)?;
    let relay = fields.boolean("relay")?.unwrap_or(false);
    if relay && script.is_some() {
        let message = "An inbox with a relay has no answers of its own: give one of the two.";
        return Err(Problem::invalid("answers", "value_invalid", message));
    }
    let now = app.now();
    let inbox = Inbox {
        id: InboxId::new(&*app.random),
        account: account.id,
        token: new_token(&*app.random),
        name: name.unwrap_or_else(|| "inbox".into()),
        script: script.unwrap_or_default(),
        relay,
        created: now,
        expires: later(now, app.settings.inbox.life),
        captured: 0,
        script_from: 0,
        minute: Minute::default(),
    };
    match app.store.create_inbox(inbox.clone(), app.settings.inbox.max_inboxes).await? {
        InboxCreated::Created => Ok((StatusCode::CREATED, Json(app.inbox_object(&inbox)))),
        InboxCreated::TooMany => {
            let message = format!(
                "The account has {} inboxes, which is the limit; delete one first.",
                app.settings.inbox.max_inboxes
            );
            Err(Problem::conflict("body", "inboxes_too_many", message))
        }
    }
}

/// List inboxes, newest first.
#[utoipa::path(get, path = "/v2/inboxes", tag = "Inboxes", params(pagination::Paging),
    responses((status = 200, body = List<InboxObject>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let page = query.page()?;
    let found = app
        .store
        .inboxes(&account.id, &page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &page))?;
    Ok(app.pagination.list("/v2/inboxes", &query, found.map(|inbox| app.inbox_object(&inbox))))
}

/// Get an inbox.
#[utoipa::path(get, path = "/v2/inboxes/{id}", tag = "Inboxes", params(("id" = String, Path)),
    responses((status = 200, body = InboxObject), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<InboxObject>, Problem> {
    Ok(Json(app.inbox_object(&app.inbox(&account, &id).await?)))
}

/// Change an inbox's name or answers; new answers begin with the first.
#[utoipa::path(patch, path = "/v2/inboxes/{id}", tag = "Inboxes", params(("id" = String, Path)), request_body = InboxPatch,
    responses((status = 200, body = InboxObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn change(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: ObjectBody,
) -> Result<Json<InboxObject>, Problem> {
    let fields = Fields::new(&body.0);
    let (name, script) = read(&fields)?;
    if fields.has("relay") {
        let message = "Whether an inbox has a relay is settled when it is created.";
        return Err(Problem::invalid("relay", "field_read_only", message));
    }
    if name.is_none() && script.is_none() {
        return Err(Problem::invalid("body", "body_required", "Give at least one of name and answers."));
    }
    let changed = app.store.change_inbox(&account.id, &InboxId::from_text(&id), name, script).await?;
    changed.map(|inbox| Json(app.inbox_object(&inbox))).ok_or_else(|| Problem::not_found("inbox", &id))
}

/// Delete an inbox and all it captured.
#[utoipa::path(delete, path = "/v2/inboxes/{id}", tag = "Inboxes", params(("id" = String, Path)),
    responses((status = 200, body = Deleted), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn delete(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    if app.store.delete_inbox(&account.id, &InboxId::from_text(&id)).await? {
        Ok(Json(Deleted::new(id)))
    } else {
        Err(Problem::not_found("inbox", &id))
    }
}

/// Reads name and answers, as far as they are given.
fn read(fields: &Fields<'_>) -> Result<(Option<String>, Option<Script>), Problem> {
    fields.read_only(&["id", "object", "url", "creation_time", "expiry_time", "captured"])?;
    fields.only(&["name", "answers", "relay"])?;
    let name = fields.has("name").then(|| fields.name("name")).transpose()?;
    let answers = fields
        .each("answers")?
        .map(|answers| answers.iter().map(answer).collect::<Result<Vec<_>, _>>())
        .transpose()?;
    let script = answers
        .map(Script::new)
        .transpose()
        .map_err(|unfit| Problem::invalid(unfit.field, unfit.code, unfit.message))?;
    Ok((name, script))
}

fn answer(fields: &Fields<'_>) -> Result<ScriptedAnswer, Problem> {
    fields.only(&["status", "headers", "body", "delay_ms"])?;
    let status = fields.integer("status", 0..=i64::from(u16::MAX))?.unwrap_or(200);
    let delay = fields.integer("delay_ms", 0..=i64::from(u32::MAX))?.unwrap_or_default();
    Ok(ScriptedAnswer {
        status: u16::try_from(status).unwrap_or_default(),
        headers: headers(fields)?,
        body: fields.text("body")?.unwrap_or_default(),
        delay: Duration::from_millis(u64::try_from(delay).unwrap_or_default()),
    })
}

/// The headers of an answer: names and values.
pub fn headers(fields: &Fields<'_>) -> Result<Vec<(String, String)>, Problem> {
    let mut headers = Vec::new();
    if let Some(given) = fields.nested("headers")? {
        for name in given.names() {
            headers.extend(given.text(name)?.map(|value| (name.to_owned(), value)));
        }
    }
    Ok(headers)
}
