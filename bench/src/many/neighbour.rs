//! Neighbour: an account that does well, and what it notices.

use crate::api::Api;
use crate::figures::{Percentiles, count};
use crate::load::{Arrivals, Pace, drive, event, publish};
use crate::program::Plan;
use crate::receiver::Receiver;
use crate::scenario::{SINGLE, Sink, bare};
use anyhow::ensure;
use hyper::Method;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Events a second: half of what an account may call.
const RATE: u32 = 50;
/// Pauses between two looks at its first page.
const LOOK: Duration = Duration::from_millis(100);
/// Its connections.
const CONNECTIONS: usize = 8;

pub(super) struct Neighbour {
    arrivals: Arc<Arrivals>,
    /// Lives as long as the neighbour.
    _receiver: Receiver,
    /// What the bare client posts to.
    sink: Sink,
}

/// What it noticed in one window.
pub(super) struct Window {
    pub(super) first_byte: Percentiles,
    pub(super) list: Percentiles,
    pub(super) bare: Percentiles,
    pub(super) seconds: f64,
}

impl Neighbour {
    /// Makes its webhook in the first account of a program that has stopped.
    pub(super) async fn found(plan: &Plan) -> anyhow::Result<Self> {
        let (arrivals, receiver) = Arrivals::at_webhook(plan).await?;
        Ok(Self { arrivals, _receiver: receiver, sink: Sink::listen().await? })
    }

    /// Publishes for a while and looks at its first page, beside a bare client.
    pub(super) async fn window(&self, plan: &Plan, time: Duration) -> anyhow::Result<Window> {
        let (key, began): (Arc<str>, _) = (plan.key()?.into(), Instant::now());
        let events = count(f64::from(RATE) * time.as_secs_f64());
        let by = Arc::clone(&key);
        let once = move |mut connection, ticket| {
            let key = Arc::clone(&by);
            async move {
                let accepted = publish(&mut connection, &key, event(SINGLE, ticket)).await?;
                Ok((connection, accepted))
            }
        };
        let (sent, bare, list) = tokio::join!(
            drive(plan.address, CONNECTIONS, Pace::PerSecond(RATE), events, once),
            bare::open(&self.sink, RATE, events),
            look(plan, &key, time),
        );
        let sent = sent?;
        ensure!(sent.refused == 0, "{} of its events were refused", sent.refused);
        let arrived = self.arrivals.complete(usize::try_from(sent.accepted)?).await?;
        Ok(Window {
            first_byte: Percentiles::of(arrived.iter().map(|one| one.micros).collect()),
            list: list?,
            bare: bare?,
            seconds: began.elapsed().as_secs_f64(),
        })
    }
}

/// Looks at the first page of deliveries now and then.
async fn look(plan: &Plan, key: &str, time: Duration) -> anyhow::Result<Percentiles> {
    let (mut api, began, mut micros) = (Api::new(plan.address, key), Instant::now(), Vec::new());
    let mut turn = interval(LOOK);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while began.elapsed() < time {
        turn.tick().await;
        let asked = Instant::now();
        api.call(Method::GET, "/v2/deliveries?limit=20", None).await?;
        micros.push(u64::try_from(asked.elapsed().as_micros())?);
    }
    Ok(Percentiles::of(micros))
}
