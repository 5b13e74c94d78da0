//! Machines: several programs over one PostgreSQL database, under load, each with a name by which receivers know it and with a network of
//! its own to the database; and both ledgers, outside of all of them.

mod judge;
mod node;
mod piece;
mod proxy;

pub use judge::{Fault, Late, after, late, lost, overlaps, takeovers};
pub use node::Node;
pub use piece::Piece;
pub use proxy::Proxy;

use crate::api::Api;
use crate::kill::{self, Moods, Publisher, SCHEDULE, SETTINGS, subscribers};
use crate::ledger;
use crate::program::{Plan, Program};
use crate::receiver::Receiver;
use crate::verdict::{Counts, Owed, Promise, Publish, Receipt, Try, judge};
use anyhow::{Context as _, bail, ensure};
use deskbell_core::policy::retry;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The database's name.
pub const DATABASE: &str = "deskbell";
/// Each machine's master key.
const MASTER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// How long machines may take until what they, or the dead among them, held is settled: an epoch, and the schedule.
const SETTLING: Duration = Duration::from_secs(120);

/// Machines under load.
pub struct Machines {
    plans: Vec<Plan>,
    programs: Vec<Option<Program>>,
    api: Api,
    /// The webhooks' names by their ids.
    names: HashMap<String, String>,
    moods: Arc<Moods>,
    _receiver: Receiver,
    publisher: Publisher,
    ledgers: [PathBuf; 2],
}

/// What both ledgers and the API say in the end.
pub struct Became {
    /// The counts of whoever reads the ledgers.
    pub counts: Counts,
    /// What was published.
    pub published: Vec<Publish>,
    /// What arrived.
    pub receipts: Vec<Receipt>,
    /// Deliveries as the API lists them.
    pub owed: Vec<Owed>,
    /// Attempts as the API lists them.
    pub tries: Vec<Try>,
}

/// A machine's name, as receivers read it in its `User-Agent`.
pub fn name(machine: usize) -> String {
    format!("machine-{}", machine + 1)
}

/// Plans for machines, each on its URL of the same database. An attempt may take as long as the product lets it by itself: the length of an
/// epoch follows from that.
///
/// # Errors
/// When there is no binary, or no port to be had.
pub fn plans(binary: &Path, folder: &Path, urls: &[String]) -> anyhow::Result<Vec<Plan>> {
    let plan = |(machine, url): (usize, &String)| {
        let folder = folder.join(name(machine));
        std::fs::create_dir_all(&folder)?;
        let mut plan = Plan::new(binary, &folder, &SETTINGS)?;
        plan.settings.retain(|(key, _)| key != "DESKBELL_DELIVERY__TIMEOUT");
        for (key, value) in [
            ("DESKBELL_STORE", url.as_str()),
            ("DESKBELL_MASTER_KEY", MASTER_KEY),
            ("DESKBELL_METRICS__LISTEN", ""),
            ("DESKBELL_DELIVERY__USER_AGENT", &name(machine)),
        ] {
            plan.set(key, value);
        }
        Ok(plan)
    };
    urls.iter().enumerate().map(plan).collect()
}

/// The URL of the database at `addresses`, of which one writes.
pub fn url(addresses: &[SocketAddr]) -> String {
    let hosts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    format!("postgres://postgres@{}/{DATABASE}", hosts.join(","))
}

impl Machines {
    /// Starts them. The load begins at once: `rate` events a second, of all together.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn start(plans: Vec<Plan>, folder: &Path, rate: u64, seed: u64) -> anyhow::Result<Self> {
        let ledgers = ["p", "r"].map(|of| folder.join(format!("{of}.ledger")));
        let moods = Moods::new(&ledgers[1], seed)?;
        let receiver = moods.listen().await?;
        let mut programs = Vec::new();
        for plan in &plans {
            programs.push(Some(plan.start().await?));
        }
        let first = plans.first().context("no machine")?;
        let key = first.key()?;
        let mut api = Api::new(first.address, &key);
        let names = moods.register(&mut api, &receiver).await?;
        moods.faults.set(true);
        let addresses: Vec<SocketAddr> = plans.iter().map(|plan| plan.address).collect();
        let publisher = Publisher::start(&ledgers[0], &addresses, &key, rate, seed)?;
        publisher.up();
        Ok(Self { plans, programs, api, names, moods, _receiver: receiver, publisher, ledgers })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.plans.len()
    }

    /// Whether this one runs.
    pub fn runs(&self, machine: usize) -> bool {
        self.programs.get(machine).is_some_and(Option::is_some)
    }

    /// The process of a machine that runs.
    ///
    /// # Errors
    /// When it has ended.
    pub fn process(&self, machine: usize) -> anyhow::Result<u32> {
        let program = self.programs.get(machine).and_then(Option::as_ref);
        program.and_then(Program::id).with_context(|| format!("{} has ended by itself", name(machine)))
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it had ended by itself.
    pub async fn kill(&mut self, machine: usize) -> anyhow::Result<()> {
        let program = self.programs.get_mut(machine).and_then(Option::take);
        program.with_context(|| format!("{} does not run", name(machine)))?.kill().await
    }

    /// Starts a machine that was killed.
    ///
    /// # Errors
    /// When it does not.
    pub async fn start_again(&mut self, machine: usize) -> anyhow::Result<()> {
        self.programs[machine] = Some(self.plans[machine].start().await?);
        Ok(())
    }

    /// Fails when the drill itself does not work any more.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> anyhow::Result<()> {
        ensure!(!self.publisher.failed(), "a publisher ended too soon");
        if let Some(error) = self.moods.broken() {
            bail!("the receiver's ledger broke: {error}");
        }
        Ok(())
    }

    /// What was published so far.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn published(&self) -> anyhow::Result<Vec<Publish>> {
        ledger::read(&self.ledgers[0])
    }

    /// Ends the load and the receivers' faults, waits for what is owed, reads what became of everything, and stops the machines.
    ///
    /// # Errors
    /// When one does not run or does not stop in order.
    pub async fn end(mut self) -> anyhow::Result<Became> {
        for machine in 0..self.count() {
            self.process(machine)?;
        }
        self.moods.faults.set(false);
        timeout(SETTLING, self.publisher.finish()).await.context("calls are not answered")??;
        kill::settled(&mut self.api, SETTLING).await?;
        let (owed, tries) = kill::state(&mut self.api, &self.names).await?;
        for program in self.programs.into_iter().flatten() {
            program.stop().await?;
        }
        if let Some(error) = self.moods.broken() {
            bail!("the receiver's ledger broke: {error}");
        }
        let (published, receipts): (Vec<Publish>, Vec<Receipt>) =
            (ledger::read(&self.ledgers[0])?, ledger::read(&self.ledgers[1])?);
        let rules = retry::Rules::default();
        let promise = Promise {
            schedule: &SCHEDULE,
            jitter: rules.jitter,
            lost_limit: usize::try_from(rules.lost_limit)?,
            subscribers: &subscribers,
            leaps: &[],
        };
        let counts = judge(&published, &receipts, &owed, &tries, &promise);
        Ok(Became { counts, published, receipts, owed, tries })
    }
}
