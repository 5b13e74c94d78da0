//! Disks that take nothing: the one of the data, and the one of the temporary directory.

use super::Fault;
use crate::faults::mount::Mount;
use crate::faults::scene::Scene;
use crate::program::Plan;
use anyhow::Context as _;
use async_trait::async_trait;

/// The disk of the data. The redo log, both databases and their logs find room on it before the fault.
const DATA_KIB: u32 = 96 << 10;
const TEMPORARY_KIB: u32 = 64;

/// What the disk carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carries {
    Data,
    Temporary,
}

/// How it refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refuses {
    Full,
    ReadOnly,
}

struct Disk {
    carries: Carries,
    refuses: Refuses,
    mount: Option<Mount>,
}

pub(super) fn all() -> Vec<Box<dyn Fault>> {
    let disk = |carries, refuses| Box::new(Disk { carries, refuses, mount: None }) as Box<dyn Fault>;
    vec![
        disk(Carries::Temporary, Refuses::ReadOnly),
        disk(Carries::Temporary, Refuses::Full),
        disk(Carries::Data, Refuses::Full),
    ]
}

impl Disk {
    fn mount(&self) -> anyhow::Result<&Mount> {
        self.mount.as_ref().context("nothing is mounted")
    }
}

#[async_trait]
impl Fault for Disk {
    fn name(&self) -> String {
        match (self.carries, self.refuses) {
            (Carries::Temporary, Refuses::ReadOnly) => "temporary directory read-only",
            (Carries::Temporary, Refuses::Full) => "temporary directory full",
            (Carries::Data, _) => "disk full",
        }
        .into()
    }

    fn does(&self) -> String {
        match (self.carries, self.refuses) {
            (Carries::Temporary, Refuses::ReadOnly) => {
                "The temporary directory (`TMPDIR`, `SQLITE_TMPDIR`) is a disk of its own, which becomes read-only.".into()
            }
            (Carries::Temporary, Refuses::Full) => {
                "The temporary directory is a disk of its own, which is filled to the last byte.".into()
            }
            (Carries::Data, _) => format!(
                "The data directory is a disk of {} MiB of its own, which is filled to the last byte and emptied again.",
                DATA_KIB >> 10
            ),
        }
    }

    fn spares_others(&self) -> bool {
        self.carries == Carries::Temporary
    }

    async fn found(&mut self, plan: &mut Plan) -> anyhow::Result<()> {
        self.mount = Some(match self.carries {
            Carries::Data => Mount::new(&plan.data(), DATA_KIB)?,
            Carries::Temporary => {
                let folder = plan.folder.canonicalize()?.join("tmp");
                let name = folder.to_str().context("a folder's name is not text")?;
                plan.set("TMPDIR", name);
                plan.set("SQLITE_TMPDIR", name);
                Mount::new(&folder, TEMPORARY_KIB)?
            }
        });
        Ok(())
    }

    async fn put_in(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        match self.refuses {
            Refuses::Full => self.mount()?.fill(),
            Refuses::ReadOnly => self.mount()?.read_only(true),
        }
    }

    async fn take_away(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        match self.refuses {
            Refuses::Full => self.mount()?.empty(),
            Refuses::ReadOnly => self.mount()?.read_only(false),
        }
    }
}
