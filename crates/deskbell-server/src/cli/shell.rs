//! `deskbell completions` and `deskbell man`: what a shell and a reader of manuals want, made from the commands themselves.

use std::io;

/// The script that completes `command` in `shell`.
pub(super) fn completions(command: &mut clap::Command, shell: clap_complete::Shell) -> io::Result<String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "deskbell", &mut script);
    String::from_utf8(script).map_err(io::Error::other)
}

/// One page of roff: the command, then each of its subcommands.
pub(super) fn man(mut command: clap::Command) -> io::Result<String> {
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let name = subcommand.get_bin_name().unwrap_or_default().to_owned();
        page.extend(format!(".SH {}\n", name.to_uppercase()).into_bytes());
        let man = clap_mangen::Man::new(subcommand.clone());
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        if subcommand.has_subcommands() {
            man.render_subcommands_section(&mut page)?;
        }
        let example = subcommand.get_after_help().map(ToString::to_string).unwrap_or_default();
        page.extend(format!(".PP\n.nf\n{}\n.fi\n", escaped(&example)).into_bytes());
    }
    page.extend(ENDING.as_bytes());
    String::from_utf8(page).map_err(io::Error::other)
}

/// Text as roff takes it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace("\n.", "\n\\&.")
}

/// What holds for all commands.
const ENDING: &str = "\
.SH EXIT STATUS
.TP
.B 0
It is done; what was expected is so.
.TP
.B 1
It cannot be done, or what was expected (\\-\\-expect, \\-\\-count, a valid signature, a handler that takes everything) is not so; one \
sentence on standard error says why.
.TP
.B 2
What was typed or set makes no sense; the sentence names what, and the nearest name that is known.
.SH ENVIRONMENT
.TP
.B DESKBELL_SERVER, DESKBELL_API_KEY, DESKBELL_CA
As \\-\\-server, \\-\\-api\\-key and \\-\\-ca: which server is called, as whom, and which certificates are trusted beside the machine\\(aqs.
.TP
.B DESKBELL_CONFIG, DESKBELL_LISTEN, DESKBELL_DATA, DESKBELL_STORE
As \\-\\-config, \\-\\-listen, \\-\\-data and \\-\\-store, for the server itself.
.TP
.B DESKBELL_SECTION__KEY
Any other setting, such as DESKBELL_DELIVERY__JITTER; \\fBdeskbell config\\fR prints them all.
.TP
.B TZ
The time zone in which tables show times.
";
