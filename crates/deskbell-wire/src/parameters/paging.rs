//! Paging: what every list takes (wire contract, 9.2; ).

use super::Group;
use crate::broken::Broken;
use crate::id::Noun;
use crate::number::Integer;
use crate::schema::text;
use deskbell_core::policy::limit::{PAGE_DEFAULT, PAGE_MAX};
use deskbell_core::store::{Cursor, Page};
use serde::Deserialize;
use std::marker::PhantomData;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// A page of a list of what has the id `I`. The cursors may be any text: one that names nothing of the list is refused
/// by the store.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Asked", bound = "")]
pub struct Paging<I> {
    /// The page.
    pub page: Page,
    listed: PhantomData<I>,
}

#[derive(Deserialize)]
struct Asked {
    limit: Option<Integer<1, { PAGE_MAX as i64 }>>,
    after: Option<String>,
    before: Option<String>,
}

impl<I> TryFrom<Asked> for Paging<I> {
    type Error = Broken;

    fn try_from(asked: Asked) -> Result<Self, Broken> {
        let cursor = match (asked.after, asked.before) {
            (Some(_), Some(_)) => {
                let message = "Received both before and after parameters. Please provide only one.";
                return Err(Broken::new("range_invalid", message));
            }
            (Some(after), None) => Some(Cursor::After(after)),
            (None, Some(before)) => Some(Cursor::Before(before)),
            (None, None) => None,
        };
        let page = Page { limit: asked.limit.map_or(PAGE_DEFAULT, u32::from), cursor };
        Ok(Self { page, listed: PhantomData })
    }
}

impl<I: Noun> Group for Paging<I> {}

impl<I: Noun> IntoParams for Paging<I> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, description: &str, schema: ObjectBuilder| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema))
                .build()
        };
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(1))
            .maximum(Some(PAGE_MAX as usize))
            .default(Some(PAGE_DEFAULT.into()));
        let cursor = || text(I::EXAMPLE);
        vec![
            parameter("limit", "How many objects, 1 to 100.", limit),
            parameter("after", "Only what follows this id in the list: older objects.", cursor()),
            parameter("before", "Only what precedes this id in the list: newer objects.", cursor()),
        ]
    }
}
