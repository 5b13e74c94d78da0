//! Who slows whom: each account's part of what all share, for the operator.

use crate::time::Time;
use crate::word::{Word, Words};
use crate::{id, word};
use deskbell_core::explain::neighbour::{Finding, OTHERS, OWN};
use deskbell_core::id::AccountId;
use deskbell_core::quota::{Keeper, UNBOUNDED};
use deskbell_core::store::Tenant;
use deskbell_core::usage::{Amounts, Resource};
use serde::Serialize;
use utoipa::ToSchema;

/// What each account had of what all share, in the last hour of this process. It is counted in memory and begins with the process.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    /// An hour ago, or the start of this process.
    pub since: Time,
    /// At most 8 accounts, the one with the greatest part of anything first; then what was no account's; then all others
    /// together. Each column makes 100, unless nobody had any.
    pub rows: Vec<UsageRow>,
}

/// The part of an account, of the instance itself, or of all other accounts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "accounts": 1, "webhooks": 120, "slow": 31, "writer_percent": 9.2, "in_flight_percent": 61.0, "readers_percent": 4.1,
    "bytes_out_percent": 12.4, "standing": "held_back", "about": "in_flight"
})))]
pub struct UsageRow {
    /// `account`, `instance` or `others`.
    of: PartyWord,
    /// Null for the instance and for the others.
    account: Option<id::Account>,
    /// Its e-mail address; null for the instance and for the others.
    #[schema(example = "ana@harbour.example")]
    email: Option<String>,
    /// How many accounts these are: 1, or none, or all others of the instance.
    accounts: u64,
    /// Webhooks of theirs that are rung.
    webhooks: u64,
    /// Webhooks of theirs that are ill.
    ill: u64,
    /// Webhooks of theirs that are slow but well.
    slow: u64,
    /// Of the time of the threads that write to the store, without commits.
    writer_percent: f64,
    /// Of the time of attempts: each takes a place among those in flight, and is counted when it ends.
    in_flight_percent: f64,
    /// Of the time of the threads that read from the store.
    readers_percent: f64,
    /// Of the bytes of answers to calls.
    bytes_out_percent: f64,
    /// `alone`: no other account had anything; `modest`: it has less than a quarter of anything; `in_turn`: it has more, as it came
    /// to its turn; `held_back`: it has more of the places in flight because its receivers are slow, and itself waits for further
    /// ones. Null for the instance and for the others.
    standing: Option<word::Standing>,
    /// What the sentence is about: the places in flight where it is held back, else what the account has the greatest part of; null for
    /// the instance and for the others.
    about: Option<word::Resource>,
    #[schema(
        example = "Its receivers take 14 s: a slow webhook gets few places, so it waits for itself alone."
    )]
    sentence: String,
}

/// Webhooks that are rung, and those that do not do well.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it all")]
pub struct Webhooks {
    pub rung: u64,
    pub ill: u64,
    pub slow: u64,
}

impl Webhooks {
    /// The others, when `some` of them are told apart. The counts may be of different moments.
    #[must_use]
    pub fn without(self, some: Self) -> Self {
        Self {
            rung: self.rung.saturating_sub(some.rung),
            ill: self.ill.saturating_sub(some.ill),
            slow: self.slow.saturating_sub(some.slow),
        }
    }
}

impl UsageRow {
    /// An account that had `amounts` of `all`. It may be unknown by now.
    pub fn account(
        account: &AccountId,
        tenant: Option<&Tenant>,
        webhooks: Webhooks,
        (amounts, all): (&Amounts, &Amounts),
        found: Finding,
    ) -> Self {
        Self {
            account: Some(account.into()),
            email: tenant.map(|tenant| tenant.email.clone()),
            standing: Some(Word(found.standing)),
            about: Some(Word(found.about)),
            ..Self::of(Party::Account, 1, webhooks, (amounts, all), found.sentence)
        }
    }

    /// What was no account's.
    pub fn instance(amounts: &Amounts, all: &Amounts) -> Self {
        Self::of(Party::Instance, 0, Webhooks::default(), (amounts, all), OWN.into())
    }

    /// All other accounts.
    pub fn others(accounts: u64, webhooks: Webhooks, amounts: &Amounts, all: &Amounts) -> Self {
        Self::of(Party::Others, accounts, webhooks, (amounts, all), OTHERS.into())
    }

    fn of(
        of: Party,
        accounts: u64,
        webhooks: Webhooks,
        (amounts, all): (&Amounts, &Amounts),
        sentence: String,
    ) -> Self {
        // To a tenth: more digits would say more than is known.
        let percent = |resource| (amounts.share(resource, all) * 1_000.0).round() / 10.0;
        Self {
            of: Word(of),
            account: None,
            email: None,
            accounts,
            webhooks: webhooks.rung,
            ill: webhooks.ill,
            slow: webhooks.slow,
            writer_percent: percent(Resource::Writer),
            in_flight_percent: percent(Resource::InFlight),
            readers_percent: percent(Resource::Readers),
            bytes_out_percent: percent(Resource::BytesOut),
            standing: None,
            about: None,
            sentence,
        }
    }
}

/// What an account keeps of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"bytes": 9_878_424_781_u64, "quota_bytes": 10_737_418_240_u64, "percent": 92.0, "counting": false})))]
pub struct KeptRow {
    account: id::Account,
    #[schema(example = "ana@harbour.example")]
    email: String,
    /// Bytes of its events, as they are kept on the disk: compressed. Deliveries and attempts come on top.
    bytes: u64,
    /// How many may be kept; null without a quota.
    #[schema(required)]
    quota_bytes: Option<u64>,
    /// The part of the quota that is kept, in hundredths; null without one. From 80 on the headline says so.
    #[schema(required)]
    percent: Option<f64>,
    /// Whether some of what an older release accepted is not counted yet: then it keeps more than that.
    counting: bool,
}

impl KeptRow {
    /// What is kept of an account, where the quota of the instance is that.
    pub fn new(keeper: &Keeper, instance: u64) -> Self {
        let Keeper { account, email, kept } = keeper;
        Self {
            account: account.into(),
            email: email.clone(),
            bytes: kept.bytes,
            quota_bytes: Some(kept.quota(instance)).filter(|quota| *quota < UNBOUNDED),
            percent: kept.percent(instance).map(|percent| (percent * 10.0).round() / 10.0),
            counting: kept.is_partial,
        }
    }
}

type PartyWord = Word<Party>;

/// Whose part it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Party {
    /// One account's.
    Account,
    /// The instance's own, and that of callers without an account.
    Instance,
    /// All other accounts'.
    Others,
}

impl Words for Party {
    fn all() -> Vec<Self> {
        vec![Self::Account, Self::Instance, Self::Others]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Instance => "instance",
            Self::Others => "others",
        }
    }
}
