//! Watch: the deliveries of some subjects, each shown once its first attempt has an outcome, as the stream tells it.

use super::{Client, Failure, Form, Query, print};
use crate::print::{pretty, safe};
use crate::stream::Stream;
use deskbell_core::attempt::Outcome;
use serde_json::Value;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// More deliveries than one booking has.
const MANY: u32 = 1_000;

pub(super) struct Watch {
    stream: Stream,
    subjects: HashSet<String>,
    /// Deliveries that are still to be shown.
    owed: HashSet<String>,
    shown: HashSet<String>,
    /// What is to become of each, and how many of those shown came to something else.
    expected: Option<Outcome>,
    unexpected: usize,
    /// Those shown, where JSON is asked for, which is printed at the end.
    json: Option<Vec<Value>>,
}

impl Watch {
    /// Sees what happens from now on.
    pub(super) async fn start(
        client: &Client,
        expected: Option<Outcome>,
        form: Form,
    ) -> Result<Self, Failure> {
        let stream = Stream::start(client, vec![("types", "delivery".to_owned())]).await?;
        let json = form.json.then(Vec::new);
        if json.is_none() {
            print::answer(&line(["OUTCOME", "CODE", "TYPE", "WEBHOOK", "DELIVERY"]))?;
        }
        let (subjects, owed, shown) = Default::default();
        Ok(Self { stream, subjects, owed, shown, expected, unexpected: 0, json })
    }

    /// Asks what is owed of `subject`; what becomes of it the stream tells.
    pub(super) async fn follow(&mut self, client: &Client, subject: &str) -> Result<(), Failure> {
        self.subjects.insert(subject.to_owned());
        let query: Query = vec![("subject", subject.to_owned())];
        let (owed, _) = client.list("/v2/deliveries", &query, Some(MANY)).await?;
        let ids = owed.iter().map(|delivery| text(delivery, "/id"));
        self.owed.extend(ids.filter(|id| !self.shown.contains(id)));
        Ok(())
    }

    /// Shows outcomes until all that is owed has one, for `wait` at most; whether it has.
    pub(super) async fn look(&mut self, wait: Duration) -> Result<bool, Failure> {
        let end = Instant::now() + wait;
        while !self.owed.is_empty() {
            let Ok(message) = timeout_at(end, self.stream.next()).await else { return Ok(false) };
            self.show(&message?.object)?;
        }
        Ok(true)
    }

    fn show(&mut self, delivery: &Value) -> Result<(), Failure> {
        let untried = delivery["attempts"] == 0 && delivery["status"] == "pending";
        let id = text(delivery, "/id");
        if untried || !self.subjects.contains(&text(delivery, "/subject")) || !self.shown.insert(id.clone()) {
            return Ok(());
        }
        self.owed.remove(&id);
        let met = self.expected.is_none_or(|expected| delivery["last_outcome"] == expected.as_str());
        self.unexpected += usize::from(!met);
        if let Some(json) = &mut self.json {
            json.push(delivery.clone());
            return Ok(());
        }
        let text = |field: &str| safe(delivery[field].as_str().unwrap_or("-"));
        let outcome = delivery["last_outcome"].as_str().or(delivery["status"].as_str());
        let code = delivery["last_status_code"].as_u64().map_or("-".into(), |code| code.to_string());
        let outcome = safe(outcome.unwrap_or("-"));
        Ok(print::answer(&line([&outcome, &code, &text("type"), &text("webhook"), &safe(&id)]))?)
    }

    /// Looks until every delivery has an outcome, for `wait` at most, and says what is missing.
    ///
    /// # Errors
    /// When something was expected and did not come to pass for each delivery, or there was none.
    pub(super) async fn finish(mut self, wait: Duration) -> Result<(), Failure> {
        let all = self.look(wait).await?;
        if let Some(json) = self.json.take() {
            print::answer(&pretty(&Value::Array(json)))?;
        }
        if !all {
            let waiting = self.owed.len();
            let which = match waiting {
                1 => "1 delivery is not tried yet: deskbell deliveries shows it.".to_owned(),
                _ => format!("{waiting} deliveries are not tried yet: deskbell deliveries shows them."),
            };
            print::note(&which)?;
        } else if self.shown.is_empty() {
            print::note("No webhook is subscribed to it: nothing was delivered.")?;
        }
        let Some(expected) = self.expected else { return Ok(()) };
        let (met, owed) = (self.shown.len() - self.unexpected, self.shown.len() + self.owed.len());
        if owed > 0 && met == owed {
            return Ok(());
        }
        let expected = expected.as_str();
        Err(Failure::Refused(format!("expected {expected}: so it is for {met} of {owed} deliveries")))
    }
}

fn line([outcome, code, kind, webhook, delivery]: [&str; 5]) -> String {
    format!("{outcome:20}  {code:4}  {kind:37}  {webhook:16}  {delivery}").trim_end().to_owned()
}

/// Whether an answer of the API is a refusal with this code.
pub(crate) fn is_code(fault: &crate::client::Fault, wanted: &str) -> bool {
    matches!(fault, crate::client::Fault::Refused { code, .. } if code == wanted)
}

/// The text at a JSON pointer.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
