//! What the writer keeps in memory: accounts by their number, webhooks, and how webhooks do. Matching an event, claiming and
//! finishing read none of it from the file.
//!
//! How a webhook does changes with every attempt: it is written once for a transaction and webhook, at its end; while
//! attempts are in the redo log alone, it is kept here.

use super::fault::Result;
use super::unreadable::LeftOut;
use super::{quarter, webhook};
use deskbell_core::Timestamp;
use deskbell_core::event::NewEvent;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::policy::matching;
use deskbell_core::store::Error;
use deskbell_core::time::millis;
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::quarter::start_of;
use deskbell_core::webhook::{Health, Quarter, Score, Webhook};
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Webhooks, and whatever else is kept in a map of its own, before a part is forgotten and read again as needed.
const KEPT: usize = 100_000;
/// One in so many webhooks is forgotten then: with more in use than are kept, most of what is asked for is still here.
const FORGOTTEN: usize = 8;

/// A webhook in memory.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// Its row. The health in it may be older than `health`.
    pub(super) webhook: Arc<Webhook>,
    /// How it does now.
    pub(super) health: Health,
    /// Its account's number.
    pub(super) account: i64,
}

impl Known {
    /// The webhook as it is now.
    pub(super) fn today(&self) -> Webhook {
        Webhook { health: self.health, ..Webhook::clone(&self.webhook) }
    }
}

/// Accounts and webhooks by their number in the file. Forgotten as a whole when another process wrote, and when a
/// transaction or a part of one was rolled back; never while something of it is handed over.
#[derive(Default)]
pub(super) struct Cache {
    version: i64,
    numbers: HashMap<AccountId, i64>,
    webhooks: HashMap<i64, Known>,
    ids: HashMap<WebhookId, i64>,
    /// The webhooks of an account that are not deleted, oldest first.
    accounts: HashMap<AccountId, Vec<i64>>,
    /// Those of them that are rung by a trigger.
    rung: HashMap<AccountId, HashMap<Trigger, Arc<[i64]>>>,
    /// Webhooks whose health is not written yet, and those whose health is being written.
    unwritten: BTreeSet<i64>,
    handed_over: BTreeSet<i64>,
    /// What attempts add to the quarters of an hour, by webhook and start, as far as it is not written yet.
    quarters: BTreeMap<(i64, i64), Quarter>,
    /// Deliveries that had given up in those quarters, and arrived after all.
    recovered: BTreeMap<(i64, i64), u64>,
}

/// How webhooks do, as far as it is not written yet, and what attempts add to their quarters of an hour.
pub(super) struct Unwritten {
    health: Vec<(i64, Health)>,
    quarters: BTreeMap<(i64, i64), Quarter>,
    /// Deliveries that had given up in those quarters, and arrived after all.
    recovered: BTreeMap<(i64, i64), u64>,
}

impl Cache {
    pub(super) fn clear(&mut self) {
        *self = Self { version: self.version, ..Self::default() };
    }

    /// Whether another connection wrote since the last [`Cache::check`].
    pub(super) fn is_old(&self, conn: &Connection) -> rusqlite::Result<bool> {
        Ok(version(conn)? != self.version)
    }

    /// Forgets all when another connection wrote since the last look, and says so. Inside a transaction, and with nothing
    /// that is not written.
    pub(super) fn check(&mut self, conn: &Connection) -> rusqlite::Result<bool> {
        let version = version(conn)?;
        let foreign = version != self.version;
        if foreign {
            self.clear();
        }
        self.version = version;
        Ok(foreign)
    }

    /// The account's number.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is no such account: whoever writes for one has seen it.
    pub(super) fn number(&mut self, conn: &Connection, account: &AccountId) -> Result<i64> {
        if let Some(number) = self.numbers.get(account) {
            return Ok(*number);
        }
        let unknown = || Error::Damaged(format!("there is no account {account}"));
        let number = number(conn, account)?.ok_or_else(unknown)?;
        if self.numbers.len() > KEPT {
            self.numbers.clear();
        }
        self.numbers.insert(account.clone(), number);
        Ok(number)
    }

    /// The webhook of that number, deleted or not.
    pub(super) fn get(&mut self, conn: &Connection, number: i64) -> Result<Known> {
        if let Some(known) = self.webhooks.get(&number) {
            return Ok(known.clone());
        }
        let webhook = webhook::at(conn, number)?;
        self.learn(conn, number, webhook)
    }

    /// How the webhook of that number does; of one that cannot be read, as if nothing was known of it. Who would ring it names it.
    pub(super) fn health(&mut self, conn: &Connection, number: i64) -> Result<Health> {
        match self.get(conn, number).map_err(Error::from) {
            Ok(known) => Ok(known.health),
            Err(Error::Damaged(_)) => Ok(Health::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Those of the webhooks of these numbers that can be read.
    fn all(&mut self, conn: &Connection, numbers: &[i64]) -> Result<Vec<(i64, Known)>> {
        let (mut all, mut left_out) = (Vec::with_capacity(numbers.len()), LeftOut::of(webhook::TABLE));
        for number in numbers {
            let known = left_out.sift(format_args!("seq {number}"), self.get(conn, *number))?;
            all.extend(known.map(|known| (*number, known)));
        }
        Ok(all)
    }

    fn learn(&mut self, conn: &Connection, number: i64, webhook: Webhook) -> Result<Known> {
        let account = self.number(conn, &webhook.account)?;
        if self.webhooks.len() >= KEPT {
            self.forget_some();
        }
        let known = Known { health: webhook.health, webhook: Arc::new(webhook), account };
        self.ids.insert(known.webhook.id.clone(), number);
        self.webhooks.insert(number, known.clone());
        Ok(known)
    }

    /// Forgets a part of the webhooks, none of those whose health is not in the tables yet.
    fn forget_some(&mut self) {
        let (mut count, unwritten) = (0, [&self.unwritten, &self.handed_over]);
        self.webhooks.retain(|number, _| {
            count += 1;
            count % FORGOTTEN != 0 || unwritten.iter().any(|kept| kept.contains(number))
        });
        let webhooks = &self.webhooks;
        self.ids.retain(|_, number| webhooks.contains_key(number));
    }

    /// Reads the account's webhooks, unless they are known.
    pub(super) fn load(&mut self, conn: &Connection, account: &AccountId) -> Result<()> {
        if !self.accounts.contains_key(account) {
            if self.accounts.len() >= KEPT {
                self.accounts.clear();
                self.rung.clear();
            }
            let webhooks = webhook::of(conn, account)?;
            self.accounts.insert(account.clone(), webhooks.iter().map(|(number, _)| *number).collect());
            for (number, webhook) in webhooks {
                if !self.webhooks.contains_key(&number) {
                    self.learn(conn, number, webhook)?;
                }
            }
        }
        Ok(())
    }

    /// The account's webhooks that are not deleted, oldest first.
    pub(super) fn of(&mut self, conn: &Connection, account: &AccountId) -> Result<Vec<(i64, Known)>> {
        self.load(conn, account)?;
        let numbers = self.accounts.get(account).cloned().unwrap_or_default();
        self.all(conn, &numbers)
    }

    /// The webhooks that the new event is owed to, oldest first. Costs what it gives, however many the account has.
    pub(super) fn owed(&mut self, conn: &Connection, new: &NewEvent) -> Result<Vec<(i64, Known)>> {
        let account = &new.event.account;
        if let Some(only) = &new.only {
            let found = self.any(conn, only)?;
            let owed =
                |known: &Known| known.webhook.account == *account && matching::is_owed(new, &known.webhook);
            return Ok(found.into_iter().filter(|(_, known)| owed(known)).collect());
        }
        let rung = match self.rung.get(account).and_then(|rung| rung.get(&new.event.trigger)) {
            Some(numbers) => Arc::clone(numbers),
            None => self.match_all(conn, new)?,
        };
        self.all(conn, &rung)
    }

    fn match_all(&mut self, conn: &Connection, new: &NewEvent) -> Result<Arc<[i64]>> {
        let mut rung = self.of(conn, &new.event.account)?;
        rung.retain(|(_, known)| matching::is_owed(new, &known.webhook));
        let rung: Arc<[i64]> = rung.into_iter().map(|(number, _)| number).collect();
        let account = self.rung.entry(new.event.account.clone()).or_default();
        account.insert(new.event.trigger, Arc::clone(&rung));
        Ok(rung)
    }

    /// The webhook of that id and its number, deleted or not.
    pub(super) fn any(&mut self, conn: &Connection, id: &WebhookId) -> Result<Option<(i64, Known)>> {
        let number = match self.ids.get(id) {
            Some(number) => Some(*number),
            None => webhook::number(conn, id)?,
        };
        number.map(|number| Ok((number, self.get(conn, number)?))).transpose()
    }

    /// The account's webhook of that id, unless it is deleted.
    pub(super) fn find(
        &mut self,
        conn: &Connection,
        account: &AccountId,
        id: &WebhookId,
    ) -> Result<Option<(i64, Known)>> {
        let found = self.any(conn, id)?;
        Ok(found.filter(|(_, known)| known.webhook.account == *account && !known.webhook.is_deleted()))
    }

    /// Takes in a webhook that the job wrote.
    pub(super) fn put(&mut self, conn: &Connection, number: i64, webhook: Webhook) -> Result<()> {
        if let Some(numbers) = self.accounts.get_mut(&webhook.account) {
            numbers.retain(|other| *other != number);
            if !webhook.is_deleted() {
                let at = numbers.partition_point(|other| *other < number);
                numbers.insert(at, number);
            }
        }
        self.rung.remove(&webhook.account);
        self.unwritten.remove(&number);
        self.learn(conn, number, webhook)?;
        Ok(())
    }

    /// Takes in how the webhook does after an attempt. Written with what is [unwritten](Cache::unwritten).
    pub(super) fn note(
        &mut self,
        conn: &Connection,
        number: i64,
        health: Health,
        score: Option<&Score>,
        now: Timestamp,
    ) -> Result<()> {
        let changed = self.health(conn, number)? != health;
        if let Some(known) = self.webhooks.get_mut(&number).filter(|_| changed) {
            known.health = health;
            self.unwritten.insert(number);
        }
        if let Some(score) = score {
            let start = millis(start_of(now));
            self.quarters.entry((number, start)).or_insert_with(|| Quarter::of(now)).note(score);
            if let Some(start) = score.takes_back {
                *self.recovered.entry((number, millis(start))).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Gives what is not written yet, to be written now. When that fails, all that is remembered is to be forgotten.
    pub(super) fn unwritten(&mut self) -> Unwritten {
        let health = |number| Some((number, self.webhooks.get(&number)?.health));
        let health = std::mem::take(&mut self.unwritten).into_iter().filter_map(health).collect();
        let (quarters, recovered) = (std::mem::take(&mut self.quarters), std::mem::take(&mut self.recovered));
        Unwritten { health, quarters, recovered }
    }

    /// The same, to be written beside the writer, who goes on.
    pub(super) fn hand_over(&mut self) -> Unwritten {
        let unwritten = self.unwritten();
        self.handed_over = unwritten.health.iter().map(|(number, _)| *number).collect();
        unwritten
    }

    /// What was handed over is written.
    pub(super) fn written(&mut self) {
        self.handed_over.clear();
    }

    /// What was handed over is not written: it is as if it had never been.
    pub(super) fn give_back(&mut self, unwritten: Unwritten) {
        self.unwritten.append(&mut self.handed_over);
        for (key, quarter) in unwritten.quarters {
            self.quarters.entry(key).and_modify(|newer| newer.add(&quarter)).or_insert(quarter);
        }
        for (key, count) in unwritten.recovered {
            *self.recovered.entry(key).or_default() += count;
        }
    }
}

impl Unwritten {
    pub(super) fn write(&self, conn: &Connection) -> Result<()> {
        for (number, health) in &self.health {
            webhook::save_health(conn, *number, health)?;
        }
        for ((number, _), quarter) in &self.quarters {
            quarter::add(conn, *number, quarter)?;
        }
        // Behind what was added: some of it may be that.
        for ((number, start), count) in &self.recovered {
            quarter::take_back(conn, *number, *start, *count)?;
        }
        Ok(())
    }
}

/// Moves when another connection wrote.
pub(super) fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// The account's number, if there is such an account.
pub(super) fn number(conn: &Connection, account: &AccountId) -> Result<Option<i64>> {
    let select = "SELECT seq FROM accounts WHERE id = ?1";
    Ok(conn.prepare_cached(select)?.query_row([account.as_str()], |row| row.get(0)).optional()?)
}

/// The account's number for a read: that of an account that is not there finds nothing.
pub(super) fn number_or_none(conn: &Connection, account: &AccountId) -> Result<i64> {
    Ok(number(conn, account)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::vault::Sealed;
    use deskbell_core::webhook::Status;

    /// A cache that knows so many webhooks.
    fn knowing(count: i64) -> Cache {
        let mut cache = Cache::default();
        for number in 0..count {
            let webhook = Webhook {
                id: WebhookId::from_text(format!("WHK-{number}")),
                account: AccountId::from_text("ACC-1"),
                name: String::new(),
                url: String::new(),
                events: Vec::new(),
                created: Timestamp::UNIX_EPOCH,
                secret: Sealed(Vec::new()),
                status: Status::Enabled,
                health: Health::default(),
            };
            cache.ids.insert(webhook.id.clone(), number);
            let known = Known { health: webhook.health, webhook: Arc::new(webhook), account: 1 };
            cache.webhooks.insert(number, known);
        }
        cache
    }

    #[test]
    fn of_too_many_webhooks_a_part_is_forgotten_and_nothing_that_is_not_written() {
        let mut cache = knowing(1_000);
        cache.unwritten.extend(0..50);
        cache.handed_over.extend(50..100);
        cache.forget_some();
        let kept = cache.webhooks.len();
        assert!((875..=975).contains(&kept), "{kept}");
        assert!((0..100).all(|number| cache.webhooks.contains_key(&number)));
        assert_eq!(cache.ids.len(), kept);
    }

    #[test]
    fn what_could_not_be_written_is_unwritten_beside_what_came_meanwhile() {
        let conn = Connection::open_in_memory().unwrap();
        let (mut cache, now) = (knowing(3), Timestamp::UNIX_EPOCH);
        let score =
            Score { delivered: true, first: true, gave_up: false, takes_back: None, latency_us: Some(9) };
        let note = |cache: &mut Cache, number, failures_in_a_row| {
            let health = Health { failures_in_a_row, ..Health::default() };
            cache.note(&conn, number, health, Some(&score), now).unwrap();
        };
        note(&mut cache, 0, 1);
        note(&mut cache, 1, 1);
        let handed_over = cache.hand_over();
        note(&mut cache, 1, 2);
        note(&mut cache, 2, 1);
        let counts = |unwritten: &Unwritten| {
            let failures: Vec<_> =
                unwritten.health.iter().map(|(number, health)| (*number, health.failures_in_a_row)).collect();
            (failures, unwritten.quarters.values().map(|quarter| quarter.delivered).collect::<Vec<_>>())
        };
        assert_eq!(counts(&handed_over), (vec![(0, 1), (1, 1)], vec![1, 1]));
        cache.give_back(handed_over);
        assert_eq!(counts(&cache.hand_over()), (vec![(0, 1), (1, 2), (2, 1)], vec![1, 2, 1]));
        cache.written();
        assert_eq!(counts(&cache.unwritten()), (vec![], vec![]));
    }
}
