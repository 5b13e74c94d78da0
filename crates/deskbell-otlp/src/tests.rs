//! Spans told to a collector that is not ours: one that takes them, one that is slow, one that is not there.

mod collector;

use super::*;
use collector::Collector;
use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::event::Origin;
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, WebhookId};
use deskbell_core::time::from_millis;
use deskbell_core::trace::SpanId;
use deskbell_core::trigger::Trigger;
use opentelemetry_proto::tonic::trace::v1::Span;
use std::time::Duration;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// Longer than any case takes.
const LONG: Duration = Duration::from_secs(3_600);

fn settings(endpoint: &str) -> Settings {
    let secret = (HeaderName::from_static("api-key"), HeaderValue::from_static("the-collectors-key"));
    let endpoint = Url::parse(endpoint).unwrap();
    Settings { endpoint, headers: vec![secret], ratio: 1.0, instance: "bell-1".into() }
}

fn start(endpoint: &str) -> (Spans, Exporter, Arc<SpanCount>) {
    let count = Arc::new(SpanCount::default());
    let (spans, exporter) = Spans::start(&settings(endpoint), Arc::clone(&count)).unwrap();
    (spans, exporter, count)
}

fn acceptance(event: u32, trace: Option<&str>) -> Acceptance {
    Acceptance {
        event: EventId::from_text(format!("EVNT-{event:010}")),
        account: AccountId::from_text("ACC-1"),
        trigger: Trigger::BookingScheduled,
        origin: Origin::Platform,
        trace: trace.and_then(|parent| TraceContext::parse(parent, "a=1")).map(Arc::new),
        began: from_millis(1_000),
    }
}

/// An attempt of that event which took 100 ms, of which 10 went into each phase.
fn attempt(event: u32, number: u32, outcome: Outcome, trace: Option<&str>) -> Attempt {
    let (event, webhook) = (EventId::from_text(format!("EVNT-{event:010}")), WebhookId::from_text("WHK-1"));
    let delivery = DeliveryId::of(&event, &webhook);
    let id = AttemptId::of(&delivery, number);
    let context = trace.and_then(|parent| TraceContext::parse(parent, "a=1"));
    let phase = Some(10_000);
    Attempt {
        request_headers: context
            .iter()
            .flat_map(|context| context.headers(SpanId::of_attempt(&id)))
            .collect(),
        id,
        delivery,
        event,
        webhook,
        account: AccountId::from_text("ACC-1"),
        number,
        manual: false,
        sample: false,
        started: from_millis(2_000),
        outcome,
        detail: "The receiver said guest@mail.example.".into(),
        possibly_received: false,
        timings: Timings {
            name_us: phase,
            connect_us: phase,
            tls_us: phase,
            head_us: phase,
            body_us: phase,
            total_us: 100_000,
            reused: false,
        },
        address: Some("192.0.2.1:443".parse().unwrap()),
        url: "https://user:hunter2@hooks.example/in/s3cret?token=t0ken".into(),
        response: None,
    }
}

fn named<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let mut of_name = spans.iter().filter(|span| span.name == name);
    let one = of_name.next().unwrap_or_else(|| panic!("no span {name}"));
    assert!(of_name.next().is_none(), "one span {name}");
    one
}

fn hex(bytes: &[u8]) -> String {
    deskbell_core::hex::encode(bytes)
}

#[tokio::test]
async fn an_attempt_is_told_with_its_phases_below_its_events_acceptance() {
    let collector = Collector::start(&[]).await;
    let (spans, exporter, count) = start(&collector.url());
    spans.accepted(acceptance(1, Some(PARENT)), from_millis(1_005));
    spans.attempted(
        &attempt(1, 2, Outcome::HttpStatus, Some(PARENT)),
        from_millis(2_100),
        from_millis(2_102),
    );
    exporter.end(LONG).await;
    let told = collector.spans();
    assert_eq!((told.len(), count.read()), (8, (8, 0)));
    for span in &told {
        assert_eq!(hex(&span.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736", "{}", span.name);
        assert_eq!((span.trace_state.as_str(), span.flags & 0xff), ("a=1", 1));
    }
    let (accept, attempt) = (named(&told, "accept"), named(&told, "attempt"));
    assert_eq!(hex(&accept.parent_span_id), "00f067aa0ba902b7", "the publisher's");
    assert_eq!(attempt.parent_span_id, accept.span_id);
    let sent = super::tests::attempt(1, 2, Outcome::HttpStatus, Some(PARENT));
    assert!(sent.request_headers[0].1.contains(&hex(&attempt.span_id)), "what the receiver was told");
    let millis =
        |span: &Span| [span.start_time_unix_nano, span.end_time_unix_nano].map(|nanos| nanos / 1_000_000);
    assert_eq!(millis(accept), [1_000, 1_005]);
    assert_eq!(millis(attempt), [2_000, 2_100]);
    let phases = [("name", 50), ("connect", 60), ("tls", 70), ("head", 80), ("body", 90)];
    for (phase, begins) in phases {
        let span = named(&told, phase);
        assert_eq!(span.parent_span_id, attempt.span_id, "{phase}");
        assert_eq!(millis(span), [2_000 + begins, 2_010 + begins], "{phase}: what is left came before");
    }
    assert_eq!(named(&told, "record").parent_span_id, attempt.span_id);
    assert_eq!(millis(named(&told, "record")), [2_100, 2_102]);
    let attribute = |key: &str| {
        attempt.attributes.iter().find(|one| one.key == key).map(|one| format!("{:?}", one.value))
    };
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.request.resend_count", "1"),
        ("server.address", "hooks.example"),
        ("server.port", "443"),
        ("network.peer.address", "192.0.2.1"),
        ("error.type", "http_status"),
        ("messaging.message.id", "EVNT-0000000001"),
    ] {
        assert!(attribute(key).is_some_and(|told| told.contains(value)), "{key}: {:?}", attribute(key));
    }
}

#[tokio::test]
async fn no_secret_and_no_guest_is_told() {
    let collector = Collector::start(&[]).await;
    let (spans, exporter, _) = start(&collector.url());
    spans.attempted(&attempt(1, 1, Outcome::Delivered, None), from_millis(0), from_millis(1));
    exporter.end(LONG).await;
    let request = &collector.requests()[0];
    assert!(request.head.contains("api-key: the-collectors-key"), "{}", request.head);
    assert!(request.head.starts_with("POST /v1/traces HTTP/1.1"), "{}", request.head);
    let body = String::from_utf8_lossy(&request.body);
    for secret in ["hunter2", "s3cret", "t0ken", "the-collectors-key", "guest@mail.example"] {
        assert!(!body.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_event_that_came_without_a_trace_has_one_that_follows_from_its_id() {
    let collector = Collector::start(&[]).await;
    let (spans, exporter, _) = start(&collector.url());
    spans.accepted(acceptance(7, None), from_millis(1_005));
    for number in [1, 2] {
        spans.attempted(&attempt(7, number, Outcome::Delivered, None), from_millis(0), from_millis(1));
    }
    exporter.end(LONG).await;
    let told = collector.spans();
    let trace = TraceId::of_event(&EventId::from_text("EVNT-0000000007"));
    assert!(told.iter().all(|span| span.trace_id == trace.0), "{told:?}");
    let root = named(&told, "accept");
    assert_eq!(root.parent_span_id, [0u8; 0]);
    assert_eq!(told.iter().filter(|span| span.parent_span_id == root.span_id).count(), 2);
}

#[tokio::test]
async fn what_the_publisher_does_not_sample_and_what_the_ratio_leaves_out_is_not_told() {
    let collector = Collector::start(&[]).await;
    let (spans, exporter, count) = start(&collector.url());
    spans.accepted(acceptance(1, Some(&PARENT.replace("-01", "-00"))), from_millis(1));
    exporter.end(LONG).await;
    assert_eq!((collector.spans().len(), count.read()), (0, (0, 0)));
    let taken = |ratio: f64| {
        let ratio = Ratio::new(ratio);
        let ids = (0..10_000).map(|n| TraceId::of_event(&EventId::from_text(format!("EVNT-{n}"))));
        ids.filter(|id| ratio.takes(*id)).count()
    };
    assert_eq!((taken(0.0), taken(1.0)), (0, 10_000));
    assert!((700..1_300).contains(&taken(0.1)), "{}", taken(0.1));
}

#[tokio::test(start_paused = true)]
async fn with_a_dead_collector_nothing_waits_and_what_finds_no_room_is_counted() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let (spans, exporter, count) = start(&url);
    // Nothing is awaited: the exporter has had no turn when the last of them comes.
    for event in 0..10_000 {
        spans.accepted(acceptance(event, None), from_millis(1));
    }
    assert_eq!(count.read(), (0, 10_000 - WAITING as u64), "what waits is bounded");
    exporter.end(LONG).await;
    assert_eq!(count.read(), (0, 10_000), "none is told, and each is counted");
    spans.accepted(acceptance(10_000, None), from_millis(1));
    assert_eq!(count.read(), (0, 10_001), "after the end too");
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_does_not_answer_holds_up_no_stop() {
    let collector = Collector::start(&["silence"]).await;
    let (spans, exporter, count) = start(&collector.url());
    spans.accepted(acceptance(1, None), from_millis(1));
    let (began, limit) = (tokio::time::Instant::now(), Duration::from_secs(2));
    exporter.end(limit).await;
    assert!(began.elapsed() <= limit, "{:?}", began.elapsed());
    assert_eq!(count.read().0, 0);
}

#[tokio::test]
async fn a_collector_that_is_busy_is_told_again_and_one_that_refuses_is_not() {
    let busy = "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n";
    let refuses = "HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n";
    let collector = Collector::start(&[busy, busy, "", refuses, ""]).await;
    let (spans, exporter, count) = start(&collector.url());
    for (event, wanted) in [(1, (1, 0)), (2, (1, 1)), (3, (2, 1))] {
        spans.accepted(acceptance(event, None), from_millis(1));
        while count.read().0 + count.read().1 < u64::from(event) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(count.read(), wanted, "event {event}");
    }
    exporter.end(LONG).await;
    let events: Vec<_> = collector.requests().iter().map(|request| request.body.clone()).collect();
    assert_eq!(events.len(), 5);
    assert!(events[0] == events[1] && events[1] == events[2], "the same again");
}

#[tokio::test]
async fn spans_that_the_collector_rejects_are_dropped() {
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    use prost::Message as _;
    let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: String::new() };
    let body = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let answer = format!("{head}{}", String::from_utf8(body).unwrap());
    let collector = Collector::start(&[&answer]).await;
    let (spans, exporter, count) = start(&collector.url());
    (0..3).for_each(|event| spans.accepted(acceptance(event, None), from_millis(1)));
    exporter.end(LONG).await;
    assert_eq!(count.read(), (1, 2));
}

#[tokio::test]
async fn a_probe_tells_whether_the_collector_is_there() {
    let collector = Collector::start(&["", "HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n"]).await;
    let of = settings(&format!("{}/prefix/", collector.url()));
    assert_eq!(probe(&of).await, Ok(()));
    let head = &collector.requests()[0].head;
    assert!(head.starts_with("POST /prefix/v1/traces ") && head.contains("content-length: 0"), "{head}");
    assert_eq!(probe(&of).await, Err("it answered 401 Unauthorized".into()));
}
