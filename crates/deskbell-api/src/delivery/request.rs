//! `/v2/deliveries/{id}/request`: the request as it would be sent now, to be repeated with a tool of one's own.

use crate::app::Shared;
use crate::auth::Caller;
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use deskbell_core::id::DeliveryId;
use deskbell_core::policy::sign;
use deskbell_core::time::{whole, wire};
use deskbell_wire::bytes::BodyText;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A request that was not sent.
#[derive(Serialize, ToSchema)]
pub struct SignedRequest {
    /// Always `request`.
    object: &'static str,
    delivery: String,
    /// Always `POST`.
    method: &'static str,
    /// The webhook's URL as it is now.
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    url: String,
    /// Names and values, in the order they are sent, with a signature of `signed_time`.
    headers: Vec<(String, String)>,
    /// The event's bytes.
    #[serde(flatten)]
    body: BodyText,
    signed_time: String,
}

/// Get a delivery's request, signed afresh. Nothing is sent or recorded.
#[utoipa::path(get, path = "/v2/deliveries/{id}/request", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 200, body = SignedRequest), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "The webhook is deleted, and its secret with it", body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<SignedRequest>, Problem> {
    let unknown = || Problem::not_found("delivery", &id);
    let delivery = app.store.delivery(&account.id, &DeliveryId::from_text(&id)).await?.ok_or_else(unknown)?;
    let event = app.store.event(&account.id, &delivery.event).await?.ok_or_else(unknown)?;
    let Some(webhook) = app.store.webhook(&account.id, &delivery.webhook).await? else {
        return Err(Problem::conflict("id", "webhook_deleted", "The delivery's webhook is deleted."));
    };
    let secret = app.vault.open(&webhook.secret, &webhook.secret_ids()).map_err(|error| {
        tracing::error!(webhook = %webhook.id, %error, "the signing secret does not open");
        Problem::internal()
    })?;
    let now = whole(app.now());
    let user_agent = &app.settings.delivery.user_agent;
    Ok(Json(SignedRequest {
        object: "request",
        delivery: delivery.id.to_string(),
        method: "POST",
        headers: sign::request_headers(&secret, user_agent, &event.id, now, &event.body),
        url: webhook.url,
        body: BodyText::new(&event.body),
        signed_time: wire(now),
    }))
}
