//! The list of all routes. A start makes the router of it alone: the document is made where it is asked for, and the handlers of a route by its
//! first call.

use crate::parts::Parts;
use crate::{
    account, attempt, booking, booking_page, bot, calendar, call, coach, contact, conversation, delivery,
    event, event_type, import, inbox, instance, key, master_page, notification, one_time_link, operator,
    reveal, sandbox, session, share, stream, team, user, webhook, website, why,
};
use axum::extract::{Request, State};
use axum::routing::{MethodRouter, any};
use deskbell_http::middleware::method_not_allowed;
use std::sync::{Arc, OnceLock};
use tower::ServiceExt as _;
use utoipa_axum::PathItemExt as _;
use utoipa_axum::router::UtoipaMethodRouter;

/// One path.
pub(crate) struct Route {
    /// The path, with its parameters in braces.
    pub(crate) path: fn() -> String,
    /// Its handlers, by their methods.
    handlers: fn() -> MethodRouter<Parts>,
    /// The same, with what they tell of themselves.
    pub(crate) told: fn() -> UtoipaMethodRouter<Parts>,
}

impl Route {
    /// Answers its calls. To make the handlers of all routes brings code into memory from all over the program, four megabytes of it: each route's
    /// are made by its first call.
    pub(crate) fn answering(&'static self) -> MethodRouter<Parts> {
        let made = Arc::new(OnceLock::new());
        any(move |State(parts): State<Parts>, request: Request| {
            let made = made.get_or_init(|| (self.handlers)().fallback(method_not_allowed).with_state(parts));
            MethodRouter::clone(made).oneshot(request)
        })
    }
}

/// The route of these handlers, which have one path.
macro_rules! route {
    ($($first:ident $(:: $rest:ident)+),+) => {
        Route {
            path: || route!(@path $($first $(:: $rest)+),+),
            handlers: || {
                let router = MethodRouter::new();
                $(
                    let handler = $first $(:: $rest)+;
                    let methods = utoipa_axum::routes!(@path [methods()] of $first $(:: $rest)+);
                    let on = |router: MethodRouter<Parts>, method: &utoipa::openapi::HttpMethod| {
                        router.on(method.to_method_filter(), handler)
                    };
                    let router = methods.iter().fold(router, on);
                )+
                router
            },
            told: || utoipa_axum::routes!($($first $(:: $rest)+),+),
        }
    };
    (@path $first:ident $(:: $rest:ident)+ $(, $more:path)*) => {
        utoipa_axum::routes!(@path [path()] of $first $(:: $rest)+)
    };
}

/// Every route.
pub(crate) const ROUTES: &[Route] = &[
    route!(instance::test),
    route!(account::get, account::change),
    route!(session::get, session::change, session::delete),
    route!(key::create, key::list),
    route!(key::revoke),
    route!(call::list),
    route!(operator::get),
    route!(instance::healthz),
    route!(instance::readyz),
    route!(webhook::create, webhook::list),
    route!(webhook::get, webhook::change, webhook::delete),
    route!(webhook::test),
    route!(webhook::history),
    route!(webhook::resume),
    route!(reveal::reveal),
    route!(event::create, event::list),
    route!(event::get),
    route!(stream::follow),
    route!(delivery::list),
    route!(delivery::get),
    route!(delivery::retry),
    route!(delivery::cancel),
    route!(delivery::request::get),
    route!(why::ask),
    route!(attempt::list),
    route!(attempt::get),
    route!(inbox::create, inbox::list),
    route!(inbox::get, inbox::change, inbox::delete),
    route!(inbox::requests::list, inbox::requests::clear),
    route!(inbox::requests::get, inbox::requests::change, inbox::requests::delete),
    route!(inbox::anonymous::create, inbox::anonymous::get),
    route!(inbox::anonymous::requests),
    route!(share::create, share::list),
    route!(share::preview),
    route!(share::revoke),
    route!(inbox::export::export),
    route!(inbox::doctor::examine),
    route!(inbox::doctor::examine_sent),
    route!(coach::coach),
    route!(inbox::relay::take),
    route!(inbox::relay::answer),
    route!(user::create, user::list),
    route!(user::get, user::change, user::delete),
    route!(user::availability::get, user::availability::change),
    route!(user::sandbox::get, user::sandbox::change),
    route!(team::list),
    route!(team::get),
    route!(contact::create, contact::list),
    route!(contact::get, contact::change, contact::delete),
    route!(calendar::object::create, calendar::object::list),
    route!(calendar::object::get, calendar::object::change),
    route!(import::import),
    route!(calendar::time_slots),
    route!(booking::schedule),
    route!(one_time_link::of_calendar),
    route!(one_time_link::of_master_page),
    route!(booking_page::create, booking_page::list),
    route!(booking_page::get, booking_page::change, booking_page::delete),
    route!(event_type::create, event_type::list),
    route!(event_type::get, event_type::change, event_type::delete),
    route!(master_page::create, master_page::list),
    route!(master_page::get, master_page::change, master_page::delete),
    route!(conversation::start::start, conversation::list),
    route!(conversation::get),
    route!(conversation::step::answer),
    route!(conversation::step::close),
    route!(conversation::step::abandon),
    route!(notification::list),
    route!(bot::list),
    route!(bot::get),
    route!(website::list),
    route!(website::get),
    route!(sandbox::settings::get, sandbox::settings::change),
    route!(booking::list),
    route!(booking::get),
    route!(booking::cancel),
    route!(booking::request_reschedule),
    route!(booking::reassign),
    route!(booking::no_show),
    route!(booking::reschedule),
    route!(booking::approve),
    route!(booking::decline),
    route!(booking::complete),
];
