//! `deskbell accounts`: making and listing accounts.

use super::Failure;
use crate::config::Loaded;
use crate::instance::Instance;
use deskbell_cli::print;
use deskbell_core::account::{Account, PayloadStyle, is_email};
use deskbell_core::id::AccountId;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::AccountCreated;
use deskbell_core::time::wire;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make an account with its sandbox; prints its id
    Create {
        /// Its e-mail address, which no other account has
        email: String,
    },
    /// List all accounts
    List,
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
        Command::List => {
            let accounts = Instance::open(loaded).await?.store.accounts().await?;
            let row = |account: Account| [account.id.to_string(), account.email, wire(account.created)];
            print::table(["ID", "EMAIL", "CREATED"], accounts.into_iter().map(row).collect())?;
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
