//! Span: what OpenTelemetry calls a step, with its semantic conventions where they have a word for what there is to say.
//!
//! An event's acceptance is a child of whoever called, if they said who; all else is a child of the acceptance, an attempt's phases and its
//! record of the attempt. Ids follow from those of the event and the attempt, so that no process needs to have seen another's spans.

use crate::step::{Attempted, Claimed, Step, Trace, What};
use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::id::EventId;
use deskbell_core::trace::{Acceptance, SpanId};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// The code of a span's status that says that it failed.
const ERROR: i32 = 2;
/// The flags of a span whose parent is known to be another process's.
const REMOTE_PARENT: u32 = 0x300;
/// And of one whose parent is known to be our own.
const OWN_PARENT: u32 = 0x100;

/// What `steps` are, told by the process of that name.
pub(crate) fn request<'s>(
    instance: &str,
    steps: impl Iterator<Item = &'s Step>,
) -> ExportTraceServiceRequest {
    let version = env!("CARGO_PKG_VERSION");
    let mut spans = Vec::new();
    steps.for_each(|step| add(&mut spans, step));
    let attributes = vec![
        text("service.name", "deskbell"),
        text("service.version", version),
        text("service.instance.id", instance),
    ];
    let scope =
        InstrumentationScope { name: "deskbell".into(), version: version.into(), ..Default::default() };
    let resource = Some(Resource { attributes, ..Default::default() });
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..Default::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { resource, scope_spans, ..Default::default() }],
    }
}

fn add(spans: &mut Vec<Span>, step: &Step) {
    let when = (nanos(step.began), nanos(step.ended));
    match &step.what {
        What::Accepted(event) => spans.push(accept(&step.trace, event, when)),
        What::Claimed(claimed) => spans.push(claim(&step.trace, claimed, when)),
        What::Attempted(attempted) => attempt(spans, &step.trace, attempted, when),
    }
}

fn accept(trace: &Trace, event: &Acceptance, when: (u64, u64)) -> Span {
    let parent = event.trace.as_ref().map(|context| context.parent);
    let mut span = span(trace, "accept", SpanKind::Producer, SpanId::of_event(&event.event), parent, when);
    span.flags |= if parent.is_some() { REMOTE_PARENT } else { OWN_PARENT };
    span.attributes = message("accept", "create", &event.event);
    span.attributes.extend([
        text("deskbell.account.id", event.account.as_str()),
        text("deskbell.event.type", event.trigger.as_str()),
        text("deskbell.event.origin", event.origin.as_str()),
    ]);
    span
}

fn claim(trace: &Trace, claimed: &Claimed, when: (u64, u64)) -> Span {
    let Claimed { delivery, event, webhook, account, number } = claimed;
    let id = SpanId::of("claim", &format!("{delivery} {number}"));
    let mut span = child(trace, "claim", SpanKind::Consumer, id, SpanId::of_event(event), when);
    span.attributes = message("claim", "receive", event);
    span.attributes.extend([
        text("deskbell.account.id", account.as_str()),
        text("deskbell.webhook.id", webhook.as_str()),
        text("deskbell.delivery.id", delivery.as_str()),
        number_of("deskbell.attempt.number", u64::from(*number)),
    ]);
    span
}

/// The attempt, its phases, and its record, which took `recording`.
fn attempt(spans: &mut Vec<Span>, trace: &Trace, attempted: &Attempted, recording: (u64, u64)) {
    let (id, began) = (SpanId::of_attempt(&attempted.id), nanos(attempted.started));
    let end = began.saturating_add(attempted.timings.total_us.saturating_mul(1_000));
    let parent = SpanId::of_event(&attempted.event);
    let mut span = child(trace, "attempt", SpanKind::Client, id, parent, (began, end));
    let part = |part: &str| SpanId::of(part, attempted.id.as_str());
    // One follows on the other, and the last ends with the attempt. What is left before the first is waiting for a connection.
    let mut ends = end;
    for (phase, us) in attempted.phases().rev() {
        let begins = ends.saturating_sub(us.saturating_mul(1_000)).max(began);
        spans.push(child(trace, phase, SpanKind::Internal, part(phase), id, (begins, ends)));
        ends = begins;
    }
    spans.push(child(trace, "record", SpanKind::Internal, part("record"), id, recording));
    span.attributes = told_of(attempted);
    if attempted.outcome != Outcome::Delivered {
        span.attributes.push(text("error.type", attempted.outcome.as_str()));
        span.status = Some(Status { code: ERROR, message: String::new() });
    }
    spans.push(span);
}

fn told_of(attempted: &Attempted) -> Vec<KeyValue> {
    let mut told = message("attempt", "send", &attempted.event);
    told.extend([
        text("deskbell.account.id", attempted.account.as_str()),
        text("deskbell.webhook.id", attempted.webhook.as_str()),
        text("deskbell.delivery.id", attempted.delivery.as_str()),
        text("deskbell.attempt.id", attempted.id.as_str()),
        number_of("deskbell.attempt.number", u64::from(attempted.number)),
        text("deskbell.attempt.outcome", attempted.outcome.as_str()),
        truth("deskbell.attempt.manual", attempted.manual),
        truth("deskbell.attempt.sample", attempted.sample),
        truth("deskbell.attempt.reused_connection", attempted.timings.reused),
        text("http.request.method", "POST"),
        text("network.protocol.name", "http"),
    ]);
    if attempted.number > 1 {
        told.push(number_of("http.request.resend_count", u64::from(attempted.number - 1)));
    }
    told.extend(attempted.status.map(|status| number_of("http.response.status_code", status.into())));
    if let Some(server) = &attempted.server {
        told.extend([text("server.address", &server.host), text("url.scheme", &server.scheme)]);
        told.extend(server.port.map(|port| number_of("server.port", port.into())));
    }
    if let Some(address) = attempted.address {
        told.push(text("network.peer.address", &address.ip().to_string()));
        told.push(number_of("network.peer.port", address.port().into()));
    }
    told
}

fn message(operation: &str, kind: &str, event: &EventId) -> Vec<KeyValue> {
    vec![
        text("messaging.system", "deskbell"),
        text("messaging.operation.name", operation),
        text("messaging.operation.type", kind),
        text("messaging.message.id", event.as_str()),
    ]
}

fn child(trace: &Trace, name: &str, kind: SpanKind, id: SpanId, parent: SpanId, when: (u64, u64)) -> Span {
    let mut child = span(trace, name, kind, id, Some(parent), when);
    child.flags |= OWN_PARENT;
    child
}

fn span(
    trace: &Trace,
    name: &str,
    kind: SpanKind,
    id: SpanId,
    parent: Option<SpanId>,
    (began, ended): (u64, u64),
) -> Span {
    Span {
        trace_id: trace.id.0.to_vec(),
        span_id: id.0.to_vec(),
        trace_state: trace.state.clone(),
        parent_span_id: parent.map(|parent| parent.0.to_vec()).unwrap_or_default(),
        flags: trace.flags.into(),
        name: name.to_owned(),
        kind: kind.into(),
        start_time_unix_nano: began,
        // The clock may have been set back.
        end_time_unix_nano: ended.max(began),
        ..Default::default()
    }
}

fn nanos(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap_or_default()
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn number_of(key: &str, value: u64) -> KeyValue {
    attribute(key, Value::IntValue(i64::try_from(value).unwrap_or(i64::MAX)))
}

fn truth(key: &str, value: bool) -> KeyValue {
    attribute(key, Value::BoolValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}
