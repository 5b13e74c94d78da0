//! The history of a webhook: what was changed of it, and when, and so what it was at a time. How it does is no part of it.

use super::{DisableReason, Status, Webhook};
use crate::Timestamp;
use crate::trigger::Subscription;
use serde::{Deserialize, Serialize};

/// Revisions of a webhook that are kept, the newest: some 300 kB at most, where each changes the longest address to another.
pub const KEPT: usize = 50;

/// What one step changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// When.
    pub at: Timestamp,
    /// What; never empty.
    pub changes: Vec<Change>,
}

/// One thing that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum Change {
    /// What its owner calls it.
    Name {
        /// Before.
        from: String,
        /// From then on.
        to: String,
    },
    /// Where it is posted to.
    Url {
        /// Before.
        from: String,
        /// From then on.
        to: String,
    },
    /// What rings it.
    Events {
        /// Before.
        from: Vec<Subscription>,
        /// From then on.
        to: Vec<Subscription>,
    },
    /// It was turned on.
    Enabled {
        /// Who or what had turned it off.
        reason: DisableReason,
        /// When that was.
        since: Timestamp,
    },
    /// It was turned off.
    Disabled {
        /// Who or what turned it off.
        reason: DisableReason,
    },
}

/// Who changed a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedBy {
    /// Its owner, by the API or the page.
    Owner,
    /// Deskbell itself.
    Deskbell,
}

impl ChangedBy {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Owner, Self::Deskbell];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Deskbell => "deskbell",
        }
    }
}

impl Revision {
    /// Who changed it: all that Deskbell changes by itself is that it turns it off.
    pub fn by(&self) -> ChangedBy {
        let by_itself = |change: &Change| {
            matches!(
                change,
                Change::Disabled { reason: DisableReason::Gone | DisableReason::WindowExhausted }
            )
        };
        if self.changes.iter().any(by_itself) { ChangedBy::Deskbell } else { ChangedBy::Owner }
    }

    /// What makes `after` out of `before`; `None` when it is nothing that is told of. A deleted webhook has no history.
    pub fn between(before: &Webhook, after: &Webhook, at: Timestamp) -> Option<Self> {
        if after.is_deleted() {
            return None;
        }
        let name = (before.name != after.name)
            .then(|| Change::Name { from: before.name.clone(), to: after.name.clone() });
        let url = (before.url != after.url)
            .then(|| Change::Url { from: before.url.clone(), to: after.url.clone() });
        let events = (before.events != after.events)
            .then(|| Change::Events { from: before.events.clone(), to: after.events.clone() });
        let status = match (before.status, after.status) {
            (Status::Disabled { reason, at }, Status::Enabled) => Some(Change::Enabled { reason, since: at }),
            (Status::Enabled, Status::Disabled { reason, .. }) => Some(Change::Disabled { reason }),
            _ => None,
        };
        let changes: Vec<_> = [name, url, events, status].into_iter().flatten().collect();
        (!changes.is_empty()).then_some(Self { at, changes })
    }
}

/// The webhook as it was at that time, as far as its revisions tell, the newest first: what stood before all that are kept is as the
/// oldest of them found it.
pub fn as_of(webhook: &Webhook, revisions: &[Revision], at: Timestamp) -> Webhook {
    let mut was = webhook.clone();
    let later = revisions.iter().take_while(|revision| revision.at > at).count();
    for revision in &revisions[..later] {
        for change in revision.changes.iter().rev() {
            match change {
                Change::Name { from, .. } => was.name.clone_from(from),
                Change::Url { from, .. } => was.url.clone_from(from),
                Change::Events { from, .. } => was.events.clone_from(from),
                Change::Enabled { reason, since } => {
                    was.status = Status::Disabled { reason: *reason, at: *since };
                }
                Change::Disabled { .. } => was.status = Status::Enabled,
            }
        }
    }
    was
}

/// Whether what it was at that time follows from its revisions, the newest first: where as many are there as are kept, older ones may be
/// gone.
pub fn reaches(revisions: &[Revision], at: Timestamp) -> bool {
    revisions.len() < KEPT || revisions.last().is_some_and(|oldest| oldest.at <= at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;
    use crate::trigger::Trigger;
    use crate::webhook::tests::webhook;
    use crate::webhook::{Health, WebhookChange};

    fn at(millis: i64) -> Timestamp {
        from_millis(millis)
    }

    fn changed(change: &WebhookChange, before: &Webhook) -> (Webhook, Vec<Change>) {
        let mut after = before.clone();
        change.apply(&mut after, at(5_000));
        let revision = Revision::between(before, &after, at(5_000));
        (after, revision.map(|revision| revision.changes).unwrap_or_default())
    }

    #[test]
    fn each_change_of_the_owner_is_told_once_and_nothing_else() {
        let one = webhook("WHK-1", "one");
        let all = WebhookChange {
            name: Some("two".into()),
            url: Some("https://elsewhere.example/".into()),
            events: Some(vec![Subscription::One(Trigger::BookingNoShow)]),
            enabled: Some(false),
            end_rest: true,
        };
        let (after, changes) = changed(&all, &one);
        let expected = [
            Change::Name { from: "one".into(), to: "two".into() },
            Change::Url { from: String::new(), to: "https://elsewhere.example/".into() },
            Change::Events { from: Vec::new(), to: vec![Subscription::One(Trigger::BookingNoShow)] },
            Change::Disabled { reason: DisableReason::ByOwner },
        ];
        assert_eq!(changes, expected);
        assert_eq!(changed(&all, &after).1, []);
        let on = WebhookChange { enabled: Some(true), ..WebhookChange::default() };
        let turned_on = Change::Enabled { reason: DisableReason::ByOwner, since: at(5_000) };
        assert_eq!(changed(&on, &after).1, [turned_on]);
    }

    #[test]
    fn how_it_does_is_not_told_nor_that_it_is_deleted() {
        let one = webhook("WHK-1", "one");
        let rests =
            Webhook { health: Health { rest_until: Some(at(60_000)), ..Health::default() }, ..one.clone() };
        assert_eq!(Revision::between(&one, &rests, at(0)), None);
        let resume = WebhookChange { end_rest: true, ..WebhookChange::default() };
        assert_eq!(changed(&resume, &rests).1, []);
        let mut deleted = one.clone();
        deleted.delete(at(80_000));
        assert_eq!(Revision::between(&one, &deleted, at(80_000)), None);
    }

    #[test]
    fn what_a_webhook_was_follows_from_what_changed() {
        let (gone, owner) = (DisableReason::Gone, DisableReason::ByOwner);
        let asked = |trigger| vec![Subscription::One(trigger)];
        let (before, after) = (asked(Trigger::BookingNoShow), asked(Trigger::BookingCanceled));
        let off = |reason, millis| Status::Disabled { reason, at: at(millis) };
        let revision = |millis, change| Revision { at: at(millis), changes: vec![change] };
        let revisions = [
            revision(60, Change::Disabled { reason: owner }),
            revision(50, Change::Enabled { reason: gone, since: at(30) }),
            revision(40, Change::Events { from: before.clone(), to: after.clone() }),
            revision(30, Change::Disabled { reason: gone }),
            revision(20, Change::Name { from: "one".into(), to: "two".into() }),
        ];
        let now = Webhook { status: off(owner, 60), events: after.clone(), ..webhook("WHK-1", "two") };
        let was = |millis| {
            let was = as_of(&now, &revisions, at(millis));
            (was.name.clone(), was.status, was.events)
        };
        assert_eq!(was(60), ("two".into(), off(owner, 60), after.clone()));
        assert_eq!(was(55), ("two".into(), Status::Enabled, after.clone()));
        assert_eq!(was(45), ("two".into(), off(gone, 30), after));
        assert_eq!(was(30), ("two".into(), off(gone, 30), before.clone()));
        assert_eq!(was(29), ("two".into(), Status::Enabled, before.clone()));
        assert_eq!(was(10), ("one".into(), Status::Enabled, before));
        // What turned it off is told by what turned it on, also where it is not kept itself.
        assert_eq!(as_of(&now, &revisions[..2], at(45)).status, off(gone, 30));
        let many = vec![revisions[4].clone(); KEPT];
        assert!(reaches(&revisions, at(0)) && reaches(&many, at(20)) && !reaches(&many, at(19)));
    }

    #[test]
    fn what_deskbell_turned_off_is_not_the_owners() {
        let reasons = [DisableReason::ByOwner, DisableReason::Gone, DisableReason::WindowExhausted];
        let by =
            reasons.map(|reason| Revision { at: at(0), changes: vec![Change::Disabled { reason }] }.by());
        assert_eq!(by, [ChangedBy::Owner, ChangedBy::Deskbell, ChangedBy::Deskbell]);
    }
}
