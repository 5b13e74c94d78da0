//! `deskbell accounts`: making and listing accounts.

use super::Failure;
use crate::config::Loaded;
use crate::config::value::{kept, written_kept};
use crate::instance::Instance;
use deskbell_cli::print;
use deskbell_core::Store;
use deskbell_core::account::{Account, PayloadStyle, is_email};
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::{EVENTS_KEPT, PAYLOADS_KEPT};
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

fn time(flag: &str, text: &str, least: Duration) -> Result<Option<Duration>, Failure> {
    if text == "instance" {
        return Ok(None);
    }
    let read = kept(least)(text).map_err(|rule| Failure::usage(format!("{flag} {rule}; or instance")))?;
    Ok(Some(read))
}
