//! The faults, one file for each kind: how each is put in and taken away.

mod clock;
mod disk;
mod file;
mod lock;
mod log;
mod process;
mod row;
mod sync;

use super::scene::Scene;
use crate::program::Plan;
use async_trait::async_trait;
use std::time::Duration;
use tokio::time::sleep;

/// How long most faults last.
const LASTS: Duration = Duration::from_secs(20);

/// Something that befalls the program.
#[async_trait]
pub(super) trait Fault: Send {
    /// What it is called.
    fn name(&self) -> String;

    /// What is done, as the evidence says it: whole sentences.
    fn does(&self) -> String;

    /// Whether the others' deliveries must go on, with the program ready: that it says it is not, is then not enough.
    fn spares_others(&self) -> bool {
        false
    }

    /// Makes ready what the program is run in, before its first start.
    async fn found(&mut self, _: &mut Plan) -> anyhow::Result<()> {
        Ok(())
    }

    /// Makes ready what has to be there before the load.
    async fn begin(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        Ok(())
    }

    /// Puts it in.
    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()>;

    /// What goes on while it lasts.
    async fn meanwhile(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        sleep(LASTS).await;
        Ok(())
    }

    /// Takes it away, and does what an operator is told to do.
    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()>;

    /// What else was seen.
    fn note(&self) -> Option<String> {
        None
    }
}

/// What a fault needs is not on this machine.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Missing(pub(super) String);

/// All of them, in the order of the table.
pub(super) fn all() -> Vec<Box<dyn Fault>> {
    let mut all = row::all();
    all.push(Box::<log::Reader>::default());
    all.extend(disk::all());
    all.push(Box::<sync::FailingSync>::default());
    all.extend(lock::all());
    all.extend(file::all());
    all.extend(clock::all());
    all.push(Box::<process::Stopped>::default());
    all.push(Box::<process::Killed>::default());
    all
}

/// Their names.
pub fn names() -> Vec<String> {
    all().iter().map(|fault| fault.name()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_faults_have_one_name() {
        let names = names();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }
}
