//! Websites that a conversation can name (wire contract, 6.1).

use crate::list::Identified;
use crate::{fixed, id};
use deskbell_core::sandbox;
use serde::Serialize;
use utoipa::ToSchema;

/// A website (wire contract, 6.1).
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "website"})))]
pub struct Website {
    /// Always `website`.
    object: fixed::Website,
    id: id::Website,
    #[schema(example = "Northwind site")]
    name: String,
    #[schema(example = "https://www.northwind.example")]
    url: String,
}

impl Identified for Website {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl From<sandbox::Website> for Website {
    fn from(website: sandbox::Website) -> Self {
        Self { object: fixed::Website, id: website.id.into(), name: website.name, url: website.url }
    }
}
