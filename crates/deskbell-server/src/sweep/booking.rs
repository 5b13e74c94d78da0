//! Completes bookings whose end has passed (wire contract, decision 26).

use deskbell_api::booking::Bookings;
use deskbell_core::store::BookingSaved;
use deskbell_core::time::until;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use std::time::Duration;

/// Bookings of one look.
const AT_ONCE: u32 = 100;
/// Longest pause between two looks: what is booked meanwhile may end before the next end that is known, and no booking is
/// completed more than a minute late.
const PAUSE: Duration = Duration::from_secs(30);

/// Looks again and again, until it is dropped. Several may do so at a time, here or in other processes: a booking is stored
/// over the revision it was read at, so it is completed once.
pub async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>, bookings: Arc<Bookings>) {
    loop {
        match complete_ended(&*store, &*clock, &bookings).await {
            Ok(next) => {
                let pause = next.map_or(PAUSE, |next| until(clock.now(), next).min(PAUSE));
                tokio::time::sleep(pause).await;
            }
            Err(problem) => {
                tracing::warn!(problem = problem.message, "ended bookings could not be completed");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Completes what has ended by now; gives when the next booking ends.
async fn complete_ended(
    store: &dyn Store,
    clock: &dyn Clock,
    bookings: &Bookings,
) -> Result<Option<Timestamp>, Problem> {
    loop {
        let now = clock.now();
        let ended = store.ended_bookings(now, AT_ONCE).await?;
        if ended.bookings.is_empty() {
            return Ok(ended.next);
        }
        for booking in ended.bookings {
            let account = store.account(&booking.account).await?.ok_or_else(Problem::internal)?;
            let Ok(changed) = booking.complete(now) else { continue };
            match bookings.save(&account, changed, None).await? {
                BookingSaved::Saved => tracing::debug!(id = %booking.id, "booking completed"),
                // Somebody else was faster; the next look tells.
                BookingSaved::Changed | BookingSaved::IdTaken | BookingSaved::SlotTaken => {}
            }
        }
    }
}
