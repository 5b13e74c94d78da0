//! A disk that takes everything and brings nothing to rest.

use super::{Fault, Missing};
use crate::faults::scene::Scene;
use crate::program;
use anyhow::Context as _;
use async_trait::async_trait;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long it may take to be attached to all threads, and to let go of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// `strace` answers each sync with EIO.
#[derive(Default)]
pub(super) struct FailingSync(Option<Child>);

#[async_trait]
impl Fault for FailingSync {
    fn name(&self) -> String {
        "fsync fails".into()
    }

    fn does(&self) -> String {
        "Each `fsync` and `fdatasync` of the program fails with EIO (by `strace --inject`).".into()
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        let mut strace = Command::new("strace")
            .args(["--follow-forks", "--quiet=path-resolution", "--output", "/dev/null"])
            .args(["--trace=fsync,fdatasync", "--inject=fsync,fdatasync:error=EIO"])
            .args(["--attach", &scene.id()?.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Missing(format!("strace cannot be run ({error}): install it")))?;
        let mut lines = BufReader::new(strace.stderr.take().context("no standard error")?).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.context("strace does not attach")??;
        let line = line.unwrap_or_else(|| "it ended".into());
        if !line.contains("attached") {
            return Err(Missing(format!("strace may not attach to the program: {line}")).into());
        }
        // What else it says is of no interest, but it must be able to say it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.0 = Some(strace);
        Ok(())
    }

    async fn take_away(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        let mut strace = self.0.take().context("strace does not run")?;
        program::signal("INT", strace.id().context("strace has ended by itself")?).await?;
        timeout(PATIENCE, strace.wait()).await.context("strace does not end")??;
        Ok(())
    }
}
