//! Sums that stay true and a size that stays bounded, with many accounts.

use super::*;
use proptest::prelude::*;

fn account(number: usize) -> AccountId {
    AccountId::from_text(format!("ACC-{number:010}"))
}

fn minute(number: i64) -> Timestamp {
    from_millis(number * MINUTE_MILLIS)
}

/// Everybody's part: that of each account, of nobody and of the others.
fn parts(split: &Split) -> Vec<Amounts> {
    let accounts = split.accounts().into_iter().map(|(_, amounts)| *amounts);
    accounts.chain([*split.own(), *split.others()]).collect()
}

/// What all parts come to.
fn sum(split: &Split, resource: Resource) -> (u64, u64) {
    parts(split)
        .iter()
        .fold((0, 0), |(sum, count), part| (sum + part.sum(resource), count + part.count(resource)))
}

#[test]
fn each_has_what_it_was_noted_for() {
    let usage = Usage::default();
    usage.note_time(Resource::Writer, Some(&account(1)), Duration::from_millis(3));
    usage.note(Resource::BytesOut, Some(&account(1)), 500);
    usage.note(Resource::BytesOut, Some(&account(2)), 1_500);
    usage.note(Resource::BytesOut, None, 2_000);
    let hour = usage.last_hour(minute(7));
    let [(first, its), (second, others)] = hour.accounts()[..] else { panic!("two accounts") };
    assert_eq!(
        (first, second),
        (&account(1), &account(2)),
        "all of the writer is more than three eighths of the bytes"
    );
    assert_eq!((its.sum(Resource::Writer), its.sum(Resource::BytesOut)), (3_000, 500));
    assert_eq!(its.greatest(hour.all()), (Resource::Writer, 1.0));
    assert_eq!(others.greatest(hour.all()), (Resource::BytesOut, 0.375));
    assert_eq!((hour.own().sum(Resource::BytesOut), hour.others()), (2_000, &Amounts::default()));
    assert_eq!(others.share(Resource::Readers, hour.all()), 0.0, "a share of nothing");
}

#[test]
fn an_hour_is_looked_back_and_no_more() {
    let usage = Usage::default();
    for number in 0..90 {
        usage.turn(minute(number));
        usage.note(Resource::Readers, Some(&account(1)), 1);
    }
    assert_eq!(usage.past().len(), 59);
    assert_eq!(usage.last_hour(minute(89)).all().sum(Resource::Readers), 60);
    assert_eq!(
        usage.last_hour(minute(100)).all().sum(Resource::Readers),
        49,
        "and the present minute is empty"
    );
    assert_eq!(usage.last_hour(minute(400)).all(), &Amounts::default());
    assert_eq!(since(from_millis(400 * MINUTE_MILLIS + 59_999)), minute(341));
}

#[test]
fn a_clock_that_is_set_back_loses_nothing() {
    let usage = Usage::default();
    for number in [50, 20, 21] {
        usage.turn(minute(number));
        usage.note(Resource::Readers, None, 1);
    }
    assert_eq!(usage.last_hour(minute(21)).all().sum(Resource::Readers), 3);
}

#[test]
fn of_a_hundred_thousand_accounts_the_one_that_has_much_is_told_apart() {
    let (usage, much) = (Usage::default(), account(1_000_000));
    for number in 0..100_000 {
        usage.note(Resource::Writer, Some(&account(number)), 19);
        usage.note(Resource::Writer, Some(&much), 1);
        assert!(usage.present().split.accounts.len() <= 2 * TOLD_APART);
    }
    let hour = usage.last_hour(minute(0));
    let (first, amounts) = hour.accounts()[0];
    assert_eq!((first, amounts.sum(Resource::Writer)), (&much, 100_000), "a twentieth, in small amounts");
    assert_eq!(sum(&hour, Resource::Writer), (2_000_000, 200_000));
    usage.turn(minute(1));
    assert_eq!(usage.past()[0].split.accounts.len(), TOLD_APART, "what is kept is bounded too");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Whoever notes what, and whenever a minute ends: no amount is lost or counted twice, and no more accounts are told apart than
    /// may be.
    #[test]
    fn sums_stay_true_and_sizes_bounded(
        notes in prop::collection::vec((0usize..100_000, 0usize..4, 0u64..1_000_000), 1..6_000),
        minutes in 1usize..70,
        shown in 0usize..20,
    ) {
        let (usage, each) = (Usage::default(), notes.len().div_ceil(minutes));
        for (number, notes) in notes.chunks(each).enumerate() {
            usage.turn(minute(number as i64));
            for (of, resource, amount) in notes {
                let of = (*of > 10_000).then(|| account(*of));
                usage.note(Resource::ALL[*resource], of.as_ref(), *amount);
            }
        }
        let last = notes.chunks(each).len() - 1;
        let mut hour = usage.last_hour(minute(last as i64));
        let kept: Vec<_> = notes.chunks(each).skip((last + 1).saturating_sub(60)).flatten().collect();
        for apart in [usize::MAX, shown] {
            hour.tell_apart(apart);
            for (at, resource) in Resource::ALL.into_iter().enumerate() {
                let noted = kept.iter().filter(|(_, of, _)| *of == at).map(|(_, _, amount)| amount);
                let expected = (noted.clone().sum::<u64>(), noted.count() as u64);
                prop_assert_eq!(sum(&hour, resource), expected);
                prop_assert_eq!((hour.all().sum(resource), hour.all().count(resource)), expected);
                let shares: f64 = parts(&hour).iter().map(|part| part.share(resource, hour.all())).sum();
                prop_assert!(expected.0 == 0 || (shares - 1.0).abs() < 1e-9, "{shares}");
            }
        }
        prop_assert!(hour.accounts().len() <= shown);
        let past = usage.past();
        prop_assert!(past.len() < 60 && past.iter().all(|minute| minute.split.accounts.len() <= TOLD_APART));
    }
}
