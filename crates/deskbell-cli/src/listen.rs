//! `deskbell listen`: brings a webhook's deliveries to a handler on this machine, and the handler's answers back.

pub(crate) mod forward;
pub(crate) mod lease;
pub(crate) mod post;
mod view;
mod watch;

use crate::client::{Client, Fault, Query, in_path};
use crate::clock;
use crate::handler::{Handler, Trust};
use crate::print::safe;
use crate::{Failure, print};
use post::Post;
use serde_json::Value;
use std::collections::HashSet;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use view::View;

#[derive(clap::Args)]
pub struct Listen {
    /// The handler to bring deliveries to, such as http://localhost:3000/hook
    #[arg(long, value_name = "URL")]
    forward_to: String,
    #[command(flatten)]
    trust: Trust,
    /// What to listen for, with commas: triggers, or booking and conversation for all of a kind
    #[arg(long, value_delimiter = ',', default_values = ["booking", "conversation"])]
    events: Vec<String>,
    /// What the webhook and the inbox are called. Who listens again under the name of a listener that died takes its place
    #[arg(long, default_value = "deskbell listen")]
    name: String,
    /// An inbox with a relay to listen at, instead of a webhook of its own: whatever comes to its address, whoever sent it
    #[arg(long, value_name = "INBOX", conflicts_with_all = ["events", "name"])]
    inbox: Option<String>,
    /// Remove the webhook at the end; otherwise it is paused, and the next listener of this name has the same secret
    #[arg(long, conflicts_with = "inbox")]
    remove: bool,
}

/// How long the server may hold a call for new requests.
const WAIT: Duration = Duration::from_secs(30);
/// After a failed call, the next one.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two calls that brought something. With five deliveries in flight, polls and answers together stay below the
/// hundred calls a second that the server allows (setting `api.own_per_second`): past it each would wait a whole second.
const POLL_PAUSE: Duration = Duration::from_millis(60);
/// What is being handled may take this long to end when we are told to stop.
const ENDING: Duration = Duration::from_secs(5);
/// And the sender this long to record the last answer.
const LAST_ROW: Duration = Duration::from_millis(300);

pub(crate) async fn run(given: Listen, client: &Client) -> Result<(), Failure> {
    // Before anything is announced: who reads the greeting may already ask for the end.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let handler = Handler::new("--forward-to", &given.forward_to, &given.trust, client)?;
    let listener = lease::name();
    if let Some(inbox) = &given.inbox {
        let inbox = standing(client, inbox).await?;
        let [id, url] = ["id", "url"].map(|field| safe(inbox[field].as_str().unwrap_or_default()));
        lease::take(client, &post::relay(&id), &listener, "inbox").await?;
        print::note(&format!("Listening at inbox {id} ({url}); forwarding to {}.", given.forward_to))?;
        view::head()?;
        let mut running = JoinSet::new();
        let ended = tokio::select! {
            failure = relay(client, &handler, (&id, &listener), Rows::All, &mut running) => failure,
            gone = watch::until_gone(client, &id) => Err(gone),
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        };
        let _ = timeout(ENDING, async { while running.join_next().await.is_some() {} }).await;
        return ended;
    }
    let post = Post::take(client, &given.name, &given.events, &listener).await?;
    let mut view = View::start(client, &post.webhook).await?;
    greet(&given, &post)?;
    let mut running = JoinSet::new();
    let mut led_elsewhere = false;
    let ended = tokio::select! {
        failure = relay(client, &handler, (&post.inbox, &listener), Rows::Others, &mut running) => failure,
        refused = view.show() => Err(refused.into()),
        deaf = watch::until_deaf(client, &post) => {
            led_elsewhere = deaf.led_elsewhere;
            Err(deaf.failure)
        }
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    // First nothing new comes, then what is under way ends, then its place goes.
    let quiet = match (led_elsewhere, given.remove) {
        (true, _) => Ok(()),
        (false, true) => post.silence(client).await,
        (false, false) => post.pause(client).await,
    };
    let handled = async { while running.join_next().await.is_some() {} };
    let _ = timeout(ENDING, async {
        tokio::select! { () = handled => {}, _ = view.show() => {} }
    })
    .await;
    let _ = timeout(LAST_ROW, view.show()).await;
    let removed = post.remove(client).await;
    ended.and(quiet).and(removed)?;
    print::note(&match given.remove {
        true => "The webhook and its inbox are removed.".to_owned(),
        false => format!(
            "The webhook {} is paused and keeps its secret: listen again under its name, or delete it.",
            safe(&post.webhook)
        ),
    })?;
    Ok(())
}

fn greet(given: &Listen, post: &Post) -> Result<(), Failure> {
    let (events, url) = (given.events.join(", "), &given.forward_to);
    print::note(&format!(
        "Listening for {events} as webhook {} ({:?}); forwarding to {url}.",
        safe(&post.webhook),
        given.name
    ))?;
    print::note(&match &post.secret {
        Some(secret) => format!("Its signing secret, shown once: {}", safe(secret)),
        None => "It was there already: its signing secret is the one that was shown when it was made, and its page on the dashboard \
                 shows it to its owner again."
            .into(),
    })?;
    Ok(view::head()?)
}

/// An inbox that is there already, and that stays there; it must have a relay.
pub(crate) async fn standing(client: &Client, id: &str) -> Result<Value, Failure> {
    let inbox = client.get(&format!("/v2/inboxes/{}", in_path(id)), &Query::new()).await?;
    if inbox["relay"] != true {
        let message = "the inbox answers by itself; make one that waits: deskbell inboxes create --relay";
        return Err(Failure::Refused(message.into()));
    }
    Ok(inbox)
}

/// What has a row once it is handled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Whatever came.
    All,
    /// What is no delivery of ours: those have the row that the stream tells of.
    Others,
    /// Nothing.
    None,
}

/// Takes what waits and has it handled, until the server refuses for good.
pub(crate) async fn relay(
    client: &Client,
    handler: &Handler,
    (inbox, listener): (&str, &str),
    rows: Rows,
    running: &mut JoinSet<String>,
) -> Result<(), Failure> {
    // What the last listener took and did not answer comes first; and again whenever an answer may have been lost.
    let mut again = true;
    let mut handled = HashSet::new();
    let path = post::relay(inbox);
    loop {
        let query: Query = vec![
            ("wait", WAIT.as_secs().to_string()),
            ("again", again.to_string()),
            ("listener", listener.to_owned()),
        ];
        let page = match client.wait(&path, &query, WAIT).await {
            Ok(page) => page,
            Err(Fault::Refused { status, message, .. }) if status >= 500 || status == 429 => {
                print::note(&format!("The server answers {status} ({}); trying again.", safe(&message)))?;
                again = true;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(Fault::Refused { status: 404, .. }) => return Err(watch::deleted(inbox)),
            Err(refused @ Fault::Refused { .. }) => return Err(refused.into()),
            Err(away) => {
                if !again {
                    print::note(&format!("{}; trying again until it is back.", safe(&away.to_string())))?;
                }
                again = true;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        again = false;
        while let Some(ended) = running.try_join_next() {
            handled.remove(&ended.unwrap_or_default());
        }
        for request in page["data"].as_array().into_iter().flatten() {
            let id = request["id"].as_str().unwrap_or_default().to_owned();
            if handled.insert(id.clone()) {
                let (client, handler) = (client.clone(), handler.clone());
                running.spawn(handle(client, handler, (path.clone(), rows), id, request.clone()));
            }
        }
        if !handled.is_empty() {
            tokio::time::sleep(POLL_PAUSE).await;
        }
    }
}

/// Brings one request to the handler and the answer back; gives its id.
async fn handle(
    client: Client,
    handler: Handler,
    (relay, rows): (String, Rows),
    id: String,
    request: Value,
) -> String {
    let start = Instant::now();
    let answered = forward::call(&handler, &request).await;
    let millis = start.elapsed().as_millis().to_string();
    let late = match client.post(&format!("{relay}/{id}"), answered.body()).await {
        Ok(_) => None,
        Err(Fault::Refused { status: 404, .. }) => Some("too late: the sender will come again".to_owned()),
        Err(fault) => Some(fault.to_string()),
    };
    // By the secret that the inbox was given, if it was given one.
    let signature = request["signature"].as_str().map(|word| format!("signature {word}"));
    let note = [answered.note.clone(), late, signature].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let note = safe(&note);
    // Of a delivery the stream tells what the sender made of the answer. What somebody else sent has no other row.
    let has_row = rows == Rows::All || rows == Rows::Others && !forward::is_delivery(&request);
    if has_row {
        let _ = view::other(&request, clock::now(), answered.status, &millis, &note);
    } else if rows == Rows::Others && !note.is_empty() && !answered.failed {
        let _ = print::note(&format!("{}: {note}", forward::event(&request)));
    }
    id
}
