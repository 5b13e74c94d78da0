//! The parts that the calls are made of: each is owned by one room, and a handler is handed those that it names. They are
//! put together here, once; no room of this crate knows this list.

use crate::answers::Answers;
use crate::auth::{Callers, EnterLink, Sessions, SignIn};
use crate::booking::Bookings;
use crate::conversation::Conversations;
use crate::disk::Disk;
use crate::inbox::anonymous::AnonymousTester;
use crate::inbox::capture::Captures;
use crate::inbox::doctor::Doctor;
use crate::inbox::intake::Intake;
use crate::inbox::provenance::Provenances;
use crate::inbox::relay::Relay;
use crate::metrics::Metrics;
use crate::one_time_link::OneTimeLinks;
use crate::open_calls::OpenCalls;
use crate::pagination::Pagination;
use crate::publisher::{OnAccepted, Publisher};
use crate::rate_limit::RateLimits;
use crate::sandbox::SandboxObjects;
use crate::settings::Settings;
use crate::share::Shares;
use crate::signals::Signals;
use crate::stream::Streams;
use crate::webhook::Registry;
use axum::extract::FromRef;
use deskbell_core::policy::ssrf_guard::SsrfGuard;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store};
use deskbell_http::call_log::CallLog;
use std::sync::Arc;

/// What the program brings along.
pub struct Given {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Seals and opens secrets.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Judges targets.
    pub guard: Arc<SsrfGuard>,
    /// How often anybody may call.
    pub limits: RateLimits,
    /// Wakes those who wait.
    pub signals: Arc<Signals>,
    /// Told of accepted events, where somebody is.
    pub on_accepted: Option<OnAccepted>,
    /// What is counted and measured.
    pub metrics: Arc<Metrics>,
    /// Calls that sent nothing on.
    pub calls: Arc<CallLog>,
    /// How much room there is.
    pub disk: Arc<Disk>,
    /// The link that signs the first account's owner in.
    pub link: EnterLink,
    /// The settings in force.
    pub settings: Settings,
}

/// The router's state: plain data, handed out part by part.
#[derive(Clone)]
pub struct Parts(Arc<All>);

macro_rules! parts {
    ($($name:ident: $part:ty),+ $(,)?) => {
        struct All {
            $($name: $part,)+
        }

        $(impl FromRef<Parts> for $part {
            fn from_ref(parts: &Parts) -> Self {
                parts.0.$name.clone()
            }
        })+
    };
}

parts! {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    guard: Arc<SsrfGuard>,
    limits: Arc<RateLimits>,
    open_calls: Arc<OpenCalls>,
    signals: Arc<Signals>,
    metrics: Arc<Metrics>,
    calls: Arc<CallLog>,
    disk: Arc<Disk>,
    settings: Arc<Settings>,
    sessions: Arc<Sessions>,
    callers: Arc<Callers>,
    sign_in: Arc<SignIn>,
    publisher: Arc<Publisher>,
    sandbox: Arc<SandboxObjects>,
    registry: Arc<Registry>,
    bookings: Arc<Bookings>,
    one_time_links: Arc<OneTimeLinks>,
    conversations: Arc<Conversations>,
    relay: Arc<Relay>,
    captures: Arc<Captures>,
    intake: Arc<Intake>,
    tester: Arc<AnonymousTester>,
    doctor: Arc<Doctor>,
    shares: Arc<Shares>,
    streams: Arc<Streams>,
    pagination: Arc<Pagination>,
    answers: Arc<Answers>,
}

/// A part that shares with the others what it is made of.
macro_rules! made {
    ($part:ident: $($of:expr),+) => {
        Arc::new($part::new($($of.clone()),+))
    };
}

impl Parts {
    /// Puts the parts together.
    pub fn new(given: Given) -> Self {
        let Given {
            store,
            vault,
            clock,
            random,
            guard,
            limits,
            signals,
            on_accepted,
            metrics,
            calls,
            disk,
            link,
            settings,
        } = given;
        let (limits, settings) = (Arc::new(limits), Arc::new(settings));
        let (open_calls, answers) = (Arc::new(OpenCalls::default()), Arc::new(Answers::default()));
        let sessions = made!(Sessions: store, vault, clock, random, settings.public_url);
        let pagination = made!(Pagination: settings);
        let callers = made!(Callers: store, vault, clock, sessions, limits, settings);
        let (relay, provenances) = (made!(Relay: signals), Provenances::new(store.clone(), vault.clone()));
        let publisher = made!(Publisher: store, clock, random, signals, on_accepted);
        let sandbox = made!(SandboxObjects: store, random, pagination);
        let captures = made!(Captures: store, signals, provenances, answers);
        let all = All {
            registry: made!(Registry: store, vault, clock, random, guard, settings),
            bookings: made!(Bookings: store, clock, sandbox, publisher, signals),
            one_time_links: made!(OneTimeLinks: store, clock, random, settings),
            conversations: made!(Conversations: store, clock, publisher, signals),
            sign_in: made!(SignIn: store, vault, clock, random, sessions, settings, link),
            intake: made!(Intake: store, clock, random, callers, limits, signals, relay, open_calls, disk, settings),
            tester: made!(AnonymousTester: store, vault, clock, random, limits, open_calls, settings),
            doctor: made!(Doctor: store, vault, provenances),
            shares: made!(Shares: store, vault, clock, random, provenances),
            streams: made!(Streams: store, callers, signals, captures, answers, open_calls, clock),
            captures,
            publisher,
            sandbox,
            relay,
            callers,
            pagination,
            answers,
            store,
            vault,
            clock,
            random,
            guard,
            limits,
            open_calls,
            signals,
            metrics,
            calls,
            disk,
            settings,
            sessions,
        };
        Self(Arc::new(all))
    }
}

#[cfg(test)]
pub(crate) mod tests;
