//! An attempt's record, packed: all of it that no query asks for. What follows from the event and the attempt's time, as most
//! of our own headers do, is kept as a mark and made again when it is read.

use deskbell_core::attempt::{self, Attempt, Response, Timings};
use deskbell_core::hex;
use deskbell_core::id::EventId;
use deskbell_core::policy::sign;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::net::SocketAddr;

/// The form of what is packed: its first byte.
const FORM: u8 = 1;
/// Bytes that most attempts fit into.
const USUAL: usize = 384;

/// All but what the columns hold.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
    manual: bool,
    possibly_received: bool,
    detail: Cow<'a, str>,
    timings: Timings,
    address: Option<SocketAddr>,
    #[serde(borrow)]
    sent: Vec<Header<'a>>,
    #[serde(borrow)]
    answer: Option<Answer<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Answer<'a> {
    status: u16,
    truncated: bool,
    incomplete: bool,
    #[serde(borrow)]
    headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(borrow)]
    body: &'a [u8],
}

/// A header of the request. Forms are only ever added at the end.
#[derive(Serialize, Deserialize)]
enum Header<'a> {
    /// As it was sent.
    Other(Cow<'a, str>, Cow<'a, str>),
    ContentType,
    /// The agent of the attempt's target.
    UserAgent,
    /// The vendor's signature at the attempt's time.
    Vendor([u8; 32]),
    EventId,
    Timestamp,
    /// The Standard Webhooks signature.
    Standard([u8; 32]),
}

/// What the marks stand for.
pub(crate) struct Known<'a> {
    pub(crate) event: &'a EventId,
    /// Of the attempt's start.
    pub(crate) unix_seconds: i64,
    pub(crate) agent: &'a str,
}

/// The value of the `User-Agent` header that was sent, if one was.
pub(crate) fn agent(attempt: &Attempt) -> &str {
    let found = attempt.request_headers.iter().find(|(name, _)| name == "User-Agent");
    found.map_or("", |(_, value)| value)
}

/// Packs the attempt.
pub(crate) fn pack(attempt: &Attempt, known: &Known<'_>) -> Vec<u8> {
    let answer = attempt.response.as_ref().map(|answer| Answer {
        status: answer.status,
        truncated: answer.truncated,
        incomplete: answer.incomplete,
        headers: answer
            .headers
            .iter()
            .map(|(name, value)| (Cow::Borrowed(&**name), Cow::Borrowed(&**value)))
            .collect(),
        body: &answer.body,
    });
    let record = Record {
        manual: attempt.manual,
        possibly_received: attempt.possibly_received,
        detail: Cow::Borrowed(&attempt.detail),
        timings: attempt.timings,
        address: attempt.address,
        sent: attempt.request_headers.iter().map(|(name, value)| Header::of(name, value, known)).collect(),
        answer,
    };
    // Nothing here has a length that is not known: it always serializes.
    let mut packed = Vec::with_capacity(USUAL);
    packed.push(FORM);
    postcard::to_extend(&record, packed).unwrap_or_default()
}

/// Fills in what was packed; `None` for bytes of no known form.
pub(crate) fn unpack(packed: &[u8], known: &Known<'_>, attempt: &mut Attempt) -> Option<()> {
    let (FORM, packed) = packed.split_first().map(|(form, packed)| (*form, packed))? else { return None };
    let record: Record<'_> = postcard::from_bytes(packed).ok()?;
    attempt.manual = record.manual;
    attempt.possibly_received = record.possibly_received;
    attempt.detail = record.detail.into_owned();
    attempt.timings = record.timings;
    attempt.address = record.address;
    attempt.request_headers = record.sent.into_iter().map(|header| header.line(known)).collect();
    attempt.response = record.answer.map(|answer| Response {
        status: answer.status,
        truncated: answer.truncated,
        incomplete: answer.incomplete,
        headers: answer
            .headers
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
        body: answer.body.to_vec().into(),
    });
    Some(())
}

impl<'a> Header<'a> {
    /// The mark that stands for exactly this header, or the header itself.
    fn of(name: &'a str, value: &'a str, known: &Known<'_>) -> Self {
        let mark = match name {
            "Content-Type" => Some(Self::ContentType),
            "User-Agent" => Some(Self::UserAgent),
            sign::HEADER => value
                .split_once(",s=")
                .and_then(|(_, hex)| Some(Self::Vendor(hex::decode(hex)?.try_into().ok()?))),
            "Webhook-Id" => Some(Self::EventId),
            "Webhook-Timestamp" => Some(Self::Timestamp),
            "Webhook-Signature" => sign::standard_bytes(value).map(Self::Standard),
            _ => None,
        };
        let exact = |mark: &Self| mark.value(known) == value;
        mark.filter(exact).unwrap_or(Self::Other(Cow::Borrowed(name), Cow::Borrowed(value)))
    }

    fn value<'v>(&'v self, known: &Known<'v>) -> Cow<'v, str> {
        let time = known.unix_seconds;
        match self {
            Self::Other(_, value) => Cow::Borrowed(value),
            Self::ContentType => "application/json".into(),
            Self::UserAgent => known.agent.into(),
            Self::Vendor(signature) => sign::vendor_value(time, signature).into(),
            Self::EventId => known.event.as_str().into(),
            Self::Timestamp => time.to_string().into(),
            Self::Standard(signature) => sign::standard_value(signature).into(),
        }
    }

    fn line(self, known: &Known<'_>) -> attempt::Header {
        let value = self.value(known).into();
        let name = match self {
            Self::Other(name, _) => name.into(),
            Self::ContentType => "Content-Type".into(),
            Self::UserAgent => "User-Agent".into(),
            Self::Vendor(_) => sign::HEADER.into(),
            Self::EventId => "Webhook-Id".into(),
            Self::Timestamp => "Webhook-Timestamp".into(),
            Self::Standard(_) => "Webhook-Signature".into(),
        };
        (name, value)
    }
}

#[cfg(test)]
mod tests;
