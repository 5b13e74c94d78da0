//! Plans: how SQLite goes about the statements that the cases made it run. Every step that is not on the list fails the case:
//! whoever writes a new one looks at what it costs with ten million rows, and then adds it.

use crate::given::Opened;

/// What may be asked when a case is over.
pub(crate) trait AfterCase {
    async fn hold(self);
}

/// Fails if a statement of the case has a step that is not allowed.
pub(crate) async fn hold(opened: impl AfterCase) {
    opened.hold().await;
}

impl AfterCase for () {
    async fn hold(self) {}
}

impl AfterCase for Opened {
    async fn hold(self) {
        let allowed: Vec<&str> =
            include_str!("plans.txt").lines().filter(|line| !line.starts_with('#')).collect();
        let mut strange = Vec::new();
        for (statement, steps) in self.store.plans().await.expect("plans can be read") {
            for step in steps.iter().filter(|step| !allowed.contains(&step.as_str())) {
                strange.push(format!("{step}\n    in {statement}"));
            }
        }
        assert!(strange.is_empty(), "steps that are not in plans.txt:\n{}", strange.join("\n"));
    }
}
