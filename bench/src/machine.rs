//! What this machine is: a figure without it says nothing.

use crate::figures::Percentiles;
use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use tokio::time::Instant;

/// One line: cores, processor, memory, kernel.
pub fn shape() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let kib: u64 = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next().and_then(|digits| digits.parse().ok()))
        .unwrap_or(0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores ({processor}), {} GiB of memory, Linux {}", kib >> 20, kernel.trim())
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The median of 200 times "write 4 KiB, fdatasync" in `folder`, in milliseconds: what a commit on disk costs here.
///
/// # Errors
/// When the folder cannot be written.
pub fn fsync_ms(folder: &Path) -> std::io::Result<f64> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    Ok(Percentiles::of(times).p50)
}
