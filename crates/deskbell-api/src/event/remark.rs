//! What is said of a call that posted events and sent nothing on, or not all.

use deskbell_core::call::Outcome;
use deskbell_core::trigger::Trigger;
use deskbell_http::call_log::Remark;
use deskbell_wire::event::posted::EventAccepted;
use deskbell_wire::problem::Problem;

/// On the one event of a call; `None` when it is owed to somebody.
pub(super) fn on_one(event: &EventAccepted, trigger: Trigger) -> Option<Remark> {
    if event.is_duplicate() {
        let message = format!(
            "The Idempotency-Key and the event came before: it is {}. It was answered as the first time, and nothing was sent again.",
            event.id()
        );
        return Some(said(Outcome::Repeated, message));
    }
    let message =
        || format!("No webhook that was on asked for {trigger}. The event is kept, and owed to nobody.");
    (event.deliveries() == 0).then(|| said(Outcome::ToNobody, message()))
}

/// On the many events of a call: the worst that is to be said of any.
pub(super) fn on_many(results: &[Result<EventAccepted, Problem>]) -> Option<Remark> {
    let all = results.len();
    let mut refused = results.iter().filter_map(|result| result.as_ref().err());
    if let Some(first) = refused.next() {
        let message =
            format!("Refused: {} of {all} events. The first: {}", 1 + refused.count(), first.message);
        return Some(Remark { message, ..first.clone().into() });
    }
    let accepted = || results.iter().flatten();
    match accepted().filter(|event| event.is_duplicate()).count() {
        0 => {}
        repeated => {
            let message = format!(
                "Came before under this Idempotency-Key: {repeated} of {all} events. Nothing of them was sent again."
            );
            return Some(said(Outcome::Repeated, message));
        }
    }
    match accepted().filter(|event| event.deliveries() == 0).count() {
        0 => None,
        none => {
            let message = format!(
                "Owed to nobody: {none} of {all} events. No webhook that was on asked for them; they are kept."
            );
            Some(said(Outcome::ToNobody, message))
        }
    }
}

fn said(outcome: Outcome, message: String) -> Remark {
    Remark { outcome, code: None, param: None, message }
}
