//! The doctor: what is asked about a signature, and what was found.

use crate::body::RequestBody;
use crate::fixed;
use deskbell_core::explain::doctor::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to examine; neither asks about the request as it came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoctorQuestion {
    /// The value that your code computed, or the whole header that it would have expected.
    #[schema(example = "c1b91b7e5d1d0f3b8f5b0c7d2a9e4c6f1b3d5e7f9a0b2c4d6e8f0a1b3c5d7e9f")]
    pub value: Option<String>,
    /// The request as your code sees it: header lines, an empty line, the body. Not together with `value`.
    #[schema(example = "Content-Type: application/json\n\n{\"type\": \"booking.scheduled\"}")]
    pub request: Option<String>,
}

impl RequestBody for DoctorQuestion {}

/// What the doctor found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignatureDiagnosis {
    /// Always `diagnosis`.
    object: fixed::Diagnosis,
    /// What was examined verifies.
    valid: bool,
    /// The stable name of the first mistake; null when there is none, or none that is known.
    #[schema(example = "rebuilt")]
    finding: Option<&'static str>,
    #[schema(example = "The JSON was parsed and rebuilt before hashing.")]
    sentence: String,
    /// What shows it, one sentence each.
    evidence: Vec<String>,
    /// The lines that put it right.
    fix: Option<Fix>,
    /// Every mistake that was looked for.
    tried: Vec<Tried>,
}

impl SignatureDiagnosis {
    /// The `mistakes` that were found, the first one first; without any, the sentence is `fine`.
    pub fn new(mistakes: &[Error], fine: &str, evidence: Vec<String>) -> Self {
        let sentences: Vec<_> = mistakes.iter().map(|mistake| format!("{}.", mistake.sentence())).collect();
        Self {
            object: fixed::Diagnosis,
            valid: mistakes.is_empty(),
            finding: mistakes.first().map(|mistake| mistake.name()),
            sentence: if mistakes.is_empty() { fine.to_owned() } else { sentences.join(" ") },
            evidence,
            fix: mistakes.iter().find_map(Fix::of),
            tried: Tried::all(mistakes),
        }
    }

    /// No mistake is known that explains what was asked about: `sentence` says why. All of them were looked for.
    pub fn unexplained(sentence: String) -> Self {
        Self { tried: Tried::all(&[]), ..Self::unasked(sentence) }
    }

    /// There is nothing to examine: `sentence` says why.
    pub fn unasked(sentence: impl Into<String>) -> Self {
        Self {
            object: fixed::Diagnosis,
            valid: false,
            finding: None,
            sentence: sentence.into(),
            evidence: Vec::new(),
            fix: None,
            tried: Vec::new(),
        }
    }
}

/// Lines of code, by language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "python": "Sign the body as it came, before it is parsed.",
    "node": "Sign the body as it came, before it is parsed.",
    "go": "Sign the body as it came, before it is parsed.",
    "php": "Sign the body as it came, before it is parsed.",
})))]
pub struct Fix {
    python: &'static str,
    node: &'static str,
    go: &'static str,
    php: &'static str,
}

impl Fix {
    fn of(mistake: &Error) -> Option<Self> {
        mistake.fix().map(|fix| Self { python: fix.python, node: fix.node, go: fix.go, php: fix.php })
    }
}

/// A mistake that was looked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tried {
    /// Its stable name.
    #[schema(example = "rebuilt")]
    name: &'static str,
    #[schema(example = "The JSON was parsed and rebuilt before hashing")]
    sentence: &'static str,
    /// It was found.
    matches: bool,
}

impl Tried {
    /// Every mistake that is looked for, with those that were found marked; the late ones only when they were.
    fn all(found: &[Error]) -> Vec<Self> {
        let late = [Error::Stale, Error::Future].into_iter().filter(|mistake| found.contains(mistake));
        let tried = |mistake: Error| Self {
            name: mistake.name(),
            sentence: mistake.sentence(),
            matches: found.contains(&mistake),
        };
        Error::SEARCHED.into_iter().chain(late).map(tried).collect()
    }
}
