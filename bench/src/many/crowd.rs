//! Crowd: everybody but the neighbour. Those who sleep and those who only listen do so all the time; slow receivers and greedy
//! callers have their load in windows.

use super::Amounts;
use super::greedy::{Greedy, next_event};
use crate::api::Api;
use crate::client::Connection;
use crate::follower::Follower;
use crate::load::{Arrivals, publish};
use crate::program::Plan;
use crate::receiver::{Reaction, Receiver};
use crate::seed::Seed;
use anyhow::ensure;
use deskbell_core::trigger::{Subscription, Trigger};
use hyper::Method;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Webhooks of an account: as many as it may have by default.
const OF_AN_ACCOUNT: u32 = 100;
/// Streams of an account.
const STREAMS: u32 = 20;
/// The neighbour's events that are kept went to so many webhooks each.
const FAN_OUT: u32 = 10;
/// Events for each slow receiver in a window: more than are in flight to it at first.
const SLOW_EVENTS: u32 = 8;
/// How long a slow receiver takes.
const SLOWNESS: Duration = Duration::from_millis(1_500);

pub(super) struct Crowd {
    slow: Member,
    greedy: Member,
    /// Keys of accounts whose webhooks sleep.
    asleep: Vec<String>,
    amounts: Amounts,
    followers: JoinSet<anyhow::Result<String>>,
    /// Of the next event; a number is never used twice.
    number: Arc<AtomicU32>,
    /// Deliveries that are owed by now to slow receivers, and to those of greedy callers.
    owed: [Arc<AtomicU32>; 2],
}

/// Accounts of one kind.
struct Member {
    keys: Vec<Arc<str>>,
    arrivals: Arc<Arrivals>,
    /// Lives as long as the crowd.
    _receiver: Receiver,
}

impl Crowd {
    /// Fills the stopped program's folder.
    pub(super) async fn found(plan: &Plan, amounts: Amounts) -> anyhow::Result<Self> {
        let seed = Seed::open(&plan.data()).await?;
        let neighbour = seed.first_account().await?;
        let (kept, nobody) = (Trigger::BookingCanceled, Subscription::One(Trigger::ConversationAbandoned));
        let (slowly, quick) = (Arc::new(Arrivals::default()), Arc::new(Arrivals::default()));
        let taken = Arc::clone(&slowly);
        let slow = Receiver::listen(move |arrival| {
            taken.take(arrival);
            async {
                tokio::time::sleep(SLOWNESS).await;
                Reaction::Answer(204)
            }
        })
        .await?;
        let greedy = quick.listen().await?;
        seed.webhooks(&neighbour, FAN_OUT, &greedy.url(""), Subscription::One(kept)).await?;
        seed.delivered(&neighbour, kept, FAN_OUT, amounts.rows / FAN_OUT).await?;
        let mut asleep = Vec::new();
        for number in 0..amounts.webhooks / OF_AN_ACCOUNT {
            let account = seed.account().await?;
            let webhooks = seed.webhooks(&account, OF_AN_ACCOUNT, &greedy.url(""), nobody).await?;
            seed.asleep(&account, &webhooks).await?;
            if number < amounts.streams / STREAMS {
                asleep.push(seed.key(&account).await?);
            }
        }
        let wants = Subscription::One(Trigger::BookingScheduled);
        let slow = Member::found(&seed, amounts.slow, OF_AN_ACCOUNT, slow, slowly, wants).await?;
        let greedy = Member::found(&seed, amounts.greedy, 1, greedy, quick, wants).await?;
        seed.close().await?;
        let (followers, number, owed) = (JoinSet::new(), Arc::default(), Default::default());
        Ok(Self { slow, greedy, asleep, amounts, followers, number, owed })
    }

    /// Opens the streams.
    pub(super) async fn follow(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        for key in &self.asleep {
            for _ in 0..STREAMS {
                let mut follower = Follower::open(address, key, "event,delivery,attempt").await?;
                self.followers.spawn(async move { follower.next().await });
            }
        }
        Ok(())
    }

    /// How many streams go on and were told nothing.
    pub(super) fn following(&mut self) -> usize {
        while self.followers.try_join_next().is_some() {}
        self.followers.len()
    }

    /// Rings the slow receivers, and lets the greedy callers loose.
    pub(super) async fn load(&self, address: SocketAddr) -> anyhow::Result<Greedy> {
        for key in &self.slow.keys {
            let mut connection = Connection::new(address);
            for _ in 0..SLOW_EVENTS {
                let accepted = publish(&mut connection, key, next_event(&self.number)).await?;
                ensure!(accepted, "an event for slow receivers was refused");
                let receivers = self.amounts.slow.min(OF_AN_ACCOUNT);
                self.owed[0].fetch_add(receivers, Ordering::Relaxed);
            }
        }
        Ok(Greedy::start(address, &self.greedy.keys, &self.number, &self.owed[1]))
    }

    /// Waits until everything that is owed has arrived, once.
    pub(super) async fn arrived(&self) -> anyhow::Result<()> {
        for (member, owed) in [&self.slow, &self.greedy].into_iter().zip(&self.owed) {
            member.arrivals.complete(usize::try_from(owed.swap(0, Ordering::Relaxed))?).await?;
        }
        Ok(())
    }

    /// The keys of the accounts whose deliveries must all end.
    pub(super) fn keys(&self) -> Vec<String> {
        [&self.slow, &self.greedy].iter().flat_map(|member| &member.keys).map(|key| key.to_string()).collect()
    }

    /// Whether those who slept sleep on: each webhook with its one retry, after one attempt.
    pub(super) async fn sleeps(&self, address: SocketAddr) -> anyhow::Result<()> {
        for key in &self.asleep {
            let mut api = Api::new(address, key);
            let page = api.call(Method::GET, "/v2/deliveries?limit=100&status=pending", None).await?;
            let asleep = page["data"].as_array().map_or(0, |all| {
                all.iter()
                    .filter(|delivery| delivery["attempts"] == 1 && delivery["status"] == "pending")
                    .count()
            });
            ensure!(asleep == OF_AN_ACCOUNT as usize, "{asleep} of {OF_AN_ACCOUNT} sleep on");
        }
        Ok(())
    }
}

impl Member {
    /// Accounts with `count` webhooks in all, `each` of one.
    async fn found(
        seed: &Seed,
        count: u32,
        each: u32,
        receiver: Receiver,
        arrivals: Arc<Arrivals>,
        wants: Subscription,
    ) -> anyhow::Result<Self> {
        let mut keys = Vec::new();
        for _ in 0..count.div_ceil(each) {
            let account = seed.account().await?;
            seed.webhooks(&account, each.min(count), &receiver.url(""), wants).await?;
            keys.push(seed.key(&account).await?.into());
        }
        Ok(Self { keys, arrivals, _receiver: receiver })
    }
}
