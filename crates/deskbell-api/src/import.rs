//! `/v2/sandbox/import`: an event of another system as a beginning. Our own call.

use crate::auth::Caller;
use crate::body::RawBody;
use crate::sandbox::{SandboxObjects, too_many, word};
use crate::signals::Signals;
use axum::Json;
use axum::extract::State;
use deskbell_core::import::{ImportSaved, Objection};
use deskbell_core::policy::limit;
use deskbell_core::{Clock, Store};
use deskbell_wire::import::{Ground, Imported, ImportedEvents, Imports, read};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Import an event of another system, or up to ten in an array: all of them, or none. The sandbox gets the user, the calendar,
/// the contact, the conversation and the booking that it speaks of, under the ids that they have there. Nothing rings; what the
/// sandbox makes of them from now on looks as it came. Imported again, the newest `last_updated_time` wins.
#[utoipa::path(post, path = "/v2/sandbox/import", tag = "Sandbox", request_body = ImportedEvents,
    responses((status = 200, body = Imports), (status = 409, body = Problem)))]
pub async fn import(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(sandbox): State<Arc<SandboxObjects>>,
    State(signals): State<Arc<Signals>>,
    Caller(account): Caller,
    body: RawBody<{ limit::IMPORT_BODY_BYTES }>,
) -> Result<Json<Imports>, Problem> {
    let events = body.parsed(read).await?;
    let several = events.len() > 1;
    let at =
        |place: usize, problem: Problem| if several { problem.within(&place.to_string()) } else { problem };
    let mut again = AGAIN;
    loop {
        let all = sandbox.all(&account).await?;
        let mut ground = Ground { account: account.id.clone(), sandbox: all, now: clock.now() };
        let mut imports = Vec::with_capacity(events.len());
        for (place, event) in events.iter().enumerate() {
            imports.push(event.import(&mut ground).map_err(|problem| at(place, problem))?);
        }
        match store.import(&account.id, imports.clone(), limit::SANDBOX_OBJECTS_PER_KIND).await? {
            ImportSaved::Saved(outcomes) => {
                signals.announce_events(&account.id);
                let each = events.iter().zip(&imports).zip(outcomes);
                let told = each.map(|((event, import), outcome)| Imported::new(event, import, outcome));
                return Ok(Json(told.collect()));
            }
            // Somebody of the same address came since the sandbox was read.
            ImportSaved::Refused(_, Objection::Known(..)) if again > 0 => again -= 1,
            ImportSaved::Refused(place, objection) => return Err(at(place, refusal(objection))),
        }
    }
}

/// The sandbox is read so often again at most, when others make its people at the same time.
const AGAIN: u32 = 20;

fn refusal(objection: Objection) -> Problem {
    match objection {
        Objection::IdTaken => {
            let message = "Another account of this server has imported it: give this one another id.";
            Problem::conflict("data.id", "id_taken", message)
        }
        Objection::SlotTaken => {
            let message = "The host has another booking at that time: cancel it, and import again.";
            Problem::conflict("data.starting_time", "slot_taken", message)
        }
        Objection::Known(kind, _) => {
            let message = format!("Another {} has its e-mail address or mobile number.", word(kind));
            Problem::conflict("data", "email_taken", message)
        }
        Objection::TooMany(kind) => too_many(word(kind)).param("data"),
    }
}
