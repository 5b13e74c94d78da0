//! RateLimits: how often an account and an address may call (wire contract, 9.4; ).

mod counters;

pub(crate) use counters::Counters;

use deskbell_core::id::AccountId;
use deskbell_wire::problem::Problem;
use governor::clock::{Clock, DefaultClock};
use ipnet::{IpNet, Ipv6Net};
use std::net::IpAddr;
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
    /// Requests to anonymous inboxes, from each address.
    pub tester_captures: Option<Allowance>,
    /// Loopback callers have no limit by address.
    pub loopback_exempt: bool,
}

/// Anonymous inboxes from one address: a person needs a few.
pub const NEW_TESTERS: Allowance = Allowance { calls: 20, span: Duration::from_secs(3_600), burst: 20 };
/// Reads of anonymous inboxes from one address: one a second.
pub const TESTER_READS: Allowance = Allowance { calls: 60, span: Duration::from_secs(60), burst: 60 };
/// Requests to anonymous inboxes from one address: ten a second, whatever number of inboxes they go to.
pub const TESTER_CAPTURES: Allowance = Allowance { calls: 600, span: Duration::from_secs(60), burst: 600 };

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
            tester_captures: Some(TESTER_CAPTURES),
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
            tester_captures: None,
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
    tester_captures: Option<Counters<IpNet, C>>,
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
            tester_captures: settings.tester_captures.map(|allowance| Counters::new(allowance, &clock)),
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

    /// Counts a request from `address` to an anonymous inbox.
    pub fn check_tester_capture(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.count_address(self.tester_captures.as_ref(), address)
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

#[cfg(test)]
mod tests;
