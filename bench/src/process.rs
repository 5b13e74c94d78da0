//! What a process uses: CPU by thread, memory, bytes to the disk. Read from `/proc`.

use anyhow::Context as _;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// CPU milliseconds used so far, by the threads' names. Threads of one name are summed, and what threads used that have
/// ended is under `ENDED`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cpu(BTreeMap<String, f64>);

/// The name under which the CPU of threads that have ended stands.
const ENDED: &str = "(ended)";

impl Cpu {
    /// That of process `id`.
    ///
    /// # Errors
    /// When it has ended.
    pub fn of(id: u32) -> anyhow::Result<Self> {
        let mut threads = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{id}/task"))? {
            let task = task?.path();
            // A thread may end while we look.
            let (Ok(name), Ok(used)) = (read(&task, "comm"), read(&task, "schedstat")) else { continue };
            let nanos: f64 = used.split(' ').next().and_then(|digits| digits.parse().ok()).unwrap_or(0.0);
            *threads.entry(name.trim().to_owned()).or_default() += nanos / 1e6;
        }
        let total = total_millis(id)?;
        let alive: f64 = threads.values().sum();
        threads.insert(ENDED.to_owned(), (total - alive).max(0.0));
        Ok(Self(threads))
    }

    /// What was used since `before`, by thread, the most first.
    pub fn since(&self, before: &Self) -> Vec<(String, f64)> {
        let used = |(name, now): (&String, &f64)| {
            (name.clone(), (now - before.0.get(name).copied().unwrap_or(0.0)).max(0.0))
        };
        let mut used: Vec<_> = self.0.iter().map(used).collect();
        used.sort_by(|one, other| other.1.total_cmp(&one.1));
        used
    }

    /// What the threads called `name` have used.
    pub fn thread(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(0.0)
    }
}

/// User and system time of the whole process, threads that have ended included: counted in ticks, 100 a second.
fn total_millis(id: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name in parentheses may hold spaces: the fields after it are counted.
    let fields = stat.rsplit_once(')').context("a process without a name")?.1.split_whitespace();
    Ok(fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0)
}

fn read(folder: &Path, name: &str) -> std::io::Result<String> {
    fs::read_to_string(folder.join(name))
}

/// Resident memory of process `id`, in megabytes.
///
/// # Errors
/// When it has ended.
pub fn resident(id: u32) -> anyhow::Result<f64> {
    Ok(field(&format!("/proc/{id}/status"), "VmRSS:")? * 1024.0 / 1e6)
}

/// The most that process `id` ever had resident, in megabytes.
///
/// # Errors
/// When it has ended.
pub fn peak(id: u32) -> anyhow::Result<f64> {
    Ok(field(&format!("/proc/{id}/status"), "VmHWM:")? * 1024.0 / 1e6)
}

/// Bytes that were written so far to the disk under `folder`, by whomever, when all that is to be written is. What a process is told to have
/// written itself has in it all of a large folio of the page cache of which it changed a few bytes. `None` where no disk tells it, as with
/// some file systems.
///
/// # Errors
/// When the folder is not there, or cannot be synced.
pub fn written(folder: &Path) -> anyhow::Result<Option<f64>> {
    let open = fs::File::open(folder)?;
    rustix::fs::syncfs(&open)?;
    let device = open.metadata()?.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    match fs::read_to_string(format!("/sys/dev/block/{major}:{minor}/stat")) {
        Ok(told) => bytes_written(&told).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Of what a disk tells.
fn bytes_written(told: &str) -> anyhow::Result<f64> {
    /// So many bytes are a sector here, whatever they are on the disk.
    const SECTOR: f64 = 512.0;
    /// Where its sectors written stand.
    const WRITTEN: usize = 6;
    let sectors = told.split_whitespace().nth(WRITTEN).context("the disk does not tell what it wrote")?;
    Ok(sectors.parse::<f64>()? * SECTOR)
}

fn field(file: &str, name: &str) -> anyhow::Result<f64> {
    let text = fs::read_to_string(file)?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    Ok(rest.split_whitespace().next().unwrap_or_default().parse()?)
}

/// Files that process `id` has open now outside of `folder`, a file without a name in any directory included.
///
/// # Errors
/// When it has ended.
pub fn open_outside(id: u32, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut outside = Vec::new();
    for entry in fs::read_dir(format!("/proc/{id}/fd"))? {
        // It may be closed while we look.
        let Ok(file) = fs::read_link(entry?.path()) else { continue };
        if file.is_absolute() && !file.starts_with("/dev") && !file.starts_with(folder) {
            outside.push(file);
        }
    }
    Ok(outside)
}

/// Bytes of all files in `folder`.
///
/// # Errors
/// When it cannot be read.
pub fn size(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        bytes += if meta.is_dir() { size(&entry.path())? } else { meta.len() };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Megabytes. The kernel adds up what is resident from counters of each processor, which are a few dozen pages behind, and tests beside
    /// this one take memory and give it back: what it says was the most may be less than what it said a moment before.
    const SLACK: f64 = 4.0;

    #[test]
    fn work_shows_under_the_name_of_its_thread() {
        let id = std::process::id();
        let before = Cpu::of(id).unwrap();
        let (done, wait) = std::sync::mpsc::channel();
        let (go, end) = std::sync::mpsc::channel::<()>();
        let worker = std::thread::Builder::new().name("worker".into()).spawn(move || {
            let sum = (0..3_000_000_u64).fold(0, |sum, number| std::hint::black_box(sum ^ number));
            done.send(sum).unwrap();
            let _ = end.recv();
        });
        wait.recv().unwrap();
        let after = Cpu::of(id).unwrap();
        assert!(after.thread("worker") > 0.0);
        assert!(after.since(&before).iter().any(|(name, millis)| name == "worker" && *millis > 0.0));
        drop(go);
        worker.unwrap().join().unwrap();
    }

    #[test]
    fn memory_bytes_and_files_of_this_process() {
        let id = std::process::id();
        let now = resident(id).unwrap();
        assert!(now > 1.0 && peak(id).unwrap() >= now - SLACK);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("inner")).unwrap();
        std::fs::write(folder.path().join("inner/file"), [0; 700]).unwrap();
        assert_eq!(size(folder.path()).unwrap(), 700);
        let open = std::fs::File::open(folder.path().join("inner/file")).unwrap();
        let inside = std::fs::canonicalize(folder.path()).unwrap();
        let mine = |root: &Path| open_outside(id, root).unwrap().iter().any(|file| file.starts_with(&inside));
        assert_eq!((mine(&inside), mine(Path::new("/nowhere"))), (false, true));
        drop(open);
    }

    #[test]
    fn what_a_disk_wrote_is_read_of_what_it_tells() {
        let told = " 11 0 88 5 215 7 4096 90 0 60 97 0 0 0 0 3 1\n";
        assert!((bytes_written(told).unwrap() - 2_097_152.0).abs() < 1.0);
        assert!(bytes_written("11 0 88").is_err());
        assert!(written(tempfile::tempdir().unwrap().path()).is_ok());
        assert!(written(Path::new("/nowhere")).is_err());
    }
}
