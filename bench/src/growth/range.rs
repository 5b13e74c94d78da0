//! Range: of what there is more and more along a curve, and how a program is filled with it.

use super::subject::{FAN_OUT, FANNED};
use crate::scenario::Sink;
use crate::seed::Seed;
use anyhow::Context as _;
use clap::ValueEnum;
use deskbell_core::trigger::{Subscription, Trigger};
use std::ops::Range as Span;

/// Webhooks of an account, where there are many accounts: as many as it may have by default.
const OF_AN_ACCOUNT: u32 = 100;
/// Webhooks for which deliveries wait.
const WAITED_FOR: u32 = 100;
/// Webhooks of each of the many accounts.
const REGISTERED: u32 = 10;

/// Of what there is more and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Range {
    /// Webhooks that sleep: each has one retry that is due in hours. A hundred an account.
    Asleep,
    /// Webhooks that are registered in the one account, for another trigger.
    Registered,
    /// Accounts, each with ten webhooks.
    Accounts,
    /// Attempts that are kept, of the one account and the same webhooks.
    Attempts,
    /// Deliveries that are due, over a hundred webhooks whose receivers never answer.
    Pending,
}

impl Range {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Asleep, Self::Registered, Self::Accounts, Self::Attempts, Self::Pending];

    /// Its name: that of its plot's file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asleep => "asleep",
            Self::Registered => "registered",
            Self::Accounts => "accounts",
            Self::Attempts => "attempts",
            Self::Pending => "pending",
        }
    }

    /// What it counts.
    pub fn title(self) -> &'static str {
        match self {
            Self::Asleep => "webhooks that sleep, each with one retry due in hours, a hundred an account",
            Self::Registered => "webhooks registered in the account, for another trigger",
            Self::Accounts => "accounts, each with ten webhooks",
            Self::Attempts => "attempts kept, of the same account and webhooks",
            Self::Pending => "deliveries that are due, over a hundred webhooks whose receivers never answer",
        }
    }

    /// The sizes of its points.
    pub fn sizes(self) -> [u32; 3] {
        match self {
            Self::Asleep => [1_000, 10_000, 100_000],
            Self::Registered => [100, 1_000, 10_000],
            Self::Accounts => [100, 1_000, 10_000],
            Self::Attempts => [100_000, 1_000_000, 10_000_000],
            Self::Pending => [100_000, 1_000_000, 10_000_000],
        }
    }

    /// Makes what there is of `span.start` as much as `span.end`.
    pub(super) async fn fill(self, seed: &mut Seed, span: Span<u32>, sink: &Sink) -> anyhow::Result<()> {
        let nobody = Subscription::One(Trigger::ConversationAbandoned);
        let (more, hole) = (span.end - span.start, sink.hole.url(""));
        match self {
            Self::Asleep => {
                for _ in 0..more / OF_AN_ACCOUNT {
                    let account = seed.account().await?;
                    let webhooks = seed.webhooks(&account, OF_AN_ACCOUNT, &hole, nobody).await?;
                    seed.asleep(&account, &webhooks).await?;
                }
            }
            Self::Registered => {
                let account = seed.first_account().await?;
                seed.webhooks(&account, more, &hole, nobody).await?;
            }
            Self::Accounts => {
                for _ in 0..more {
                    let account = seed.account().await?;
                    seed.webhooks(&account, REGISTERED, &hole, nobody).await?;
                }
            }
            Self::Attempts => {
                let account = seed.first_account().await?;
                seed.delivered(&account, FANNED, FAN_OUT, more / FAN_OUT).await?;
            }
            Self::Pending => {
                if span.start == 0 {
                    let account = seed.account().await?;
                    let hanging = Subscription::One(Trigger::ConversationClosed);
                    seed.webhooks(&account, WAITED_FOR, &hole, hanging).await?;
                }
                let account = seed.accounts().await?.pop().context("no account")?;
                seed.waiting(&account, Trigger::ConversationClosed, WAITED_FOR, more / WAITED_FOR).await?;
            }
        }
        Ok(())
    }
}
