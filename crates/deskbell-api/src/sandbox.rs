//! What all nouns of the sandbox share: find, list, add and change one, in the vendor's words.

pub mod settings;
mod targets;

pub use targets::Targets;

use crate::pagination::{self, Asked, Pagination};
use axum::Json;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::UserId;
use deskbell_core::policy::limit::{PAGE_MAX, SANDBOX_OBJECTS_PER_KIND};
use deskbell_core::sandbox::{Identifier, Noun, Object, ObjectKind, Sandbox, User};
use deskbell_core::store::{Cursor, Error, Found, ObjectAdded, ObjectChanged, ObjectFilter, Page};
use deskbell_core::{Random, Store};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::list::Identified;
use deskbell_wire::problem::{Problem, cut};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;

/// The vendor's word for a kind, as in `No such booking calendar: …` (wire contract, 9.1).
pub fn word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "user",
        ObjectKind::Calendar => "booking calendar",
        ObjectKind::Team => "team",
        ObjectKind::Contact => "contact",
        ObjectKind::Bot => "bot",
        ObjectKind::Website => "website",
        ObjectKind::Settings => "settings",
        ObjectKind::MasterPage => "master page",
        ObjectKind::EventType => "event type",
        ObjectKind::BookingPage => "booking page",
    }
}

/// The refusal of an id that leads to nothing in the account.
pub fn unknown(kind: ObjectKind, id: &str) -> Problem {
    Problem::not_found(word(kind), id)
}

/// The refusal of an object that another of its kind is known by already (vendor: E43, E68, E69).
fn known(object: &Object, by: Identifier) -> Problem {
    match (object, by) {
        (Object::User(user), _) => {
            let message = format!("Email already exists: '{}'", cut(&user.email));
            Problem::invalid("email", "user_exists", message)
        }
        (Object::Contact(contact), by) => {
            let (param, value) = match by {
                Identifier::Email => ("email", &contact.email),
                Identifier::MobilePhone => ("mobile_phone", &contact.mobile_phone),
            };
            let message = format!("Contact already exists: '{}'", cut(value.as_deref().unwrap_or_default()));
            Problem::conflict(param, "contact_exists", message)
        }
        // Nothing else is identified by more than its id.
        _ => Problem::internal(),
    }
}

/// The refusal of one more user (vendor: E46).
fn too_many_users() -> Problem {
    let message = "You have reached the user limit for your current plan. To add more users, please upgrade your account.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "users_too_many", message)
}

/// The refusal of one more object of a `kind`.
pub fn too_many(kind: &str) -> Problem {
    let message =
        format!("The account has {SANDBOX_OBJECTS_PER_KIND} objects of the kind {kind}, which is the limit.");
    Problem::conflict("body", "objects_too_many", message)
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

    /// A page of the account's objects for which `filter` holds, each shown as a `W`, as the answer to `path`, as it was `asked`.
    pub async fn list<N: Noun, W: From<N> + Identified + Serialize>(
        &self,
        account: &Account,
        path: &str,
        filter: &ObjectFilter,
        page: &Page,
        asked: &Asked,
    ) -> Result<Response, Problem> {
        let found = self.store.objects(&account.id, N::KIND, filter, page).await;
        let mut found = found.map_err(|error| pagination::cursor_problem(error, page))?;
        let objects = std::mem::take(&mut found.items);
        let shown = objects.into_iter().filter_map(N::of).map(W::from).collect();
        Ok(self.pagination.list(path, asked, found.with(shown)))
    }

    /// Every object of the account for which `filter` holds, read a page at a time: nothing else of the sandbox is in memory.
    pub async fn every<N: Noun>(&self, account: &Account, filter: &ObjectFilter) -> Result<Vec<N>, Problem> {
        let (mut every, mut cursor) = (Vec::new(), None);
        loop {
            let page = Page { limit: PAGE_MAX, cursor };
            let found = match self.store.objects(&account.id, N::KIND, filter, &page).await {
                // What ended the last page was deleted meanwhile: from the beginning.
                Err(Error::UnknownCursor) => {
                    (every, cursor) = (Vec::new(), None);
                    continue;
                }
                found => found?,
            };
            let last = found.items.last().filter(|_| found.older);
            cursor = last.map(|last| Cursor::After(last.id().to_owned()));
            every.extend(found.items.into_iter().filter_map(N::of));
            if cursor.is_none() {
                return Ok(every);
            }
        }
    }

    /// The account's sandbox, all of it.
    pub async fn all(&self, account: &Account) -> Result<Sandbox, Problem> {
        self.store.sandbox(&account.id).await?.ok_or_else(Problem::internal)
    }

    /// The account's object of that id, or the vendor's 404.
    pub async fn find<N: Noun>(&self, account: &Account, id: &str) -> Result<N, Problem> {
        self.find_or_deleted(account, id).await?.ok_or_else(|| unknown(N::KIND, id))
    }

    /// The account's object of that id, `None` for one that was deleted; or the vendor's 404.
    pub async fn find_or_deleted<N: Noun>(&self, account: &Account, id: &str) -> Result<Option<N>, Problem> {
        match self.store.object(&account.id, N::KIND, id).await? {
            Found::There(object) => N::of(*object).map(Some).ok_or_else(Problem::internal),
            Found::Deleted => Ok(None),
            Found::Unknown => Err(unknown(N::KIND, id)),
        }
    }

    /// The account's object that is identified in that way by `value`.
    pub async fn find_by<N: Noun>(
        &self,
        account: &Account,
        by: Identifier,
        value: &str,
    ) -> Result<Option<N>, Problem> {
        Ok(self.store.object_by(&account.id, N::KIND, by, value).await?.and_then(N::of))
    }

    /// The user of that id who hosts a calendar or a booking. What stands for a deleted one has no seat.
    pub async fn host(&self, account: &Account, id: &UserId) -> Result<User, Problem> {
        match self.find(account, id.as_str()).await {
            Err(problem) if problem.code == "not_found" => Ok(User::deleted(id.clone())),
            found => found,
        }
    }

    /// The user whom the account was made with: its owner, who stays.
    pub async fn first_user(&self, account: &Account) -> Result<User, Problem> {
        // From the newest on.
        let first = self.every(account, &ObjectFilter::All).await?.pop();
        first.ok_or_else(|| {
            Problem::conflict("owner", "sandbox_empty", "The account has no user who could own the contact.")
        })
    }

    /// Adds what `make` makes with fresh randomness.
    pub async fn add<N: Noun>(
        &self,
        account: &Account,
        make: impl Fn(&dyn Random) -> N,
    ) -> Result<N, Problem> {
        self.add_up_to(account, SANDBOX_OBJECTS_PER_KIND, make).await
    }

    /// The same where the account may have `most` of the kind.
    pub async fn add_up_to<N: Noun>(
        &self,
        account: &Account,
        most: u32,
        make: impl Fn(&dyn Random) -> N,
    ) -> Result<N, Problem> {
        loop {
            let made = make(&*self.random);
            match self.store.add_object(&account.id, made.clone().into(), most).await? {
                ObjectAdded::Added => return Ok(made),
                ObjectAdded::IdTaken => {}
                ObjectAdded::TooMany if N::KIND == ObjectKind::User => return Err(too_many_users()),
                ObjectAdded::TooMany => return Err(too_many(word(N::KIND))),
                ObjectAdded::Known(by) => return Err(known(&made.into(), by)),
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
            match self.store.change_object(&account.id, &old.into(), new.clone().into()).await? {
                ObjectChanged::Changed => return Ok(new),
                ObjectChanged::Stale => {}
                ObjectChanged::Known(by) => return Err(known(&new.into(), by)),
            }
        }
    }

    /// Deletes the account's object of that id, or gives the vendor's 404.
    pub async fn delete<N: Noun>(&self, account: &Account, id: &str) -> Result<Json<Deleted>, Problem> {
        match self.store.delete_object(&account.id, N::KIND, id).await? {
            true => Ok(Json(Deleted::new(id))),
            false => Err(unknown(N::KIND, id)),
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
