//! `deskbell config`: each setting in force, as TOML, with where it came from.

use super::Failure;
use crate::config::{Loaded, Setting};
use deskbell_cli::print;

/// Prints the settings. The output is a settings file that gives the same settings again.
pub(super) fn print(loaded: &Loaded) -> Result<(), Failure> {
    print::answer(&text(&loaded.settings))?;
    Ok(())
}

fn text(settings: &[Setting]) -> String {
    let mut lines = Vec::new();
    let mut current = "";
    for setting in settings {
        let Some((section, key)) = setting.key.split_once('.') else { continue };
        if section != current {
            if !current.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("[{section}]"));
            current = section;
        }
        let line = format!("{key} = {}", setting.toml());
        lines.push(format!("{line:<48}  # {}", print::safe(&setting.origin.to_string())));
    }
    lines.join("\n")
}
