//! A sample is what its trigger leaves behind, in every sandbox that has somebody for it.

use super::*;
use deskbell_core::door::SeededRandom;
use deskbell_core::time::from_millis;
use serde_json::Value;

fn sample(sandbox: &Sandbox, trigger: Trigger) -> Option<Value> {
    let (account, random) = (AccountId::from_text("ACC-1"), SeededRandom::new(2));
    let now = from_millis(1_778_072_561_300);
    let (subject, data) = made(&account, PayloadStyle::Current, sandbox, trigger, &random, now)?;
    let data: Value = serde_json::from_str(data.get()).unwrap();
    assert_eq!(data["id"], subject.as_str(), "{trigger}");
    Some(data)
}

fn sandbox() -> Sandbox {
    Sandbox::new(&AccountId::from_text("ACC-1"), &SeededRandom::new(1), from_millis(0))
}

/// Wire contract, 2.
#[test]
fn a_sample_has_the_status_that_its_trigger_leaves() {
    let mut sandbox = sandbox();
    for approval in [false, true] {
        sandbox.calendars[0].approval = approval;
        for trigger in Trigger::ALL {
            let status = match trigger.as_str() {
                "booking.reassigned" => "scheduled",
                "booking.canceled_then_rescheduled" | "booking.canceled_reschedule_requested" => "canceled",
                name => name.split('.').nth(1).unwrap(),
            };
            assert_eq!(sample(&sandbox, *trigger).unwrap()["status"], status, "{trigger}");
        }
    }
}

#[test]
fn a_sandbox_without_anybody_gives_no_sample() {
    for trigger in Trigger::ALL {
        assert_eq!(sample(&Sandbox::default(), *trigger), None, "{trigger}");
    }
    let alone = Sandbox { users: sandbox().users[..1].to_vec(), ..sandbox() };
    assert_eq!(sample(&alone, Trigger::BookingReassigned), None, "there is nobody to take it over");
    assert!(sample(&alone, Trigger::BookingScheduled).is_some());
}
