//! `deskbell test`: tries every trigger against a handler on this machine, and says of each whether the handler took it, as a
//! table, as JSON or as JUnit XML. The exit code is for CI.

use crate::client::{ALL, Client, Query};
use crate::handler::{Handler, Trust};
use crate::listen::forward::FAILED;
use crate::listen::post::Post;
use crate::listen::{Rows, lease, relay, standing};
use crate::print::{Form, pretty, safe};
use crate::stream::Stream;
use crate::trigger::{self, drive};
use crate::{Failure, print};
use deskbell_core::attempt::Outcome;
use deskbell_core::trigger::Trigger;
use quick_xml::Writer;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

#[derive(clap::Args)]
pub struct Test {
    /// The handler to bring deliveries to, such as http://localhost:3000/hook
    #[arg(long, value_name = "URL")]
    forward_to: String,
    #[command(flatten)]
    trust: Trust,
    /// Only these triggers, with commas
    #[arg(long, value_delimiter = ',', value_name = "TYPE")]
    only: Vec<String>,
    /// An inbox with a relay that a webhook of yours points at, instead of one that is made for this run: so a handler that verifies
    /// signatures can know the secret before
    #[arg(long, value_name = "INBOX")]
    inbox: Option<String>,
    /// How long to wait for the first attempt of each, such as 30s
    #[arg(long, default_value = "30s", value_name = "SPAN")]
    wait: String,
    /// Write the results to this file too, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

/// What the webhook and the inbox of a run are called.
const NAME: &str = "deskbell test";

/// What became of one trigger.
struct Verdict {
    trigger: Trigger,
    event: String,
    took: bool,
    status: Option<u64>,
    duration: Duration,
    /// Why it was not taken.
    why: Option<String>,
}

/// A webhook that leads to a relay.
struct Way {
    webhook: String,
    inbox: String,
    /// Made for this run, and removed after it.
    own: Option<Post>,
}

pub(crate) async fn run(given: Test, client: &Client) -> Result<(), Failure> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let wait = trigger::span(&given.wait)?;
    let handler = Handler::new("--forward-to", &given.forward_to, &given.trust, client)?;
    let triggers = match &given.only[..] {
        [] => Trigger::ALL.to_vec(),
        names => names.iter().map(|name| trigger::named(name)).collect::<Result<_, _>>()?,
    };
    let listener = lease::name();
    let way = match &given.inbox {
        None => Way::made(client, &listener).await?,
        Some(inbox) => Way::found(client, inbox).await?,
    };
    let mut running = JoinSet::new();
    let rung = tokio::select! {
        failure = relay(client, &handler, (&way.inbox, &listener), Rows::None, &mut running) => failure.map(|()| Vec::new()),
        rung = ring(client, &way, &triggers, wait, given.form) => rung,
        _ = terminate.recv() => Err(stopped()),
        _ = interrupt.recv() => Err(stopped()),
    };
    if let Some(post) = &way.own {
        post.silence(client).await.and(post.remove(client).await)?;
    }
    let verdicts = rung?;
    if given.form.json {
        print::answer(&pretty(&verdicts.iter().map(Verdict::json).collect()))?;
    }
    if let Some(file) = &given.junit {
        let written = junit(&verdicts).and_then(|xml| std::fs::write(file, xml));
        written
            .map_err(|error| Failure::Refused(format!("{} cannot be written: {error}", file.display())))?;
    }
    let (took, all) = (verdicts.iter().filter(|verdict| verdict.took).count(), verdicts.len());
    if took == all {
        return Ok(print::note(&format!("The handler took all {all}."))?);
    }
    Err(Failure::Refused(format!("the handler took {took} of {all}")))
}

fn stopped() -> Failure {
    Failure::Refused("stopped before every trigger was rung".into())
}

impl Way {
    /// A webhook and an inbox of this run's.
    async fn made(client: &Client, listener: &str) -> Result<Self, Failure> {
        let kinds = ["booking", "conversation"].map(str::to_owned);
        let post = Post::take(client, NAME, &kinds, listener).await?;
        if let Some(secret) = &post.secret {
            print::note(&format!("Its signing secret, shown once: {}", safe(secret)))?;
        }
        Ok(Self { webhook: post.webhook.clone(), inbox: post.inbox.clone(), own: Some(post) })
    }

    /// The inbox, and the webhook that points at it.
    async fn found(client: &Client, inbox: &str) -> Result<Self, Failure> {
        let inbox = standing(client, inbox).await?;
        let (webhooks, _) = client.list("/v2/webhooks", &Query::new(), Some(ALL)).await?;
        let id = |object: &Value| object["id"].as_str().unwrap_or_default().to_owned();
        let leads = webhooks.iter().find(|webhook| webhook["url"] == inbox["url"]);
        let none = || {
            Failure::Refused(format!("no webhook points at {}", safe(inbox["url"].as_str().unwrap_or("-"))))
        };
        Ok(Self { webhook: id(leads.ok_or_else(none)?), inbox: id(&inbox), own: None })
    }
}

/// Rings each trigger, and waits until it was tried once.
async fn ring(
    client: &Client,
    way: &Way,
    triggers: &[Trigger],
    wait: Duration,
    form: Form,
) -> Result<Vec<Verdict>, Failure> {
    let query = vec![("types", "delivery".to_owned()), ("webhook", way.webhook.clone())];
    let mut stream = Stream::start(client, query).await?;
    if !form.json {
        print::answer(&line(["HANDLER", "CODE", "MS", "TYPE", "EVENT"], ""))?;
    }
    let mut verdicts = Vec::new();
    for trigger in triggers {
        let subjects = drive::until(client, *trigger, &[]).await?;
        let event = trigger::fired(client, *trigger, &subjects).await?;
        let end = Instant::now() + wait;
        let tried = loop {
            let Ok(message) = timeout_at(end, stream.next()).await else { break false };
            let delivery = message?.object;
            if delivery["event"] == event && delivery["attempts"].as_u64() > Some(0) {
                break true;
            }
        };
        let attempt = if tried { first_attempt(client, way, &event).await? } else { Value::Null };
        let verdict = Verdict::of(*trigger, event, &attempt, wait);
        if !form.json {
            print::answer(&verdict.line())?;
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

async fn first_attempt(client: &Client, way: &Way, event: &str) -> Result<Value, Failure> {
    let query = vec![("event", event.to_owned()), ("webhook", way.webhook.clone())];
    let (mut attempts, _) = client.list("/v2/attempts", &query, Some(ALL)).await?;
    Ok(attempts.pop().unwrap_or_default())
}

impl Verdict {
    /// What the first attempt says; `Null` where there was none in time.
    fn of(trigger: Trigger, event: String, attempt: &Value, wait: Duration) -> Self {
        let outcome = attempt["outcome"].as_str();
        let took = outcome == Some(Outcome::Delivered.as_str());
        let body = attempt["response"]["body"].as_str().unwrap_or_default();
        let why = match (outcome, body.strip_prefix(FAILED)) {
            (None, _) => format!("not tried within {} s: deskbell why {event} says more", wait.as_secs()),
            (Some(_), Some(said)) => said.trim_end().to_owned(),
            (Some(outcome), None) => outcome.to_owned(),
        };
        let micros = attempt["timings"]["total_us"].as_u64().unwrap_or_default();
        let status = attempt["response"]["status_code"].as_u64();
        let why = (!took).then_some(why);
        Self { trigger, event, took, status, duration: Duration::from_micros(micros), why }
    }

    fn line(&self) -> String {
        let word = if self.took { "took it" } else { "failed" };
        let status = self.status.map_or("-".into(), |status| status.to_string());
        let millis = self.duration.as_millis().to_string();
        let why = safe(self.why.as_deref().unwrap_or_default());
        line([word, &status, &millis, self.trigger.as_str(), &safe(&self.event)], &why)
    }

    fn json(&self) -> Value {
        json!({
            "type": self.trigger.as_str(), "event": self.event, "took": self.took, "status_code": self.status,
            "ms": u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX), "why": self.why,
        })
    }

    fn case(&self, xml: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let time = seconds(self.duration);
        let case = [("name", self.trigger.as_str()), ("classname", NAME), ("time", &time)];
        let case = xml.create_element("testcase").with_attributes(case);
        match &self.why {
            None => case.write_empty()?,
            Some(why) => case.write_inner_content(|xml| {
                xml.create_element("failure")
                    .with_attribute(("message", safe(why).as_str()))
                    .write_empty()?;
                Ok(())
            })?,
        };
        Ok(())
    }
}

fn line([word, status, millis, kind, event]: [&str; 5], why: &str) -> String {
    format!("{word:8}  {status:4}  {millis:>5}  {kind:37}  {event:16}  {why}").trim_end().to_owned()
}

/// One case a trigger, in the form that CI systems read.
fn junit(verdicts: &[Verdict]) -> std::io::Result<Vec<u8>> {
    let failures = verdicts.iter().filter(|verdict| !verdict.took).count().to_string();
    let (tests, time) =
        (verdicts.len().to_string(), seconds(verdicts.iter().map(|verdict| verdict.duration).sum()));
    let all = [("name", NAME), ("tests", &tests), ("failures", &failures), ("time", &time)];
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.create_element("testsuites").write_inner_content(|xml| {
        xml.create_element("testsuite")
            .with_attributes(all)
            .write_inner_content(|xml| verdicts.iter().try_for_each(|verdict| verdict.case(xml)))?;
        Ok(())
    })?;
    Ok(xml.into_inner())
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}
