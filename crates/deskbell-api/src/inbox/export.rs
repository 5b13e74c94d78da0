//! `/v2/inboxes/{id}/export`: all that an inbox keeps, as a file. Our own call.

mod csv;

use super::capture::Captures;
use super::find;
use crate::attachment::attachment;
use crate::auth::Caller;
use crate::open_calls::{OpenCall, OpenCalls, Purpose};
use crate::pagination::Parameters;
use crate::party::Party;
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

/// Requests read at once, where their bytes allow so many.
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
    State(open_calls): State<Arc<OpenCalls>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Parameters(asked, _): Parameters<Export>,
) -> Result<Response, Problem> {
    let format = asked.format();
    let open = open_calls.enter(Party::Account(account.id.clone()), Purpose::Follow)?;
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
        _open: open,
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
    _open: OpenCall,
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
        let (_, between, _) = frame(self.format);
        let begins = if last.is_some() { between } else { "" };
        let joined = move |entries: Vec<String>| match entries.is_empty() {
            true => String::new(),
            false => format!("{begins}{}", entries.join(between)),
        };
        let text = match self.format {
            Format::Json => {
                let entry = |object: &CapturedRequest| serde_json::to_string(object);
                let write = move |objects: Vec<CapturedRequest>| -> serde_json::Result<String> {
                    objects.iter().map(entry).collect::<serde_json::Result<_>>().map(joined)
                };
                let written = self.captures.shown(&self.account, &self.inbox, found.items, write).await?;
                written.map_err(|_| Problem::internal())?
            }
            Format::Har => {
                let url = self.url.clone();
                let write = move |found: &[Capture]| {
                    joined(found.iter().map(|capture| har(&url, capture).to_json()).collect())
                };
                self.captures.written(&self.account, found.items, write).await?
            }
            Format::Csv => {
                let write = move |found: &[Capture]| joined(found.iter().map(csv::line).collect());
                self.captures.written(&self.account, found.items, write).await?
            }
        };
        Ok((text, progress))
    }
}

/// A request that came to the inbox at `url`.
fn har(url: &str, capture: &Capture) -> har::Entry {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    har::Entry::new(&har::Exchange {
        started: capture.received,
        method: &capture.method,
        url: &format!("{url}{}", capture.path),
        headers: capture.headers.iter().map(|(name, value)| (text(name), text(value))).collect(),
        body: &capture.body,
        answer: Some(har::Answer { status: capture.answered, ..har::Answer::default() }),
        timings: None,
        comment: capture.note.as_deref(),
    })
}
