//! Spans: `<field>.gt` and `<field>.lt`, both excluded (wire contract, 9.1; A-104).

use super::Group;
use crate::broken::Broken;
use crate::time::GivenTime;
use deskbell_core::store::Span;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

macro_rules! spans {
    ($($(#[$doc:meta])* $name:ident: $gt:tt = $later:tt, $lt:tt = $earlier:tt;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name(pub Span);

        impl Group for $name {}

        const _: () = {
            #[derive(Deserialize, IntoParams)]
            #[into_params(parameter_in = Query)]
            struct Asked {
                #[doc = $later]
                #[param(inline)]
                #[serde(rename = $gt)]
                after: Option<GivenTime>,
                #[doc = $earlier]
                #[param(inline)]
                #[serde(rename = $lt)]
                before: Option<GivenTime>,
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let asked = Asked::deserialize(deserializer)?;
                    let span = Span { after: asked.after.map(|at| at.0), before: asked.before.map(|at| at.0) };
                    match (span.after, span.before) {
                        (Some(after), Some(before)) if after > before => {
                            let message = concat!($gt, " cannot be later than ", $lt);
                            Err(D::Error::custom(Broken::new("range_invalid", message).blaming($gt)))
                        }
                        _ => Ok(Self(span)),
                    }
                }
            }

            impl IntoParams for $name {
                fn into_params(provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
                    Asked::into_params(provider)
                }
            }
        };
    )*};
}

spans! {
    /// When it was made.
    Created: "creation_time.gt" = "Only later than this date or date-time.",
        "creation_time.lt" = "Only earlier than this date or date-time.";
    /// When it last changed.
    LastUpdated: "last_updated_time.gt" = "Only changed later than this date or date-time.",
        "last_updated_time.lt" = "Only last changed earlier than this date or date-time.";
    /// When it was started.
    Started: "started_time.gt" = "Only those with this `started_time.gt`.",
        "started_time.lt" = "Only those with this `started_time.lt`.";
    /// When it begins.
    Starting: "starting_time.gt" = "Only starting later than this date or date-time.",
        "starting_time.lt" = "Only starting earlier than this date or date-time.";
}
