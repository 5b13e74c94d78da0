//! Builds the page with npm into Cargo's output folder, or takes a ready one.
//!
//! - `DESKBELL_UI_DIST` names a folder that holds a built page: no Node is needed.
//! - `DESKBELL_UI_SKIP` set to anything but nothing, or a language server that only checks: a page that says it is left out.
//! - Otherwise Node builds it. Without Node the build fails with one message; it never leaves the page out in silence.

#![allow(clippy::disallowed_methods, reason = "a build script is told what to do by its environment")]

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// The oldest Node that the page's tools run on: major, minor.
const NODE: (u32, u32) = (20, 19);
/// Everything that the page is made of, by name: the modules and the output are not watched, nor a path that may be missing.
const SOURCES: [&str; 8] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "precompress.mjs",
    "tsconfig.json",
    "vite.config.ts",
];
/// Lines of npm's output that are worth reading when it fails.
const TAIL: usize = 40;

fn main() {
    println!("cargo::rerun-if-env-changed=DESKBELL_UI_DIST");
    println!("cargo::rerun-if-env-changed=DESKBELL_UI_SKIP");
    println!("cargo::rerun-if-changed=build.rs");
    let web = folder("CARGO_MANIFEST_DIR").join("web");
    let out = folder("OUT_DIR").join("ui");
    let made = match given("DESKBELL_UI_DIST") {
        Some(dist) => take(Path::new(&dist), &out),
        None if given("DESKBELL_UI_SKIP").is_some() || is_language_server() => leave_out(&out),
        None => build(&web, &out),
    };
    if let Err(message) = made {
        // Cargo shows each as a line of its own, without the script's backtrace around it.
        for line in message.lines() {
            println!("cargo::error={line}");
        }
        exit(1);
    }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(name).unwrap_or_default())
}

fn given(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// rust-analyzer runs build scripts with itself as the compiler's wrapper.
fn is_language_server() -> bool {
    given("RUSTC_WRAPPER").is_some_and(|wrapper| wrapper.contains("rust-analyzer"))
}

/// A page that was built elsewhere.
fn take(dist: &Path, out: &Path) -> Result<(), String> {
    if !dist.join("index.html").is_file() {
        return Err(format!("DESKBELL_UI_DIST names {}, which holds no index.html.", dist.display()));
    }
    println!("cargo::rerun-if-changed={}", dist.display());
    empty(out)?;
    copy(dist, out)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("{} cannot be copied: {error}", from.display());
    fs::create_dir_all(to).map_err(unreadable)?;
    for entry in fs::read_dir(from).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).map_err(unreadable)?;
        }
    }
    Ok(())
}

fn leave_out(out: &Path) -> Result<(), String> {
    empty(out)?;
    let page =
        "<!doctype html>\n<title>Deskbell</title>\n<p>This build was made without the dashboard.</p>\n";
    fs::write(out.join("index.html"), page)
        .map_err(|error| format!("{} cannot be written: {error}", out.display()))
}

fn empty(out: &Path) -> Result<(), String> {
    // It may not be there yet; whatever else is wrong, the next step says.
    let _ = fs::remove_dir_all(out);
    fs::create_dir_all(out).map_err(|error| format!("{} cannot be made: {error}", out.display()))
}

fn build(web: &Path, out: &Path) -> Result<(), String> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    check_node()?;
    // Builds for debug, release and tests may overlap: one of them at a time uses the modules.
    let lock = File::create(web.join(".npm.lock"))
        .map_err(|error| format!("the lock beside npm cannot be made: {error}"))?;
    lock.lock().map_err(|error| format!("the lock beside npm cannot be taken: {error}"))?;
    install(web)?;
    run(web, out, &["run", "build", "--silent"])?;
    if out.join("index.html").is_file() { Ok(()) } else { Err("npm built no index.html.".into()) }
}

fn check_node() -> Result<(), String> {
    let (major, minor) = NODE;
    let help = |found: &str| {
        format!(
            "The dashboard is built with Node.js {major}.{minor} or newer, with npm; {found}.\n\
             Install it (Debian: apt install nodejs npm; or https://nodejs.org), then run the same command again.\n\
             Or set DESKBELL_UI_DIST=/path/to/a/built/page to use one that was built elsewhere,\n\
             or DESKBELL_UI_SKIP=1 to build without the dashboard."
        )
    };
    let output = Command::new("node").arg("--version").output().map_err(|_| help("no `node` was found"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut numbers = text.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(found), Some(more)) if (found, more) >= NODE => {}
        _ => return Err(help(&format!("`node --version` says {text:?}"))),
    }
    Command::new(npm()).arg("--version").output().map(drop).map_err(|_| help("no `npm` was found"))
}

/// Fetches the modules, only when the lock file is another than the one they were fetched by, as `scripts/modules.sh` does.
fn install(web: &Path) -> Result<(), String> {
    let lock_file = web.join("package-lock.json");
    let text =
        fs::read(&lock_file).map_err(|error| format!("{} cannot be read: {error}", lock_file.display()))?;
    let known = web.join("node_modules/.lock-file");
    if fs::read(&known).is_ok_and(|known| known == text) {
        return Ok(());
    }
    run(web, web, &["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"])?;
    fs::write(&known, text).map_err(|error| format!("{} cannot be written: {error}", known.display()))
}

fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

fn run(web: &Path, out: &Path, arguments: &[&str]) -> Result<(), String> {
    let command = format!("npm {}", arguments.join(" "));
    let output = Command::new(npm())
        .args(arguments)
        .current_dir(web)
        .env("DESKBELL_UI_OUT", out)
        .output()
        .map_err(|error| format!("`{command}` cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default().join("\n");
    Err(format!("`{command}` failed. To repeat it: cd {} && {command}\n{tail}", web.display()))
}
