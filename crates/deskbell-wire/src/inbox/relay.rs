//! The relay of an inbox: which waiting requests to take, and what to answer to one.

use super::answer::{Headers, Status, Text, unfit};
use super::capture::WaitSeconds;
use crate::body::RequestBody;
use crate::broken::Broken;
use crate::parameters::Group;
use crate::problem::Problem;
use crate::schema::value;
use crate::text::Name;
use crate::{fixed, id};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use deskbell_core::id::CaptureId;
use deskbell_core::inbox::script;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::{IntoParams, ToSchema};

/// Which of the requests that wait.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Take {
    /// Seconds, 0 to 60
    #[param(inline)]
    wait: Option<WaitSeconds>,
    /// Also those that were handed out before
    again: Option<bool>,
    /// Who takes them: 1 to 255 characters, of the caller's own choice
    #[param(inline)]
    listener: Option<Name>,
}

impl Group for Take {}

impl Take {
    /// How long to wait for one.
    pub fn wait(&self) -> Duration {
        Duration::from_secs(self.wait.map_or(0, u64::from))
    }

    /// Who takes them.
    pub fn listener(&self) -> Option<&str> {
        self.listener.as_ref().map(|name| name.0.as_str())
    }

    /// Those that were handed out and are not answered, too.
    pub fn again(&self) -> bool {
        self.again.unwrap_or(false)
    }
}

/// What to answer to a request that waits.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(
    example = json!({"status": 200, "headers": {"Retry-After": "2"}, "body": "thanks"}),
    examples(json!({"status": 200, "headers": {"Retry-After": "2"}})),
)]
pub struct RelayAnswer {
    /// 200 to 299, or 400 to 599.
    pub status: Status,
    /// Names and values, of those that say nothing to a browser or a proxy: `Retry-After`, `Content-Type` of data, `X-Test-…` and a few
    /// more; a refusal names them all.
    pub headers: Option<Headers>,
    /// The body, as text; at most 64 KiB.
    body: Option<Text>,
    /// The body, in base 64, instead of `body`.
    body_base64: Option<Base64>,
}

impl RequestBody for RelayAnswer {}

impl RelayAnswer {
    /// The body, in whichever way it was given.
    ///
    /// # Errors
    /// It was given in both.
    pub fn body(&self) -> Result<Bytes, Problem> {
        match (&self.body, &self.body_base64) {
            (Some(_), Some(_)) => {
                let message = "Give body or body_base64, not both.";
                Err(Problem::invalid("body_base64", "value_invalid", message))
            }
            (Some(Text(text)), None) => Ok(text.clone().into()),
            (None, Some(Base64(bytes))) => Ok(bytes.clone()),
            (None, None) => Ok(Bytes::new()),
        }
    }
}

/// A body that need not be text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Base64(Bytes);

impl TryFrom<String> for Base64 {
    type Error = Broken;

    fn try_from(text: String) -> Result<Self, Broken> {
        let bytes = STANDARD.decode(text).map_err(|_| Broken::new("value_invalid", "must be base 64."))?;
        script::check_body(&bytes).map(|()| Self(bytes.into())).map_err(unfit)
    }
}

value!(Base64, ObjectBuilder::new().schema_type(Type::String));

/// A request that was answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Relayed {
    /// Always `request`.
    object: fixed::Request,
    id: id::Capture,
    /// The status it was answered with.
    answered_status: u16,
}

impl Relayed {
    /// `request` was answered with `status`.
    pub fn new(request: CaptureId, status: u16) -> Self {
        Self { object: fixed::Request, id: request.into(), answered_status: status }
    }
}
