//! What befalls the process itself.

use super::{Fault, LASTS};
use crate::faults::scene::Scene;
use crate::program;
use async_trait::async_trait;
use std::time::Duration;
use tokio::time::sleep;

/// Stopped for a while, as a debugger does, or a machine that sleeps.
#[derive(Default)]
pub(super) struct Stopped;

#[async_trait]
impl Fault for Stopped {
    fn name(&self) -> String {
        "stopped".into()
    }

    fn does(&self) -> String {
        format!(
            "SIGSTOP, with attempts on the wire whose answers arrive meanwhile, and SIGCONT after {} s, ten times the time-out of an \
             attempt.",
            LASTS.as_secs()
        )
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        program::signal("STOP", scene.id()?).await
    }

    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        program::signal("CONT", scene.id()?).await
    }
}

/// Killed, and started again.
#[derive(Default)]
pub(super) struct Killed;

#[async_trait]
impl Fault for Killed {
    fn name(&self) -> String {
        "killed".into()
    }

    fn does(&self) -> String {
        "SIGKILL, and a start 5 s later. (`make kill` does it hundreds of times.)".into()
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        scene.kill().await
    }

    async fn meanwhile(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        sleep(Duration::from_secs(5)).await;
        Ok(())
    }

    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        scene.start().await
    }
}
