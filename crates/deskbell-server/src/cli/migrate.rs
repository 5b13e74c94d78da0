//! `deskbell migrate`: what a start would do to the tables, and doing it without a start.

use super::Failure;
use crate::config::{Loaded, StoreAddress};
use crate::door::SystemClock;
use crate::instance::Lock;
use deskbell_cli::print;
use deskbell_core::Clock as _;
use deskbell_store::Missing;

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Migrate {
    /// Print what is to be done and do nothing; exit code 1 if that is anything
    #[arg(long)]
    check: bool,
    /// Do it, while no server runs
    #[arg(long)]
    apply: bool,
}

pub(super) async fn run(given: &Migrate, loaded: &Loaded) -> Result<(), Failure> {
    let store = match &loaded.config.server.store {
        StoreAddress::Sqlite(path) => path,
        StoreAddress::Postgres(url) => {
            let missing = deskbell_store::database_migrations(url.expose(), given.apply).await?;
            return told(given, missing, &url.to_string());
        }
    };
    // A start does the same under the same lock.
    let exists = store.exists();
    let lock = (given.apply && exists).then(|| Lock::take(store, None, SystemClock.now())).transpose()?;
    let missing = deskbell_store::migrations(store, given.apply)?;
    drop(lock);
    if missing.is_empty() && !exists {
        return Ok(print::answer(
            "Nothing is to be done: there is no store yet, and the first start makes it.",
        )?);
    }
    told(given, missing, "")
}

/// Prints what is missing, or was; of a database, which has no file, where it is.
fn told(given: &Migrate, missing: Vec<Missing>, place: &str) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(print::answer("Nothing is to be done: the tables are as this release has them.")?);
    }
    let row = |Missing { file, number, name, quick }: Missing| {
        let takes = if quick { "a moment" } else { "longer the more there is" };
        let file = file.map_or_else(|| place.to_owned(), |file| file.display().to_string());
        [file, number.to_string(), name.to_owned(), takes.to_owned()]
    };
    print::table(["FILE", "NUMBER", "MIGRATION", "TAKES"], missing.into_iter().map(row).collect())?;
    if given.check { Err(deskbell_cli::Failure::Told.into()) } else { Ok(()) }
}
