//! Examine: one question about one captured request, answered from its secret and its exact bytes.

use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Header};
use deskbell_core::event::Event;
use deskbell_core::explain::doctor::{Error, Proof, Puzzle, diagnose, difference, explain};
use deskbell_core::id::EventId;
use deskbell_core::inbox::Capture;
use deskbell_core::policy::sign;
use deskbell_core::time::{millis, wire};
use deskbell_core::vault::Secret;
use deskbell_wire::inbox::doctor::SignatureDiagnosis;
use std::time::Duration;

/// How old a signature may be when it arrives.
const TOLERANCE: Duration = Duration::from_secs(300);

/// A webhook, or an inbox that was given the secret of one elsewhere; with the secret opened.
pub(super) struct Signer {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) secret: Secret,
}

/// What is examined: a request that an inbox captured, or one that an attempt sent elsewhere.
pub(super) struct Examined {
    headers: Vec<(Bytes, Bytes)>,
    body: Bytes,
    event: Option<EventId>,
    /// When it came, or was sent.
    at: Timestamp,
    /// It came to an inbox of ours; else only what was sent is known.
    came: bool,
}

impl Examined {
    pub(super) fn captured(capture: Capture) -> Self {
        let Capture { headers, body, event, received, .. } = capture;
        Self { headers, body, event, at: received, came: true }
    }

    /// The bytes that `attempt` of `event` sent.
    pub(super) fn sent(attempt: &Attempt, event: Event) -> Self {
        let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        let header = |(name, value): &Header| (bytes(name), bytes(value));
        Self {
            headers: attempt.request_headers.iter().map(header).collect(),
            body: event.body,
            event: Some(event.id),
            at: attempt.started,
            came: false,
        }
    }

    /// The value of its first header of that name.
    fn header(&self, name: &str) -> Option<&[u8]> {
        let wanted = |(given, _): &&(Bytes, Bytes)| given.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().find(wanted).map(|(_, value)| value.as_ref())
    }

    /// As in "the bytes that …".
    fn came(&self) -> &'static str {
        if self.came { "came" } else { "were sent" }
    }
}

/// The request, and the secrets that matter.
pub(super) struct Known {
    pub(super) request: Examined,
    pub(super) signer: Option<Signer>,
    pub(super) others: Vec<Signer>,
}

/// What the doctor is asked to compare with the bytes that came.
pub(super) enum Question {
    /// Nothing: does the request as it came verify?
    AsItCame,
    /// A signature that somebody's code computed.
    Value(String),
    /// The request as somebody's code printed it.
    Request(String),
}

/// Diagnoses the signature of the request, seen as `question` says, by the secret of the webhook that points to the
/// inbox.
pub(super) fn examine(known: &Known, question: &Question) -> SignatureDiagnosis {
    let Some(signer) = &known.signer else {
        return SignatureDiagnosis::unasked(
            "No webhook of this account points to this inbox, and the inbox was given no secret, so there is none to check with.",
        );
    };
    let header = known.request.header(sign::HEADER).map(String::from_utf8_lossy);
    let Some(header) = header.as_deref() else {
        return SignatureDiagnosis::unasked(
            "The request carries no Oncehub-Signature header, so there is nothing to verify.",
        );
    };
    match question {
        Question::AsItCame => as_it_came(known, signer, header),
        Question::Value(value) => computed(known, signer, header, value),
        Question::Request(text) => as_seen(known, signer, header, text),
    }
}

fn as_it_came(known: &Known, signer: &Signer, header: &str) -> SignatureDiagnosis {
    let body = &known.request.body;
    let (mistakes, other) = known.diagnose(signer, header, body);
    let mut evidence = vec![secret_of(signer), known.age(header)];
    evidence.extend(other.map(belongs_to));
    let fine = "The signature verifies: secret, time and bytes fit.";
    SignatureDiagnosis::new(&mistakes, fine, evidence)
}

/// A value of somebody's code, over the bytes that came.
fn computed(known: &Known, signer: &Signer, header: &str, value: &str) -> SignatureDiagnosis {
    let Ok((time, _)) = sign::parse(header) else {
        return SignatureDiagnosis::new(&[Error::Malformed], "", Vec::new());
    };
    let request = &known.request;
    let secrets: Vec<Secret> = known.others.iter().map(|other| other.secret.clone()).collect();
    let puzzle = Puzzle {
        secret: &signer.secret,
        others: &secrets,
        time,
        id: request.event.as_ref().map(|event| event.as_str()),
        body: &request.body,
        received: request.at,
    };
    let Some(found) = explain(&puzzle, value) else {
        let count = Error::SEARCHED.len();
        let sentence = format!(
            "None of {count} known mistakes gives your value: the secret may be none of this account's webhooks, or the bytes others. Paste the whole request, and we compare the bytes."
        );
        return SignatureDiagnosis::unexplained(sentence);
    };
    let mut evidence = vec![secret_of(signer)];
    evidence.extend(found.body.as_deref().and_then(|body| differs(request, body)));
    evidence.extend(found.other.and_then(|at| known.others.get(at)).map(belongs_to));
    if let (Some(hashed), true) = (found.time, found.mistakes.contains(&Error::OwnClock)) {
        let (apart, way) = (hashed.abs_diff(time), if hashed < time { "before" } else { "after" });
        evidence.push(format!("Your code hashed {hashed}, which is {apart} s {way} the t of the header."));
    }
    if found.mistakes.is_empty() {
        evidence.push(known.age(header));
    }
    let fine = "This is the right value. If your code still refuses the request, look at what it compares with, and at the age it allows.";
    SignatureDiagnosis::new(&found.mistakes, fine, evidence)
}

/// The request as somebody's code sees it.
fn as_seen(known: &Known, signer: &Signer, header: &str, text: &str) -> SignatureDiagnosis {
    let seen = Seen::read(text);
    let came = &known.request.body;
    let shown = seen.signature.unwrap_or(header);
    let (mut mistakes, other) = known.diagnose(signer, shown, seen.body.as_bytes());
    let mut evidence = vec![secret_of(signer)];
    evidence.push(match differs(&known.request, seen.body.as_bytes()) {
        Some(how) => how,
        None if known.request.came => "The body is byte for byte the one that came.".to_owned(),
        None => "The body is byte for byte the one that was sent.".to_owned(),
    });
    if shown != header {
        let of = if known.request.came { "came with this request" } else { "was sent with this attempt" };
        evidence.push(format!("The signature header is not the one that {of}."));
    }
    let genuine = sign::verify(&signer.secret, header, came).is_ok();
    if mistakes.first() == Some(&Error::WrongSecret) && genuine && shown == header {
        mistakes[0] = Error::Changed;
    }
    evidence.extend(other.map(belongs_to));
    let fine = "The request verifies as your code sees it, so the mistake is in the check itself. Paste the value that it computes.";
    SignatureDiagnosis::new(&mistakes, fine, evidence)
}

impl Known {
    /// What is wrong with `header` over `body`, and whose secret fits when it is another one's.
    fn diagnose(&self, signer: &Signer, header: &str, body: &[u8]) -> (Vec<Error>, Option<&Signer>) {
        let mistakes_with = |secret: &Secret| {
            diagnose(secret, &Proof::Vendor(header), body, self.request.at, TOLERANCE).mistakes
        };
        let mut mistakes = mistakes_with(&signer.secret);
        let verifies = |other: &&Signer| sign::verify(&other.secret, header, body).is_ok();
        let other =
            self.others.iter().find(verifies).filter(|_| mistakes.first() == Some(&Error::WrongSecret));
        if other.is_some() {
            mistakes[0] = Error::OtherSecret;
        }
        (mistakes, other)
    }

    /// How old the signature was when it came.
    fn age(&self, header: &str) -> String {
        let Ok((time, _)) = sign::parse(header) else { return "The header cannot be read.".to_owned() };
        let at = self.request.at;
        if !self.request.came {
            return format!("It was signed as it was sent, at {}.", wire(at));
        }
        let age = millis(at).div_euclid(1_000).saturating_sub(time);
        format!("It was signed {age} s before it came, at {}.", wire(at))
    }
}

/// A request in text, taken apart.
struct Seen<'a> {
    signature: Option<&'a str>,
    body: &'a str,
}

impl<'a> Seen<'a> {
    /// Header lines, an empty line, the body; without header lines all of it is the body.
    fn read(text: &'a str) -> Self {
        let parted = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n"));
        let head = |head: &&str| !head.trim_start().starts_with(['{', '[']) && head.contains(':');
        let Some((head, body)) = parted.filter(|(text, _)| head(text)) else {
            return Self { signature: None, body: text };
        };
        let signature = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(sign::HEADER).then(|| value.trim())
        });
        Self { signature, body }
    }
}

fn secret_of(signer: &Signer) -> String {
    format!("Judged with the secret of \"{}\" ({}).", signer.name, signer.id)
}

fn belongs_to(other: &Signer) -> String {
    format!("The secret is that of \"{}\" ({}).", other.name, other.id)
}

fn differs(request: &Examined, other: &[u8]) -> Option<String> {
    let (at, how) = difference(&request.body, other)?;
    let (bytes, came) = (request.body.len(), request.came());
    Some(format!("Differs at byte {at}: {how}. {bytes} bytes {came}, {} were hashed.", other.len()))
}
