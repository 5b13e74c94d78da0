//! Values are written out, and objects are let alone.

use super::*;
use deskbell_wire::optional::{Omittable, Patch};
use deskbell_wire::text::{Line, Name};
use deskbell_wire::word;
use utoipa::{OpenApi, ToSchema};

/// A thing.
#[derive(ToSchema)]
#[schema(examples(json!({"title": "Second", "line": null, "other": "Third"})))]
#[allow(dead_code, reason = "only its schema is asked for")]
struct Thing {
    /// Its name.
    name: Name,
    title: Name,
    line: Option<Line>,
    other: Patch<Name>,
    /// Where it stands.
    status: Option<word::UserStatus>,
    flag: Omittable<bool>,
    names: Omittable<Vec<Name>>,
    lines: Vec<Line>,
    part: Part,
    maybe: Option<Part>,
}

/// A part.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its schema is asked for")]
struct Part {
    name: Omittable<Name>,
}

#[derive(OpenApi)]
#[openapi(components(schemas(Thing)))]
struct Document;

fn schemas() -> Value {
    let mut document = serde_json::to_value(Document::openapi()).unwrap();
    write_out(&mut document);
    document["components"]["schemas"].take()
}

#[test]
fn no_value_is_a_component() {
    let schemas = schemas();
    let names: Vec<_> = schemas.as_object().unwrap().keys().collect();
    assert_eq!(names, ["Part", "Thing"]);
    assert!(!schemas.to_string().contains(VALUE), "{schemas}");
}

#[test]
fn a_field_says_what_its_type_may_be() {
    let thing = &schemas()["Thing"];
    let fields = &thing["properties"];
    let text =
        |example: &str| json!({"type": "string", "minLength": 1, "maxLength": 255, "example": example});
    assert_eq!(fields["title"], text("Second"));
    assert_eq!(fields["name"]["description"], "Its name.");
    assert_eq!(fields["name"]["example"], "CRM sync");
    assert_eq!(fields["line"], json!({"type": ["string", "null"], "maxLength": 255}));
    assert_eq!(fields["other"]["type"], json!(["string", "null"]));
    assert_eq!(fields["other"]["example"], "Third");
    assert_eq!(
        fields["status"],
        json!({"type": ["string", "null"], "enum": ["active", "invited", null], "description": "Where it stands."})
    );
    assert_eq!(fields["flag"], json!({"type": "boolean"}));
    assert_eq!(fields["names"], json!({"type": "array", "items": text("CRM sync")}));
    assert_eq!(fields["lines"]["items"], json!({"type": "string", "maxLength": 255}));
    assert_eq!(fields["part"], json!({"$ref": "#/components/schemas/Part"}));
    assert_eq!(fields["maybe"]["oneOf"][0], fields["part"]);
    assert_eq!(thing["required"], json!(["name", "title", "lines", "part"]));
    assert!(thing.get("examples").is_none());
}

#[test]
fn an_object_of_which_all_can_be_left_out_requires_nothing() {
    assert!(schemas()["Part"].get("required").is_none());
}
