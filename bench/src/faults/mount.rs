//! Mount: a small disk in memory, which can be filled and made read-only.

use super::fault::Missing;
use anyhow::{Context as _, ensure};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a disk is filled with at a time.
const BLOCK: [u8; 4096] = [7; 4096];

/// A mounted disk. Dropped, it is unmounted.
pub(super) struct Mount(PathBuf);

impl Mount {
    /// Mounts one of `kib` KiB at the new folder `path`.
    pub(super) fn new(path: &Path, kib: u32) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path)?;
        let options = format!("size={kib}k,mode=0700");
        let mounted = run(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(path));
        mounted.map_err(|error| {
            Missing(format!("a disk cannot be mounted ({error:#}): run it as root, or under `unshare -rm`"))
        })?;
        Ok(Self(path.to_owned()))
    }

    /// Makes it read-only, or writable again.
    pub(super) fn read_only(&self, on: bool) -> anyhow::Result<()> {
        let mode = if on { "remount,ro" } else { "remount,rw" };
        run(Command::new("mount").args(["-o", mode]).arg(&self.0))
    }

    /// Fills it to the last byte.
    pub(super) fn fill(&self) -> anyhow::Result<()> {
        let mut ballast = File::create(self.ballast())?;
        let full = loop {
            if let Err(error) = ballast.write_all(&BLOCK) {
                break error;
            }
        };
        ensure!(full.kind() == std::io::ErrorKind::StorageFull, "filling the disk: {full}");
        Ok(())
    }

    /// Makes room again.
    pub(super) fn empty(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.ballast())?)
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a program that is being killed may still have a file open there. What fails leaves memory in use until the end
        // of this process's namespace, or of the machine.
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.0));
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let done = command.output().with_context(|| format!("running {command:?}"))?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr).trim().replace('\n', " "));
    Ok(())
}
