//! `deskbell accounts`: making and listing accounts.

use super::Failure;
use crate::config::Loaded;
use crate::config::value::{kept, number, written_kept};
use crate::instance::Instance;
use crate::serve::events_quota;
use deskbell_api::disk::Disk;
use deskbell_cli::print;
use deskbell_core::Store;
use deskbell_core::account::{Account, PayloadStyle, is_email};
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::{EVENTS_KEPT, PAYLOADS_KEPT, QUOTA_MIB};
use deskbell_core::quota::UNBOUNDED;
use deskbell_core::retention::Keep;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::AccountCreated;
use deskbell_core::time::wire;
use serde_json::json;
use std::time::Duration;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make an account with its sandbox; prints its id
    Create {
        /// Its e-mail address, which no other account has
        email: String,
    },
    /// List all accounts
    List {
        /// Print JSON, for machines
        #[arg(long)]
        json: bool,
    },
    /// Say for how long events are kept of an account, or set it; without options prints what holds
    Retention {
        /// Its e-mail address
        email: String,
        /// For how long its events are kept, as 30d or forever; "instance" is as the settings say
        #[arg(long, value_name = "TIME")]
        events: Option<String>,
        /// For how long their bytes are kept; "instance" is as the settings say
        #[arg(long, value_name = "TIME")]
        payloads: Option<String>,
    },
    /// Say how many bytes of events an account keeps and may keep, or set that; without options prints what holds
    Quota {
        /// Its e-mail address
        email: String,
        /// MiB of events that it may keep, or none; "instance" is as the settings say
        #[arg(long, value_name = "MIB")]
        events_mib: Option<String>,
    },
}

pub(super) async fn run(command: Command, loaded: &Loaded) -> Result<(), Failure> {
    match command {
        Command::Create { email } => {
            let email = email.trim();
            if !is_email(email) {
                return Err(Failure::usage(format!("{email:?} is not an e-mail address")));
            }
            let account = create(&Instance::open(loaded).await?, email).await?;
            print::answer(account.id.as_str())?;
            print::note(&format!("Make a key for it: deskbell keys create --account {email} --name NAME"))?;
        }
        Command::List { json } => {
            let accounts = Instance::open(loaded).await?.store.accounts().await?;
            if json {
                let object = |one: Account| json!({"id": one.id.as_str(), "email": one.email, "creation_time": wire(one.created)});
                return Ok(print::json(&accounts.into_iter().map(object).collect())?);
            }
            let row = |account: Account| [account.id.to_string(), account.email, wire(account.created)];
            print::table(["ID", "EMAIL", "CREATED"], accounts.into_iter().map(row).collect())?;
        }
        Command::Retention { email, events, payloads } => {
            let instance = Instance::open(loaded).await?;
            retention(&*instance.store, loaded.config.retention, &email, events, payloads).await?;
        }
        Command::Quota { email, events_mib } => {
            let instance = Instance::open(loaded).await?;
            let disk = Disk::new(loaded.config.server.store.file(), loaded.config.disk);
            let instance_quota = events_quota(&loaded.config, &disk);
            quota(&*instance.store, instance_quota, &email, events_mib).await?;
        }
    }
    Ok(())
}

/// Makes the account of `email` with its sandbox. The first one may see how the whole instance does.
pub(super) async fn create(instance: &Instance, email: &str) -> Result<Account, Failure> {
    let (random, now) = (instance.random.as_ref(), instance.clock.now());
    let account = Account {
        id: AccountId::new(random),
        email: email.to_owned(),
        created: now,
        payload_style: PayloadStyle::default(),
        operator: instance.store.first_account().await?.is_none(),
    };
    let sandbox = Sandbox::new(&account.id, random, now);
    match instance.store.create_account(account.clone(), sandbox).await? {
        AccountCreated::Created => Ok(account),
        AccountCreated::EmailTaken => {
            Err(Failure::refused(format!("there is an account of {email} already")))
        }
    }
}

/// Sets what is given, and prints what holds of the account.
async fn retention(
    store: &dyn Store,
    instance: Keep,
    email: &str,
    events: Option<String>,
    payloads: Option<String>,
) -> Result<(), Failure> {
    let account = store.account_by_email(email.trim()).await?;
    let account = account.ok_or_else(|| Failure::refused(format!("there is no account of {email}")))?;
    let mut own = store.own_keep(&account.id).await?;
    if let Some(text) = &events {
        own.events = time("--events", text, EVENTS_KEPT)?;
    }
    if let Some(text) = &payloads {
        own.payloads = time("--payloads", text, PAYLOADS_KEPT)?;
    }
    if events.is_some() || payloads.is_some() {
        store.set_own_keep(&account.id, own).await?;
    }
    let keep = instance.of(own);
    let whose = |own: Option<Duration>| if own.is_some() { "its own" } else { "the instance's" }.to_owned();
    let rows = [
        ["events".to_owned(), written_kept(keep.events), whose(own.events)],
        ["payloads".to_owned(), written_kept(keep.payloads.min(keep.events)), whose(own.payloads)],
    ];
    Ok(print::table(["WHAT", "KEPT", "WHOSE TIME"], rows.into())?)
}

/// Sets what is given, and prints what holds of the account.
async fn quota(
    store: &dyn Store,
    instance: u64,
    email: &str,
    events_mib: Option<String>,
) -> Result<(), Failure> {
    let account = store.account_by_email(email.trim()).await?;
    let account = account.ok_or_else(|| Failure::refused(format!("there is no account of {email}")))?;
    if let Some(text) = &events_mib {
        let own = match text.as_str() {
            "instance" => None,
            "none" => Some(UNBOUNDED),
            mib => {
                let read = number(1, QUOTA_MIB)(mib);
                let read = read
                    .map_err(|rule| Failure::usage(format!("--events-mib {rule}; or none, or instance")))?;
                Some(u64::from(read) << 20)
            }
        };
        store.set_own_quota(&account.id, own).await?;
    }
    let kept = store.kept(&account.id).await?;
    let mib =
        |bytes: u64| if bytes == UNBOUNDED { "none".to_owned() } else { format!("{} MiB", bytes >> 20) };
    let percent = kept.percent(instance).map(|percent| format!("{percent:.0} %")).unwrap_or_default();
    let counted = if kept.is_partial { " (counting)" } else { "" };
    let row = [
        "events".to_owned(),
        format!("{} MiB{counted}", kept.bytes >> 20),
        mib(kept.quota(instance)),
        percent,
        if kept.own.is_some() { "its own" } else { "the instance's" }.to_owned(),
    ];
    Ok(print::table(["WHAT", "KEPT", "QUOTA", "USED", "WHOSE QUOTA"], vec![row])?)
}

fn time(flag: &str, text: &str, least: Duration) -> Result<Option<Duration>, Failure> {
    if text == "instance" {
        return Ok(None);
    }
    let read = kept(least)(text).map_err(|rule| Failure::usage(format!("{flag} {rule}; or instance")))?;
    Ok(Some(read))
}
