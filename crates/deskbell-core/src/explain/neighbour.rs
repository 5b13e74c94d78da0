//! Neighbour: what an account's part of what all share means for the others, in a word and a sentence.

use crate::explain::words::{bytes, number, took};
use crate::policy::concurrency::SLOW;
use crate::usage::{Amounts, Resource, Split};
use std::time::Duration;

/// An account that has at least this part of something, of all that there was, is worth a look.
pub const MUCH: f64 = 0.25;

/// How an account stands to its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No other account had anything.
    Alone,
    /// It has little of everything.
    Modest,
    /// It has [much](MUCH), as it came to its turn.
    InTurn,
    /// It has much of the places in flight, because its receivers are slow: it gets few places, and itself waits for more.
    HeldBack,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Alone, Self::Modest, Self::InTurn, Self::HeldBack];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Modest => "modest",
            Self::InTurn => "in_turn",
            Self::HeldBack => "held_back",
        }
    }
}

/// What there is to say of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it stands to the others.
    pub standing: Standing,
    /// What the sentence is about: the places in flight where it is held back, else what it has the greatest part of.
    pub about: Resource,
    /// In a sentence or two.
    pub sentence: String,
}

/// What is to be said of an account that had `amounts` of what `hour` has of all.
pub fn finding(amounts: &Amounts, hour: &Split) -> Finding {
    let (greatest, share) = amounts.greatest(hour.all());
    let mean = |resource| Duration::from_micros(amounts.mean(resource));
    let times = |one, many| match amounts.count(greatest) {
        1 => format!("1 {one} of {}", took(mean(greatest))),
        count => format!("{} {many} of {}", number(count), took(mean(greatest))),
    };
    let held = mean(Resource::InFlight);
    let is_held_back = held >= SLOW && amounts.share(Resource::InFlight, hour.all()) >= MUCH;
    let (standing, about, sentence) = if hour.is_of_one() {
        (Standing::Alone, greatest, "No other account is at work: nobody waits for it.".into())
    } else if is_held_back {
        let text = "a slow webhook gets few places, so it waits for itself alone";
        (Standing::HeldBack, Resource::InFlight, format!("Its receivers take {}: {text}.", took(held)))
    } else if share < MUCH {
        (Standing::Modest, greatest, "It takes little of what all share.".into())
    } else {
        let sentence = match greatest {
            Resource::InFlight => {
                format!("{}; some places always stay free for others.", times("try", "tries"))
            }
            Resource::Writer => format!("{}; accounts take turns to write.", times("write", "writes")),
            Resource::Readers => format!("{}; accounts take turns to read.", times("read", "reads")),
            Resource::BytesOut => {
                let sent = bytes(amounts.sum(greatest));
                format!("It was sent {sent}; answers to others leave beside them.")
            }
        };
        (Standing::InTurn, greatest, sentence)
    };
    Finding { standing, about, sentence }
}

/// What is to be said of the accounts that are not named.
pub const OTHERS: &str = "None of them takes more than those above.";
/// What is to be said of what was no account's.
pub const OWN: &str =
    "Deskbell’s own: due deliveries, ends of tries, sign-ins; and calls without an account.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::id::AccountId;
    use crate::usage::Usage;

    /// What is said of an account that had so many times so much of it, beside another one that had `others` of it.
    fn said(resource: Resource, times: u64, amount: u64, others: u64) -> (Standing, String) {
        let (usage, account) = (Usage::default(), AccountId::from_text("ACC-A"));
        (0..times).for_each(|_| usage.note(resource, Some(&account), amount));
        usage.note(Resource::BytesOut, Some(&AccountId::from_text("ACC-B")), 1);
        usage.note(resource, Some(&AccountId::from_text("ACC-B")), others);
        let hour = usage.last_hour(Timestamp::UNIX_EPOCH);
        let of = hour.accounts().into_iter().find(|(of, _)| **of == account).unwrap();
        let finding = finding(of.1, &hour);
        assert_eq!(finding.about, resource);
        (finding.standing, finding.sentence)
    }

    #[test]
    fn who_has_much_is_told_what_of_and_why_others_do_not_wait_for_it() {
        let second = 1_000_000;
        assert_eq!(
            said(Resource::InFlight, 31, 14 * second, second),
            (
                Standing::HeldBack,
                "Its receivers take 14 s: a slow webhook gets few places, so it waits for itself alone."
                    .into()
            )
        );
        assert_eq!(
            said(Resource::InFlight, 1_200, 40_000, second),
            (Standing::InTurn, "1,200 tries of 40 ms; some places always stay free for others.".into())
        );
        let writes = said(Resource::Writer, 4_000, 1_500, second).1;
        assert_eq!(writes, "4,000 writes of 1 ms; accounts take turns to write.");
        let reads = said(Resource::Readers, 24, 80_000, 1_000).1;
        assert_eq!(reads, "24 reads of 80 ms; accounts take turns to read.");
        let one = said(Resource::Writer, 1, 2_000, 1_000).1;
        assert_eq!(one, "1 write of 2 ms; accounts take turns to write.");
        let bytes = said(Resource::BytesOut, 31, second, 1_000).1;
        assert_eq!(bytes, "It was sent 31 MB; answers to others leave beside them.");
    }

    #[test]
    fn what_is_much_is_a_matter_of_its_part() {
        assert_eq!(said(Resource::Writer, 1, 25, 75).0, Standing::InTurn);
        let modest = (Standing::Modest, "It takes little of what all share.".to_owned());
        assert_eq!(said(Resource::Writer, 1, 24, 76), modest);
        assert_eq!(said(Resource::InFlight, 1, 1_000_000, 75_000_000), modest, "slow, and no matter");
    }

    #[test]
    fn who_is_held_back_is_told_so_whatever_else_it_has() {
        let (usage, slow) = (Usage::default(), AccountId::from_text("ACC-A"));
        usage.note(Resource::InFlight, Some(&slow), 14_000_000);
        usage.note(Resource::BytesOut, Some(&slow), 500_000);
        usage.note(Resource::InFlight, Some(&AccountId::from_text("ACC-B")), 2_000_000);
        let hour = usage.last_hour(Timestamp::UNIX_EPOCH);
        let [(first, amounts), _] = hour.accounts()[..] else { panic!("two accounts") };
        assert_eq!((first, amounts.greatest(hour.all()).0), (&slow, Resource::BytesOut));
        let finding = finding(amounts, &hour);
        assert_eq!((finding.standing, finding.about), (Standing::HeldBack, Resource::InFlight));
    }

    #[test]
    fn who_is_alone_keeps_nobody_waiting() {
        let usage = Usage::default();
        usage.note(Resource::InFlight, Some(&AccountId::from_text("ACC-A")), 14_000_000);
        usage.note(Resource::Writer, None, 5_000);
        let hour = usage.last_hour(Timestamp::UNIX_EPOCH);
        let finding = finding(hour.accounts()[0].1, &hour);
        assert_eq!((finding.standing, finding.about), (Standing::Alone, Resource::InFlight));
    }
}
