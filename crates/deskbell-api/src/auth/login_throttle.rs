//! LoginThrottle: how often one may try to sign in, or sign up. It holds whatever `api.rate_limit` says: a password can be
//! guessed by whoever may guess often enough.

use crate::rate_limit::{Allowance, Counters, network};
use deskbell_core::vault::Vault;
use deskbell_wire::problem::Problem;
use governor::clock::DefaultClock;
use ipnet::IpNet;
use std::net::IpAddr;
use std::time::Duration;

/// Tries from one address: an IPv4 address or an IPv6 /64.
const OF_ADDRESS: Allowance = Allowance { calls: 20, span: Duration::from_secs(300), burst: 20 };
/// Tries for one e-mail address, wherever they come from.
const OF_EMAIL: Allowance = Allowance { calls: 10, span: Duration::from_secs(600), burst: 10 };

/// Counts tries, good ones too.
pub(super) struct LoginThrottle {
    addresses: Counters<IpNet, DefaultClock>,
    /// By keyed hash: what people type is not remembered, and every entry has one size.
    emails: Counters<[u8; 32], DefaultClock>,
}

impl Default for LoginThrottle {
    fn default() -> Self {
        let clock = DefaultClock::default();
        Self { addresses: Counters::new(OF_ADDRESS, &clock), emails: Counters::new(OF_EMAIL, &clock) }
    }
}

impl LoginThrottle {
    /// Counts a try from `address`, if that is known, for `email`. Without `exempt_loopback` the machine itself is counted
    /// too.
    ///
    /// # Errors
    /// 429 that says how long to wait.
    pub(super) fn check(
        &self,
        vault: &Vault,
        address: Option<IpAddr>,
        email: &str,
        exempt_loopback: bool,
    ) -> Result<(), Problem> {
        let counted = address.map(|address| address.to_canonical());
        let counted = counted.filter(|address| !(exempt_loopback && address.is_loopback()));
        let by_address = counted.map_or(Ok(()), |address| self.addresses.count(&network(address)));
        let email = vault.hash(&email.trim().to_lowercase());
        by_address.and_then(|()| self.emails.count(&email)).map_err(|refused| {
            let seconds = refused.retry_after.unwrap_or(1).max(1);
            let message = format!("There were too many tries. Try again in {seconds} s.");
            Problem { message, ..refused }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7)));
    const LOOPBACK: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    /// How many of many tries for new people each time, or for one, are let through.
    fn let_through(address: Option<IpAddr>, exempt: bool, one: bool) -> usize {
        let (throttle, vault) = (LoginThrottle::default(), Vault::new(&[1; 32]));
        let email = |n: usize| if one { "Ana@mail.example".into() } else { format!("{n}@mail.example") };
        (0..50).take_while(|n| throttle.check(&vault, address, &email(*n), exempt).is_ok()).count()
    }

    #[test]
    fn an_address_has_twenty_tries_and_an_email_ten() {
        assert_eq!(let_through(HERE, true, false), 20);
        assert_eq!(let_through(HERE, true, true), 10);
        assert_eq!(let_through(LOOPBACK, true, false), 50);
        assert_eq!(let_through(LOOPBACK, false, false), 20);
        assert_eq!(let_through(LOOPBACK, true, true), 10, "the e-mail is counted everywhere");
    }

    #[test]
    fn the_refusal_says_how_long_to_wait() {
        let (throttle, vault) = (LoginThrottle::default(), Vault::new(&[1; 32]));
        let mut tries = (0..11).map(|n| {
            let email = if n % 2 == 0 { "ana@mail.example" } else { " ANA@mail.example" };
            throttle.check(&vault, None, email, true)
        });
        let refused = tries.find_map(Result::err).unwrap();
        let seconds = refused.retry_after.unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert_eq!(refused.message, format!("There were too many tries. Try again in {seconds} s."));
        assert!(throttle.check(&vault, None, "bo@mail.example", true).is_ok());
    }
}
