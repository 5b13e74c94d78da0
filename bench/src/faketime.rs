//! Faketime: a program whose wall clock can be set while it runs, by libfaketime. Its monotonic clock goes on as it does on any machine.

use crate::program::Plan;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Where Debian and its kin have it.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
const FOLDERS: [&str; 4] =
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];

/// The clock of one program.
#[derive(Debug, Clone)]
pub struct Faketime {
    /// The program reads it whenever it looks at its clock.
    file: PathBuf,
}

impl Faketime {
    /// Gives the program of `plan` a clock that is right until it is set.
    ///
    /// # Errors
    /// When the library is not here.
    pub fn of(plan: &mut Plan) -> anyhow::Result<Self> {
        let library =
            FOLDERS.map(|folder| Path::new(folder).join(LIBRARY)).into_iter().find(|path| path.exists());
        let library = library.context("libfaketime is not here: install it")?;
        let clock = Self { file: plan.folder.canonicalize()?.join("clock") };
        clock.set(0)?;
        for (key, value) in [
            ("LD_PRELOAD", library.as_path()),
            ("FAKETIME_TIMESTAMP_FILE", clock.file.as_path()),
            ("FAKETIME_NO_CACHE", Path::new("1")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", Path::new("1")),
            ("NO_FAKE_STAT", Path::new("1")),
        ] {
            plan.set(key, value.to_str().context("a file's name is not text")?);
        }
        Ok(clock)
    }

    /// From now on it is wrong by so many seconds. All at once, so that no look finds a part of it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set(&self, seconds: i64) -> std::io::Result<()> {
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{seconds:+}\n"))?;
        std::fs::rename(new, &self.file)
    }
}
