//! Settings of the sandbox: states of an account that no call of the vendor makes.

use crate::body::RequestBody;
use crate::broken::Broken;
use crate::number::Integer;
use crate::optional::{Omittable, Patch};
use crate::schema::value;
use crate::text::Name;
use crate::{fixed, word};
use deskbell_core::policy::limit::{CUSTOM_FIELDS, NAME_CHARS, USERS_PER_ACCOUNT};
use deskbell_core::sandbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

/// Settings of the sandbox. An addition to the vendor's API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"plan": "full", "user_limit": 500})))]
pub struct Settings {
    /// Always `sandbox_settings`.
    object: fixed::SandboxSettings,
    /// What the account pays for: `full`; `below_route`, on which bookings keep their host; `no_api`, on which
    /// `GET /v2/test` and `GET /v2/notifications/sms` refuse.
    plan: word::Plan,
    /// Users that the account may have.
    user_limit: u32,
    /// Names of the custom fields that contacts may be given.
    #[schema(value_type = Vec<String>, example = json!(["crm_id", "tier"]))]
    custom_field_library: Vec<String>,
    /// The call that answers 500 as long as it stands here, or null: `create_user` or `change_contact`.
    #[schema(required)]
    fault: Option<word::Fault>,
}

impl From<sandbox::Settings> for Settings {
    fn from(settings: sandbox::Settings) -> Self {
        Self {
            object: fixed::SandboxSettings,
            plan: settings.plan.into(),
            user_limit: settings.user_limit,
            custom_field_library: settings.custom_field_library,
            fault: settings.fault.map(Into::into),
        }
    }
}

/// A change to the settings of the sandbox; what is left out stays.
#[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"plan": "below_route", "user_limit": 30})))]
pub struct SettingsPatch {
    /// `full`, `below_route` or `no_api`.
    pub plan: Omittable<word::Plan>,
    /// 1 to 500. Users beyond it stay; no other is added.
    pub user_limit: Omittable<Integer<1, { USERS_PER_ACCOUNT as i64 }>>,
    /// At most 100 names of 1 to 255 characters, in place of those that were there. Contacts keep what they have.
    pub custom_field_library: Omittable<FieldLibrary>,
    /// `create_user` or `change_contact`; null ends it.
    pub fault: Patch<word::Fault>,
}

impl RequestBody for SettingsPatch {
    const READ_ONLY: &'static [&'static str] = &["object"];
}

impl SettingsPatch {
    /// Changes `settings` in what was given.
    pub fn apply(&self, settings: &mut sandbox::Settings) {
        let Self { plan, user_limit, custom_field_library, fault } = self;
        settings.plan = plan.0.map_or(settings.plan, |plan| plan.0);
        settings.user_limit = user_limit.0.map_or(settings.user_limit, u32::from);
        if let Some(library) = &custom_field_library.0 {
            settings.custom_field_library.clone_from(&library.0);
        }
        if let Some(fault) = fault.clone().change() {
            settings.fault = fault.map(|fault| fault.0);
        }
    }
}

/// Names of custom fields; repeats are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Name>")]
pub struct FieldLibrary(Vec<String>);

impl TryFrom<Vec<Name>> for FieldLibrary {
    type Error = Broken;

    fn try_from(given: Vec<Name>) -> Result<Self, Broken> {
        if given.len() > CUSTOM_FIELDS {
            let message = format!("A field library has at most {CUSTOM_FIELDS} names.");
            return Err(Broken::new("fields_too_many", message));
        }
        let mut names: Vec<String> = Vec::with_capacity(given.len());
        for Name(name) in given {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(Self(names))
    }
}

value!(FieldLibrary, {
    let name =
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(NAME_CHARS));
    ArrayBuilder::new().items(name).max_items(Some(CUSTOM_FIELDS))
});
