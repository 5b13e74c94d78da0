//! Subject: a program on a folder that can be filled, and what can be timed of it, in microseconds.

use super::range::Range;
use super::stutter::{Stutter, WAIT};
use crate::client::Connection;
use crate::clock;
use crate::figures::count;
use crate::follower::Follower;
use crate::load::{Ticket, event, publish};
use crate::scenario::{Closed, SINGLE, Sink, Site, first_accept};
use crate::seed::Seed;
use anyhow::ensure;
use bytes::Bytes;
use deskbell_core::trigger::{Subscription, Trigger};
use hyper::Method;
use std::ops::Range as Span;
use std::path::Path;

/// The trigger whose receiver stutters.
const STUTTERED: &str = "booking.no_show";
/// Events that every subject keeps from the beginning, each delivered to [`FAN_OUT`] webhooks: more than a filter or a search
/// looks at, so that none is quick for want of rows.
const KEPT: u32 = 1_000;
/// Webhooks of its account that want those events.
pub(super) const FAN_OUT: u32 = 10;
/// The trigger of those events.
pub(super) const FANNED: Trigger = Trigger::BookingCanceled;

pub(super) struct Subject {
    pub(super) site: Site,
    connection: Connection,
    /// The number of the last event that stuttered.
    number: u32,
}

impl Subject {
    /// A program with its webhooks and what each subject keeps. It does not run yet.
    pub(super) async fn found(
        binary: &Path,
        folder: &Path,
        sink: &Sink,
        stutter: &Stutter,
    ) -> anyhow::Result<Self> {
        let mut site = Site::found(binary, folder, sink).await?;
        // The first retry comes soon. What hangs must not keep a stop waiting, and sleeps for long when it was tried twice.
        site.plan.set("DESKBELL_DELIVERY__RETRY_SCHEDULE", &format!("{}ms,6h,6h,6h", WAIT.as_millis()));
        site.plan.set("DESKBELL_DELIVERY__JITTER", "0");
        site.plan.set("DESKBELL_SERVER__DRAIN", "1s");
        let seed = Seed::open(&site.plan.data()).await?;
        let account = seed.first_account().await?;
        let wants = Subscription::One(Trigger::BookingNoShow);
        seed.webhooks(&account, 1, &stutter.url(), wants).await?;
        seed.delivered(&account, FANNED, FAN_OUT, KEPT).await?;
        seed.close().await?;
        // Numbers of two subjects must not meet: they share the receiver.
        let number = u32::try_from(clock::micros() % 1_000_000)? * 1_000;
        let connection = Connection::new(site.plan.address);
        Ok(Self { site, connection, number })
    }

    /// Fills it up.
    pub(super) async fn fill(&self, range: Range, span: Span<u32>, sink: &Sink) -> anyhow::Result<()> {
        let mut seed = Seed::open(&self.site.plan.data()).await?;
        range.fill(&mut seed, span, sink).await?;
        seed.close().await
    }

    /// Starts it, with one event accepted, and stops it again.
    pub(super) async fn time_start(&mut self, sink: &Sink) -> anyhow::Result<u64> {
        Ok(u64::from(count(first_accept(&mut self.site, sink, 1).await? * 1000.0)))
    }

    /// Starts it, to be looked at.
    pub(super) async fn start(&mut self) -> anyhow::Result<()> {
        self.site.start().await?;
        self.connection = Connection::new(self.site.plan.address);
        Ok(())
    }

    /// Follows its events.
    pub(super) async fn follow(&self) -> anyhow::Result<Follower> {
        Follower::open(self.site.plan.address, &self.site.key, "event").await
    }

    /// One call that reads.
    pub(super) async fn time_read(&mut self, target: &str) -> anyhow::Result<u64> {
        let headers = [("api-key", &*self.site.key)];
        let began = clock::micros();
        let answer = self.connection.send(Method::GET, target, &headers, Bytes::new()).await?;
        ensure!(answer.status == 200, "{target} was answered {}", answer.status);
        Ok(clock::micros() - began)
    }

    /// One event: when its call was answered, when its first byte arrived and when the stream told it.
    pub(super) async fn time_event(
        &mut self,
        sink: &Sink,
        follower: &mut Follower,
    ) -> anyhow::Result<[u64; 3]> {
        let due = clock::micros();
        // The stream may tell it before the call is answered.
        let (answered, told) = tokio::join!(
            async {
                let accepted = self.publish(SINGLE, Ticket { number: 0, due }).await;
                accepted.map(|()| clock::micros() - due)
            },
            async { follower.next().await.map(|_| clock::micros() - due) }
        );
        let arrived = sink.arrivals.complete(1).await?;
        Ok([answered?, arrived[0].micros, told?])
    }

    /// One event that is refused once: how much later than due it was tried again.
    pub(super) async fn time_retry(&mut self, stutter: &Stutter) -> anyhow::Result<u64> {
        self.number += 1;
        let ticket = Ticket { number: self.number, due: clock::micros() };
        self.publish(STUTTERED, ticket).await?;
        stutter.late().await
    }

    /// A closed loop of so many events: its share for a delivery.
    pub(super) async fn time_loop(&self, sink: &Sink, events: u32) -> anyhow::Result<u64> {
        let closed = Closed::run(&self.site, sink, SINGLE, 1, events).await?;
        Ok(u64::from(count(1e6 / closed.delivered)))
    }

    async fn publish(&mut self, trigger: &str, ticket: Ticket) -> anyhow::Result<()> {
        let accepted = publish(&mut self.connection, &self.site.key, event(trigger, ticket)).await?;
        ensure!(accepted, "an event was refused as too much");
        Ok(())
    }
}
