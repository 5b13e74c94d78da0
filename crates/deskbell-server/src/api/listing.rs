//! Lists on the wire: the envelope, `has_more`, and `Link` with the caller's filters kept (wire contract, 9.2).

use super::fields::Query;
use super::problem::Problem;
use super::state::App;
use axum::Json;
use axum::response::{IntoResponse, Response};
use deskbell_core::store::{Cursor, Error, Listing, Page};
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct List<T> {
    /// Always `list`.
    object: &'static str,
    /// The objects, newest first.
    data: Vec<T>,
    /// There is more in the direction that was asked for.
    has_more: bool,
}

/// What every list takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many objects, 1 to 100.
    #[param(default = 10, minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// Only what follows this id in the list: older objects.
    pub after: Option<String>,
    /// Only what precedes this id in the list: newer objects.
    pub before: Option<String>,
}

/// Bounds of the creation time; both are excluded.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Created {
    /// Only later than this date or date-time.
    #[param(rename = "creation_time.gt")]
    pub gt: Option<String>,
    /// Only earlier than this date or date-time.
    #[param(rename = "creation_time.lt")]
    pub lt: Option<String>,
}

/// What a handler lists, with its id.
pub trait Identified {
    /// The id that a cursor names.
    fn id(&self) -> &str;
}

impl App {
    /// The page as an answer to `path?query`.
    pub fn list<T: Serialize + Identified>(&self, path: &str, query: &Query, found: Listing<T>) -> Response {
        let mut links = Vec::new();
        let mut link = |there: bool, item: Option<&T>, cursor: &str, rel: &str| {
            if let (true, Some(item)) = (there, item) {
                links.push(format!(
                    "<{}{path}?{}>; rel=\"{rel}\"",
                    self.public_url,
                    query.with_cursor(cursor, item.id())
                ));
            }
        };
        link(found.older, found.items.last(), "after", "next");
        link(found.newer, found.items.first(), "before", "previous");
        let has_more = if query.has("before") { found.newer } else { found.older };
        let mut answer = Json(List { object: "list", data: found.items, has_more }).into_response();
        if let (false, Ok(value)) = (links.is_empty(), HeaderValue::from_str(&links.join(", "))) {
            answer.headers_mut().insert(header::LINK, value);
        }
        answer
    }
}

/// A cursor that names nothing in the list is the caller's mistake; one body for all kinds of nothing.
pub fn cursor_problem(error: Error, page: &Page) -> Problem {
    let (param, id) = match (&error, &page.cursor) {
        (Error::UnknownCursor, Some(Cursor::After(id))) => ("after", id),
        (Error::UnknownCursor, Some(Cursor::Before(id))) => ("before", id),
        _ => return error.into(),
    };
    Problem::invalid(
        param,
        "cursor_invalid",
        format!("No such object in this list: '{}'", super::problem::cut(id)),
    )
}
