//! The layers of settings, weakest first: defaults, file, environment, flags. Finds every name that means nothing.

use super::problem::Problem;
use super::setting::{self, Setting, SettingSource};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

const DEFAULTS: &str = include_str!("default.toml");
/// What the name of each of our environment variables begins with.
const PREFIX: &str = "DESKBELL_";
/// The settings that have a short name in the environment.
const SHORT: [(&str, &str); 5] = [
    ("DESKBELL_LISTEN", "server.listen"),
    ("DESKBELL_DATA", "server.data"),
    ("DESKBELL_STORE", "server.store"),
    ("DESKBELL_NAME", "server.name"),
    ("DESKBELL_ROLES", "server.roles"),
];
/// Variables that are no settings; [`super::load`] and the command line read them.
pub(super) const FILE: &str = "DESKBELL_CONFIG";
pub(super) const MASTER_KEY: &str = "DESKBELL_MASTER_KEY";
const OTHERS: [&str; 7] = [
    FILE,
    MASTER_KEY,
    "DESKBELL_SERVER",
    "DESKBELL_API_KEY",
    "DESKBELL_CA",
    "DESKBELL_UI_DIST",
    "DESKBELL_UI_SKIP",
];

/// The settings while they are laid over each other, by key, with what went wrong.
pub(super) struct Layers {
    pub(super) settings: BTreeMap<String, Setting>,
    pub(super) problems: Vec<Problem>,
}

impl Layers {
    /// The defaults.
    pub(super) fn defaults() -> Self {
        let table = DEFAULTS.parse().unwrap_or_else(|error| unreachable!("default.toml: {error}"));
        let settings = flatten(table).into_iter().map(|(key, default)| {
            let text = setting::text(&default).unwrap_or_default();
            (key.clone(), Setting { key, text, origin: SettingSource::Default, default })
        });
        Self { settings: settings.collect(), problems: Vec::new() }
    }

    /// Lays a settings file over them.
    pub(super) fn file(&mut self, path: &Path) {
        let origin = SettingSource::File(path.to_owned());
        let fault = |message: String| Problem::File { path: path.display().to_string(), message };
        let table = match std::fs::read_to_string(path) {
            Ok(text) => {
                text.parse::<toml::Table>().map_err(|error| fault(error.to_string().trim().to_owned()))
            }
            Err(error) => Err(fault(format!("cannot be read: {error}"))),
        };
        match table {
            Ok(table) => {
                for (key, value) in flatten(table) {
                    self.file_value(key, &value, &origin);
                }
            }
            Err(problem) => self.problems.push(problem),
        }
    }

    fn file_value(&mut self, key: String, value: &toml::Value, origin: &SettingSource) {
        if !self.settings.contains_key(&key) {
            let nearest = self.nearest(&key);
            self.problems.push(Problem::Unknown { name: key, origin: origin.clone(), nearest });
        } else if let Some(text) = setting::text(value) {
            self.lay(&key, text, origin.clone());
        } else {
            let rule = "must be text, a number, true, false, or a list of text".to_owned();
            let value = setting::shown(&key, &value.to_string());
            self.problems.push(Problem::Value { key, value, rule, origin: origin.clone() });
        }
    }

    /// Lays the environment over them.
    pub(super) fn environment(&mut self, variables: &BTreeMap<OsString, OsString>) {
        let mut names: BTreeMap<String, String> =
            self.settings.keys().map(|key| (variable(key), key.clone())).collect();
        names.extend(SHORT.map(|(name, key)| (name.to_owned(), key.to_owned())));
        let ours = variables.iter().filter_map(|(name, value)| {
            let name = name.to_string_lossy().into_owned();
            (name.starts_with(PREFIX) && !OTHERS.contains(&name.as_str())).then_some((name, value))
        });
        for (name, value) in ours {
            let origin = SettingSource::Environment(name.clone());
            let Some(key) = names.get(&name) else {
                let known = names.keys().map(String::as_str).chain(OTHERS);
                let nearest = closest(&name.to_uppercase(), known).map(str::to_owned);
                self.problems.push(Problem::Unknown { name, origin, nearest });
                continue;
            };
            if let Some(SettingSource::Environment(first)) = self.settings.get(key).map(|given| &given.origin)
            {
                self.problems.push(Problem::Twice { key: key.clone(), first: first.clone(), second: name });
            } else if let Some(value) = value.to_str() {
                self.lay(key, value.to_owned(), origin);
            } else {
                let (value, rule) = (value.to_string_lossy().into_owned(), "must be UTF-8".to_owned());
                self.problems.push(Problem::Value { key: key.clone(), value, rule, origin });
            }
        }
    }

    /// Lays a flag over them.
    pub(super) fn flag(&mut self, key: &str, flag: &'static str, value: Option<&String>) {
        if let Some(value) = value {
            self.lay(key, value.clone(), SettingSource::Flag(flag));
        }
    }

    fn lay(&mut self, key: &str, text: String, origin: SettingSource) {
        if let Some(setting) = self.settings.get_mut(key) {
            (setting.text, setting.origin) = (text, origin);
        }
    }

    /// The key that may have been meant: the same name in another section, or a similar one.
    fn nearest(&self, key: &str) -> Option<String> {
        let last = key.rsplit('.').next();
        let moved = self.settings.keys().filter(|known| known.split('.').next_back() == last);
        moved
            .map(String::as_str)
            .min_by_key(|known| strsim::damerau_levenshtein(key, known))
            .or_else(|| closest(key, self.settings.keys().map(String::as_str)))
            .map(str::to_owned)
    }
}

/// The setting's variable, as `DESKBELL_SERVER__LISTEN`.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// The tables' entries under `section.key`. What stands outside of a section, and an empty section, keep their names.
fn flatten(table: toml::Table) -> Vec<(String, toml::Value)> {
    let mut entries = Vec::new();
    for (section, value) in table {
        match value {
            toml::Value::Table(keys) if !keys.is_empty() => {
                entries.extend(keys.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)));
            }
            // An empty section of ours says nothing; any other is reported.
            toml::Value::Table(_) if DEFAULTS.contains(&format!("\n[{section}]\n")) => {}
            value => entries.push((section, value)),
        }
    }
    entries
}

/// The most similar name, if at most a third of it differs.
fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min()
        .filter(|(distance, known)| distance * 3 <= known.len())
        .map(|(_, known)| known)
}
