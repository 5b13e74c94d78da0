//! Past: where an account's past was cut, for the end of a list and for whoever asks for what is gone.

use deskbell_core::account::Account;
use deskbell_core::id::{AttemptId, DeliveryId, EventId};
use deskbell_core::store::{self, Listing};
use deskbell_core::time::wire;
use deskbell_core::{Store, Timestamp};
use deskbell_wire::problem::Problem;

/// Events that were accepted before this were deleted, where the list ends with `found`.
pub(crate) async fn cut_behind<T>(
    store: &dyn Store,
    account: &Account,
    found: &Listing<T>,
) -> store::Result<Option<Timestamp>> {
    if found.older || found.stopped.is_some() {
        return Ok(None);
    }
    Ok(store.cut(&account.id).await?.events)
}

/// 404 of an event, or of what hangs on one. Of one so old that it would have been deleted, it says so.
pub(crate) async fn not_found(store: &dyn Store, account: &Account, noun: &str, id: &str) -> Problem {
    let problem = Problem::not_found(noun, id);
    let Some(made) = made(id) else { return problem };
    match store.cut(&account.id).await {
        Ok(cut) => match cut.events.filter(|before| made < *before) {
            Some(before) => {
                let deleted = "were deleted: they were older than they are kept.";
                let message = format!("{}. Events before {} {deleted}", problem.message, wire(before));
                Problem { message, ..problem }
            }
            None => problem,
        },
        Err(error) => error.into(),
    }
}

/// When the event was made that the id names, or that it is made of.
fn made(id: &str) -> Option<Timestamp> {
    let attempt = || AttemptId::from_text(id).parts().map(|(delivery, _)| delivery);
    let of = |delivery: DeliveryId| delivery.pair().map(|(event, _)| event);
    let event = of(DeliveryId::from_text(id)).or_else(|| attempt().and_then(of));
    event.unwrap_or_else(|| EventId::from_text(id)).made()
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::door::SeededRandom;
    use deskbell_core::id::{EventIds, WebhookId};
    use deskbell_core::time::from_millis;

    #[test]
    fn an_event_and_what_hangs_on_it_tell_when_it_was_made() {
        let (random, now) = (SeededRandom::new(1), from_millis(1_800_000_000_000));
        let event = EventIds::default().next(now, &random);
        let delivery = DeliveryId::of(&event, &WebhookId::new(&random));
        let attempt = AttemptId::of(&delivery, 3);
        for id in [event.as_str(), delivery.as_str(), attempt.as_str()] {
            assert_eq!(made(id), Some(now), "{id}");
        }
        assert_eq!(made("EVNT-unknown"), None);
    }
}
