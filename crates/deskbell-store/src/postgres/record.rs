//! Attempts as rows: how they are written.

use super::client::Client;
use super::columns::Columns;
use super::fault::{Fault, Result};
use super::spot::{Keys, Spot};
use super::sql::{Statement, params, rows, statement};
use super::transaction::Tx;
use crate::encoding::packed::{self, Known};
use crate::encoding::value::code;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::place::Place;
use deskbell_core::time::millis;
use std::collections::{HashMap, HashSet};

/// An attempt of the delivery at a spot.
pub(super) struct AttemptRow {
    spot: Spot,
    place: Place,
    number: i64,
    started: i64,
    outcome: i64,
    url: String,
    agent: String,
    /// All the rest, [`packed`].
    record: Vec<u8>,
}

/// The seconds of the Unix epoch at which an attempt was signed.
pub(super) fn seconds(started: Timestamp) -> i64 {
    millis(started).div_euclid(1_000)
}

impl AttemptRow {
    /// The attempt, recorded at `now` under its account's lock.
    pub(super) fn of(tx: &Tx<'_>, spot: Spot, attempt: &Attempt, now: Timestamp) -> Result<Self> {
        tx.outbox().notice.accounts.add(attempt.account.as_str());
        let agent = packed::agent(attempt);
        let known = Known { event: &attempt.event, unix_seconds: seconds(attempt.started), agent };
        Ok(Self {
            spot,
            place: tx.place(spot.account, now)?,
            number: attempt.number.into(),
            started: millis(attempt.started),
            outcome: code(Outcome::ALL, &attempt.outcome),
            url: attempt.url.clone(),
            agent: agent.to_owned(),
            record: packed::pack(attempt, &known),
        })
    }

    /// To where it was sent.
    pub(super) fn target(&self) -> Target<'_> {
        (self.spot.webhook, &self.url, &self.agent)
    }
}

/// To where an attempt was sent: its webhook's number, the URL, and our agent.
pub(super) type Target<'a> = (i64, &'a str, &'a str);

/// The target of an attempt to the webhook of that number.
pub(super) fn target(webhook: i64, attempt: &Attempt) -> Target<'_> {
    (webhook, &attempt.url, packed::agent(attempt))
}

/// The numbers of targets.
pub(super) struct Targets(HashMap<(i64, String, String), i64>);

impl Targets {
    /// Those of some attempts; the ones that are new are added. Under the locks of their accounts nobody else adds the same.
    pub(super) async fn of(conn: &Client, attempts: impl Iterator<Item = Target<'_>>) -> Result<Self> {
        let wanted: HashSet<Target<'_>> = attempts.collect();
        let mut numbers = HashMap::new();
        if wanted.is_empty() {
            return Ok(Self(numbers));
        }
        let (mut webhooks, mut urls, mut agents) = (Vec::new(), Vec::new(), Vec::new());
        for (webhook, url, agent) in wanted {
            webhooks.push(webhook);
            urls.push(url);
            agents.push(agent);
        }
        let find = "WITH wanted AS MATERIALIZED (SELECT * FROM unnest($1, $2, $3) AS u (webhook, url, agent)),
                    found AS MATERIALIZED (SELECT t.seq, t.webhook, t.url, t.agent FROM wanted u JOIN targets t
                      ON t.webhook = u.webhook AND t.url = u.url AND t.agent = u.agent),
                    added AS (INSERT INTO targets (webhook, url, agent) SELECT webhook, url, agent FROM wanted u
                      WHERE NOT EXISTS (SELECT 1 FROM found f WHERE f.webhook = u.webhook AND f.url = u.url AND f.agent = u.agent)
                      RETURNING seq, webhook, url, agent)
                    SELECT seq, webhook, url, agent FROM found UNION ALL SELECT seq, webhook, url, agent FROM added";
        for row in rows(conn, find, params![webhooks, urls, agents]).await? {
            let mut columns = Columns::of(&row);
            let seq = columns.get()?;
            numbers.insert((columns.get()?, columns.get()?, columns.get()?), seq);
        }
        Ok(Self(numbers))
    }

    fn number(&self, row: &AttemptRow) -> Result<i64> {
        let found = self.0.get(&(row.spot.webhook, row.url.clone(), row.agent.clone()));
        found.copied().ok_or_else(|| Fault::damaged("an attempt without a target"))
    }
}

/// Adds attempts to these targets.
pub(super) fn insert(attempts: Vec<AttemptRow>, targets: &Targets) -> Result<Option<Statement>> {
    if attempts.is_empty() {
        return Ok(None);
    }
    let targets = attempts.iter().map(|row| targets.number(row)).collect::<Result<Vec<i64>>>()?;
    let insert =
        "INSERT INTO attempts (account, place, event, webhook, number, started, outcome, target, record)
                  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let Keys { accounts, events, webhooks } = Keys::of(attempts.iter().map(|row| &row.spot));
    let column = |of: fn(&AttemptRow) -> i64| attempts.iter().map(of).collect::<Vec<i64>>();
    let (places, numbers) = (column(|row| row.place), column(|row| row.number));
    let (started, outcomes) = (column(|row| row.started), column(|row| row.outcome));
    let records: Vec<Vec<u8>> = attempts.into_iter().map(|row| row.record).collect();
    Ok(Some(statement![
        insert, accounts, places, events, webhooks, numbers, started, outcomes, targets, records
    ]))
}
