//! Words in parameters of the vendor's calls, where nothing follows what was given (wire contract, 9.1).

use super::Words;
use crate::broken::Broken;
use crate::problem::cut;
use crate::schema::{value, words};
use serde::Deserialize;

/// One of a closed list. Unlike a [`Word`](super::Word) it is refused in the vendor's words alone: clients compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String", bound = "T: Words")]
pub struct VendorWord<T>(pub T);

impl<T: Words> TryFrom<String> for VendorWord<T> {
    type Error = Broken;

    fn try_from(text: String) -> Result<Self, Broken> {
        let unknown = || Broken::new("value_invalid", format!("Invalid string: {}", cut(&text)));
        T::parse(&text).map(Self).ok_or_else(unknown)
    }
}

value!([T: Words] VendorWord<T>, words(T::names()));
