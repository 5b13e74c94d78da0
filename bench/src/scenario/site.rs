//! Site: a program on a data folder of its own, with the webhooks that the scenarios ring.

use super::{CONNECTIONS, Sink};
use crate::api::Api;
use crate::load::{Pace, Sent, drive, event, publish};
use crate::measurement::{Goal, Round, Unit};
use crate::process;
use crate::program::{Plan, Program};
use anyhow::Context as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The trigger that one webhook wants.
pub const SINGLE: &str = "booking.scheduled";
/// The trigger that [`FAN_OUT`] webhooks want.
pub(super) const FANNED: &str = "booking.canceled";
/// The trigger of the webhook over TLS.
pub(super) const SECURE: &str = "booking.completed";
/// The trigger of the webhook that never answers.
pub(super) const HANGING: &str = "conversation.closed";
/// Webhooks that want [`FANNED`].
pub(super) const FAN_OUT: u32 = 10;

/// How long a program is left alone before its idle memory is read.
const QUIET: Duration = Duration::from_secs(1);

/// A program with its webhooks, running or stopped.
pub struct Site {
    /// How it is run.
    pub plan: Plan,
    /// A key of its account.
    pub key: Arc<str>,
    /// The process, while it runs.
    pub(super) program: Option<Program>,
}

impl Site {
    /// Starts `binary` in the empty `folder`, makes the webhooks, and stops it.
    ///
    /// # Errors
    /// When the program does not start, or refuses a webhook.
    pub async fn found(binary: &Path, folder: &Path, sink: &Sink) -> anyhow::Result<Self> {
        let trusted = folder.join("root.pem");
        std::fs::write(&trusted, sink.identity.root())?;
        let trusted = trusted.canonicalize()?;
        let trust =
            ("DESKBELL_DELIVERY__TRUST_FILE", trusted.to_str().context("a folder's name is not text")?);
        let plan = Plan::new(binary, folder, &[trust])?;
        let program = plan.start().await?;
        let key: Arc<str> = plan.key()?.into();
        let mut api = Api::new(plan.address, &key);
        api.create_webhook("single", &sink.plain.url("/single"), &[SINGLE]).await?;
        for number in 0..FAN_OUT {
            let name = format!("fan-{number}");
            api.create_webhook(&name, &sink.plain.url(&format!("/{name}")), &[FANNED]).await?;
        }
        api.create_webhook("secure", &sink.secure.url("/secure"), &[SECURE]).await?;
        api.create_webhook("hanging", &sink.hole.url("/hanging"), &[HANGING]).await?;
        program.stop().await?;
        Ok(Self { plan, key, program: None })
    }

    /// Starts it again.
    ///
    /// # Errors
    /// When it is not ready in time.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        self.program = Some(self.plan.start().await?);
        Ok(())
    }

    /// Starts it again without waiting.
    pub(super) fn spawn(&mut self) -> anyhow::Result<()> {
        self.program = Some(self.plan.spawn()?);
        Ok(())
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// When it ended before, or does not end now.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        self.program.take().context("the program does not run")?.stop().await
    }

    /// Kills it: what is under way breaks off.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        self.program.take().context("the program does not run")?.kill().await
    }

    /// Its process id.
    ///
    /// # Errors
    /// When it has ended.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.program.as_ref().and_then(Program::id).context("the program has ended")
    }

    /// Its memory while nothing happens, in megabytes.
    pub(super) async fn idle_mb(&self) -> anyhow::Result<f64> {
        tokio::time::sleep(QUIET).await;
        process::resident(self.id()?)
    }

    /// The most memory that it ever had, in megabytes.
    pub(super) fn peak_mb(&self) -> anyhow::Result<f64> {
        process::peak(self.id()?)
    }

    /// Publishes `count` events with `trigger`.
    ///
    /// # Errors
    /// When a call is answered with neither 202 nor 503.
    pub async fn publish(&self, trigger: &'static str, pace: Pace, count: u32) -> anyhow::Result<Sent> {
        let key = self.key.clone();
        let once = move |mut connection, ticket| {
            let key = key.clone();
            async move {
                let accepted = publish(&mut connection, &key, event(trigger, ticket)).await?;
                Ok((connection, accepted))
            }
        };
        drive(self.plan.address, CONNECTIONS, pace, count, once).await
    }
}

/// Tells the memory of a program without anything to do, and the most it had.
pub(super) fn tell_memory(round: &mut Round, idle_mb: f64, peak_mb: f64) {
    round.aim("Memory", "idle", Unit::Megabytes, idle_mb, Goal::AtMost(25.0));
    round.aim("Memory", "most under load", Unit::Megabytes, peak_mb, Goal::AtMost(128.0));
}
