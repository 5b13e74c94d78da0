//! What all nouns of the sandbox share: find, list, add and change one, in the vendor's words.

use crate::pagination::{self, Pagination};
use axum::Json;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::policy::limit::SANDBOX_OBJECTS_PER_KIND;
use deskbell_core::sandbox::{Noun, Object, ObjectKind, Sandbox};
use deskbell_core::store::{Found, ObjectAdded, Page};
use deskbell_core::{Random, Store};
use deskbell_wire::list::Identified;
use deskbell_wire::parameters::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::sync::Arc;

/// The vendor's word for a kind, as in `No such booking calendar: …` (wire contract, 9.1).
fn word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "user",
        ObjectKind::Calendar => "booking calendar",
        ObjectKind::Team => "team",
        ObjectKind::Contact => "contact",
        ObjectKind::Bot => "bot",
        ObjectKind::Website => "website",
    }
}

/// The refusal of an id that leads to nothing in the account.
pub fn unknown(kind: ObjectKind, id: &str) -> Problem {
    Problem::not_found(word(kind), id)
}

/// The objects of the accounts' sandboxes.
pub struct SandboxObjects {
    store: Arc<dyn Store>,
    random: Arc<dyn Random>,
    pagination: Arc<Pagination>,
}

impl SandboxObjects {
    /// The objects that `store` keeps.
    pub fn new(store: Arc<dyn Store>, random: Arc<dyn Random>, pagination: Arc<Pagination>) -> Self {
        Self { store, random, pagination }
    }

    /// The account's object of that id, shown as a `W`.
    pub async fn get<N: Noun, W: From<N>>(&self, account: &Account, id: &str) -> Result<Json<W>, Problem> {
        self.find::<N>(account, id).await.map(W::from).map(Json)
    }

    /// A page of the account's objects, each shown as a `W`, as the answer to `path?query`.
    pub async fn list<N: Noun, W: From<N> + Identified + Serialize>(
        &self,
        account: &Account,
        path: &str,
        page: &Page,
        query: &Query,
    ) -> Result<Response, Problem> {
        let found = self.store.objects(&account.id, N::KIND, page).await;
        let mut found = found.map_err(|error| pagination::cursor_problem(error, page))?;
        let objects = std::mem::take(&mut found.items);
        let shown = objects.into_iter().filter_map(N::of).map(W::from).collect();
        Ok(self.pagination.list(path, query, found.with(shown)))
    }

    /// The account's sandbox, all of it.
    pub async fn all(&self, account: &Account) -> Result<Sandbox, Problem> {
        self.store.sandbox(&account.id).await?.ok_or_else(Problem::internal)
    }

    /// The account's object of that id, or the vendor's 404.
    pub async fn find<N: Noun>(&self, account: &Account, id: &str) -> Result<N, Problem> {
        match self.store.object(&account.id, N::KIND, id).await? {
            Found::There(object) => N::of(*object).ok_or_else(Problem::internal),
            Found::Deleted | Found::Unknown => Err(unknown(N::KIND, id)),
        }
    }

    /// Adds what `make` makes with fresh randomness.
    pub async fn add<N: Noun>(
        &self,
        account: &Account,
        make: impl Fn(&dyn Random) -> N,
    ) -> Result<N, Problem> {
        loop {
            let made = make(&*self.random);
            let object: Object = made.clone().into();
            match self.store.add_object(&account.id, object, SANDBOX_OBJECTS_PER_KIND).await? {
                ObjectAdded::Added => return Ok(made),
                ObjectAdded::IdTaken => {}
                ObjectAdded::TooMany => {
                    let message = format!(
                        "The account has {SANDBOX_OBJECTS_PER_KIND} objects of the kind {}, which is the limit.",
                        word(N::KIND)
                    );
                    return Err(Problem::conflict("body", "objects_too_many", message));
                }
            }
        }
    }

    /// Changes the account's object of that id. When somebody else changes it meanwhile, `change` is asked again with
    /// what they made of it: no change is lost.
    pub async fn change<N: Noun>(
        &self,
        account: &Account,
        id: &str,
        change: impl Fn(&mut N) -> Result<(), Problem>,
    ) -> Result<N, Problem> {
        loop {
            let old: N = self.find(account, id).await?;
            let mut new = old.clone();
            change(&mut new)?;
            if self.store.change_object(&account.id, &old.into(), new.clone().into()).await? {
                return Ok(new);
            }
        }
    }

    /// The account's object of that id, which stood in the field `param`; the 404 blames it.
    pub async fn find_in<N: Noun>(&self, account: &Account, param: &str, id: &str) -> Result<N, Problem> {
        self.find(account, id).await.map_err(|problem| problem.named_by(param))
    }
}

/// The refusal of a change that changes nothing (wire contract, 9.1).
pub fn empty_change() -> Problem {
    Problem::invalid("body", "body_required", "Required fields are missing.")
}
