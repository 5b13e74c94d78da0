//! Master pages of the vendor's classic product (wire contract, 5.2).

use crate::body::RequestBody;
use crate::deleted::or_deleted;
use crate::list::Identified;
use crate::optional::Omittable;
use crate::text::Name;
use crate::{fixed, guest_site, id};
use deskbell_core::id::MasterPageId;
use deskbell_core::sandbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A master page (wire contract, 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "master_page"})))]
pub struct MasterPage {
    /// Always `master_page`.
    object: fixed::MasterPage,
    id: id::MasterPage,
    /// What guests see.
    #[schema(example = "Harbour Gardens")]
    name: String,
    /// What users call it.
    #[schema(example = "harbour")]
    label: String,
    /// Where guests would book. Nothing is served there.
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    url: String,
    /// Whether guests can book on it.
    active: bool,
}

impl Identified for MasterPage {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl From<sandbox::MasterPage> for MasterPage {
    fn from(page: sandbox::MasterPage) -> Self {
        Self {
            object: fixed::MasterPage,
            url: guest_site::master_page(&page.id),
            id: page.id.into(),
            name: page.name,
            label: page.label,
            active: page.active,
        }
    }
}

or_deleted!(MasterPage, DeletedMasterPage, MasterPageOrDeleted);

/// What only we set of a master page.
const READ_ONLY: &[&str] = &["id", "object", "url"];

/// A master page to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Harbour Gardens", "label": "harbour"})))]
pub struct NewMasterPage {
    /// 1 to 255 characters.
    pub name: Name,
    /// 1 to 255 characters; the name when left out.
    pub label: Omittable<Name>,
    /// `true` when left out.
    pub active: Omittable<bool>,
}

impl RequestBody for NewMasterPage {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl NewMasterPage {
    /// The master page, under `id`.
    pub fn made(&self, id: MasterPageId) -> sandbox::MasterPage {
        sandbox::MasterPage {
            id,
            name: self.name.0.clone(),
            label: self.label.0.as_ref().unwrap_or(&self.name).0.clone(),
            active: self.active.0.unwrap_or(true),
        }
    }
}

/// A change to a master page; what is left out stays.
#[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"name": "Harbour Gardens", "label": "harbour"})))]
pub struct MasterPagePatch {
    /// As in creation.
    pub name: Omittable<Name>,
    /// As in creation.
    pub label: Omittable<Name>,
    /// As in creation.
    pub active: Omittable<bool>,
}

impl RequestBody for MasterPagePatch {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl MasterPagePatch {
    /// Changes the master page as it says.
    pub fn apply(&self, page: &mut sandbox::MasterPage) {
        let Self { name, label, active } = self;
        if let Some(name) = &name.0 {
            page.name.clone_from(&name.0);
        }
        if let Some(label) = &label.0 {
            page.label.clone_from(&label.0);
        }
        page.active = active.0.unwrap_or(page.active);
    }
}
