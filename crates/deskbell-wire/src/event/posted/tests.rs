//! What is told of a batch, against what is taken; what is read in one pass, against what is judged.

use super::*;
use crate::json::scan::tests::nearly;
use utoipa::PartialSchema;

#[test]
fn the_schema_says_how_many_events_a_call_takes() {
    let schema = serde_json::to_value(NewEvents::schema()).unwrap();
    assert_eq!(schema["properties"]["events"]["maxItems"], limit::EVENTS_PER_CALL);

    let batch = |events: usize| format!(r#"{{"events":[{}]}}"#, vec!["{}"; events].join(","));
    let read = |events| PostedEvents::read(&batch(events).into());
    assert!(matches!(read(limit::EVENTS_PER_CALL), Ok(PostedEvents::Many(_))));
    assert!(read(limit::EVENTS_PER_CALL + 1).is_err());
}

const ONE: &str =
    r#"{"type":"booking.scheduled","data":{"id":"BKNG-1","n":9007199254740993,"s":"a b"},"subject":"Zoë"}"#;
const SPACED: &str =
    "{ \"data\" : { \"a\" : [ 1.0 , \" \\\" \" ] } ,\n \"type\" : \"booking.canceled\", \"subject\": null } ";

fn many(events: usize) -> String {
    format!(r#"{{"events":[{}]}}"#, vec![ONE; events].join(", "))
}

#[test]
fn what_is_sound_is_read_in_one_pass() {
    for sound in [ONE, SPACED, &many(1), &many(limit::EVENTS_PER_CALL)] {
        let bytes = Bytes::from(sound.to_owned());
        let (read, judged) = (scanned::read(&bytes), PostedEvents::judge(&bytes));
        assert_eq!(format!("{:?}", read.expect("it is sound")), format!("{:?}", judged.unwrap()));
    }
    let past = Bytes::from(many(limit::EVENTS_PER_CALL + 1));
    assert!(scanned::read(&past).is_none(), "it stops at the first event too many");
}

#[test]
fn what_one_pass_takes_is_what_is_judged_good() {
    let mut taken = 0;
    for seed in [ONE, SPACED, &many(2)] {
        for text in nearly(seed, 3_000) {
            let bytes = Bytes::from(text);
            let Some(read) = scanned::read(&bytes) else { continue };
            let judged = PostedEvents::judge(&bytes).expect("what one pass takes has nothing to refuse");
            assert_eq!(format!("{read:?}"), format!("{judged:?}"), "{bytes:?}");
            taken += 1;
        }
    }
    assert!(taken > 500, "{taken}");
}

#[test]
fn data_without_white_space_is_not_copied() {
    let inside = |body: &Bytes| {
        let Ok(PostedEvents::One(event)) = PostedEvents::read(body) else { panic!("it is sound") };
        body.as_ptr_range().contains(&event.data.as_bytes().as_ptr())
    };
    assert!(inside(&Bytes::from_static(ONE.as_bytes())));
    assert!(!inside(&Bytes::from_static(SPACED.as_bytes())));
}
