//! One setting as it stands: its text, and where that came from.

use super::store::without_password;
use std::fmt;
use std::path::PathBuf;

/// The setting whose entries have secrets behind their names.
pub(super) const HEADERS: &str = "traces.headers";

/// The setting that may be given a password, which it does not take.
pub(super) const ENDPOINT: &str = "traces.endpoint";

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingSource {
    /// Nowhere: the default holds.
    Default,
    /// Nowhere: it follows from another setting.
    Follows(&'static str),
    /// In this file.
    File(PathBuf),
    /// In this environment variable.
    Environment(String),
    /// With this flag.
    Flag(&'static str),
}

impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Follows(key) => write!(f, "default, from {key}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A setting. Every place gives text, so that a value is written the same way everywhere; a list is its entries with
/// commas between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Section and key, as `server.listen`.
    pub key: String,
    /// What is in force.
    pub text: String,
    /// Where that came from.
    pub origin: SettingSource,
    /// The default, whose kind (text, number, list) is the setting's kind.
    pub(super) default: toml::Value,
}

impl Setting {
    /// The default as text.
    pub(super) fn default_text(&self) -> String {
        text(&self.default).unwrap_or_default()
    }

    /// The value in force as TOML writes it.
    pub fn toml(&self) -> String {
        match self.default {
            toml::Value::String(_) => toml::Value::from(self.text.as_str()).to_string(),
            toml::Value::Array(_) => {
                let entries = self.text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
                toml::Value::from(entries.collect::<Vec<_>>()).to_string()
            }
            _ => self.text.clone(),
        }
    }
}

/// The text of that setting as it may be shown, right or wrong: with a mark in the place of a password, and of what headers say.
pub(super) fn shown(key: &str, text: &str) -> String {
    let named = |entry: &str| {
        entry.split_once('=').map_or("***".to_owned(), |(name, _)| format!("{}=***", name.trim()))
    };
    match key {
        HEADERS => text.split(',').filter(|entry| !entry.is_empty()).map(named).collect::<Vec<_>>().join(","),
        ENDPOINT => {
            match text.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
                Some((scheme, host)) => format!("{scheme}://***@{host}"),
                None => text.to_owned(),
            }
        }
        _ => without_password(text),
    }
}

/// A TOML value as text; `None` for a table or a date, which no setting is.
pub(super) fn text(value: &toml::Value) -> Option<String> {
    Some(match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(truth) => truth.to_string(),
        toml::Value::Array(entries) => {
            let single = |entry: &toml::Value| if entry.is_array() { None } else { text(entry) };
            entries.iter().map(single).collect::<Option<Vec<_>>>()?.join(",")
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => return None,
    })
}
