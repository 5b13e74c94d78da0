//! A clock that is set: the program's wall clock, while its monotonic clock goes on as it does on any machine.

use super::{Fault, Missing};
use crate::clock;
use crate::faults::scene::Scene;
use crate::program::Plan;
use anyhow::Context as _;
use async_trait::async_trait;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// Where Debian and its kin have it.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
const FOLDERS: [&str; 4] =
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

/// What the clock is set to, one after the other; in the end it is right again.
struct Clock {
    name: &'static str,
    does: &'static str,
    /// By how many seconds it is wrong.
    steps: &'static [i64],
    /// How long each lasts.
    lasts: Duration,
    /// The file that says it.
    file: PathBuf,
}

pub(super) fn all() -> Vec<Box<dyn Fault>> {
    let clock = |name, does, steps, seconds| {
        let (lasts, file) = (Duration::from_secs(seconds), PathBuf::new());
        Box::new(Clock { name, does, steps, lasts, file }) as Box<dyn Fault>
    };
    vec![
        clock(
            "clock forward",
            "The wall clock is set an hour forward, and 25 s later it is right again.",
            &[HOUR],
            25,
        ),
        clock(
            "clock back",
            "The wall clock is set an hour back, and 25 s later it is right again.",
            &[-HOUR],
            25,
        ),
        clock(
            "clock steps",
            "The wall clock is set by a minute four times, every 10 s: forward, forward, back, back.",
            &[MINUTE, 2 * MINUTE, MINUTE],
            10,
        ),
    ]
}

impl Clock {
    /// Sets the program's clock; it reads the file whenever it looks at it.
    fn set(&self, scene: &mut Scene, seconds: i64) -> anyhow::Result<()> {
        write(&self.file, seconds)?;
        scene.offsets.set(clock::micros(), seconds * 1_000_000);
        Ok(())
    }
}

/// All at once, so that no look finds a part of it.
fn write(file: &Path, seconds: i64) -> std::io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, format!("{seconds:+}\n"))?;
    std::fs::rename(new, file)
}

#[async_trait]
impl Fault for Clock {
    fn name(&self) -> String {
        self.name.into()
    }

    fn does(&self) -> String {
        self.does.into()
    }

    fn spares_others(&self) -> bool {
        true
    }

    async fn found(&mut self, plan: &mut Plan) -> anyhow::Result<()> {
        let library =
            FOLDERS.map(|folder| Path::new(folder).join(LIBRARY)).into_iter().find(|path| path.exists());
        let library = library.ok_or_else(|| Missing("libfaketime is not here: install it".into()))?;
        self.file = plan.folder.canonicalize()?.join("clock");
        write(&self.file, 0)?;
        for (key, value) in [
            ("LD_PRELOAD", library.as_path()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.as_path()),
            ("FAKETIME_NO_CACHE", Path::new("1")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", Path::new("1")),
            ("NO_FAKE_STAT", Path::new("1")),
        ] {
            plan.set(key, value.to_str().context("a file's name is not text")?);
        }
        Ok(())
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        self.set(scene, self.steps[0])
    }

    async fn meanwhile(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        sleep(self.lasts).await;
        for step in &self.steps[1..] {
            self.set(scene, *step)?;
            sleep(self.lasts).await;
        }
        Ok(())
    }

    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        self.set(scene, 0)
    }
}
