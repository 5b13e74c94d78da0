//! Plans: how SQLite goes about each statement that the cases made it run. A statement that is not in `plans.txt`, or goes
//! about its work in another way than it says there, fails the case: whoever writes a new one looks at what it costs with ten
//! million rows, and then adds what the failure prints.

use crate::cluster::Database;
use crate::given::Opened;
use std::collections::BTreeMap;

/// What may be asked when a case is over.
pub(crate) trait AfterCase {
    async fn hold(self);
}

/// Fails if a statement of the case has another plan than the one that is known.
pub(crate) async fn hold(opened: impl AfterCase) {
    opened.hold().await;
}

impl AfterCase for () {
    async fn hold(self) {}
}

impl AfterCase for Database {
    async fn hold(self) {
        self.drop();
    }
}

impl AfterCase for Opened {
    async fn hold(self) {
        let known = known(include_str!("plans.txt"));
        let plans = self.store.plans().await.expect("plans can be read");
        assert!(!plans.is_empty(), "every case makes the store run something");
        let strange: Vec<String> = plans
            .iter()
            .map(|(statement, steps)| (one_line(statement), steps))
            .filter(|(statement, steps)| {
                known.get(statement.as_str()) != Some(&steps.iter().map(String::as_str).collect())
            })
            .map(|(statement, steps)| {
                steps.iter().fold(statement, |text, step| text + "\n    " + step) + "\n"
            })
            .collect();
        assert!(strange.is_empty(), "plans that are not in plans.txt:\n{}", strange.concat());
    }
}

/// Statements begin at the margin, their steps four spaces in.
fn known(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let (mut known, mut statement) = (BTreeMap::<_, Vec<_>>::new(), "");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            Some(step) => known.entry(statement).or_default().push(step),
            None => {
                statement = line;
                // An INSERT has no steps.
                known.entry(statement).or_default();
            }
        }
    }
    known
}

fn one_line(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}
