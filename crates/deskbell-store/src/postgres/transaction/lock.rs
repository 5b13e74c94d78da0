//! Locks of accounts: each is a row, which also numbers what is appended to the account, and counts what is kept of it.

use super::keeping::Keeping;
use super::{Tx, locked};
use crate::postgres::columns::{Columns, named};
use crate::postgres::fault::{Fault, Result};
use crate::postgres::numbers::Numbers;
use crate::postgres::sql::{maybe_row, params, rows};
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::place::{Place, Places};
use std::collections::HashMap;

/// The places of an account whose lock this transaction has, and what is kept of it.
pub(super) struct Numbering {
    places: Places,
    pub(super) last: Option<Place>,
    pub(super) keeping: Option<Keeping>,
}

impl Tx<'_> {
    /// Takes the lock of the account; gives its number.
    ///
    /// # Errors
    /// [`Error::Damaged`](deskbell_core::store::Error::Damaged) when there is no such account: whoever writes for one has seen it.
    pub(in crate::postgres) async fn lock_id(&self, account: &AccountId) -> Result<i64> {
        let known = self.maybe_lock(account).await?;
        known.ok_or_else(|| Fault::damaged(format_args!("there is no account {account}")))
    }

    /// The same; `None` when there is no such account.
    pub(in crate::postgres) async fn maybe_lock(&self, account: &AccountId) -> Result<Option<i64>> {
        let select =
            "SELECT p.account, p.last, p.bytes, p.counted, p.upto, a.quota FROM accounts a JOIN places p ON p.account = a.seq
                      WHERE a.id = $1 FOR UPDATE OF p";
        let found = maybe_row(self.conn, select, params![account.as_str()]).await?;
        self.outbox().notice.accounts.add(account.as_str());
        found.map(|row| self.have_all(&mut Columns::of(&row))).transpose()
    }

    /// Takes the locks of those of these accounts that nobody else is writing; gives their numbers.
    pub(in crate::postgres) async fn lock_free(
        &self,
        accounts: impl Iterator<Item = &AccountId>,
    ) -> Result<HashMap<AccountId, i64>> {
        let select = "SELECT p.account, p.last, p.bytes, p.counted, p.upto, a.quota, a.id FROM accounts a
                      JOIN places p ON p.account = a.seq WHERE a.id = ANY($1) FOR UPDATE OF p SKIP LOCKED";
        let ids: Vec<&str> = accounts.map(AccountId::as_str).collect();
        let found = rows(self.conn, select, params![ids]).await?;
        let of = |row| {
            let account = AccountId::from_text(named::<&str>(row, "id")?);
            self.outbox().notice.accounts.add(account.as_str());
            Ok((account, self.have_all(&mut Columns::of(row))?))
        };
        found.iter().map(of).collect()
    }

    /// Takes the locks of these webhooks' accounts, those with smaller numbers first; gives the numbers of the account and of the webhook
    /// of each that is there, deleted or not.
    pub(in crate::postgres) async fn lock_of_webhooks(&self, ids: &[&str]) -> Result<Numbers> {
        let select =
            "SELECT p.account, p.last, w.seq, w.id FROM webhooks w JOIN places p ON p.account = w.account
                      WHERE w.id = ANY($1) ORDER BY p.account FOR UPDATE OF p";
        let found = rows(self.conn, select, params![ids]).await?;
        let of = |row| {
            let account = self.have(&mut Columns::of(row))?;
            Ok((WebhookId::from_text(named::<&str>(row, "id")?), (account, named(row, "seq")?)))
        };
        found.iter().map(of).collect()
    }

    /// Takes the locks of these accounts, those with smaller numbers first.
    pub(in crate::postgres) async fn lock(&self, accounts: &[i64]) -> Result<()> {
        let select = "SELECT p.account, p.last, p.bytes, p.counted, p.upto, a.quota FROM places p
                      JOIN accounts a ON a.seq = p.account WHERE p.account = ANY($1) ORDER BY p.account FOR UPDATE OF p";
        let found = rows(self.conn, select, params![accounts]).await?;
        found.iter().try_for_each(|row| self.have_all(&mut Columns::of(row)).map(drop))
    }

    fn have(&self, columns: &mut Columns<'_>) -> Result<i64> {
        let (account, last) = (columns.get()?, columns.get()?);
        let numbering = || Numbering { places: Places::behind(last, 0), last: None, keeping: None };
        locked(&self.places).entry(account).or_insert_with(numbering);
        Ok(account)
    }

    /// The same, with what is kept of the account.
    fn have_all(&self, columns: &mut Columns<'_>) -> Result<i64> {
        let account = self.have(columns)?;
        let keeping = Keeping::read(columns)?;
        if let Some(numbering) = locked(&self.places).get_mut(&account) {
            numbering.keeping.get_or_insert(keeping);
        }
        Ok(account)
    }

    /// Does something with what is kept of an account whose lock this transaction has.
    ///
    /// # Errors
    /// [`Error::Damaged`](deskbell_core::store::Error::Damaged) when it has it not.
    pub(in crate::postgres) fn keeping<T>(
        &self,
        account: i64,
        step: impl FnOnce(&mut Keeping) -> T,
    ) -> Result<T> {
        let mut places = locked(&self.places);
        let keeping = places.get_mut(&account).and_then(|numbering| numbering.keeping.as_mut());
        keeping.map(step).ok_or_else(|| Fault::damaged(format_args!("the account {account} is not locked")))
    }

    /// The place of a new event or attempt of an account whose lock this transaction has.
    ///
    /// # Errors
    /// [`Error::Damaged`](deskbell_core::store::Error::Damaged) when it has it not.
    pub(in crate::postgres) fn place(&self, account: i64, now: Timestamp) -> Result<Place> {
        let mut places = locked(&self.places);
        let unlocked = || Fault::damaged(format_args!("the account {account} is not locked"));
        let numbering = places.get_mut(&account).ok_or_else(unlocked)?;
        let place = numbering.places.next(now);
        numbering.last = Some(place);
        Ok(place)
    }
}
