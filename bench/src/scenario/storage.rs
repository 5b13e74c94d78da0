//! Storage: what an event takes on the disk once it is delivered, what is written for it meanwhile, and whether any of it
//! goes elsewhere than into the program's folder.

use super::Site;
use crate::figures::float;
use crate::measurement::{Goal, Round, Unit};
use crate::process;
use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

/// How often the open files are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What is known so far.
#[derive(Debug)]
pub(super) struct Storage {
    before: u64,
    kept: f64,
    strays: BTreeSet<PathBuf>,
}

impl Storage {
    /// Reads the size of the data of `site`, which is stopped: then it has no write-ahead log.
    pub(super) fn before(site: &Site) -> anyhow::Result<Self> {
        Ok(Self { before: process::size(&site.plan.data())?, kept: 0.0, strays: BTreeSet::new() })
    }

    /// Looks at the open files of `site` until `work` is done.
    pub(super) async fn watch<T>(
        &mut self,
        site: &Site,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let (id, folder) = (site.id()?, site.plan.folder.canonicalize()?);
        let mut work = std::pin::pin!(work);
        loop {
            match tokio::time::timeout(LOOK, &mut work).await {
                Ok(done) => return done,
                Err(_) => self.strays.extend(process::open_outside(id, &folder)?),
            }
        }
    }

    /// Reads the size again after `events` were published and delivered, and `site` was stopped.
    pub(super) fn after(&mut self, site: &Site, events: u32) -> anyhow::Result<()> {
        let grown = process::size(&site.plan.data())?.saturating_sub(self.before);
        self.kept = float(grown) / f64::from(events.max(1));
        Ok(())
    }

    /// Tells of it, and of the bytes `written` for an event at a low rate, if that is known.
    pub(super) fn tell(&self, round: &mut Round, written: Option<f64>) {
        const SECTION: &str = "Disk";
        round.aim(SECTION, "kept for an event", Unit::Bytes, self.kept, Goal::AtMost(1_900.0));
        if let Some(written) = written {
            round.aim(SECTION, "written for an event at 100/s", Unit::Bytes, written, Goal::AtMost(25_000.0));
        }
        let strays = float(self.strays.len() as u64);
        round.aim(SECTION, "files open outside of its folder", Unit::Count, strays, Goal::AtMost(0.0));
    }
}
