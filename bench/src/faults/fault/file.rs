//! Files of the database that are not where they were.

use super::Fault;
use crate::faults::scene::Scene;
use async_trait::async_trait;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// What stands under the file's name meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Instead {
    Nothing,
    ItsCopy,
}

/// A file that is moved away and put back.
struct Moved {
    name: &'static str,
    does: &'static str,
    file: &'static str,
    instead: Instead,
}

pub(super) fn all() -> Vec<Box<dyn Fault>> {
    let moved = |name, does, file, instead| Box::new(Moved { name, does, file, instead }) as Box<dyn Fault>;
    vec![
        moved(
            "database removed",
            "`deskbell.db` is moved away, and put back.",
            "deskbell.db",
            Instead::Nothing,
        ),
        moved(
            "database replaced",
            "`deskbell.db` is moved away, a copy of it takes its place, and the file itself is put back.",
            "deskbell.db",
            Instead::ItsCopy,
        ),
        moved(
            "log removed",
            "`deskbell.db-wal` is moved away, and put back.",
            "deskbell.db-wal",
            Instead::Nothing,
        ),
        Box::new(RedoLog),
    ]
}

impl Moved {
    fn places(&self, scene: &Scene) -> [PathBuf; 2] {
        [scene.plan.data().join(self.file), scene.plan.folder.join("moved")]
    }
}

#[async_trait]
impl Fault for Moved {
    fn name(&self) -> String {
        self.name.into()
    }

    fn does(&self) -> String {
        self.does.into()
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        let [here, away] = self.places(scene);
        fs::rename(&here, &away)?;
        if self.instead == Instead::ItsCopy {
            fs::copy(&away, &here)?;
        }
        Ok(())
    }

    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        let [here, away] = self.places(scene);
        Ok(fs::rename(&away, &here)?)
    }
}

/// The redo log is removed: it is made anew from what is in memory.
struct RedoLog;

#[async_trait]
impl Fault for RedoLog {
    fn name(&self) -> String {
        "redo log removed".into()
    }

    fn does(&self) -> String {
        "`deskbell.db-redo` is removed. 10 s later the program is killed and started again: what it acknowledged meanwhile must be in \
         the log that it made anew, or in the tables."
            .into()
    }

    fn spares_others(&self) -> bool {
        true
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        Ok(fs::remove_file(redo_log(&scene.plan.data()))?)
    }

    async fn meanwhile(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        sleep(Duration::from_secs(10)).await;
        Ok(())
    }

    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        anyhow::ensure!(redo_log(&scene.plan.data()).exists(), "the redo log was not made anew");
        scene.kill().await?;
        scene.start().await
    }
}

fn redo_log(data: &Path) -> PathBuf {
    data.join("deskbell.db-redo")
}
