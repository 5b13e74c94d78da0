//! `/v2/attempts`: every try, with what was sent and what was answered. Our own calls.

use crate::answers::Answers;
use crate::auth::Caller;
use crate::pagination::{self, KeptList, Pagination, Parameters};
use crate::past;
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::attempt::{Attempt, Blame, Outcome};
use deskbell_core::id::AttemptId;
use deskbell_core::store::Weight;
use deskbell_wire::attempt::{self as wire, AttemptQuery};
use deskbell_wire::parameters::{Paging, Started};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// List attempts, newest first.
#[utoipa::path(get, path = "/v2/attempts", tag = "Deliveries", params(Paging::<AttemptId>, AttemptQuery, Started),
    responses((status = 200, body = KeptList<wire::Attempt>)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(pagination): State<Arc<Pagination>>,
    State(answers): State<Arc<Answers>>,
    Caller(account): Caller,
    Parameters((paging, asked, started), query): Parameters<(Paging<AttemptId>, AttemptQuery, Started)>,
) -> Result<Response, Problem> {
    let found = store
        .attempts(&account.id, &asked.filter(started.0), &paging.page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &paging.page))?;
    let bytes = found.items.iter().map(Weight::bytes).sum();
    let cut = past::cut_behind(&*store, &account, &found).await?;
    let list = move || pagination.kept_list("/v2/attempts", &query, found.map(wire::Attempt::from), cut);
    answers.write(&account.id, bytes, list).await
}

/// Get an attempt.
#[utoipa::path(get, path = "/v2/attempts/{id}", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 200, body = wire::Attempt)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<wire::Attempt>, Problem> {
    let attempt = find(&*store, &account, &id).await?;
    Ok(Json(attempt.into()))
}

/// The account's attempt of that id, or 404.
pub async fn find(store: &dyn Store, account: &Account, id: &str) -> Result<Attempt, Problem> {
    match store.attempt(&account.id, &AttemptId::from_text(id)).await? {
        Some(attempt) => Ok(attempt),
        None => Err(past::not_found(store, account, "attempt", id).await),
    }
}

/// The page `docs/reference/outcomes.md`.
pub fn reference() -> String {
    let mut page = "# Outcomes\n\nWhat can become of an attempt: the closed list of `outcome`. A fault of this instance does not use up the schedule.\n\n| outcome | meaning | who has to act |\n| --- | --- | --- |\n".to_owned();
    for outcome in Outcome::ALL {
        let who = match outcome.blame() {
            Blame::Nobody => "nobody",
            Blame::Receiver => "the receiver",
            Blame::Us => "this instance",
        };
        page += &format!("| `{}` | {} | {who} |\n", outcome.as_str(), outcome.meaning());
    }
    page
}
