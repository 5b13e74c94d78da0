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
    }
    String::from_utf8(page).map_err(io::Error::other)
}
