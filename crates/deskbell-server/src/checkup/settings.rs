//! The settings: where they come from, and what weakens the instance.

use super::Finding;
use crate::config::{Loaded, SettingSource};

const PART: &str = "settings";

pub(super) fn check(loaded: &Loaded) -> Vec<Finding> {
    let given =
        |origin: &SettingSource| !matches!(origin, SettingSource::Default | SettingSource::Follows(_));
    let chosen = loaded.settings.iter().filter(|setting| given(&setting.origin)).count();
    let mut found =
        vec![Finding::ok(PART, format!("read; {chosen} were chosen (deskbell config names them)"))];
    let remedy = "If nobody decided so, take it back.";
    found.extend(loaded.config.warnings().into_iter().map(|warning| Finding::warn(PART, warning, remedy)));
    found
}
