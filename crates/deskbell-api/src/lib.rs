//! The public API: handlers, one file a noun, and the parts that they share. The only routes there are: the dashboard and
//! the command line use nothing else.

pub mod account;
mod answers;
pub mod attachment;
pub mod attempt;
pub mod auth;
mod bandwidth;
pub mod body;
pub mod booking;
pub mod booking_page;
pub mod bot;
pub mod calendar;
pub mod call;
pub mod coach;
pub mod contact;
pub mod conversation;
pub mod delivery;
pub mod disk;
mod document;
pub mod event;
pub mod event_type;
pub mod import;
pub mod inbox;
pub mod instance;
pub mod key;
pub mod master_page;
pub mod metrics;
pub mod notification;
pub mod one_time_link;
pub mod open_calls;
pub mod operator;
pub mod pagination;
pub mod parts;
mod party;
mod past;
pub mod path;
pub mod public_url;
pub mod publisher;
pub mod rate_limit;
pub mod reveal;
mod routes;
pub mod sample;
pub mod sandbox;
pub mod session;
pub mod settings;
pub mod share;
pub mod signals;
pub mod stream;
pub mod team;
pub mod trace;
pub mod user;
pub mod webhook;
pub mod website;
pub mod why;

use axum::routing::any;
use parts::Parts;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

#[derive(OpenApi)]
#[openapi(
    info(title = "Deskbell", description = "Webhooks for booking and conversation events: the vendor's v2 API, and additions of our own."),
    tags(
        (name = "Webhooks", description = "Where events go. The vendor's calls, exactly; changing and testing are additions."),
        (name = "Events", description = "What happened. An addition."),
        (name = "Deliveries", description = "What is owed, and every attempt. An addition."),
        (name = "Inboxes", description = "The tester: addresses that take anything. An addition."),
        (name = "People", description = "Users, teams and contacts. The vendor's calls."),
        (name = "Sandbox", description = "Bookings to ring with."),
        (name = "Dashboard", description = "Sessions, and what only they can do: keys, and a secret shown again. Additions."),
        (name = "Instance", description = "Is it there, does the key work?"),
    )
)]
struct Document;

/// Where the paths of the API begin.
pub const PATHS: &str = "/v2/";
/// Where the tester's public addresses begin.
pub const OPEN_PATHS: &str = "/in/";

/// The routes alone, still without their state; the tester's public addresses among them.
pub fn router() -> axum::Router<Parts> {
    let add = |router: axum::Router<Parts>, route: &'static routes::Route| {
        router.route(&(route.path)(), route.answering())
    };
    routes::ROUTES.iter().fold(axum::Router::new(), add).route("/in/{*rest}", any(inbox::intake::take))
}

/// The routes that say whether a process lives and can take work: all that one answers which has not the role of answering calls.
pub fn health_router() -> axum::Router<Parts> {
    axum::Router::new()
        .route("/healthz", axum::routing::get(instance::healthz))
        .route("/readyz", axum::routing::get(instance::readyz))
}

/// The OpenAPI document of the routes, as it is committed in `openapi.json`.
pub fn document() -> serde_json::Value {
    let start = OpenApiRouter::with_openapi(Document::openapi());
    let told = routes::ROUTES.iter().fold(start, |told, route| told.routes((route.told)()));
    document::complete(&told.split_for_parts().1)
}

/// The document as it is committed: indented, with a line feed at its end.
pub fn openapi_json() -> String {
    format!("{:#}\n", document())
}
