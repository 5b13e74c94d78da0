//! What the log has a line for.

use crate::bell::{Bell, OPEN};
use serde_json::json;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;

/// Lines that are kept for a look.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// How many lines hold all of `words`.
    fn with(&self, words: &[&str]) -> usize {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }
}

/// What is logged at `level` of a call that goes well, one that is refused, and an attempt of each kind.
async fn logged(level: &str) -> Lines {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // With one subscriber alive, whether a line is wanted is asked of whichever thread comes to it first, which may be another
    // test's that has none, and the answer is kept. With two it is asked of both.
    let _other = tracing::Dispatch::new(tracing_subscriber::registry());
    // The runtime of a test has this thread alone, and all that the server starts runs on it.
    let _here = tracing::subscriber::set_default(subscriber);
    let bell = Bell::start(OPEN).await;
    let (good, url) = bell.inbox(&[200]).await;
    bell.webhook("good", &url, &["booking.scheduled"]).await;
    let (bad, url) = bell.inbox(&[503]).await;
    bell.webhook("bad", &url, &["booking.canceled"]).await;
    for r#type in ["booking.scheduled", "booking.canceled"] {
        assert_eq!(bell.post("/v2/events", json!({"type": r#type, "data": {}})).await.status, 202);
    }
    for inbox in [good, bad] {
        bell.captured(&inbox, 1).await;
    }
    bell.until("/v2/attempts", |answer| answer.json()["data"].as_array().unwrap().len() == 2).await;
    assert_eq!(bell.get("/v2/events/EVNT-NONE").await.status, 404);
    lines
}

#[tokio::test]
async fn what_failed_has_a_line_and_what_went_well_has_none() {
    let lines = logged("info").await;
    assert_eq!(lines.with(&["answered"]), 2);
    assert_eq!(lines.with(&["answered", "path=\"/in/…\"", "status=503"]), 1, "the inbox did as it was told");
    assert_eq!(lines.with(&["answered", "path=\"/v2/events/{id}\"", "status=404", "request=\"req_"]), 1);
    assert_eq!(lines.with(&["attempt recorded"]), 1);
    assert_eq!(lines.with(&["attempt recorded", "status=503"]), 1);
}

#[tokio::test]
async fn a_setting_brings_back_what_went_well() {
    let lines = logged("info,calls=debug,attempts=debug").await;
    assert_eq!(lines.with(&["answered", "method=POST path=\"/v2/events\" status=202"]), 2);
    assert_eq!(lines.with(&["attempt recorded", "status=200"]), 1);
    assert_eq!(lines.with(&["attempt recorded", "status=503"]), 1);
}
