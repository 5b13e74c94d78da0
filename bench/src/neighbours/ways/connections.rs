//! Connections: as many as an account gets, each for as long as it may.

use super::Way;
use super::inbox::Inbox;
use crate::client::dial;
use crate::neighbours::Amounts;
use crate::neighbours::mean::{Mean, source};
use crate::seed::Seed;
use async_trait::async_trait;
use hyper::Method;
use std::time::Duration;
use tokio::time::sleep;

/// Networks that it calls from.
const NETWORKS: u8 = 8;
/// Connections from each of them: as many as a network may have.
const OF_A_NETWORK: u32 = 100;
/// Between two events, and between two connections at first: with all calls in one moment, the rate would be what stops it.
const PAUSE: Duration = Duration::from_millis(50);
/// Between two tries of a connection that was refused.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Connections {
    key: String,
}

#[async_trait]
impl Way for Connections {
    fn name(&self) -> &'static str {
        "connections"
    }

    fn does(&self) -> &'static str {
        "From 8 networks an account holds 100 connections each: streams of its account, waits for captures and relays of 60 s, and \
         some that say nothing. It posts 20 events a second, of which each stream is told."
    }

    async fn found(&mut self, seed: &Seed, _: &Mean, _: Amounts) -> anyhow::Result<()> {
        self.key = seed.key(&seed.account().await?).await?;
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        let captures = Inbox::make(mean, &self.key, false).await?;
        let relay = Inbox::make(mean, &self.key, true).await?;
        let held = [
            ("streams", Some("/v2/stream".to_owned())),
            ("waits", Some(format!("{}&wait=60", captures.page()))),
            ("relays", Some(format!("/v2/inboxes/{}/relay?wait=60", relay.id))),
            ("silent", None),
        ];
        for network in 0..NETWORKS {
            for (turn, (what, target)) in (0..OF_A_NETWORK).zip(held.iter().cycle().cloned()) {
                let caller = mean.caller_from(source([0, 10 + network, 1]), &self.key);
                mean.spawn(async move {
                    sleep(PAUSE * turn / 2).await;
                    loop {
                        match &target {
                            Some(target) => {
                                caller.skim(what, target).await;
                            }
                            None => {
                                if let Ok(silent) = dial(Some(caller.source), caller.address, None).await {
                                    let _ended = silent.readable().await;
                                }
                            }
                        }
                        sleep(RETRY).await;
                    }
                });
            }
        }
        let mut caller = mean.caller(&self.key);
        mean.spawn(async move {
            let event = r#"{"type":"booking.completed","data":{}}"#;
            loop {
                caller.call("events", Method::POST, "/v2/events", event.into()).await;
                sleep(PAUSE).await;
            }
        });
        Ok(())
    }
}
