//! Trace context: the trace that an event belongs to, as its publisher said it, and what each receiver is told of it (W3C Trace Context).

use crate::Timestamp;
use crate::attempt::Header;
use crate::event::{NewEvent, Origin};
use crate::hex;
use crate::id::{AccountId, AttemptId, EventId};
use crate::policy::limit::{TRACE_STATE_BYTES, TRACE_STATE_MEMBERS};
use crate::trigger::Trigger;
use compact_str::CompactString;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The header that names the trace, the span above, and whether it is sampled. A name is told as all of ours are written.
pub const HEADER: &str = "Traceparent";

/// The header with what tracing systems add to it for one another.
pub const STATE_HEADER: &str = "Tracestate";

/// The flags that have a meaning: sampled, and an id that is random. Those that have none are not passed on.
const KNOWN_FLAGS: u8 = TraceContext::SAMPLED | 2;

/// Characters of `traceparent` in the version that is known, `00`: that, the ids and the flags.
const LENGTH: usize = 55;

/// A member of `tracestate` that is longer goes first where all are too long.
const LONG_MEMBER_BYTES: usize = 128;

/// The id of a trace: never all zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub [u8; 16]);

/// The id of a span, one step of a trace: never all zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(pub [u8; 8]);

impl TraceId {
    /// That of an event whose call came without one, where spans are told: it follows from the event's id, so nobody needs to keep it.
    pub fn of_event(event: &EventId) -> Self {
        Self(derived("trace", event.as_str()))
    }
}

impl SpanId {
    /// That of an attempt: it follows from the attempt's id, so each has its own and it is the same wherever it is asked for.
    pub fn of_attempt(attempt: &AttemptId) -> Self {
        Self::of("attempt", attempt.as_str())
    }

    /// That of an event's acceptance.
    pub fn of_event(event: &EventId) -> Self {
        Self::of("accept", event.as_str())
    }

    /// That of another step: one of a `kind` happens once to what `id` names.
    pub fn of(kind: &str, id: &str) -> Self {
        Self(derived(kind, id))
    }
}

/// The first bytes of a digest of a text under the name of a `kind`; never all zero, as no id may be.
fn derived<const BYTES: usize>(kind: &str, text: &str) -> [u8; BYTES] {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(text).finalize();
    let mut id = [0; BYTES];
    id.iter_mut().zip(digest).for_each(|(byte, digit)| *byte = digit);
    if id == [0; BYTES] {
        id[BYTES - 1] = 1;
    }
    id
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// Where in which trace something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace: TraceId,
    /// The span of whoever called.
    pub parent: SpanId,
    /// What is known of the trace, a bit each.
    pub flags: u8,
    /// What tracing systems say to one another, as it came, at most [`TRACE_STATE_BYTES`]; nothing is empty.
    pub state: String,
}

impl TraceContext {
    /// The flag of a trace that whoever is above records.
    pub const SAMPLED: u8 = 1;

    /// Reads the values of `traceparent` and `tracestate`; several of the latter are one behind the other, with commas between them. `None`
    /// for a `parent` that is not valid: the call then belongs to no trace, and is as good as any other. A `state` that is not valid is left out.
    pub fn parse(parent: &str, state: &str) -> Option<Self> {
        let version = read::<1>(parent.get(..2)?)?[0];
        // A later version may have more to say, behind what this one says.
        let ends = match version {
            0 => parent.len() == LENGTH,
            0xff => false,
            _ => parent.len() == LENGTH || parent.as_bytes().get(LENGTH) == Some(&b'-'),
        };
        let mut parts = parent.get(2..LENGTH).filter(|_| ends)?.split('-');
        let (Some(""), Some(trace), Some(span), Some(flags), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let (trace, span) = (read(trace)?, read(span)?);
        let flags = read::<1>(flags)?[0] & KNOWN_FLAGS;
        let valid = trace != [0; 16] && span != [0; 8];
        valid.then(|| Self { trace: TraceId(trace), parent: SpanId(span), flags, state: bounded(state) })
    }

    /// What the headers of a request of ours say; `None` where it was told of no trace.
    pub fn of_headers(headers: &[Header]) -> Option<Self> {
        let value =
            |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        Self::parse(value(HEADER)?, value(STATE_HEADER).unwrap_or_default())
    }

    /// Whether whoever is above records it.
    pub fn is_sampled(&self) -> bool {
        self.flags & Self::SAMPLED > 0
    }

    /// The headers of a request that is the step `span` of this trace.
    pub fn headers(&self, span: SpanId) -> impl Iterator<Item = Header> {
        let mut parent = String::with_capacity(LENGTH);
        parent.push_str("00");
        for part in [&self.trace.0[..], &span.0, &[self.flags]] {
            parent.push('-');
            hex::push(&mut parent, part);
        }
        let state = Some(self.state.as_str()).filter(|state| !state.is_empty());
        let state = state.map(|state| (STATE_HEADER.into(), state.into()));
        std::iter::once((HEADER.into(), CompactString::from(parent))).chain(state)
    }
}

/// Whether a header can have this value as it stands: spaces and visible ASCII alone.
pub fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The bytes that so many lowercase digits write.
fn read<const BYTES: usize>(digits: &str) -> Option<[u8; BYTES]> {
    let lower = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    hex::decode(digits).filter(|_| digits.bytes().all(lower))?.try_into().ok()
}

/// The members of `state` that are passed on: all of them as they came, unless they are too long. Then long ones go first, and the last
/// ones next, so that what stays is whole.
fn bounded(state: &str) -> String {
    // A tab between members goes with what else stands there.
    let members =
        state.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
    let is_valid = |member: &str| {
        is_printable(member)
            && member.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty())
    };
    let mut members: Vec<&str> = members.collect();
    if members.len() > TRACE_STATE_MEMBERS || !members.iter().all(|member| is_valid(member)) {
        return String::new();
    }
    if state.len() <= TRACE_STATE_BYTES && is_printable(state) {
        return state.trim().to_owned();
    }
    let length =
        |members: &[&str]| members.iter().map(|member| member.len() + 1).sum::<usize>().saturating_sub(1);
    while length(&members) > TRACE_STATE_BYTES {
        let long = members.iter().rposition(|member| member.len() > LONG_MEMBER_BYTES);
        members.remove(long.unwrap_or(members.len() - 1));
    }
    members.join(",")
}

/// An event that is being accepted, for the span that tells of it.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The event.
    pub event: EventId,
    /// Whose it is.
    pub account: AccountId,
    /// What happened.
    pub trigger: Trigger,
    /// Where it came from.
    pub origin: Origin,
    /// The trace of the call that it comes of.
    pub trace: Option<Arc<TraceContext>>,
    /// When it went to the store.
    pub began: Timestamp,
}

impl Acceptance {
    /// That of `new`, which goes to the store now.
    pub fn of(new: &NewEvent, began: Timestamp) -> Self {
        let NewEvent { event, trace, .. } = new;
        Self {
            event: event.id.clone(),
            account: event.account.clone(),
            trigger: event.trigger,
            origin: event.origin,
            trace: trace.clone(),
            began,
        }
    }
}

/// How many spans of this process were told, and how many dropped.
#[derive(Debug, Default)]
pub struct SpanCount {
    exported: AtomicU64,
    dropped: AtomicU64,
}

impl SpanCount {
    /// The collector has so many more.
    pub fn export_spans(&self, spans: u64) {
        self.exported.fetch_add(spans, Ordering::Relaxed);
    }

    /// So many more were dropped: they found no room, or the collector did not take them.
    pub fn drop_spans(&self, spans: u64) {
        self.dropped.fetch_add(spans, Ordering::Relaxed);
    }

    /// How many were exported, and how many dropped.
    pub fn read(&self) -> (u64, u64) {
        (self.exported.load(Ordering::Relaxed), self.dropped.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn sent(context: &TraceContext) -> Vec<(String, String)> {
        let span = SpanId::of_attempt(&AttemptId::from_text("ATT-1"));
        context.headers(span).map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn a_receiver_is_told_the_same_trace_and_another_span() {
        let context = TraceContext::parse(PARENT, "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7").unwrap();
        assert!(context.is_sampled());
        let sent = sent(&context);
        let span = hex::encode(&SpanId::of_attempt(&AttemptId::from_text("ATT-1")).0);
        assert_eq!(sent[0], (HEADER.into(), format!("00-{TRACE}-{span}-01")));
        assert_ne!(span, "00f067aa0ba902b7");
        assert_eq!(sent[1], (STATE_HEADER.into(), "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7".into()));
        let next = TraceContext::parse(&sent[0].1, &sent[1].1).unwrap();
        assert_eq!(TraceContext { parent: context.parent, ..next }, context, "what is sent is read");
    }

    #[test]
    fn each_attempt_has_a_span_of_its_own() {
        let span = |id: &str| SpanId::of_attempt(&AttemptId::from_text(id));
        assert_ne!(span("ATT-1"), span("ATT-2"));
        assert_eq!(span("ATT-1"), span("ATT-1"));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let of = |parent: &str| TraceContext::parse(parent, "");
        let known = of(PARENT);
        for later in
            [PARENT.replacen("00", "01", 1), format!("{}-what-comes", PARENT.replacen("00", "cc", 1))]
        {
            assert_eq!(of(&later), known, "{later}");
        }
        let flags = |flags: &str| of(&PARENT.replace("-01", &format!("-{flags}"))).map(|one| one.flags);
        assert_eq!(
            [flags("00"), flags("02"), flags("ff")],
            [Some(0), Some(2), Some(3)],
            "flags without a meaning"
        );
    }

    #[test]
    fn a_parent_that_is_not_valid_is_none() {
        let zero =
            [PARENT.replace(TRACE, &"0".repeat(32)), PARENT.replace("00f067aa0ba902b7", &"0".repeat(16))];
        let short = [
            &PARENT[..54],
            &PARENT[1..],
            "",
            "00",
            "00-",
            "é0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        ];
        let others = [
            PARENT.replacen("00", "ff", 1),
            PARENT.to_uppercase(),
            format!("{PARENT}-"),
            format!("{}x", PARENT.replacen("00", "01", 1)),
            PARENT.replace("-00f0", "--0f0"),
            PARENT.replace("4bf9", "4bg9"),
            format!(" {}", &PARENT[..54]),
        ];
        for bad in short.into_iter().map(str::to_owned).chain(zero).chain(others) {
            assert_eq!(TraceContext::parse(&bad, "a=1"), None, "{bad}");
        }
    }

    #[test]
    fn a_state_is_kept_as_it_came_or_cut_between_its_members() {
        let state = |state: &str| TraceContext::parse(PARENT, state).unwrap().state;
        assert_eq!(state("a=1, b=2 ,,c@d=x:y"), "a=1, b=2 ,,c@d=x:y", "as it came");
        assert_eq!(state("a=1,\tb=2"), "a=1,b=2", "but for a tab");
        for bad in ["a=1,\r\nb: c=2", "a", "=1", "a=", "a=\u{e9}", "a=1,b=\u{7}", &vec!["a=1"; 33].join(",")]
        {
            assert_eq!(state(bad), "", "{bad}");
        }
        let (long, short) =
            (format!("long={}", "x".repeat(130)), |n: usize| format!("k{n:02}={}", "y".repeat(60)));
        let first: Vec<String> = (0..6).map(short).collect();
        assert_eq!(state(&format!("{long},{}", first.join(","))), first.join(","), "long ones go first");
        let many: Vec<String> = (0..12).map(short).collect();
        assert_eq!(state(&many.join(",")), many[..7].join(","), "then the last ones");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_left_out(parent in ".{0,60}", state in ".{0,700}") {
            if let Some(context) = TraceContext::parse(&parent, &state) {
                prop_assert!(context.state.len() <= TRACE_STATE_BYTES);
            }
            let context = TraceContext::parse(PARENT, &state).unwrap();
            prop_assert!(context.state.len() <= TRACE_STATE_BYTES);
            prop_assert!(context.headers(context.parent).all(|(_, value)| value.bytes().all(|byte| matches!(byte, b' '..=b'~'))));
        }
    }
}
