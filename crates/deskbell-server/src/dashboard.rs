//! The dashboard's own door: pages that need no script (sign-in, sign-up, the link of the start, errors), the headers that
//! every answer to a browser carries, and who is signed in. What the dashboard shows comes from the public API alone.

pub mod cookie;
pub mod enter;
pub mod first;
pub mod form;
pub mod origin;
pub mod page;
pub mod passwords;
pub mod share;
pub mod shell;
pub mod shield;
pub mod sign_in;
pub mod sign_up;
pub mod signed_in;
pub mod throttle;

pub use enter::EnterLink;
pub use signed_in::SignedIn;

use crate::api::auth::SessionCache;
use crate::api::state::Shared;
use axum::Router;
use axum::routing::{get, post};
use passwords::Passwords;
use throttle::Throttle;

/// What signing in needs, for as long as the process lives.
pub struct Entrance {
    /// The link that was printed at the start.
    pub link: EnterLink,
    /// Hashes passwords, a few at a time.
    pub passwords: Passwords,
    /// Sessions looked up a moment ago.
    pub sessions: SessionCache,
    /// Counts tries.
    pub throttle: Throttle,
}

impl Entrance {
    /// An entrance that `link` opens.
    pub fn new(link: EnterLink) -> Self {
        Self {
            link,
            passwords: Passwords::default(),
            sessions: SessionCache::default(),
            throttle: Throttle::default(),
        }
    }
}

/// The pages' routes.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-up", get(sign_up::form).post(sign_up::sign_up))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/enter", get(enter::enter))
        .route("/s/{token}", get(share::show))
        .route("/", get(shell::page))
        .route("/tester", get(shell::tester))
        .route("/assets/{name}", get(shell::asset))
        .route("/favicon.svg", get(shell::beside))
        .route("/theme.js", get(shell::beside))
        .route("/inter.woff2", get(shell::font))
        .route("/mono.woff2", get(shell::font))
        .route("/page.css", get(page::style))
        .route("/mark.svg", get(page::mark))
}
