//! The limits, on a clock that the tests move.

use super::counters::{PLACES, SWEEP};
use super::*;
use governor::clock::FakeRelativeClock;

fn account(name: &str) -> AccountId {
    AccountId::from_text(name)
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn wait(result: Result<(), Problem>) -> u64 {
    let problem = result.expect_err("must be refused");
    assert_eq!((problem.status.as_u16(), problem.code), (429, "rate_limit_exceeded"));
    problem.retry_after.expect("seconds to wait")
}

#[test]
fn an_account_has_five_calls_a_second_on_the_vendors_paths() {
    let clock = FakeRelativeClock::default();
    let rate = RateLimits::with_clock(&Settings::default(), clock.clone());
    let (ann, bob) = (account("ACC-A"), account("ACC-B"));
    for call in 1..=5 {
        assert!(rate.check_account(&ann, Family::Vendor).is_ok(), "A-177's control: call {call}");
    }
    assert_eq!(wait(rate.check_account(&ann, Family::Vendor)), 1, "A-177, A-130: the sixth");
    assert!(rate.check_account(&bob, Family::Vendor).is_ok(), "another account has its own");
    assert!(rate.check_account(&ann, Family::Own).is_ok(), "our own paths have their own");
    clock.advance(Duration::from_secs(1));
    for call in 1..=5 {
        assert!(rate.check_account(&ann, Family::Vendor).is_ok(), "a second later: call {call}");
    }
    assert_eq!(wait(rate.check_account(&ann, Family::Vendor)), 1);
}

#[test]
fn our_own_paths_take_a_burst_of_200() {
    let rate = RateLimits::with_clock(&Settings::default(), FakeRelativeClock::default());
    let taken = (0..300).filter(|_| rate.check_account(&account("ACC-A"), Family::Own).is_ok()).count();
    assert_eq!(taken, 200, "A-130");
}

#[test]
fn an_address_has_200_calls_in_five_minutes() {
    let clock = FakeRelativeClock::default();
    let rate = RateLimits::with_clock(&Settings::default(), clock.clone());
    let count = |text: &str| {
        (0..201).filter(|_| rate.check_address(Some(address(text)), Family::Vendor).is_ok()).count()
    };
    assert_eq!(count("192.0.2.1"), 200, "A-177: the 201st");
    assert_eq!(
        wait(rate.check_address(Some(address("::ffff:192.0.2.1")), Family::Vendor)),
        2,
        "A-177: however written"
    );
    assert_eq!(count("192.0.2.2"), 200, "the neighbour is somebody else");
    assert_eq!(count("2001:db8::1"), 200);
    assert!(
        rate.check_address(Some(address("2001:db8::2")), Family::Vendor).is_err(),
        "one /64 is one caller"
    );
    assert_eq!(count("127.0.0.1") + count("::1"), 402, "the loopback is exempt");
    assert!(rate.check_address(Some(address("192.0.2.1")), Family::Own).is_ok());
    assert!(rate.check_address(None, Family::Vendor).is_ok());
    clock.advance(Duration::from_secs(300));
    assert_eq!(count("192.0.2.1"), 200);
}

#[test]
fn limits_can_be_off_or_hold_for_the_loopback_too() {
    let off = RateLimits::new(&Settings::off());
    let strict = Settings { loopback_exempt: false, ..Settings::default() };
    let strict = RateLimits::with_clock(&strict, FakeRelativeClock::default());
    let calls = |rate: &dyn Fn() -> bool| (0..1_000).filter(|_| rate()).count();
    assert_eq!(calls(&|| off.check_account(&account("ACC-A"), Family::Vendor).is_ok()), 1_000);
    assert_eq!(calls(&|| strict.check_address(Some(address("127.0.0.1")), Family::Vendor).is_ok()), 200);
}

#[test]
fn strangers_cannot_grow_the_memory() {
    let clock = FakeRelativeClock::default();
    let rate = RateLimits::with_clock(&Settings::default(), clock.clone());
    let stranger = |number: u32| Some(IpAddr::from((0x0B00_0000 + number).to_be_bytes()));
    let len = || rate.vendor_address.as_ref().unwrap().len();
    for number in 0..150_000 {
        assert!(rate.check_address(stranger(number), Family::Vendor).is_ok());
    }
    assert_eq!(len(), PLACES);
    clock.advance(Duration::from_secs(600));
    for number in 0..SWEEP {
        assert!(rate.check_address(stranger(200_000 + number), Family::Vendor).is_ok());
    }
    assert!(len() <= SWEEP as usize, "those at rest are forgotten: {}", len());
}

#[test]
fn a_crowd_of_strangers_lets_nobody_call_uncounted() {
    let clock = FakeRelativeClock::default();
    let allowance = Allowance { calls: 10, span: Duration::from_secs(600), burst: 10 };
    let counters = Counters::new(allowance, &clock);
    let calls = |key: u32| (0..50).take_while(|_| counters.count(&key).is_ok()).count();
    let (before, after) = (0, 1_000_000);
    assert_eq!(calls(before), 10);
    for stranger in 1..=104_000 {
        let _ = counters.count(&stranger);
    }
    assert_eq!(calls(before), 0, "who was counted stays counted");
    assert!(calls(after) <= 10, "who comes later shares a bucket");
    clock.advance(Duration::from_secs(120));
    for stranger in 0..SWEEP {
        let _ = counters.count(&(2_000_000 + stranger));
    }
    assert!(counters.len() < PLACES, "the crowd has gone, and there are places again");
    assert!(
        calls(after) <= 2,
        "two minutes earn two calls, and who gets a place brings along what it used up"
    );
    assert_eq!(calls(before), 2);
}
