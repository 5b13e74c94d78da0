//! What is told of a batch, against what is taken.

use super::*;
use utoipa::PartialSchema;

#[test]
fn the_schema_says_how_many_events_a_call_takes() {
    let schema = serde_json::to_value(NewEvents::schema()).unwrap();
    assert_eq!(schema["properties"]["events"]["maxItems"], limit::EVENTS_PER_CALL);

    let batch = |events: usize| format!(r#"{{"events":[{}]}}"#, vec!["{}"; events].join(","));
    let read = |events| PostedEvents::read(batch(events).as_bytes());
    assert!(matches!(read(limit::EVENTS_PER_CALL), Ok(PostedEvents::Many(_))));
    assert!(read(limit::EVENTS_PER_CALL + 1).is_err());
}
