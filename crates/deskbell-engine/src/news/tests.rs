//! What is told, and to whom. No other test of this binary logs: where several threads do, tracing may pass over a line.

use super::*;
use deskbell_core::Timestamp;
use deskbell_core::attempt::Timings;
use deskbell_core::id::{AttemptId, DeliveryId, EventId, WebhookId};
use std::io;
use std::sync::Mutex;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lost(account: &str, became: Status) -> Lost {
    let attempt = Attempt {
        id: AttemptId::from_text("ATT-1"),
        delivery: DeliveryId::from_text("DLV-1"),
        event: EventId::from_text("EVNT-1"),
        webhook: WebhookId::from_text("WHK-1"),
        account: AccountId::from_text(account),
        number: 1,
        manual: false,
        sample: false,
        started: Timestamp::UNIX_EPOCH,
        outcome: Outcome::Lost,
        detail: String::new(),
        possibly_received: true,
        timings: Timings::default(),
        address: None,
        url: "https://receiver.example/token".into(),
        request_headers: Vec::new(),
        response: None,
    };
    Lost { attempt, became }
}

#[test]
fn each_lost_attempt_has_a_line_and_each_account_hears_once() {
    let (lines, heard) = (Lines::default(), Arc::new(Mutex::new(Vec::new())));
    let (writer, rung) = (lines.clone(), heard.clone());
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let news = News { recorded: Arc::new(move |account| rung.lock().unwrap().push(account.to_string())) };
    tracing::subscriber::with_default(subscriber, || {
        let (again, over) = (Status::Pending, Status::Quarantined);
        news.tell(&[lost("ACC-2", again), lost("ACC-1", again), lost("ACC-2", over)]);
    });
    assert_eq!(*heard.lock().unwrap(), ["ACC-1", "ACC-2"]);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.iter().all(|line| line.contains("attempt recorded") && line.contains("outcome=\"lost\"")));
    let became = |became| lines.iter().filter(|line| line.contains(became)).count();
    assert_eq!((lines.len(), became("became=\"pending\""), became("became=\"quarantined\"")), (3, 2, 1));
    assert!(!text.contains("token"), "of a URL the host only");
}

#[test]
fn only_the_host_of_a_url_is_told() {
    assert_eq!(host("https://user:pass@a.example:8443/in/token?key=1"), "a.example:8443");
    assert_eq!(host("https://a.example?key=1"), "a.example");
    assert_eq!(host("http://[::1]:80/x"), "[::1]:80");
}
