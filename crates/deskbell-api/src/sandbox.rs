//! What all nouns of the sandbox share: find, list, add and change one, in the vendor's words.

use crate::pagination;
use deskbell_core::account::Account;
use deskbell_core::policy::limit::SANDBOX_OBJECTS_PER_KIND;
use deskbell_core::sandbox::{Kind, Noun, Object, Sandbox};
use deskbell_core::store::{Found, Listing, ObjectAdded};
use deskbell_core::{Random, Store};
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// The vendor's word for a kind, as in `No such booking calendar: …` (wire contract, 9.1).
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "user",
        Kind::Calendar => "booking calendar",
        Kind::Team => "team",
        Kind::Contact => "contact",
        Kind::Bot => "bot",
        Kind::Website => "website",
    }
}

/// The refusal of an id that leads to nothing in the account.
pub fn unknown(kind: Kind, id: &str) -> Problem {
    Problem::not_found(word(kind), id)
}

/// The objects of the accounts' sandboxes.
pub struct SandboxObjects {
    store: Arc<dyn Store>,
    random: Arc<dyn Random>,
}

impl SandboxObjects {
    /// The objects that `store` keeps.
    pub fn new(store: &Arc<dyn Store>, random: &Arc<dyn Random>) -> Self {
        Self { store: Arc::clone(store), random: Arc::clone(random) }
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

    /// The page of the account's objects that `query` asks for.
    pub async fn page<N: Noun>(&self, account: &Account, query: &Query) -> Result<Listing<N>, Problem> {
        let page = query.page()?;
        let found = self.store.objects(&account.id, N::KIND, &page).await;
        let found = found.map_err(|error| pagination::cursor_problem(error, &page))?;
        Ok(Listing {
            items: found.items.into_iter().filter_map(N::of).collect(),
            older: found.older,
            newer: found.newer,
        })
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
        self.find(account, id).await.map_err(|problem| match problem.code {
            "not_found" => problem.param(param),
            _ => problem,
        })
    }
}

/// The refusal of a change that changes nothing (wire contract, 9.1).
pub fn empty_change() -> Problem {
    Problem::invalid("body", "body_required", "Required fields are missing.")
}
