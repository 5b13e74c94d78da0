//! What is wrong with the settings: key, value, rule and where it came from, all problems at once (C-46).

use super::setting::SettingSource;
use std::fmt;

/// A mistake in the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A setting's value breaks its rule.
    #[error("{key} = {value:?} ({origin}): {rule}")]
    Value {
        /// The key of the setting, as `server.listen`.
        key: String,
        /// What was given for it.
        value: String,
        /// Which rule it breaks.
        rule: String,
        /// Where it was given.
        origin: SettingSource,
    },
    /// A name that means nothing. Its value is not shown: it may be a secret meant for another name.
    #[error("{name} ({origin}): there is no such setting{}", hint(.nearest))]
    Unknown {
        /// The key or the variable.
        name: String,
        /// Where it was given.
        origin: SettingSource,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// The environment gives one setting under two names.
    #[error("{first} and {second} (environment): both give {key}; keep one of them")]
    Twice {
        /// The key of the setting.
        key: String,
        /// The variable of the two that comes first in the alphabet.
        first: String,
        /// The other variable.
        second: String,
    },
    /// The master key in the environment. It is a secret and never shown.
    #[error("DESKBELL_MASTER_KEY (environment): must be 64 hexadecimal digits; it is not shown here")]
    MasterKey,
    /// The file cannot be read, or is not TOML.
    #[error("{path} (settings file): {message}")]
    File {
        /// The path of the settings file, as it was given.
        path: String,
        /// What is wrong with it, with the line where there is one.
        message: String,
    },
}

fn hint(name: &Option<String>) -> String {
    name.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

/// Everything that is wrong; at least one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "a setting is wrong: {one}"),
            all => {
                write!(f, "{} settings are wrong:", all.len())?;
                all.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

impl std::error::Error for Problems {}
