//! `/v2/inboxes/{id}/export`: all that an inbox keeps, as a file. Our own call.

mod sheet;

use super::auth::Caller;
use super::capture::CaptureObject;
use super::har;
use super::path::PathId;
use crate::app::Shared;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::store::{Cursor, Page};
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use futures::stream;
use http::{HeaderName, HeaderValue, header};

/// What kind of file.
#[derive(Clone, Copy)]
enum Format {
    Json,
    Har,
    Csv,
}

impl Format {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "json" => Some(Self::Json),
            "har" => Some(Self::Har),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Har => "application/har+json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Har => "har",
            Self::Csv => "csv",
        }
    }

    fn head(self) -> String {
        match self {
            Self::Json => "[".to_owned(),
            Self::Har => har::HEAD.to_owned(),
            Self::Csv => sheet::head(),
        }
    }

    fn tail(self) -> &'static str {
        match self {
            Self::Json => "]\n",
            Self::Har => har::TAIL,
            Self::Csv => "",
        }
    }

    fn joint(self) -> &'static str {
        match self {
            Self::Json | Self::Har => ",\n",
            Self::Csv => "",
        }
    }
}

/// Requests read at once: each may have 1 MiB.
const READ_AT_ONCE: u32 = 10;

/// Save what an inbox keeps, newest first: `json` (an array of the objects that the list shows), `har` (HAR 1.2) or `csv` (a
/// cell that a spreadsheet could take for a formula begins with an apostrophe).
#[utoipa::path(get, path = "/v2/inboxes/{id}/export", tag = "Inboxes",
    params(("id" = String, Path), ("format" = Option<String>, Query, example = "har", description = "`json`, `har` or `csv`; `json` when left out")),
    responses((status = 200, description = "A file", content((Vec<CaptureObject> = "application/json"), (har::HarFile = "application/har+json"), (String = "text/csv"))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn export(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["format"])?;
    let format = query.choice("format", Format::parse, &["json", "har", "csv"])?.unwrap_or(Format::Json);
    let inbox = app.inbox(&account, &id).await?;
    let name = format!("{}.{}", inbox.id, format.extension());
    let walk = Walk { app, account, inbox, format, place: Place::Start };
    let parts = stream::unfold(walk, |walk| async move { walk.part().await });
    Ok(attachment(&name, format.media(), Body::from_stream(parts)))
}

/// An answer that a browser saves and never shows (H-02).
pub fn attachment(name: &str, media: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    for (header, value) in [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("content-security-policy"),
            HeaderValue::from_static("sandbox; default-src 'none'"),
        ),
    ] {
        response.headers_mut().insert(header, value);
    }
    response
}

/// A walk over an inbox, page by page, so that no more than a page is held.
struct Walk {
    app: Shared,
    account: Account,
    inbox: Inbox,
    format: Format,
    place: Place,
}

/// How far the walk has come.
enum Place {
    Start,
    /// Behind this request; `None` is before the first.
    Behind(Option<String>),
    /// The end of the file is due.
    Closing,
    End,
}

impl Walk {
    /// The next part of the file. A fault breaks the connection off, so that nobody takes half a file for a whole one.
    async fn part(mut self) -> Option<(Result<String, std::io::Error>, Self)> {
        let (part, place) = match &self.place {
            Place::Start => (Ok(self.format.head()), Place::Behind(None)),
            Place::Behind(last) => match self.page(last.as_deref()).await {
                Ok((text, place)) => (Ok(text), place),
                Err(problem) => (Err(std::io::Error::other(problem.message)), Place::End),
            },
            Place::Closing => (Ok(self.format.tail().to_owned()), Place::End),
            Place::End => return None,
        };
        self.place = place;
        Some((part, self))
    }

    async fn page(&self, last: Option<&str>) -> Result<(String, Place), Problem> {
        let cursor = last.map(|last| Cursor::After(last.to_owned()));
        let page = Page { limit: READ_AT_ONCE, cursor };
        let found = self.app.store.captures(&self.account.id, &self.inbox.id, &page).await?;
        // An inbox that was deleted meanwhile keeps nothing.
        let Some(found) = found else { return Ok((String::new(), Place::Closing)) };
        let place = match (found.older, found.items.last()) {
            (true, Some(last)) => Place::Behind(Some(last.id.to_string())),
            _ => Place::Closing,
        };
        let mut text = String::new();
        for (at, capture) in found.items.into_iter().enumerate() {
            if at > 0 || last.is_some() {
                text.push_str(self.format.joint());
            }
            text.push_str(&self.entry(capture).await?);
        }
        Ok((text, place))
    }

    async fn entry(&self, capture: Capture) -> Result<String, Problem> {
        match self.format {
            Format::Json => {
                let object = self.app.capture_object(&self.account, &self.inbox, capture).await?;
                serde_json::to_string(&object).map_err(|_| Problem::internal())
            }
            Format::Har => Ok(self.har(&capture)),
            Format::Csv => Ok(sheet::line(&capture)),
        }
    }

    fn har(&self, capture: &Capture) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let answer = har::Answer { status: capture.answered, headers: Vec::new(), body: &[] };
        har::Entry {
            started: capture.received,
            method: &capture.method,
            url: &format!("{}/in/{}{}", self.app.settings.public_url, self.inbox.token, capture.path),
            headers: capture.headers.iter().map(|(name, value)| (text(name), text(value))).collect(),
            body: &capture.body,
            answer: Some(answer),
            timings: None,
        }
        .render()
        .to_string()
    }
}
