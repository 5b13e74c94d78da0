//! What an inbox answers: one answer after another, the last one from then on ("500, 500, then 200").

mod header;

pub use header::{FREE_PREFIX, HEADERS};

use crate::policy::limit;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The answers of an inbox, in order. An empty script answers 200 with an empty body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Script(Vec<ScriptedAnswer>);

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptedAnswer {
    /// The status: 200 to 299 or 400 to 599.
    pub status: u16,
    /// Headers of a list that misleads neither browsers nor proxies.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// How long to wait before answering.
    pub delay: Duration,
}

impl Default for ScriptedAnswer {
    fn default() -> Self {
        Self { status: 200, headers: Vec::new(), body: String::new(), delay: Duration::ZERO }
    }
}

/// Why an answer cannot be scripted: a stable code, and a sentence with the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// A stable machine name.
    pub code: &'static str,
    /// The rule and the limit.
    pub message: String,
}

impl Script {
    /// A script of `answers`.
    ///
    /// # Errors
    /// The first [`Unfit`] answer.
    pub fn new(answers: Vec<ScriptedAnswer>) -> Result<Self, Unfit> {
        let most = limit::ANSWERS_PER_SCRIPT;
        if answers.len() > most {
            return Err(unfit("answers_too_many", format!("At most {most} answers are allowed.")));
        }
        answers.iter().try_for_each(ScriptedAnswer::check)?;
        Ok(Self(answers))
    }

    /// What to answer to the request number `nth` since the script was set, counted from 0.
    pub fn answer(&self, nth: u64) -> ScriptedAnswer {
        let last = self.0.len().saturating_sub(1);
        let at = usize::try_from(nth).unwrap_or(usize::MAX).min(last);
        self.0.get(at).cloned().unwrap_or_default()
    }

    /// The answers.
    pub fn answers(&self) -> &[ScriptedAnswer] {
        &self.0
    }
}

impl ScriptedAnswer {
    /// Whether an inbox may answer with this header. It is asked when an answer is sent, too: what was saved before a rule was made
    /// is under it all the same.
    pub fn may_carry(name: &str, value: &str) -> bool {
        check_header(name, value).is_ok()
    }

    fn check(&self) -> Result<(), Unfit> {
        check_status(self.status)?;
        check_body(self.body.as_bytes())?;
        check_delay(self.delay)?;
        check_headers(&self.headers)
    }
}

/// Whether an inbox may answer with this status.
///
/// # Errors
/// It is neither 200 to 299 nor 400 to 599.
pub fn check_status(status: u16) -> Result<(), Unfit> {
    if matches!(status, 200..=299 | 400..=599) {
        return Ok(());
    }
    Err(unfit("response_status_invalid", "The status must be 200 to 299 or 400 to 599."))
}

/// Whether an inbox may answer with this body.
///
/// # Errors
/// It has too many bytes.
pub fn check_body(body: &[u8]) -> Result<(), Unfit> {
    let (bytes, most) = (body.len(), limit::ANSWER_BODY_BYTES);
    if bytes <= most {
        return Ok(());
    }
    let message = format!("The body has {bytes} bytes; at most {most} are allowed.");
    Err(unfit("response_body_too_large", message))
}

/// Whether an inbox may answer so late.
///
/// # Errors
/// It is too late.
pub fn check_delay(delay: Duration) -> Result<(), Unfit> {
    if delay <= limit::ANSWER_DELAY {
        return Ok(());
    }
    let message = format!("The delay must be at most {} ms.", limit::ANSWER_DELAY.as_millis());
    Err(unfit("response_delay_too_long", message))
}

/// Whether an inbox may answer with these headers.
///
/// # Errors
/// There are too many, or one of them is not known to be harmless.
pub fn check_headers(headers: &[(String, String)]) -> Result<(), Unfit> {
    if headers.len() > limit::ANSWER_HEADERS {
        let message = format!("At most {} headers are allowed.", limit::ANSWER_HEADERS);
        return Err(unfit("response_headers_too_many", message));
    }
    headers.iter().try_for_each(|(name, value)| check_header(name, value))
}

fn check_header(name: &str, value: &str) -> Result<(), Unfit> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > 128 || !name.bytes().all(token) {
        let message = "A header's name must be 1 to 128 letters, digits and dashes.";
        return Err(unfit("header_name_invalid", message));
    }
    if value.len() > 4096 || !value.bytes().all(|byte| byte == b'\t' || (0x20..0x7f).contains(&byte)) {
        let message =
            format!("The value of {name} must be visible ASCII, spaces and tabs, at most 4096 characters.");
        return Err(unfit("header_value_invalid", message));
    }
    header::check(name, value)
}

fn unfit(code: &'static str, message: impl Into<String>) -> Unfit {
    Unfit { code, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl Fn(&mut ScriptedAnswer)) -> &'static str {
        let mut answer = ScriptedAnswer::default();
        change(&mut answer);
        Script::new(vec![answer]).map_or_else(|unfit| unfit.code, |_| "accepted")
    }

    #[test]
    fn the_last_answer_repeats() {
        let statuses = [500, 500, 200].map(|status| ScriptedAnswer { status, ..ScriptedAnswer::default() });
        let script = Script::new(statuses.to_vec()).unwrap();
        assert_eq!([0, 1, 2, 3, u64::MAX].map(|nth| script.answer(nth).status), [500, 500, 200, 200, 200]);
        assert_eq!(Script::default().answer(7), ScriptedAnswer::default());
    }

    #[test]
    fn an_answer_cannot_mislead() {
        for status in [99, 101, 300, 301, 304, 399, 600] {
            assert_eq!(with(|answer| answer.status = status), "response_status_invalid", "A-136: {status}");
        }
        for status in [200, 204, 299, 400, 410, 503, 599] {
            assert_eq!(with(|answer| answer.status = status), "accepted", "A-136: {status}");
        }
        for name in [
            "Location",
            "set-cookie",
            "Refresh",
            "LINK",
            "Content-Security-Policy",
            "Content-Length",
            "Access-Control-Allow-Origin",
            "Clear-Site-Data",
            "Report-To",
            "Reporting-Endpoints",
            "NEL",
            "Alt-Svc",
            "X-Accel-Redirect",
            "X-Sendfile",
        ] {
            assert_eq!(
                with(|answer| answer.headers = vec![(name.into(), "x".into())]),
                "response_header_forbidden",
                "A-137: {name}"
            );
        }
        for kind in [
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/XML; charset=utf-8",
            "text/javascript",
        ] {
            let code = with(|answer| answer.headers = vec![("Content-Type".into(), kind.into())]);
            assert_eq!(code, "response_header_forbidden", "A-137: {kind}");
        }
        for (name, value, code) in [
            ("X-A\r\nX-B", "1", "header_name_invalid"),
            ("", "1", "header_name_invalid"),
            ("X-A", "1\r\nX-B: 2", "header_value_invalid"),
            ("X-A", "é", "header_value_invalid"),
            ("Retry-After", "120", "accepted"),
            ("Content-Type", "application/json", "accepted"),
        ] {
            assert_eq!(
                with(|answer| answer.headers = vec![(name.into(), value.into())]),
                code,
                "A-138: {name}"
            );
        }
        assert_eq!(with(|answer| answer.body = "x".repeat(64 << 10)), "accepted", "A-139");
        assert_eq!(
            with(|answer| answer.body = "x".repeat((64 << 10) + 1)),
            "response_body_too_large",
            "A-139"
        );
        assert_eq!(with(|answer| answer.delay = Duration::from_secs(30)), "accepted", "A-140");
        assert_eq!(
            with(|answer| answer.delay = Duration::from_millis(30_001)),
            "response_delay_too_long",
            "A-140"
        );
    }
}
