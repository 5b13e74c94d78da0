//! What an inbox is told to answer. Each value refuses by itself what an inbox must not send.

use crate::broken::Broken;
use crate::header::GivenHeaders;
use crate::number::Integer;
use crate::schema::value;
use deskbell_core::inbox::{self, script};
use deskbell_core::policy::limit;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};

/// One scripted answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Answer)]
pub struct ScriptedAnswer {
    /// 200 to 299, or 400 to 599.
    #[schema(example = 503)]
    status: u16,
    /// Names and values.
    #[schema(example = json!({"Retry-After": "2"}))]
    headers: serde_json::Map<String, serde_json::Value>,
    /// At most 64 KiB.
    #[schema(example = "thanks")]
    body: String,
    /// At most 30,000.
    delay_ms: u64,
}

impl From<&inbox::ScriptedAnswer> for ScriptedAnswer {
    fn from(answer: &inbox::ScriptedAnswer) -> Self {
        let headers = answer.headers.iter();
        Self {
            status: answer.status,
            headers: headers.map(|(name, value)| (name.clone(), value.clone().into())).collect(),
            body: answer.body.clone(),
            delay_ms: u64::try_from(answer.delay.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// An answer to script.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"status": 503, "headers": {"Retry-After": "2"}, "body": "busy", "delay_ms": 250})))]
pub struct NewScriptedAnswer {
    /// 200 to 299, or 400 to 599; 200 when left out.
    status: Option<Status>,
    /// Names and values, at most 32, of those that say nothing to a browser or a proxy: `Retry-After`, `Content-Type` of data, `X-Test-…`
    /// and a few more; a refusal names them all.
    headers: Option<Headers>,
    /// At most 64 KiB.
    body: Option<Text>,
    /// At most 30,000; 0 when left out.
    delay_ms: Option<DelayMs>,
}

impl From<NewScriptedAnswer> for inbox::ScriptedAnswer {
    fn from(new: NewScriptedAnswer) -> Self {
        let default = Self::default();
        Self {
            status: new.status.map_or(default.status, |status| status.0),
            headers: new.headers.map_or(default.headers, |headers| headers.0),
            body: new.body.map_or(default.body, |body| body.0),
            delay: new.delay_ms.map_or(default.delay, |delay| delay.0),
        }
    }
}

/// The answers of an inbox, one after another.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<NewScriptedAnswer>")]
pub struct Script(pub inbox::Script);

impl TryFrom<Vec<NewScriptedAnswer>> for Script {
    type Error = Broken;

    fn try_from(answers: Vec<NewScriptedAnswer>) -> Result<Self, Broken> {
        let answers = answers.into_iter().map(inbox::ScriptedAnswer::from).collect();
        inbox::Script::new(answers).map(Self).map_err(unfit)
    }
}

impl ComposeSchema for Script {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let answer = Ref::from_schema_name(NewScriptedAnswer::name());
        ArrayBuilder::new().items(answer).max_items(Some(limit::ANSWERS_PER_SCRIPT)).into()
    }
}

impl ToSchema for Script {
    fn name() -> std::borrow::Cow<'static, str> {
        crate::schema::name::<Self>().into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas
            .push((NewScriptedAnswer::name().into(), <NewScriptedAnswer as utoipa::PartialSchema>::schema()));
        NewScriptedAnswer::schemas(schemas);
    }
}

/// Any number that a status could be: one that none can be is refused as a number.
type GivenStatus = Integer<0, { u16::MAX as i64 }>;

/// A status.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "GivenStatus")]
pub struct Status(pub u16);

impl TryFrom<GivenStatus> for Status {
    type Error = Broken;

    fn try_from(given: GivenStatus) -> Result<Self, Broken> {
        let status = given.into();
        script::check_status(status).map(|()| Self(status)).map_err(unfit)
    }
}

value!(Status as Integer<200, 599>);

/// Headers, in their order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "GivenHeaders")]
pub struct Headers(pub Vec<(String, String)>);

impl TryFrom<GivenHeaders> for Headers {
    type Error = Broken;

    fn try_from(given: GivenHeaders) -> Result<Self, Broken> {
        script::check_headers(&given.0).map(|()| Self(given.0)).map_err(unfit)
    }
}

value!(Headers, {
    let known: Vec<String> = script::HEADERS.iter().map(|name| in_either_case(name)).collect();
    let free = in_either_case(script::FREE_PREFIX);
    let pattern = format!("^({}|{free}[!#$%&'*+.^_`|~0-9A-Za-z-]*)$", known.join("|"));
    let name = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).max_length(Some(128));
    GivenHeaders::object().property_names(Some(name))
});

/// A pattern of `name` in its usual spelling and in small letters, which is how most write it.
fn in_either_case(name: &str) -> String {
    let letter = |c: char| match c.is_ascii_uppercase() {
        true => format!("[{c}{}]", c.to_ascii_lowercase()),
        false => c.to_string(),
    };
    name.chars().map(letter).collect()
}

/// A body that is text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Text(pub String);

impl TryFrom<String> for Text {
    type Error = Broken;

    fn try_from(body: String) -> Result<Self, Broken> {
        script::check_body(body.as_bytes()).map(|()| Self(body)).map_err(unfit)
    }
}

value!(Text, ObjectBuilder::new().schema_type(Type::String).max_length(Some(limit::ANSWER_BODY_BYTES)));

/// Any delay that milliseconds could say.
type GivenDelay = Integer<0, { u32::MAX as i64 }>;

/// How long to wait before the answer.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "GivenDelay")]
pub struct DelayMs(pub Duration);

impl TryFrom<GivenDelay> for DelayMs {
    type Error = Broken;

    fn try_from(given: GivenDelay) -> Result<Self, Broken> {
        let delay = Duration::from_millis(given.into());
        script::check_delay(delay).map(|()| Self(delay)).map_err(unfit)
    }
}

value!(DelayMs as Integer<0, { limit::ANSWER_DELAY.as_millis() as i64 }>);

/// The core's refusal, on its way through serde.
pub(super) fn unfit(unfit: script::Unfit) -> Broken {
    Broken::new(unfit.code, unfit.message)
}
