//! `deskbell serve`: opens the instance, makes what the first run needs, greets, and serves.

use super::{Failure, accounts, keys, log};
use crate::config::{Config, Loaded, StoreAddress};
use crate::instance::Instance;
use crate::serve::Ready;
use deskbell_cli::print;
use deskbell_core::account::KeyText;
use deskbell_core::node::Role;
use deskbell_core::store;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The first account. Nobody else can have a name under `.localhost` (RFC 6761, 6.3).
const OWNER: &str = "owner@deskbell.localhost";

#[derive(clap::Args, Default)]
pub(super) struct Serve {
    /// Write the address of the server to this file when it can be called, and remove it at the end: with a free port
    /// (--listen 127.0.0.1:0) a script waits for it
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// What this process is called among those that serve from one database; also DESKBELL_NAME
    #[arg(long)]
    pub(super) name: Option<String>,
    /// What it does, on PostgreSQL: one or more of api, engine and sweeps, with commas; also DESKBELL_ROLES
    #[arg(long)]
    pub(super) roles: Option<String>,
}

pub(super) async fn run(given: Serve, loaded: Loaded) -> Result<(), Failure> {
    if let Some(file) = &given.ready_file {
        // One of an earlier run must not be taken for this one.
        remove(file)?;
    }
    let mut log = log::start(&loaded.config.log);
    loaded.config.warnings().iter().for_each(|warning| log.note(&format!("WARNING: {warning}")));
    loaded.config.note().iter().for_each(|note| log.note(&format!("NOTE: {note}")));
    let instance = Instance::open_locked(&loaded).await?;
    let config = loaded.config;
    let (email, first_key) = first_run(&instance).await?;
    let first_key = Arc::new(Mutex::new(first_key));
    let take_key = |key: &Mutex<Option<KeyText>>| key.lock().unwrap_or_else(PoisonError::into_inner).take();

    let (greeting, lock, settings) = (Arc::clone(&first_key), instance.lock.clone(), config.clone());
    let ready_file = given.ready_file.clone();
    let on_ready = move |Ready { bound, enter }: Ready| {
        let url = settings.public_url(bound);
        let written =
            ready_file.map_or(Ok(()), |file| write_whole(&file, url.as_str().trim_end_matches('/')));
        if let Err(error) = written {
            tracing::error!(%error, "the ready file could not be written");
        }
        let announced = lock.map_or(Ok(()), |lock| lock.announce(bound));
        if let Err(error) = announced {
            tracing::warn!(%error, "the lock does not show where this server listens");
        }
        if let Err(error) =
            print::answer(&greet(&settings, &Ready { bound, enter }, &email, take_key(&greeting).as_ref()))
        {
            tracing::warn!(%error, "the greeting could not be printed");
        }
    };
    let served = crate::serve::run(instance, config, on_ready).await;
    if let Some(file) = &given.ready_file {
        remove(file)?;
    }
    if let Some(key) = take_key(&first_key) {
        // It is in the store already, and can never be shown again.
        print::answer(&format!(
            "The first API key of {OWNER}, shown once, keep it:\n\n  {}\n",
            key.text().expose()
        ))?;
    }
    served.map_err(Failure::Server)
}

/// Writes one line to the file, which is there whole or not at all.
fn write_whole(file: &Path, line: &str) -> io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    std::fs::write(&name, format!("{line}\n"))?;
    std::fs::rename(name, file)
}

fn remove(file: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::refused(format!("{} cannot be removed: {error}", file.display())))
        }
        _ => Ok(()),
    }
}

/// The first account's address. When there is no account yet, makes one with its sandbox, and a key. One that cannot be read keeps
/// nobody else from being served.
async fn first_run(instance: &Instance) -> Result<(String, Option<KeyText>), Failure> {
    match instance.store.first_account().await {
        Ok(None) => {}
        Ok(Some(first)) => return Ok((first.email, None)),
        Err(store::Error::Damaged(why)) => {
            tracing::error!(why, "the first account cannot be read");
            return Ok(("EMAIL".into(), None));
        }
        Err(error) => return Err(error.into()),
    }
    let account = match accounts::create(instance, OWNER).await {
        Ok(account) => account,
        // Another server over the same database began at the same moment.
        Err(failure) => match instance.store.first_account().await? {
            Some(first) => return Ok((first.email, None)),
            None => return Err(failure),
        },
    };
    let key = keys::create(instance, &account, "first key", None).await?;
    Ok((account.email, Some(key)))
}

/// The option that leads a command to the same files, from wherever it is called; none where the store is not with them.
fn of_files(config: &Config) -> String {
    let data = &config.server.data;
    let is_within = config.server.store == StoreAddress::within(data);
    let whole = std::path::absolute(data).ok().filter(|_| is_within);
    let Some(whole) = whole else { return String::new() };
    let whole = whole.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    match whole.chars().all(is_plain) {
        true => format!(" --data {whole}"),
        false => format!(" --data '{}'", whole.replace('\'', r"'\''")),
    }
}

/// What a server says when it can be called.
fn greet(config: &Config, ready: &Ready, email: &str, key: Option<&KeyText>) -> String {
    let url = config.public_url(ready.bound);
    let url = url.as_str().trim_end_matches('/');
    let version = env!("CARGO_PKG_VERSION");
    if !config.server.roles.has(Role::Api) {
        let key =
            key.map(|key| format!("\nYour API key, shown once, keep it:\n\n  {}\n", key.text().expose()));
        let roles = config.server.roles.written();
        return format!(
            "Deskbell {version} has the roles {roles} and answers no calls; /healthz and /readyz are at {url}\n{}",
            key.unwrap_or_default()
        );
    }
    let enter = ready.enter.expose();
    match key {
        Some(key) => {
            let key = key.text().expose();
            format!(
                "Deskbell {version} is at {url}\n\n\
                 Dashboard, signed in for an hour from now:\n\n  {url}{enter}\n\n\
                 Your API key, shown once, keep it:\n\n  {key}\n\n\
                 Try it:\n\n  curl -H \"API-Key: {key}\" {url}/v2/test\n"
            )
        }
        None => format!(
            "Deskbell {version} is at {url}\n\n\
             Dashboard, signed in for an hour from now:\n\n  {url}{enter}\n\n\
             Make another API key:\n\n  deskbell keys create --account {email} --name NAME{}\n",
            of_files(config)
        ),
    }
}
