//! Help: of each command its own options alone, and an example. Options that several commands have are declared once, for all; which
//! of them a command takes notice of is said here.

use clap::Command;
use std::ffi::OsString;

/// Options of a server's own settings.
const SETTINGS: [&str; 4] = ["config", "listen", "data", "store"];
/// Options of who calls a server.
const CALLING: [&str; 3] = ["server", "api_key", "ca"];

/// What a command takes notice of, and an example of it.
struct About {
    name: &'static str,
    options: &'static [&'static str],
    example: &'static str,
}

const fn about(name: &'static str, options: &'static [&'static str], example: &'static str) -> About {
    About { name, options, example }
}

const FILES: &[&str] = &["config", "data", "store"];

const COMMANDS: &[About] = &[
    about("serve", &SETTINGS, "deskbell serve --listen 127.0.0.1:0 --ready-file /tmp/deskbell.ready"),
    about("config", &SETTINGS, "deskbell config --config /etc/deskbell/deskbell.toml"),
    about("accounts", FILES, "deskbell accounts create team@northwind.example"),
    about("keys", FILES, "deskbell keys create --account team@northwind.example --name ci"),
    about("checkup", &SETTINGS, "deskbell checkup --json"),
    about("backup", FILES, "deskbell backup /backups/deskbell-monday.db"),
    about("restore", FILES, "deskbell restore /backups/deskbell-monday.db --data /srv/deskbell"),
    about("resume", FILES, "deskbell resume --data /srv/deskbell"),
    about(
        "copy",
        FILES,
        "deskbell copy --from sqlite:data/deskbell.db --to postgres://deskbell@db.example/deskbell",
    ),
    about("migrate", FILES, "deskbell migrate --check --data /srv/deskbell"),
    about("openapi", &[], "deskbell openapi > openapi.json"),
    about("reference", &[], "deskbell reference triggers booking.canceled"),
    about(
        "verify",
        &[],
        "deskbell verify --secret-file secret --header \"Oncehub-Signature: t=1700000000,s=…\" --file body.json",
    ),
    about(
        "completions",
        &[],
        "deskbell completions bash > ~/.local/share/bash-completion/completions/deskbell",
    ),
    about("man", &[], "deskbell man | man -l -"),
    about("listen", &CALLING, "deskbell listen --forward-to http://localhost:3000/hook"),
    about("import", &CALLING, "deskbell import event.json"),
    about("replay", &CALLING, "deskbell replay CAP-CN9LSUFB2J3M --to http://localhost:3000/hook"),
    about("trigger", &CALLING, "deskbell trigger booking.canceled --expect delivered"),
    about("test", &CALLING, "deskbell test --forward-to http://localhost:3000/hook --junit report.xml"),
    about(
        "webhooks",
        &CALLING,
        "deskbell webhooks update WHK-BGX5KI9U23 --events booking,conversation.closed",
    ),
    about("events", &CALLING, "deskbell events --type booking.canceled --json"),
    about("why", &CALLING, "deskbell why EVNT-0VNJ6FN87I WHK-BGX5KI9U23"),
    about(
        "deliveries",
        &CALLING,
        "deskbell deliveries --event EVNT-0VNJ6FN87I --expect delivered --wait 30s",
    ),
    about("nodes", &CALLING, "deskbell nodes --json"),
    about("attempts", &CALLING, "deskbell attempts --delivery DLV-0VNJ6FN87IBGX5KI9U23"),
    about("inboxes", &CALLING, "deskbell inboxes requests INB-A5V5SUY5AL --wait 30s --count 2"),
    about("bookings", &CALLING, "deskbell bookings --json"),
    about("calendars", &CALLING, "deskbell calendars --json"),
    about("booking-pages", &CALLING, "deskbell booking-pages --json"),
    about("event-types", &CALLING, "deskbell event-types --json"),
    about("master-pages", &CALLING, "deskbell master-pages --json"),
];

/// `command` as whoever typed `arguments` sees it. Without one of its commands among them, everything is shown.
pub(super) fn of(command: Command, arguments: &[OsString]) -> Command {
    let typed = arguments.iter().skip(1).filter_map(|argument| argument.to_str());
    let found = typed.filter_map(|word| COMMANDS.iter().find(|about| about.name == word)).next();
    let command = COMMANDS.iter().fold(command, |command, about| {
        command.mut_subcommand(about.name, |one| one.after_help(format!("Example:\n  {}", about.example)))
    });
    let Some(about) = found else { return command };
    let hidden = SETTINGS.iter().chain(&CALLING).filter(|option| !about.options.contains(option));
    hidden.fold(command, |command, option| command.mut_arg(option, |option| option.hide(true)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn every_command_has_an_example_that_it_takes() {
        let command = Cli::command();
        let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        let told: Vec<&str> = COMMANDS.iter().map(|about| about.name).collect();
        for name in &names {
            assert!(told.contains(name), "{name} has no example");
        }
        assert_eq!(names.len(), told.len());
        for About { example, .. } in COMMANDS {
            let typed = example.split(['|', '>']).next().unwrap();
            // Quoted text is one word.
            let words = typed.split('"').enumerate().flat_map(|(at, part)| match at % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            });
            let parsed = Cli::command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
        }
    }
}
