//! LoginThrottle: how often one may try to sign in, or sign up. It holds whatever `api.rate_limit` says: a password can be
//! guessed by whoever may guess often enough.
//!
//! Strangers who guess must not shut out the owner of an address. So tries for one address are counted apart for each network
//! that they come from, and only many more of them for all networks together; and a browser in which its member
//! signed in with the present password is counted by itself alone, however often they sign in there.

use crate::rate_limit::{Allowance, Counters, network};
use deskbell_core::account::folded;
use deskbell_core::member::DeviceToken;
use deskbell_core::vault::Vault;
use deskbell_wire::problem::Problem;
use governor::clock::DefaultClock;
use ipnet::IpNet;
use std::net::IpAddr;
use std::time::Duration;

/// Tries from one network: an IPv4 address or an IPv6 /64.
const OF_NETWORK: Allowance = Allowance { calls: 20, span: Duration::from_secs(300), burst: 20 };
/// Tries for one e-mail address from one network, or in one browser that is known.
const OF_EMAIL: Allowance = Allowance { calls: 10, span: Duration::from_secs(600), burst: 10 };
/// Tries for one e-mail address from all networks together: 1,440 a day, of which a password that is no weak one takes no harm.
const OF_EMAIL_ANYWHERE: Allowance = Allowance { calls: 60, span: Duration::from_secs(3_600), burst: 60 };

/// A try to sign in, or sign up.
pub(super) struct Try<'t> {
    /// Where it comes from, if that is known.
    pub(super) address: Option<IpAddr>,
    /// For whom.
    pub(super) email: &'t str,
    /// The browser, if the member of this address signed in there before.
    pub(super) device: Option<&'t DeviceToken>,
}

/// By keyed hash: what people type is not remembered, and every entry has one size.
type Hashed = [u8; 32];

/// Counts tries, good ones too.
pub(super) struct LoginThrottle {
    networks: Counters<IpNet, DefaultClock>,
    emails: Counters<Hashed, DefaultClock>,
    emails_anywhere: Counters<Hashed, DefaultClock>,
    devices: Counters<Hashed, DefaultClock>,
}

impl Default for LoginThrottle {
    fn default() -> Self {
        let clock = DefaultClock::default();
        Self {
            networks: Counters::new(OF_NETWORK, &clock),
            emails: Counters::new(OF_EMAIL, &clock),
            emails_anywhere: Counters::new(OF_EMAIL_ANYWHERE, &clock),
            devices: Counters::new(OF_EMAIL, &clock),
        }
    }
}

impl LoginThrottle {
    /// Counts a try. With `exempt_loopback` those of the machine itself are counted by their e-mail address alone.
    ///
    /// # Errors
    /// 429 that says how long to wait.
    pub(super) fn check(&self, vault: &Vault, tried: &Try<'_>, exempt_loopback: bool) -> Result<(), Problem> {
        self.count(vault, tried, exempt_loopback).map_err(|refused| {
            let seconds = refused.retry_after.unwrap_or(1).max(1);
            let message = format!("There were too many tries. Try again in {seconds} s.");
            Problem { message, ..refused }
        })
    }

    fn count(&self, vault: &Vault, tried: &Try<'_>, exempt_loopback: bool) -> Result<(), Problem> {
        if let Some(device) = tried.device {
            return self.devices.count(&vault.hash(device.nonce().expose()));
        }
        let address = tried.address.map(|address| address.to_canonical());
        let network = address.map(network);
        if let Some(network) = network.filter(|of| !(exempt_loopback && of.addr().is_loopback())) {
            self.networks.count(&network)?;
        }
        // What one network has used up is not counted for all of them: it cannot shut the others out.
        let email = folded(tried.email.trim());
        let here = network.map(|network| network.to_string()).unwrap_or_default();
        self.emails.count(&vault.hash(&format!("{here} {email}")))?;
        self.emails_anywhere.count(&vault.hash(&email))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::door::SeededRandom;
    use deskbell_core::id::{AccountId, MemberId};
    use deskbell_core::member::{Member, PasswordHash, Role};
    use deskbell_core::time::from_millis;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7)));
    const LOOPBACK: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    const ANA: &str = "Ana@mail.example";

    fn fresh() -> (LoginThrottle, Vault) {
        (LoginThrottle::default(), Vault::new(&[1; 32]))
    }

    /// How many of many tries for new people each time, or for one, are let through.
    fn let_through(address: Option<IpAddr>, exempt: bool, one: bool) -> usize {
        let (throttle, vault) = fresh();
        let email = |n: usize| if one { ANA.into() } else { format!("{n}@mail.example") };
        let check = |email: &str| throttle.check(&vault, &Try { address, email, device: None }, exempt);
        (0..50).take_while(|n| check(&email(*n)).is_ok()).count()
    }

    fn network_of(number: u32) -> Option<IpAddr> {
        Some(IpAddr::from((0x0B00_0000 + number).to_be_bytes()))
    }

    #[test]
    fn a_network_has_twenty_tries_and_ten_for_one_email() {
        assert_eq!(let_through(HERE, true, false), 20);
        assert_eq!(let_through(HERE, true, true), 10);
        assert_eq!(let_through(LOOPBACK, true, false), 50);
        assert_eq!(let_through(LOOPBACK, false, false), 20);
        assert_eq!(let_through(LOOPBACK, true, true), 10, "the e-mail is counted everywhere");
    }

    #[test]
    fn the_refusal_says_how_long_to_wait() {
        let (throttle, vault) = fresh();
        let mut tries = (0..11).map(|n| {
            let email = if n % 2 == 0 { "ana@mail.example" } else { " ANA@mail.example" };
            throttle.check(&vault, &Try { address: None, email, device: None }, true)
        });
        let refused = tries.find_map(Result::err).unwrap();
        let seconds = refused.retry_after.unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert_eq!(refused.message, format!("There were too many tries. Try again in {seconds} s."));
        let bo = Try { address: None, email: "bo@mail.example", device: None };
        assert!(throttle.check(&vault, &bo, true).is_ok());
    }

    #[test]
    fn strangers_who_guess_shut_out_neither_another_network_nor_a_browser_that_is_known() {
        let (throttle, vault) = fresh();
        let check = |address, device: Option<&DeviceToken>| {
            throttle.check(&vault, &Try { address, email: ANA, device }, true).is_ok()
        };
        while check(HERE, None) {}
        assert!(check(network_of(0), None), "ten from one network are its own");
        let anywhere = (1..200).take_while(|number| check(network_of(*number), None)).count();
        assert!((40..60).contains(&anywhere), "sixty an hour from all networks: {anywhere}");
        let random = SeededRandom::new(1);
        let ana = Member {
            id: MemberId::new(&random),
            account: AccountId::new(&random),
            email: Some(ANA.into()),
            password: Some(PasswordHash::of_nobody()),
            role: Role::Owner,
            created: from_millis(0),
        };
        let at = |known: Option<&DeviceToken>, millis| {
            DeviceToken::new(&ana, known, &vault, &random, from_millis(millis)).unwrap()
        };
        let device = at(None, 0);
        let tries = (0..50).take_while(|_| check(HERE, Some(&device))).count();
        assert_eq!(tries, 10, "the owner's browser is let through, and may not guess without end either");
        assert!(!check(HERE, Some(&at(Some(&device), 1))), "to sign in there again gives no further tries");
    }

    #[test]
    fn made_up_addresses_do_not_let_guesses_through() {
        let (throttle, vault) = fresh();
        let check =
            |email: &str| throttle.check(&vault, &Try { address: LOOPBACK, email, device: None }, true);
        while check(ANA).is_ok() {}
        for number in 0..104_000 {
            let _ = check(&format!("{number}@made.up.example"));
        }
        assert!(check(ANA).is_err());
    }
}
