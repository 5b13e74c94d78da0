//! The commands that docs/operating.md prints for keeping an instance: each is run, in its order, as it stands there.

use crate::copies::{OPEN, publish};
use crate::server::{Server, deskbell, said};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The lines of the shell in a section.
fn printed(section: &str) -> Vec<&'static str> {
    let (_, text) =
        include_str!("../../../../docs/operating.md").split_once(&format!("\n## {section}\n")).unwrap();
    let text = text.split_once("\n## ").map_or(text, |(section, _)| section);
    let blocks = text.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let lines: Vec<_> = blocks.flat_map(str::lines).collect();
    assert!(!lines.is_empty(), "{section}");
    lines
}

/// Runs a line by the shell, and expects success.
#[track_caller]
fn run(directory: &Path, line: &str) {
    let programs = Path::new(env!("CARGO_BIN_EXE_deskbell")).parent().unwrap();
    let mut shell = Command::new("sh");
    shell.env_clear().env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    let output = shell.args(["-c", line]).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_commands_of_backup_and_restore_work_in_their_order_under_load() {
    let mut server = Server::start(OPEN);
    for folder in ["safe", "kept"] {
        std::fs::create_dir(server.data().join(folder)).unwrap();
    }
    run(server.data(), "cp -p data/master.key safe/");
    let lines = printed("Backup and restore");
    let (backups, rest): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.starts_with("deskbell backup"));
    let (answered, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                publish(&server, answered.fetch_add(1, Ordering::Relaxed));
            }
        });
        while answered.load(Ordering::Relaxed) < 20 {
            std::thread::yield_now();
        }
        backups.iter().for_each(|line| run(server.data(), line));
        over.store(true, Ordering::Relaxed);
    });
    let before = server.all("/v2/events").len();
    for line in rest {
        match line.strip_prefix("deskbell serve --data ") {
            Some(data) => server.restart_on(data, OPEN),
            None => run(server.data(), line),
        }
    }
    let restored = server.all("/v2/events").len();
    assert!((20..=before).contains(&restored), "{restored} of {before}");
    assert!(server.call("GET", "/v2/operator", "")["paused"].is_null());
}

#[test]
fn the_commands_of_an_upgrade_work_in_their_order() {
    let mut server = Server::start(OPEN);
    std::fs::create_dir(server.data().join("kept")).unwrap();
    for line in printed("Upgrading") {
        if line.contains("migrate") {
            server.kill();
        }
        run(server.data(), line);
    }
}

#[test]
fn the_command_that_moves_to_postgresql_works() {
    let mut server = Server::start(OPEN);
    publish(&server, 1);
    server.kill();
    let database = crate::cluster::Cluster::shared().database("template1");
    for line in printed("Moving to PostgreSQL") {
        let to = "postgres://deskbell@db.example/deskbell";
        assert!(line.contains(to));
        run(server.data(), &line.replace(to, &format!("'{}'", database.url)));
    }
    assert_eq!(crate::cluster::Cluster::shared().ask(&database.name, "SELECT count(*) FROM events"), "1");
    database.drop();
}

#[test]
fn what_a_start_would_do_to_the_tables_is_told_and_done_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let migrate = |how: &str| {
        let output = deskbell().current_dir(at).args(["migrate", how]).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), said(&output))
    };
    let (code, told, _) = migrate("--check");
    assert!(code == Some(0) && told.contains("no store yet") && !at.join("data").exists(), "{told}");
    std::fs::create_dir(at.join("data")).unwrap();
    deskbell_store::make_older(&at.join("data/deskbell.db"), 8).unwrap();
    for _ in 0..2 {
        let (code, told, _) = migrate("--check");
        let rows: Vec<Vec<&str>> =
            told.lines().skip(1).map(|row| row.split("  ").map(str::trim).collect()).collect();
        let about: Vec<_> = rows
            .iter()
            .map(|row| row.iter().filter(|cell| !cell.is_empty()).copied().collect::<Vec<_>>())
            .collect();
        assert_eq!(code, Some(1), "{told}");
        assert_eq!(about[0][1..], ["9", "identifiers", "longer the more there is"]);
        assert_eq!(about[1][..], ["./data/deskbell.db", "10", "pause", "a moment"]);
    }
    let (code, told, _) = migrate("--apply");
    assert!(code == Some(0) && told.contains("identifiers"), "{told}");
    for how in ["--check", "--apply"] {
        assert_eq!(migrate(how).0, Some(0));
    }
    assert_eq!(deskbell().args(["migrate"]).output().unwrap().status.code(), Some(2));

    let server = Server::start(OPEN);
    let output = deskbell().current_dir(server.data()).args(["migrate", "--apply"]).output().unwrap();
    assert!(
        output.status.code() == Some(1) && said(&output).contains("is in use by process"),
        "{}",
        said(&output)
    );
}
