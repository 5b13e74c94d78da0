//! Each count that must be 0 has a made-up drill that it catches.

use super::*;

fn published(event: &str, at: u64) -> Publish {
    let (key, trigger) = (event.to_owned(), "booking.scheduled".to_owned());
    Publish { key, trigger, event: Some(event.to_owned()), at, refused: false }
}

fn receipt(event: &str, at: u64, status: u16) -> Receipt {
    let text = str::to_owned;
    Receipt {
        at,
        answered: at,
        webhook: text("a"),
        event: text(event),
        key: text(event),
        sender: "one".into(),
        signed: true,
        status,
    }
}

/// Taken, pending and late are published at 1, 2 and 25; the backup is from 10 to 20, the restored instance starts at 30 and is resumed at 40.
struct Given {
    published: Vec<Publish>,
    receipts: Vec<Receipt>,
    restored: HashSet<String>,
    pending: BTreeSet<Pair>,
}

impl Given {
    fn new() -> Self {
        Self {
            published: vec![published("taken", 1), published("pending", 2), published("late", 25)],
            receipts: vec![receipt("taken", 3, 200), receipt("pending", 4, 500), receipt("pending", 41, 200)],
            restored: ["taken", "pending"].map(str::to_owned).into(),
            pending: BTreeSet::from([("pending".to_owned(), "a".to_owned())]),
        }
    }

    fn judged(&self) -> Counts {
        judge(&Drill {
            published: &self.published,
            receipts: &self.receipts,
            backup: (10, 20),
            paused: (30, 40),
            restored: &self.restored,
            pending: &self.pending,
            subscribers: &|_| BTreeSet::from(["a".to_owned()]),
        })
    }
}

#[test]
fn a_drill_that_went_well_is_clean() {
    let counts = Given::new().judged();
    assert!(counts.clean(), "{counts:?}");
    assert_eq!(counts, Counts { before: 2, since: 1, pending: 1, ..Counts::default() });
    let mut again = Given::new();
    again.receipts.push(receipt("pending", 22, 200));
    assert_eq!(again.judged(), Counts { again: 1, ..counts }, "sent again, as is allowed");
}

#[test]
fn each_fault_is_counted_and_no_other() {
    let good = Given::new().judged();
    let mut given = Given::new();
    given.restored.remove("taken");
    assert_eq!(given.judged(), Counts { lost: 1, ..good });

    let mut given = Given::new();
    given.published.push(published("owed", 9));
    given.restored.insert("owed".into());
    assert_eq!(given.judged(), Counts { before: 3, forgotten: 1, ..good });

    let mut given = Given::new();
    given.receipts.push(receipt("pending", 35, 500));
    assert_eq!(given.judged(), Counts { early: 1, ..good });

    let mut given = Given::new();
    given.receipts.pop();
    assert_eq!(given.judged(), Counts { unsent: 1, ..good });

    let mut given = Given::new();
    given.receipts.push(receipt("taken", 42, 200));
    assert_eq!(given.judged(), Counts { ghost: 1, ..good });
}
