//! Completes bookings whose end has passed (wire contract, decision 26).

use super::aside::Aside;
use deskbell_api::booking::Bookings;
use deskbell_api::trace::Traced;
use deskbell_core::booking::Booking;
use deskbell_core::id::BookingId;
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
    let mut aside = Aside::new();
    loop {
        aside.renew();
        match complete_ended(&*store, &*clock, &bookings, &mut aside).await {
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

/// Completes what has ended by now, each for itself; gives when the next booking ends.
async fn complete_ended(
    store: &dyn Store,
    clock: &dyn Clock,
    bookings: &Bookings,
    aside: &mut Aside<BookingId>,
) -> Result<Option<Timestamp>, Problem> {
    loop {
        let now = clock.now();
        let mut ended = store.ended_bookings(now, AT_ONCE.saturating_add(aside.count())).await?;
        ended.bookings.retain(|booking| !aside.has(&booking.id));
        if ended.bookings.is_empty() {
            return Ok(ended.next);
        }
        for booking in ended.bookings {
            let id = booking.id.clone();
            match complete(store, bookings, booking, now).await {
                Ok(()) => {}
                Err(problem) if problem.is_internal() => {
                    tracing::error!(%id, "this booking cannot be completed: what it needs cannot be read");
                    aside.put(id);
                }
                Err(problem) => return Err(problem),
            }
        }
    }
}

async fn complete(
    store: &dyn Store,
    bookings: &Bookings,
    booking: Booking,
    now: Timestamp,
) -> Result<(), Problem> {
    let id = booking.id.clone();
    let account = store.account(&booking.account).await?.ok_or_else(Problem::internal)?;
    let changed = booking.complete(now).map_err(|_| Problem::internal())?;
    match bookings.save(&account, changed, None, &Traced::default()).await? {
        BookingSaved::Saved => tracing::debug!(%id, "booking completed"),
        // Somebody else was faster; the next look tells.
        BookingSaved::Changed | BookingSaved::IdTaken | BookingSaved::SlotTaken | BookingSaved::LinkSpent => {
        }
    }
    Ok(())
}
