//! The data directory, the key file, the lock and the fingerprint, on a real disk.

use super::*;
use crate::config::{Config, Flags, StoreAddress};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// The settings of an instance in `directory`, with these further variables.
fn settings(directory: &Path, variables: &[(&str, &str)]) -> Loaded {
    let data = directory.join("data").to_str().unwrap().to_owned();
    let flags = Flags { data: Some(data), ..Flags::default() };
    Config::load(&flags, variables.iter().map(|(name, value)| (name.into(), value.into()))).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn refused(loaded: &Loaded) -> String {
    match Instance::open(loaded).await {
        Ok(_) => panic!("the instance opened"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn the_first_run_makes_what_only_its_owner_can_read() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[]);
    let first = Instance::open(&loaded).await.unwrap();
    let data = directory.path().join("data");
    let key = data.join("master.key");
    assert_eq!((mode(&data), mode(&key)), (0o700, 0o600));
    let text = fs::read_to_string(&key).unwrap();
    assert!(text.len() == 65 && text.ends_with('\n'), "64 digits and a line end");
    assert!(MasterKey::parse(&text).is_some());
    let others: Vec<_> = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!others.iter().any(|name| name.to_string_lossy().ends_with(".new")), "a draft stays: {others:?}");

    let again = Instance::open(&loaded).await.unwrap();
    assert_eq!(again.vault.fingerprint(), first.vault.fingerprint(), "a second opening makes no second key");
}

#[tokio::test]
async fn a_store_without_its_key_is_refused_and_no_key_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[]);
    drop(Instance::open(&loaded).await.unwrap());
    let key = directory.path().join("data/master.key");
    fs::remove_file(&key).unwrap();
    let message = refused(&loaded).await;
    assert!(message.contains("master.key") && message.contains("DESKBELL_MASTER_KEY"), "C-47: {message}");
    assert!(!key.exists(), "C-47: a new key was made over an existing store");
}

#[tokio::test]
async fn a_wrong_key_is_refused_from_a_file_and_from_the_environment() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[]);
    drop(Instance::open(&loaded).await.unwrap());
    let path = directory.path().join("data/master.key");
    let right = fs::read_to_string(&path).unwrap();
    let wrong = "5a".repeat(32);

    let message = refused(&settings(directory.path(), &[("DESKBELL_MASTER_KEY", &wrong)])).await;
    assert!(
        message.contains("another master key") && message.contains("DESKBELL_MASTER_KEY"),
        "C-47: {message}"
    );
    fs::write(&path, format!("{wrong}\n")).unwrap();
    let message = refused(&loaded).await;
    assert!(message.contains("another master key") && message.contains("master.key"), "C-47: {message}");
    // Control: the right key from the environment opens it, whatever the file holds.
    let right = settings(directory.path(), &[("DESKBELL_MASTER_KEY", right.trim())]);
    assert!(Instance::open(&right).await.is_ok(), "C-47");
}

#[tokio::test]
async fn a_key_from_the_environment_needs_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[("DESKBELL_MASTER_KEY", &"a1".repeat(32))]);
    drop(Instance::open(&loaded).await.unwrap());
    assert!(Instance::open(&loaded).await.is_ok());
    assert!(!directory.path().join("data/master.key").exists());
}

#[tokio::test]
async fn a_damaged_or_open_key_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[]);
    drop(Instance::open(&loaded).await.unwrap());
    let path = directory.path().join("data/master.key");
    let good = fs::read(&path).unwrap();
    let digits = &good[..64];
    let longer = [digits, b"00\n"].concat();
    let not_hex = [&digits[..63], b"g\n"].concat();
    let signed = [b"+1", &digits[2..], b"\n"].concat();
    for bad in [&b""[..], &digits[..63], &longer, &not_hex, &signed, &[digits, b"\n\n"].concat(), &[0xff; 65]]
    {
        fs::write(&path, bad).unwrap();
        let message = refused(&loaded).await;
        assert!(message.contains("damaged") && message.contains("64 hexadecimal"), "C-47: {message}");
    }
    fs::write(&path, &good).unwrap();
    for open in [0o640, 0o604, 0o620, 0o602, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let message = refused(&loaded).await;
        assert!(message.contains("open to others") && message.contains(&format!("{open:04o}")), "{message}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(Instance::open(&loaded).await.is_ok(), "control: its owner alone may read it");
}

#[test]
fn two_first_runs_at_once_agree_on_one_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let keys: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..8).map(|_| scope.spawn(|| MasterKey::read_or_make(&path, &SystemRandom).unwrap())).collect();
        runs.into_iter().map(|run| *run.join().unwrap().bytes()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "a draft stays");
}

#[tokio::test]
async fn a_second_server_is_refused_and_told_who_has_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[("DESKBELL_LISTEN", "127.0.0.1:9321")]);
    let first = Instance::open_locked(&loaded).await.unwrap();
    let pid = std::process::id().to_string();
    let held = |opened: Result<Instance, OpenError>| match opened {
        Err(OpenError::Lock(LockError::Held { holder, .. })) => holder,
        Err(other) => panic!("C-25: {other}"),
        Ok(_) => panic!("C-25: a second server got the lock"),
    };
    let holder = held(Instance::open_locked(&loaded).await);
    for part in [pid.as_str(), "127.0.0.1:9321", "since 20"] {
        assert!(holder.contains(part), "C-25: {part} is not in {holder:?}");
    }
    first.lock.as_ref().unwrap().announce("127.0.0.1:9".parse().unwrap()).unwrap();
    let holder = held(Instance::open_locked(&loaded).await);
    assert!(holder.contains("127.0.0.1:9 since"), "C-25: {holder:?}");

    // A link to the same file is the same store.
    let link = directory.path().join("link.db");
    std::os::unix::fs::symlink(loaded.config.server.store.file().unwrap(), &link).unwrap();
    let mut linked = settings(directory.path(), &[]);
    linked.config.server.store = StoreAddress::Sqlite(link);
    held(Instance::open_locked(&linked).await);

    // Other commands need no lock, and when the server is gone the next one gets it.
    assert!(Instance::open(&loaded).await.is_ok());
    drop(first);
    assert!(Instance::open_locked(&loaded).await.is_ok(), "C-25: the lock outlived its server");
}

#[tokio::test]
async fn a_second_server_is_refused_also_when_the_lock_file_was_removed() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[]);
    let first = Instance::open_locked(&loaded).await.unwrap();
    fs::remove_file(directory.path().join("data/deskbell.db.lock")).unwrap();
    let refused = Instance::open_locked(&loaded).await.err().map(|error| error.to_string());
    assert!(
        refused.as_ref().is_some_and(|refused| refused.contains("a server has it open")),
        "C-25: {refused:?}"
    );
    drop(first);
    assert!(Instance::open_locked(&loaded).await.is_ok());
}

#[tokio::test]
async fn a_new_store_is_refused_where_something_of_an_earlier_one_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[]);
    drop(Instance::open(&loaded).await.unwrap());
    let data = directory.path().join("data");
    let (store, away) = (data.join("deskbell.db"), directory.path().join("away"));
    // Removed, or emptied: all that was accepted would be forgotten.
    fs::rename(&store, &away).unwrap();
    let message = refused(&loaded).await;
    for part in
        ["deskbell.db is not there", "master.key", "deskbell-tester.db", "put the store back", "begin anew"]
    {
        assert!(message.contains(part), "{part} is not in {message:?}");
    }
    assert!(!store.exists(), "nothing was made");
    fs::write(&store, b"").unwrap();
    assert!(refused(&loaded).await.contains("is not there"));
    for file in ["deskbell-tester.db", "deskbell.db-redo"] {
        fs::rename(data.join(file), directory.path().join(file)).unwrap();
    }
    assert!(refused(&loaded).await.contains("master.key of an earlier one"), "the key alone");

    // Put back, it opens; with all of it away, a new one is made.
    fs::rename(&away, &store).unwrap();
    drop(Instance::open(&loaded).await.unwrap());
    fs::rename(&data, &away).unwrap();
    assert!(Instance::open(&loaded).await.is_ok());
}

#[tokio::test]
async fn a_first_run_waits_for_the_store_of_another_that_has_made_the_key() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = settings(directory.path(), &[]);
    make_directory(&loaded.config.server.data).unwrap();
    MasterKey::read_or_make(&key_of(&loaded.config.server.data), &SystemRandom).unwrap();
    // On one thread: the second begins when the first waits, which looks again however long the second took.
    let (opened, other) = tokio::join!(Instance::open(&loaded), async {
        SqliteStore::open(loaded.config.server.store.file().unwrap())
    });
    assert!(other.is_ok());
    assert!(opened.is_ok(), "{:?}", opened.err());
}
