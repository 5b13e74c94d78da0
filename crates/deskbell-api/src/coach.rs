//! `/v2/coach`: what we will do with an answer, said before anybody gives it. Our own call.

use crate::auth::Caller;
use crate::body::Body;
use crate::settings::Settings;
use axum::Json;
use axum::extract::State;
use deskbell_core::Clock;
use deskbell_core::explain::coach;
use deskbell_wire::coach::{Advice, PlannedAnswer};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Say what we will do with an answer, before it is given.
#[utoipa::path(post, path = "/v2/coach", tag = "Inboxes", request_body = PlannedAnswer,
    responses((status = 200, body = Advice)))]
pub async fn coach(
    State(clock): State<Arc<dyn Clock>>,
    State(settings): State<Arc<Settings>>,
    Caller(_): Caller,
    Body(planned): Body<PlannedAnswer>,
) -> Result<Json<Advice>, Problem> {
    let (attempt, delivery) = (planned.attempt(), &settings.delivery);
    let advice = coach::coach(&planned.into(), attempt, &delivery.deadlines, &delivery.rules, clock.now());
    Ok(Json(advice.into()))
}
