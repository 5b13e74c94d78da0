//! Party: one of the accounts under load, with its webhooks, its receivers and both ledgers.

use super::offset::Offsets;
use super::{PARTIES, RATE, RECOVERY, SETTLING};
use crate::api::Api;
use crate::clock;
use crate::kill::{self, Moods, Publisher, SCHEDULE, TIMEOUT, subscribers};
use crate::ledger;
use crate::program::Plan;
use crate::receiver::Receiver;
use crate::verdict::{Counts, Promise, Publish, Receipt, Try, judge, unexplained};
use anyhow::{Context as _, bail};
use deskbell_core::policy::retry;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::time::timeout;

/// An account under load.
pub(super) struct Party {
    api: Api,
    /// Its webhooks' names by their ids.
    names: HashMap<String, String>,
    moods: Arc<Moods>,
    _receiver: Receiver,
    publisher: Publisher,
    ledgers: [PathBuf; 2],
}

/// What became of its events.
pub(super) struct Became {
    pub(super) counts: Counts,
    /// Deliveries that came again for no reason.
    pub(super) repeated: usize,
    /// When events were acknowledged and deliveries arrived, in microseconds since the epoch.
    pub(super) acknowledged: Vec<u64>,
    pub(super) arrived: Vec<u64>,
    /// Deliveries that were pending in the end and not due: until when they wait, longer than any wait of the schedule.
    pub(super) late: Vec<Timestamp>,
}

impl Party {
    /// Makes its webhooks. It begins to publish when it is told that the program is up.
    pub(super) async fn found(plan: &Plan, key: &str, number: u64) -> anyhow::Result<Self> {
        let ledgers = ["p", "r"].map(|of| plan.folder.join(format!("{of}{number}.ledger")));
        let moods = Moods::new(&ledgers[1], number)?;
        let receiver = moods.listen().await?;
        let mut api = Api::new(plan.address, key);
        let names = moods.register(&mut api, &receiver).await?;
        moods.faults.set(true);
        let publisher = Publisher::start(&ledgers[0], &[plan.address], key, RATE / PARTIES, number)?;
        Ok(Self { api, names, moods, _receiver: receiver, publisher, ledgers })
    }

    /// The program answers.
    pub(super) fn up(&self) {
        self.publisher.up();
    }

    /// The program is about to be gone.
    pub(super) fn down(&self) {
        self.publisher.down();
    }

    /// Its receivers are well from now on, and it publishes no more. The program is up.
    pub(super) async fn calm(self) -> anyhow::Result<Settling> {
        self.moods.faults.set(false);
        let finished = timeout(RECOVERY, self.publisher.finish()).await;
        finished.context("calls were not answered after the fault")??;
        let Self { api, names, moods, _receiver: receiver, ledgers, .. } = self;
        Ok(Settling { api, names, moods, _receiver: receiver, ledgers })
    }
}

/// The same while what is pending is delivered.
pub(super) struct Settling {
    api: Api,
    names: HashMap<String, String>,
    moods: Arc<Moods>,
    _receiver: Receiver,
    ledgers: [PathBuf; 2],
}

impl Settling {
    /// Waits until its deliveries are settled, and counts.
    pub(super) async fn count(mut self, kills: &[u64], offsets: &Offsets) -> anyhow::Result<Became> {
        let late = if kill::settled(&mut self.api, SETTLING).await? {
            Vec::new()
        } else {
            let left = self.api.all("/v2/deliveries?status=pending").await?;
            let now = clock::now();
            let next = |one: &Value| one["next_attempt_time"].as_str()?.parse::<Timestamp>().ok();
            left.iter().filter_map(next).filter(|next| *next > now).collect()
        };
        let (owed, mut tries) = kill::state(&mut self.api, &self.names).await?;
        tries.iter_mut().for_each(|one: &mut Try| one.started = offsets.real(one.started));
        if let Some(error) = self.moods.broken() {
            bail!("the receiver's ledger broke: {error}");
        }
        let (published, receipts) = (read::<Publish>(&self.ledgers[0])?, read::<Receipt>(&self.ledgers[1])?);
        let rules = retry::Rules::default();
        let leaps = offsets.leaps();
        let promise = Promise {
            schedule: &SCHEDULE,
            jitter: rules.jitter,
            lost_limit: usize::try_from(rules.lost_limit)?,
            subscribers: &subscribers,
            leaps: &leaps,
        };
        let mut counts = judge(&published, &receipts, &owed, &tries, &promise);
        counts.stuck = counts.stuck.saturating_sub(late.len());
        Ok(Became {
            counts,
            repeated: unexplained(&receipts, kills, TIMEOUT / 2),
            acknowledged: published.iter().filter(|line| line.event.is_some()).map(|line| line.at).collect(),
            arrived: receipts.iter().map(|receipt| receipt.at).collect(),
            late,
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    ledger::read(path)
}
