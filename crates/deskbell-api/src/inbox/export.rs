//! `/v2/inboxes/{id}/export`: all that an inbox keeps, as a file. Our own call.

mod csv;

use super::capture::Captures;
use super::find;
use crate::attachment::attachment;
use crate::auth::Caller;
use crate::pagination::Parameters;
use crate::path::PathId;
use crate::settings::Settings;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::store::{Cursor, Page};
use deskbell_wire::har::{self, Har};
use deskbell_wire::inbox;
use deskbell_wire::inbox::capture::CapturedRequest;
use deskbell_wire::inbox::export::{Export, Format};
use deskbell_wire::problem::Problem;
use deskbell_wire::word::Words;
use futures::stream;
use std::io;
use std::sync::Arc;

/// Requests read at once: each may have 1 MiB.
const READ_AT_ONCE: u32 = 10;

/// Save what an inbox keeps, newest first: `json` (an array of the objects that the list shows), `har` (HAR 1.2) or `csv` (a
/// cell that a spreadsheet could take for a formula begins with an apostrophe).
#[utoipa::path(get, path = "/v2/inboxes/{id}/export", tag = "Inboxes", params(("id" = String, Path), Export),
    responses((status = 200, description = "A file", content((Vec<CapturedRequest> = "application/json"),
        (Har = "application/har+json"), (String = "text/csv")))))]
pub async fn export(
    State(store): State<Arc<dyn Store>>,
    State(captures): State<Arc<Captures>>,
    State(settings): State<Arc<Settings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Parameters(asked, _): Parameters<Export>,
) -> Result<Response, Problem> {
    let format = asked.format();
    let inbox = find(&*store, &account, &id).await?;
    let name = format!("{}.{}", inbox.id, format.as_str());
    let walk = Walk {
        url: inbox::address(&inbox, &settings.public_url),
        store,
        captures,
        account,
        inbox,
        format,
        progress: Progress::Start,
    };
    let parts = stream::unfold(walk, |walk| async move { walk.part().await });
    Ok(attachment(&name, media_type(format), Body::from_stream(parts)))
}

fn media_type(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Har => "application/har+json",
        Format::Csv => "text/csv; charset=utf-8",
    }
}

/// What stands before the first request, between two, and behind the last one.
fn frame(format: Format) -> (String, &'static str, String) {
    match format {
        Format::Json => ("[".to_owned(), ",\n", "]\n".to_owned()),
        Format::Har => {
            let (head, tail) = Har::around();
            (head, har::BETWEEN, tail)
        }
        Format::Csv => (csv::head(), "", String::new()),
    }
}

/// A walk over an inbox, page by page, so that no more than a page is held.
struct Walk {
    store: Arc<dyn Store>,
    captures: Arc<Captures>,
    account: Arc<Account>,
    inbox: Inbox,
    /// The inbox's address.
    url: String,
    format: Format,
    progress: Progress,
}

/// How far the walk has come.
enum Progress {
    Start,
    /// Behind this request; `None` is before the first.
    Behind(Option<String>),
    /// The end of the file is due.
    Closing,
    End,
}

impl Walk {
    /// The next part of the file. A fault breaks the connection off, so that nobody takes half a file for a whole one.
    async fn part(mut self) -> Option<(Result<String, io::Error>, Self)> {
        let (head, _, tail) = frame(self.format);
        let (part, progress) = match &self.progress {
            Progress::Start => (Ok(head), Progress::Behind(None)),
            Progress::Behind(last) => match self.page(last.as_deref()).await {
                Ok((text, progress)) => (Ok(text), progress),
                Err(problem) => (Err(io::Error::other(problem.message)), Progress::End),
            },
            Progress::Closing => (Ok(tail), Progress::End),
            Progress::End => return None,
        };
        self.progress = progress;
        Some((part, self))
    }

    async fn page(&self, last: Option<&str>) -> Result<(String, Progress), Problem> {
        let cursor = last.map(|last| Cursor::After(last.to_owned()));
        let page = Page { limit: READ_AT_ONCE, cursor };
        let found = self.store.captures(&self.account.id, &self.inbox.id, &page).await?;
        // An inbox that was deleted meanwhile keeps nothing.
        let Some(found) = found else { return Ok((String::new(), Progress::Closing)) };
        let progress = match (found.older, found.items.last()) {
            (true, Some(last)) => Progress::Behind(Some(last.id.to_string())),
            _ => Progress::Closing,
        };
        let (mut text, (_, between, _)) = (String::new(), frame(self.format));
        for (at, capture) in found.items.iter().enumerate() {
            if at > 0 || last.is_some() {
                text.push_str(between);
            }
            text.push_str(&self.entry(capture).await?);
        }
        Ok((text, progress))
    }

    async fn entry(&self, capture: &Capture) -> Result<String, Problem> {
        match self.format {
            Format::Json => {
                let object = self.captures.object(&self.account, &self.inbox, capture).await?;
                serde_json::to_string(&object).map_err(|_| Problem::internal())
            }
            Format::Har => Ok(self.har(capture).to_json()),
            Format::Csv => Ok(csv::line(capture)),
        }
    }

    fn har(&self, capture: &Capture) -> har::Entry {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        har::Entry::new(&har::Exchange {
            started: capture.received,
            method: &capture.method,
            url: &format!("{}{}", self.url, capture.path),
            headers: capture.headers.iter().map(|(name, value)| (text(name), text(value))).collect(),
            body: &capture.body,
            answer: Some(har::Answer { status: capture.answered, ..har::Answer::default() }),
            timings: None,
        })
    }
}
