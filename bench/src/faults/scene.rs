//! Scene: a program with the accounts under load, and what is kept of what befell it.

use super::gap::{self, Gap};
use super::offset::Offsets;
use super::party::Party;
use super::watch::{Seen as Watched, Watch};
use super::{PARTIES, RECOVERY};
use crate::clock;
use crate::kill::integrity;
use crate::program::{Plan, Program};
use crate::seed::Seed;
use crate::verdict::Counts;
use anyhow::Context as _;
use futures::future::try_join_all;
use jiff::Timestamp;

/// A running program under load.
pub(super) struct Scene {
    pub(super) plan: Plan,
    /// A key of an account without load.
    pub(super) spare_key: String,
    program: Option<Program>,
    parties: Vec<Party>,
    watch: Watch,
    /// When the program was killed, in microseconds since the epoch.
    kills: Vec<u64>,
    /// What its clock was set to.
    pub(super) offsets: Offsets,
}

/// What was seen of one fault.
pub(super) struct Seen {
    pub(super) put_in: u64,
    pub(super) taken_away: u64,
    pub(super) ready: Watched,
    /// Of all parties, summed.
    pub(super) counts: Counts,
    pub(super) repeated: usize,
    /// The longest stretches without a delivery, and without an acknowledgement, of each party.
    pub(super) deliveries: Vec<Gap>,
    pub(super) accepted: Vec<Gap>,
    /// Deliveries that wait longer than their schedule, and until when.
    pub(super) late: Vec<Timestamp>,
    /// What is wrong with the file.
    pub(super) integrity: Option<String>,
}

impl Scene {
    /// Starts the program of `plan` with its accounts. They do not publish yet.
    pub(super) async fn found(plan: Plan) -> anyhow::Result<Self> {
        plan.start().await?.stop().await?;
        let seed = Seed::open(&plan.data()).await?;
        let mut keys = Vec::new();
        for _ in 0..=PARTIES {
            keys.push(seed.key(&seed.account().await?).await?);
        }
        seed.close().await?;
        let program = plan.start().await?;
        let spare_key = keys.pop().context("no account")?;
        let mut parties = Vec::new();
        for (number, key) in (0..).zip(&keys) {
            parties.push(Party::found(&plan, key, number).await?);
        }
        let watch = Watch::start(plan.address);
        let (kills, offsets) = Default::default();
        Ok(Self { plan, spare_key, program: Some(program), parties, watch, kills, offsets })
    }

    /// The program's process.
    pub(super) fn id(&self) -> anyhow::Result<u32> {
        self.program.as_ref().and_then(Program::id).context("the program has ended by itself")
    }

    /// The accounts publish.
    pub(super) fn up(&self) {
        self.parties.iter().for_each(Party::up);
    }

    fn down(&self) {
        self.parties.iter().for_each(Party::down);
    }

    /// Stops the program in order.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        self.down();
        self.program.take().context("the program does not run")?.stop().await
    }

    /// Kills it.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        self.down();
        self.kills.push(clock::micros());
        self.program.take().context("the program does not run")?.kill().await
    }

    /// Starts it again.
    pub(super) async fn start(&mut self) -> anyhow::Result<()> {
        self.program = Some(self.plan.start().await?);
        self.up();
        Ok(())
    }

    /// Ends the load, waits for what is owed, stops the program and counts.
    pub(super) async fn end(mut self, put_in: u64, taken_away: u64) -> anyhow::Result<Seen> {
        self.id()?;
        self.watch.wait_until_ready(RECOVERY).await;
        let end = clock::micros();
        let mut settling = Vec::new();
        for party in self.parties {
            settling.push(party.calm().await?);
        }
        let counted = settling.into_iter().map(|party| party.count(&self.kills, &self.offsets));
        let all = try_join_all(counted).await?;
        let ready = self.watch.end();
        self.program.take().context("the program does not run")?.stop().await?;
        let integrity = integrity(&self.plan.data().join("deskbell.db")).err();
        let longest = |times: &[u64]| gap::longest(times, put_in, end);
        Ok(Seen {
            put_in,
            taken_away,
            ready,
            repeated: all.iter().map(|became| became.repeated).sum(),
            deliveries: all.iter().map(|became| longest(&became.arrived)).collect(),
            accepted: all.iter().map(|became| longest(&became.acknowledged)).collect(),
            late: all.iter().flat_map(|became| became.late.clone()).collect(),
            counts: all.into_iter().map(|became| became.counts).fold(Counts::default(), Counts::and),
            integrity: integrity.map(|error| format!("{error:#}")),
        })
    }
}
