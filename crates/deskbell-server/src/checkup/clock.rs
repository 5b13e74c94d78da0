//! The clock: whether it is kept right, and whether it was set back behind what was written already.

use super::Finding;
use crate::config::Config;
use deskbell_core::Timestamp;
use std::fs::metadata;
use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

const PART: &str = "clock";
/// So much later may a file have been written: clocks of files tick in steps.
const STEP_SECONDS: i64 = 2;
/// The service manager answers within this, or is not asked any more.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn check(config: &Config, now: Timestamp) -> Vec<Finding> {
    vec![written(config, now), kept(is_synchronized().await)]
}

/// What is due at a time waits for as long as the clock is behind.
fn written(config: &Config, now: Timestamp) -> Finding {
    let store = config.server.store.file().into_iter();
    let files = store.flat_map(|store| deskbell_store::beside(store).into_iter().chain([store.to_owned()]));
    let newest = files.filter_map(|file| Some(metadata(file).ok()?.mtime())).max();
    match newest.map(|newest| newest - now.as_second()) {
        Some(ahead) if ahead > STEP_SECONDS => Finding::bad(
            PART,
            format!("it says {now}, which is {ahead} s before the database was last written"),
            "Set it right: what was planned meanwhile waits until the clock is there again.",
        ),
        _ => Finding::ok(PART, format!("it says {now}")),
    }
}

fn kept(is_synchronized: Option<bool>) -> Finding {
    match is_synchronized {
        Some(true) => Finding::ok(PART, "kept right by NTP"),
        Some(false) => Finding::warn(
            PART,
            "not kept right by NTP",
            "Run chrony or systemd-timesyncd: receivers refuse signatures whose time is minutes off.",
        ),
        None => Finding::ok(
            PART,
            "whether NTP keeps it right is not known here (there is no timedatectl that answers)",
        ),
    }
}

/// What the system says of its own clock; nothing where it has no timedatectl, or that has nobody to ask.
async fn is_synchronized() -> Option<bool> {
    let mut ask = Command::new("timedatectl");
    ask.args(["show", "--property=NTPSynchronized", "--value"]).stdin(Stdio::null()).kill_on_drop(true);
    let answer = timeout(PATIENCE, ask.output()).await.ok()?.ok()?;
    match answer.stdout.trim_ascii() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Verdict;
    use crate::config::StoreAddress;

    #[test]
    fn a_clock_behind_what_was_written_is_bad_and_one_that_nobody_keeps_is_warned_of() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        let store = dir.path().join("deskbell.db");
        config.server.store = StoreAddress::Sqlite(store.clone());
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(written(&config, at(0)).verdict, Verdict::Ok, "nothing was written yet");
        std::fs::write(&store, "x").unwrap();
        let now = metadata(&store).unwrap().mtime();
        assert_eq!(written(&config, at(now)).verdict, Verdict::Ok);
        let behind = written(&config, at(now - 3_600));
        assert!(behind.verdict == Verdict::Bad && behind.said.contains("3600 s before"), "{behind:?}");
        let verdicts = [Some(true), Some(false), None].map(|known| kept(known).verdict);
        assert_eq!(verdicts, [Verdict::Ok, Verdict::Warn, Verdict::Ok]);
    }
}
