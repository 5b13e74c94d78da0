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
pub mod sample;
pub mod sandbox;
pub mod session;
pub mod settings;
pub mod share;
pub mod signals;
pub mod stream;
pub mod team;
pub mod user;
pub mod webhook;
pub mod website;
pub mod why;

use axum::routing::any;
use parts::Parts;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

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

/// Every route, with its document.
fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(instance::test))
        .routes(routes!(account::get, account::change))
        .routes(routes!(session::get, session::change, session::delete))
        .routes(routes!(key::create, key::list))
        .routes(routes!(key::revoke))
        .routes(routes!(operator::get))
        .routes(routes!(instance::healthz))
        .routes(routes!(instance::readyz))
        .routes(routes!(webhook::create, webhook::list))
        .routes(routes!(webhook::get, webhook::change, webhook::delete))
        .routes(routes!(webhook::test))
        .routes(routes!(reveal::reveal))
        .routes(routes!(event::create, event::list))
        .routes(routes!(event::get))
        .routes(routes!(stream::follow))
        .routes(routes!(delivery::list))
        .routes(routes!(delivery::get))
        .routes(routes!(delivery::retry))
        .routes(routes!(delivery::request::get))
        .routes(routes!(why::ask))
        .routes(routes!(attempt::list))
        .routes(routes!(attempt::get))
        .routes(routes!(inbox::create, inbox::list))
        .routes(routes!(inbox::get, inbox::change, inbox::delete))
        .routes(routes!(inbox::requests::list, inbox::requests::clear))
        .routes(routes!(inbox::requests::get, inbox::requests::delete))
        .routes(routes!(inbox::anonymous::create, inbox::anonymous::get))
        .routes(routes!(inbox::anonymous::requests))
        .routes(routes!(share::create, share::list))
        .routes(routes!(share::preview))
        .routes(routes!(share::revoke))
        .routes(routes!(inbox::export::export))
        .routes(routes!(inbox::doctor::examine))
        .routes(routes!(coach::coach))
        .routes(routes!(inbox::relay::take))
        .routes(routes!(inbox::relay::answer))
        .routes(routes!(user::create, user::list))
        .routes(routes!(user::get, user::change, user::delete))
        .routes(routes!(user::availability::get, user::availability::change))
        .routes(routes!(user::sandbox::get, user::sandbox::change))
        .routes(routes!(team::list))
        .routes(routes!(team::get))
        .routes(routes!(contact::create, contact::list))
        .routes(routes!(contact::get, contact::change, contact::delete))
        .routes(routes!(calendar::object::create, calendar::object::list))
        .routes(routes!(calendar::object::get, calendar::object::change))
        .routes(routes!(import::import))
        .routes(routes!(calendar::time_slots))
        .routes(routes!(booking::schedule))
        .routes(routes!(one_time_link::of_calendar))
        .routes(routes!(one_time_link::of_master_page))
        .routes(routes!(booking_page::create, booking_page::list))
        .routes(routes!(booking_page::get, booking_page::change, booking_page::delete))
        .routes(routes!(event_type::create, event_type::list))
        .routes(routes!(event_type::get, event_type::change, event_type::delete))
        .routes(routes!(master_page::create, master_page::list))
        .routes(routes!(master_page::get, master_page::change, master_page::delete))
        .routes(routes!(conversation::start::start, conversation::list))
        .routes(routes!(conversation::get))
        .routes(routes!(conversation::step::answer))
        .routes(routes!(conversation::step::close))
        .routes(routes!(conversation::step::abandon))
        .routes(routes!(notification::list))
        .routes(routes!(bot::list))
        .routes(routes!(bot::get))
        .routes(routes!(website::list))
        .routes(routes!(website::get))
        .routes(routes!(sandbox::settings::get, sandbox::settings::change))
        .routes(routes!(booking::list))
        .routes(routes!(booking::get))
        .routes(routes!(booking::cancel))
        .routes(routes!(booking::request_reschedule))
        .routes(routes!(booking::reassign))
        .routes(routes!(booking::no_show))
        .routes(routes!(booking::reschedule))
        .routes(routes!(booking::approve))
        .routes(routes!(booking::decline))
        .routes(routes!(booking::complete))
}

/// Where the paths of the API begin.
pub const PATHS: &str = "/v2/";
/// Where the tester's public addresses begin.
pub const OPEN_PATHS: &str = "/in/";

/// The routes alone, still without their state; the tester's public addresses among them.
pub fn router() -> axum::Router<Parts> {
    routes().split_for_parts().0.route("/in/{*rest}", any(inbox::intake::take))
}

/// The OpenAPI document of the routes, as it is committed in `openapi.json`.
pub fn document() -> serde_json::Value {
    document::complete(&routes().split_for_parts().1)
}

/// The document as it is committed: indented, with a line feed at its end.
pub fn openapi_json() -> String {
    format!("{:#}\n", document())
}
