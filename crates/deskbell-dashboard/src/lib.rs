//! The dashboard's own pages, which need no script (sign-in, sign-up, the link of the start, a share, a one-time link, errors), and the files
//! of the page that does. What the dashboard shows comes from the public API alone.

mod enter;
mod first;
mod form;
mod one_time_link;
pub mod page;
mod share;
mod shell;
mod sign_in;
mod sign_up;
mod visitor;

use axum::routing::{get, post};
use axum::{Extension, Router};
use deskbell_api::parts::Parts;
use first::FirstAnswers;

/// The pages' routes. What the page would ask `api` first is written into it.
pub fn router(api: Router) -> Router<Parts> {
    Router::new()
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-up", get(sign_up::form).post(sign_up::sign_up))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/enter", get(enter::enter))
        .route("/s/{token}", get(share::show))
        .route("/.{id}", get(one_time_link::show))
        .route("/", get(shell::page))
        .route("/tester", get(shell::tester))
        .route("/assets/{name}", get(shell::asset))
        .route("/favicon.svg", get(shell::beside))
        .route("/theme.js", get(shell::beside))
        .route("/inter.woff2", get(shell::font))
        .route("/mono.woff2", get(shell::font))
        .route("/page.css", get(page::style))
        .route("/mark.svg", get(page::mark))
        .layer(Extension(FirstAnswers::new(api)))
}
