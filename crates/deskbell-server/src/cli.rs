//! The command line: what can be asked for, and how a command ends.

mod accounts;
mod checkup;
mod config;
mod copies;
mod copy;
mod help;
mod keys;
mod log;
mod migrate;
mod serve;
mod shell;

use crate::config::{Config, Flags, Loaded, Problems};
use crate::instance::{LockError, OpenError, RestoreError};
use crate::serve::Fallen;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use deskbell_api::{attempt, sample};
use deskbell_cli::{print, trigger};
use deskbell_core::explain::words;
use deskbell_wire::problem;
use std::ffi::OsString;
use std::process::ExitCode;

/// A webhook system that speaks the OnceHub v2 API. Without a command it serves.
#[derive(Parser)]
#[command(name = "deskbell", version)]
struct Cli {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(flatten)]
    server: deskbell_cli::Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct SettingFlags {
    /// A settings file (TOML); also DESKBELL_CONFIG
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<String>,
    /// Where to listen, as 127.0.0.1:8480; also DESKBELL_LISTEN
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The data directory; also DESKBELL_DATA
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// Where everything is kept, as sqlite:PATH or postgres://…; also DESKBELL_STORE
    #[arg(long, global = true, value_name = "STORE")]
    store: Option<String>,
}

#[allow(clippy::large_enum_variant, reason = "there is one in a process")]
#[derive(Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve(serve::Serve),
    /// Print the settings in force, and where each came from
    Config,
    /// Make and list accounts
    #[command(subcommand)]
    Accounts(accounts::Command),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Say whether this instance and its machine are fit to run, with what to do where they are not
    Checkup(checkup::Checkup),
    /// Copy everything into one file, beside a server that may be running
    Backup(copies::Backup),
    /// Make an instance of a backup, in an empty data directory; it sends nothing before `deskbell resume`
    Restore(copies::Restore),
    /// Let an instance that was restored or copied send
    Resume,
    /// Copy everything from SQLite's files into an empty PostgreSQL database; killed on the way, the same command goes on
    Copy(copy::Copy),
    /// Say what a start would do to the tables, or do it without a start
    Migrate(migrate::Migrate),
    /// Print the API's OpenAPI document
    Openapi,
    /// Print a page of the reference
    #[command(subcommand)]
    Reference(Page),
    /// Say whether a delivery's signature is valid, or name the mistake
    Verify(deskbell_cli::Verify),
    #[command(flatten)]
    Remote(deskbell_cli::Command),
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff
    Man,
}

/// A page of the reference that is made from the code.
#[derive(Subcommand)]
enum Page {
    /// The codes of errors
    Errors,
    /// The outcomes of attempts
    Outcomes,
    /// The triggers, or one of them with what it sends
    Triggers {
        /// Such as booking.canceled; a list of all when left out
        trigger: Option<String>,
    },
}

/// Why a command ended badly.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// As any command may.
    #[error(transparent)]
    Command(#[from] deskbell_cli::Failure),
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// The instance does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no backup.
    #[error(transparent)]
    Backup(#[from] deskbell_store::CopyError),
    /// There is no copy, or a part of one.
    #[error(transparent)]
    Copy(#[from] deskbell_store::TransferError),
    /// There is a copy, but not of everything.
    #[error("{} cannot be kept there and were left out", rows(*.0))]
    LeftOut(u64),
    /// Nothing was restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// A server runs.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file of the store does not open.
    #[error(transparent)]
    File(#[from] deskbell_store::OpenError),
    /// The database does not open.
    #[error(transparent)]
    Database(#[from] deskbell_store::DatabaseError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] deskbell_core::store::Error),
    /// The server ended.
    #[error("{0:#}")]
    Server(anyhow::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Command(error.into())
    }
}

impl Failure {
    /// What was asked for makes no sense.
    fn usage(rule: String) -> Self {
        Self::Command(deskbell_cli::Failure::Usage(rule))
    }

    /// What was asked for cannot be done.
    fn refused(reason: String) -> Self {
        Self::Command(deskbell_cli::Failure::Refused(reason))
    }

    /// The exit code: 2 for what a person typed or set, 3 for a copy that is not of everything, 1 for everything else.
    fn code(&self) -> u8 {
        match self {
            Self::Command(failure) => failure.code(),
            Self::Settings(_) => 2,
            Self::LeftOut(_) => 3,
            _ => 1,
        }
    }

    fn is_told(&self) -> bool {
        match self {
            Self::Command(failure) => failure.is_told(),
            // The log does not wait for whoever should read standard error.
            Self::Server(error) => error.is::<Fallen>(),
            _ => false,
        }
    }
}

fn rows(rows: u64) -> String {
    if rows == 1 { "one row".to_owned() } else { format!("{} rows", words::number(rows)) }
}

/// Runs the command that the process was started with. Exit codes: 0, 1 for a failure, 2 for wrong usage or settings, 3 for a
/// copy that is not of everything.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let parsed = help::of(Cli::command(), &arguments).try_get_matches_from(arguments);
    let cli = match parsed.and_then(|found| Cli::from_arg_matches(&found)) {
        Ok(cli) => cli,
        Err(message) => {
            // Help and the version come here too; what is said of a mistake repeats what was typed. Nobody is left to tell when it
            // cannot be printed.
            let _ = match message.use_stderr() {
                true => print::note(message.render().to_string().trim_end()),
                false => message.print(),
            };
            return ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2));
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_told() => ExitCode::from(failure.code()),
        Err(failure) => {
            let _ = print::note(&format!("deskbell: {failure}"));
            ExitCode::from(failure.code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match cli.command.unwrap_or(Command::Serve(serve::Serve::default())) {
        // These are of somebody who calls a server: the settings of a server of their own are not asked for.
        Command::Remote(command) => Ok(runtime()?.block_on(deskbell_cli::run(command, &cli.server))?),
        Command::Verify(given) => Ok(deskbell_cli::verify(&given)?),
        Command::Completions { shell } => {
            Ok(print::answer(shell::completions(&mut Cli::command(), shell)?.trim_end())?)
        }
        Command::Man => Ok(print::answer(shell::man(help::of(Cli::command(), &[]))?.trim_end())?),
        local => {
            let SettingFlags { config, listen, data, store } = cli.settings;
            let (name, roles) = match &local {
                Command::Serve(given) => (given.name.clone(), given.roles.clone()),
                _ => (None, None),
            };
            let flags = Flags { config, listen, data, store, name, roles };
            let loaded = Config::load(&flags, std::env::vars_os())?;
            runtime()?.block_on(command(local, loaded))
        }
    }
}

async fn command(command: Command, loaded: Loaded) -> Result<(), Failure> {
    match command {
        Command::Serve(given) => serve::run(given, loaded).await,
        Command::Config => config::print(&loaded),
        Command::Accounts(command) => accounts::run(command, &loaded).await,
        Command::Keys(command) => keys::run(command, &loaded).await,
        Command::Checkup(given) => checkup::run(given, &loaded).await,
        Command::Backup(given) => copies::backup(&given, &loaded),
        Command::Restore(given) => copies::restore(&given, &loaded),
        Command::Resume => copies::resume(&loaded).await,
        Command::Copy(given) => copy::run(&given, &loaded).await,
        Command::Migrate(given) => migrate::run(&given, &loaded).await,
        Command::Openapi => Ok(print::answer(deskbell_api::openapi_json().trim_end())?),
        Command::Reference(page) => reference(page),
        Command::Remote(_) | Command::Verify(_) | Command::Completions { .. } | Command::Man => Ok(()),
    }
}

fn reference(page: Page) -> Result<(), Failure> {
    let page = match page {
        Page::Errors => problem::reference(),
        Page::Outcomes => attempt::reference(),
        Page::Triggers { trigger: None } => sample::pages(),
        Page::Triggers { trigger: Some(name) } => sample::page(trigger::named(&name)?),
    };
    Ok(print::answer(page.trim_end())?)
}
