//! Words of closed lists: what one may be, and what is said of one that is not among them.

mod list;
mod subscription;
mod vendor;

pub use list::*;
pub use subscription::{Subscribed, Subscriptions};
pub use vendor::VendorWord;

use crate::broken::Broken;
use crate::problem::reading::unknown_word;
use crate::schema::{value, words};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};

/// A closed list of words.
pub trait Words: Copy + 'static {
    /// All of them.
    fn all() -> Vec<Self>;

    /// The word.
    fn as_str(self) -> &'static str;

    /// The words of all of them.
    fn names() -> Vec<&'static str> {
        Self::all().into_iter().map(Self::as_str).collect()
    }

    /// The one of that name.
    fn parse(text: &str) -> Option<Self> {
        Self::all().into_iter().find(|one| one.as_str() == text)
    }

    /// What is said of a text that is none of them.
    fn unknown(text: &str) -> Broken {
        unknown_word(text, &Self::names())
    }
}

/// One of a closed list, read and printed as its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<T>(pub T);

impl<T> From<T> for Word<T> {
    fn from(one: T) -> Self {
        Self(one)
    }
}

impl<T: Words> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de, T: Words> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::parse(&text).map(Self).ok_or_else(|| D::Error::custom(T::unknown(&text)))
    }
}

value!([T: Words] Word<T>, words(T::names()));

#[cfg(test)]
mod tests;
