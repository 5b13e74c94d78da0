//! Whole numbers with bounds.

use crate::broken::Broken;
use crate::problem::cut;
use crate::schema::value;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// A whole number from `MIN` to `MAX` (A-087: no string, no fraction).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Integer<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Integer<MIN, MAX> {
    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// For bounds that fit: a bound is known when the program is built, and one that does not fit becomes the nearest.
macro_rules! narrowed {
    ($($type:ty),*) => {$(
        impl<const MIN: i64, const MAX: i64> From<Integer<MIN, MAX>> for $type {
            fn from(number: Integer<MIN, MAX>) -> Self {
                <$type>::try_from(number.0).unwrap_or(if number.0 < 0 { <$type>::MIN } else { <$type>::MAX })
            }
        }
    )*};
}

narrowed!(u16, u32, u64, i64);

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Integer<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Within<const MIN: i64, const MAX: i64>;
        impl<const MIN: i64, const MAX: i64> Visitor<'_> for Within<MIN, MAX> {
            type Value = Integer<MIN, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "between {MIN} and {MAX}")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                match (MIN..=MAX).contains(&number) {
                    true => Ok(Integer(number)),
                    false => Err(E::invalid_value(Unexpected::Signed(number), &self)),
                }
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
        deserializer.deserialize_i64(Within::<MIN, MAX>)
    }
}

value!([const MIN: i64, const MAX: i64] Integer<MIN, MAX>, {
    let format = if i32::try_from(MAX).is_ok() { KnownFormat::Int32 } else { KnownFormat::Int64 };
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .minimum(isize::try_from(MIN).ok())
        .maximum(isize::try_from(MAX).ok())
});

/// The vendor's words for a parameter that is no number of its `range` (wire contract, 9.1). `range` is as in
/// "between 1 and 100".
pub(crate) fn out_of_range(param: &str, given: &str, range: &str) -> Broken {
    let code = if param == "limit" { "limit_out_of_range" } else { "integer_out_of_range" };
    Broken::new(code, format!("Out of range value: {}. Please provide a number {range}.", cut(given)))
}
