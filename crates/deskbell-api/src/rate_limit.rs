//! RateLimits: how often an account and an address may call (wire contract, 9.4; ).

use axum::http::HeaderMap;
use deskbell_core::id::AccountId;
use deskbell_wire::problem::Problem;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use ipnet::{IpNet, Ipv6Net};
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Which rate limits a call counts against: the extractor of its handler says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The vendor's, with the vendor's limits.
    Vendor,
    /// Our own, with limits of their own.
    Own,
}

/// A quota: so many calls in a span, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Calls that a full span earns; at least one is earned.
    pub calls: u32,
    /// How long it takes to earn `calls`.
    pub span: Duration,
    /// Calls that may come at once after a rest.
    pub burst: u32,
}

/// Which limits are in force; `None` is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The vendor's paths, for each account.
    pub vendor_account: Option<Allowance>,
    /// The vendor's paths, for each address.
    pub vendor_address: Option<Allowance>,
    /// Our own paths, for each account.
    pub own_account: Option<Allowance>,
    /// Making inboxes, for each address.
    pub new_inboxes: Option<Allowance>,
    /// Making anonymous inboxes, for each address (T-26).
    pub new_testers: Option<Allowance>,
    /// Reading anonymous inboxes, for each address.
    pub tester_reads: Option<Allowance>,
    /// Loopback callers have no limit by address.
    pub loopback_exempt: bool,
}

/// Anonymous inboxes from one address: a person needs a few.
pub const NEW_TESTERS: Allowance = Allowance { calls: 20, span: Duration::from_secs(3_600), burst: 20 };
/// Reads of anonymous inboxes from one address: one a second.
pub const TESTER_READS: Allowance = Allowance { calls: 60, span: Duration::from_secs(60), burst: 60 };

impl Default for Settings {
    /// The vendor's numbers (wire contract, 9.4), and room to work on our own paths.
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            vendor_account: Some(Allowance { calls: 5, span: second, burst: 5 }),
            vendor_address: Some(Allowance { calls: 200, span: Duration::from_secs(300), burst: 200 }),
            own_account: Some(Allowance { calls: 100, span: second, burst: 200 }),
            new_inboxes: Some(Allowance { calls: 1_000, span: Duration::from_secs(3_600), burst: 1_000 }),
            new_testers: Some(NEW_TESTERS),
            tester_reads: Some(TESTER_READS),
            loopback_exempt: true,
        }
    }
}

impl Settings {
    /// No limit at all.
    pub fn off() -> Self {
        Self {
            vendor_account: None,
            vendor_address: None,
            own_account: None,
            new_inboxes: None,
            new_testers: None,
            tester_reads: None,
            loopback_exempt: true,
        }
    }
}

/// The counters of one process.
pub struct RateLimits<C: Clock + Clone = DefaultClock> {
    vendor_account: Option<Counters<AccountId, C>>,
    vendor_address: Option<Counters<IpNet, C>>,
    own_account: Option<Counters<AccountId, C>>,
    new_inboxes: Option<Counters<IpNet, C>>,
    new_testers: Option<Counters<IpNet, C>>,
    tester_reads: Option<Counters<IpNet, C>>,
    loopback_exempt: bool,
}

impl RateLimits {
    /// Counters that have counted nothing yet.
    pub fn new(settings: &Settings) -> Self {
        Self::with_clock(settings, DefaultClock::default())
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    /// The same on another clock, for tests.
    pub fn with_clock(settings: &Settings, clock: C) -> Self {
        Self {
            vendor_account: settings.vendor_account.map(|allowance| Counters::new(allowance, &clock)),
            vendor_address: settings.vendor_address.map(|allowance| Counters::new(allowance, &clock)),
            own_account: settings.own_account.map(|allowance| Counters::new(allowance, &clock)),
            new_inboxes: settings.new_inboxes.map(|allowance| Counters::new(allowance, &clock)),
            new_testers: settings.new_testers.map(|allowance| Counters::new(allowance, &clock)),
            tester_reads: settings.tester_reads.map(|allowance| Counters::new(allowance, &clock)),
            loopback_exempt: settings.loopback_exempt,
        }
    }

    /// Counts a call of `address`, before anybody knows whose it is.
    pub fn check_address(&self, address: Option<IpAddr>, family: Family) -> Result<(), Problem> {
        if family == Family::Own {
            return Ok(());
        }
        self.count_address(self.vendor_address.as_ref(), address)
    }

    /// Counts an inbox made from `address`.
    pub fn check_new_inbox(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.count_address(self.new_inboxes.as_ref(), address)
    }

    /// Counts an anonymous inbox made from `address`.
    pub fn check_new_tester(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.count_address(self.new_testers.as_ref(), address)
    }

    /// Counts a read of an anonymous inbox from `address`, with a right token or a wrong one.
    pub fn check_tester_read(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.count_address(self.tester_reads.as_ref(), address)
    }

    fn count_address(
        &self,
        counters: Option<&Counters<IpNet, C>>,
        address: Option<IpAddr>,
    ) -> Result<(), Problem> {
        let (Some(counters), Some(address)) = (counters, address.map(|address| address.to_canonical()))
        else {
            return Ok(());
        };
        if self.loopback_exempt && address.is_loopback() { Ok(()) } else { counters.count(&network(address)) }
    }

    /// Counts a call of `account`.
    pub fn check_account(&self, account: &AccountId, family: Family) -> Result<(), Problem> {
        let counters = match family {
            Family::Vendor => &self.vendor_account,
            Family::Own => &self.own_account,
        };
        counters.as_ref().map_or(Ok(()), |counters| counters.count(account))
    }
}

/// One caller: an IPv4 address, or the /64 that one IPv6 subscriber holds at least.
pub(crate) fn network(address: IpAddr) -> IpNet {
    match address {
        IpAddr::V6(address) => {
            Ipv6Net::new(address, 64).map_or(IpNet::from(IpAddr::V6(address)), |net| net.trunc().into())
        }
        address => address.into(),
    }
}

/// Callers counted at once. Past it those at rest are forgotten, and if all are busy strangers are not counted: then
/// the caps on connections still hold, and memory stays bounded.
const CALLERS: usize = 100_000;
/// When that many are counted, one call in so many looks who is at rest.
const SWEEP: u32 = 1_024;

/// Counts the calls of each of many callers.
pub(crate) struct Counters<K: Hash + Eq + Clone, C: Clock> {
    limiter: RateLimiter<K, HashMapStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    turned_away: AtomicU32,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Counters<K, C> {
    pub(crate) fn new(allowance: Allowance, clock: &C) -> Self {
        let one = NonZeroU32::MIN;
        let period = allowance.span / NonZeroU32::new(allowance.calls).unwrap_or(one).get();
        let burst = NonZeroU32::new(allowance.burst).unwrap_or(one);
        let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_second(one)).allow_burst(burst);
        Self {
            limiter: RateLimiter::hashmap_with_clock(quota, clock.clone()),
            clock: clock.clone(),
            turned_away: AtomicU32::new(0),
        }
    }

    pub(crate) fn count(&self, key: &K) -> Result<(), Problem> {
        if self.limiter.len() >= CALLERS {
            // The look at all of them is shared by many calls.
            if self.turned_away.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP) {
                self.limiter.retain_recent();
            }
            if self.limiter.len() >= CALLERS {
                return Ok(());
            }
        }
        self.limiter.check_key(key).map_err(|early| {
            let wait = early.wait_time_from(self.clock.now());
            Problem::rate_limited(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
        })
    }
}

/// Who truly calls. `X-Forwarded-For` is believed only of a `trusted` proxy, from its right end to the first address that
/// is not itself a trusted proxy; anybody else can write what they like into it.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(&client) {
        return client;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
    for hop in hops.iter().rev() {
        if !is_trusted(&client) {
            break;
        }
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests;
