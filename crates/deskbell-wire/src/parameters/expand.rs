//! `expand`: what an answer shows in full (wire contract, 9.3).

use crate::broken::Broken;
use crate::problem::cut;
use crate::schema::{text, value};
use crate::word::Words;
use serde::Deserialize;

/// Comma-separated properties, each with or without the `data.` of lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String", bound = "T: Words")]
pub struct Expand<T>(pub Vec<T>);

impl<T> Default for Expand<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> Expand<T> {
    /// Whether `property` is to be shown.
    pub fn has(&self, property: T) -> bool {
        self.0.contains(&property)
    }
}

impl<T: Words> TryFrom<String> for Expand<T> {
    type Error = Broken;

    fn try_from(given: String) -> Result<Self, Broken> {
        let words = given.split(',').map(str::trim).filter(|word| !word.is_empty());
        let known = |word: &str| {
            T::parse(word.strip_prefix("data.").unwrap_or(word)).ok_or_else(|| {
                Broken::new("expand_invalid", format!("This property cannot be expanded: {}", cut(word)))
            })
        };
        words.map(known).collect::<Result<_, _>>().map(Self)
    }
}

value!([T: Words] Expand<T>, text(T::names().first().copied().unwrap_or_default()));

/// The one parameter `expand`: `$told` is its description, and each property tells whether one of its words was asked for.
macro_rules! expands {
    ($(#[$doc:meta])* $name:ident: $told:literal; $($(#[$what:meta])* $property:ident = $($word:literal),+;)+) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            #[doc = $told]
            #[param(inline)]
            expand: Option<Expandable>,
        }

        impl $crate::parameters::Group for $name {}

        impl $name {
            $($(#[$what])*
            pub fn $property(&self) -> bool {
                let has = |word| self.expand.as_ref().is_some_and(|expand| expand.has(Property(word)));
                [$($word),+].into_iter().any(has)
            })+
        }

        type Expandable = $crate::parameters::Expand<Property>;

        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        struct Property(&'static str);

        impl $crate::word::Words for Property {
            fn all() -> Vec<Self> {
                vec![$($(Self($word)),+),+]
            }

            fn as_str(self) -> &'static str {
                self.0
            }
        }
    };
}

pub(crate) use expands;
