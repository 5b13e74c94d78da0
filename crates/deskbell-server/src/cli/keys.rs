//! `deskbell keys`: making, listing and revoking API keys (wire contract, 1).

use super::Failure;
use crate::config::Loaded;
use crate::instance::Instance;
use deskbell_cli::print;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, ApiKey, KeyText};
use deskbell_core::id::KeyId;
use deskbell_core::policy::limit;
use deskbell_core::store::KeyCreated;
use deskbell_core::time::{later, wire};
use serde_json::json;
use std::time::Duration;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a key; prints it, once, alone on standard output
    Create {
        /// The e-mail address of the account it speaks for
        #[arg(long, value_name = "EMAIL")]
        account: String,
        /// What to call it: 1 to 255 characters
        #[arg(long)]
        name: String,
        /// How long it works, such as 12h or 90d; for ever when left out
        #[arg(long, value_name = "SPAN")]
        expires_in: Option<String>,
    },
    /// List keys, revoked ones too; never the keys themselves
    List {
        /// Only those of the account of this e-mail address
        #[arg(long, value_name = "EMAIL")]
        account: Option<String>,
        /// Print JSON, for machines
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key at once and for ever
    Revoke {
        /// Its id, as `deskbell keys list` prints it
        id: String,
    },
}

pub(super) async fn run(command: Command, loaded: &Loaded) -> Result<(), Failure> {
    match command {
        Command::Create { account, name, expires_in } => {
            let name = checked_name(&name)?;
            let life = expires_in.as_deref().map(checked_life).transpose()?;
            let instance = Instance::open(loaded).await?;
            let account = find(&instance, &account).await?;
            let key = create(&instance, &account, name, life).await?;
            print::answer(key.text().expose())?;
            print::note(&format!("This is key {} of {}, shown once. Keep it.", key.id(), account.email))?;
        }
        Command::List { account, json } => list(&Instance::open(loaded).await?, account, json).await?,
        Command::Revoke { id } => {
            let (instance, id) = (Instance::open(loaded).await?, KeyId::from_text(id.trim()));
            if !instance.store.revoke_key(&id, instance.clock.now()).await? {
                return Err(Failure::refused(format!("there is no active key {:?}", id.as_str())));
            }
            print::note(&format!("Key {id} opens nothing any more."))?;
        }
    }
    Ok(())
}

/// Makes a key of that name that works for `life`. The caller shows its text: it cannot be read back.
pub(super) async fn create(
    instance: &Instance,
    account: &Account,
    name: &str,
    life: Option<Duration>,
) -> Result<KeyText, Failure> {
    let now = instance.clock.now();
    let text = KeyText::new(instance.random.as_ref());
    let key = ApiKey {
        id: text.id().clone(),
        account: account.id.clone(),
        name: name.to_owned(),
        hash: text.hash(&instance.vault),
        created: now,
        expires: life.map(|life| later(now, life)),
        revoked: None,
        last_used: None,
    };
    match instance.store.create_key(key, limit::ACTIVE_KEYS_PER_ACCOUNT).await? {
        KeyCreated::Created => Ok(text),
        KeyCreated::TooMany => Err(Failure::refused(format!(
            "the account of {} has {} active keys, as many as it may have; revoke one first",
            account.email,
            limit::ACTIVE_KEYS_PER_ACCOUNT
        ))),
        KeyCreated::NoAccount => Err(no_account(&account.email)),
    }
}

async fn list(instance: &Instance, email: Option<String>, json: bool) -> Result<(), Failure> {
    let accounts = match email {
        Some(email) => vec![find(instance, &email).await?],
        None => instance.store.accounts().await?,
    };
    let (mut rows, mut objects) = (Vec::new(), Vec::new());
    for account in accounts {
        if json {
            let object = |key: ApiKey| {
                json!({
                    "id": key.id.as_str(), "name": key.name, "account": account.email,
                    "creation_time": wire(key.created), "expiry_time": key.expires.map(wire),
                    "revocation_time": key.revoked.map(wire),
                })
            };
            objects.extend(instance.store.keys(&account.id).await?.into_iter().map(object));
            continue;
        }
        let row = |key: ApiKey| {
            let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), wire);
            let (expires, revoked) = (time(key.expires), time(key.revoked));
            [key.id.to_string(), key.name, account.email.clone(), wire(key.created), expires, revoked]
        };
        rows.extend(instance.store.keys(&account.id).await?.into_iter().map(row));
    }
    if json {
        return Ok(print::json(&objects.into())?);
    }
    print::table(["ID", "NAME", "ACCOUNT", "CREATED", "EXPIRES", "REVOKED"], rows)?;
    Ok(())
}

async fn find(instance: &Instance, email: &str) -> Result<Account, Failure> {
    instance.store.account_by_email(email.trim()).await?.ok_or_else(|| no_account(email))
}

fn no_account(email: &str) -> Failure {
    Failure::refused(format!("there is no account of {email:?}"))
}

fn checked_name(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    let length = name.chars().count();
    if (1..=limit::NAME_CHARS).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    let rule = format!(
        "the name must have 1 to {} characters and no control characters; it has {length}",
        limit::NAME_CHARS
    );
    Err(Failure::usage(rule))
}

/// Bounds of the life of a key that has one: a second, ten years.
const SHORTEST_LIFE: Duration = Duration::from_secs(1);
const LONGEST_LIFE: Duration = Duration::from_secs(3650 * 24 * 3600);

fn checked_life(text: &str) -> Result<Duration, Failure> {
    deskbell_core::duration::within(SHORTEST_LIFE, LONGEST_LIFE)(text)
        .map_err(|rule| Failure::usage(format!("--expires-in {text}: {rule}")))
}
