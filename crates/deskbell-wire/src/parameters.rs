//! Parameters: a query string read into the types that document it. The names of all parameters are judged before the
//! value of one is.

mod expand;
mod paging;
mod query;
mod span;
mod value;

pub use expand::Expand;
pub(crate) use expand::expands;
pub use paging::Paging;
pub use query::Query;
pub use span::{Created, LastUpdated, Started, Starting};

use crate::problem::Problem;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

/// A struct of parameters. Its fields are read as it declares them.
pub trait Group: DeserializeOwned + IntoParams {}

/// What a call takes in its query string: a [`Group`], a tuple of them, or nothing.
pub trait Parameters: Sized {
    /// The names of all parameters.
    fn names() -> Vec<&'static str>;

    /// Reads the values.
    fn read(query: &Query) -> Result<Self, Problem>;
}

/// Reads what stands behind `?`. The decoded [`Query`] is there for the links to neighbouring pages.
pub fn read<T: Parameters>(raw: Option<&str>) -> Result<(T, Query), Problem> {
    let query = Query::parse(raw, &T::names())?;
    Ok((T::read(&query)?, query))
}

impl<T: Group> Parameters for T {
    fn names() -> Vec<&'static str> {
        value::names::<T>()
    }

    fn read(query: &Query) -> Result<Self, Problem> {
        T::deserialize(value::All(query))
    }
}

/// A call that takes none refuses those that it is given.
impl Parameters for () {
    fn names() -> Vec<&'static str> {
        Vec::new()
    }

    fn read(_: &Query) -> Result<Self, Problem> {
        Ok(())
    }
}

macro_rules! tuples {
    ($(($($group:ident)*))*) => {$(
        impl<$($group: Group),*> Parameters for ($($group,)*) {
            fn names() -> Vec<&'static str> {
                [$($group::names()),*].concat()
            }

            fn read(query: &Query) -> Result<Self, Problem> {
                Ok(($($group::read(query)?,)*))
            }
        }
    )*};
}

tuples! {
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
}

#[cfg(test)]
mod tests;
