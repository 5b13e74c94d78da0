//! A node: a process that serves, as the others and their operator see it. What makes the attempts of one is its epoch; a node has a name for
//! people, roles, and a heartbeat that says how much it has in hand.

use crate::Timestamp;
use crate::delivery::Epoch;
use crate::id::NodeId;
use std::time::Duration;

/// A node is asked to say that it is there so often.
pub const BEAT: Duration = Duration::from_secs(3);
/// After so long without a heartbeat one is late: two are missing.
pub const LATE_AFTER: Duration = Duration::from_secs(7);
/// After so long it counts as gone. What it held, others take over by its epoch, whatever this says.
pub const GONE_AFTER: Duration = Duration::from_secs(15);
/// A node that is gone is told of for so long, unless another of its name has come.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3600);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Answers calls: the API, the dashboard, the tester's addresses.
    Api,
    /// Makes attempts.
    Engine,
    /// Does what the passing of time does, and deletes what is old.
    Sweeps,
}

impl Role {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Api, Self::Engine, Self::Sweeps];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Engine => "engine",
            Self::Sweeps => "sweeps",
        }
    }

    /// The one of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// The roles of one process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles([bool; 3]);

impl Roles {
    /// Every role.
    pub const ALL: Self = Self([true; 3]);

    /// Whether it has this one.
    pub fn has(self, role: Role) -> bool {
        self.0[role as usize]
    }

    /// Those that it has.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// Their words, with commas between them.
    pub fn written(self) -> String {
        self.iter().map(Role::as_str).collect::<Vec<_>>().join(",")
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        let mut all = Self::default();
        roles.into_iter().for_each(|role| all.0[role as usize] = true);
        all
    }
}

/// What a node has in hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// As what it makes attempts; `None` while it has not joined, or has no engine.
    pub epoch: Option<Epoch>,
    /// Attempts under way, or waiting to be recorded.
    pub in_flight: u32,
    /// These, and what waits in its lines.
    pub in_hand: u32,
}

/// A process that serves, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Which one; drawn anew at each start, so two of one name are told apart.
    pub id: NodeId,
    /// What people call it: the setting `server.name`.
    pub name: String,
    /// The machine's own name for itself.
    pub host: String,
    /// What it does.
    pub roles: Roles,
    /// Its release.
    pub version: String,
    /// When it began, by its own clock.
    pub started: Timestamp,
    /// What it has in hand.
    pub load: Load,
}

/// How a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was heard of.
    Working,
    /// Some heartbeats are missing.
    Late,
    /// It is dead, or cut off from the store.
    Gone,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Working, Self::Late, Self::Gone];

    /// Of one that was last heard of so long ago.
    pub fn of(silent: Duration) -> Self {
        match silent {
            silent if silent >= GONE_AFTER => Self::Gone,
            silent if silent >= LATE_AFTER => Self::Late,
            _ => Self::Working,
        }
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Late => "late",
            Self::Gone => "gone",
        }
    }
}

/// A node as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What it last said.
    pub node: Node,
    /// So long ago, by the store's clock.
    pub silent: Duration,
    /// So far its clock was then ahead of the store's, in milliseconds; half of the way there and back is part of it.
    pub clock_ms: i64,
}

impl Seen {
    /// How it does.
    pub fn state(&self) -> State {
        State::of(self.silent)
    }

    /// Whether another node of `all` has the same name and lives as this one does: each should have a name of its own.
    pub fn has_namesake(&self, all: &[Self]) -> bool {
        let lives = |seen: &Self| seen.state() != State::Gone;
        let other = |seen: &&Self| seen.node.id != self.node.id && seen.node.name == self.node.name;
        lives(self) && all.iter().filter(other).any(lives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_late_and_then_gone() {
        let after = |millis| State::of(Duration::from_millis(millis));
        assert_eq!([after(0), after(6_999)], [State::Working; 2]);
        assert_eq!([after(7_000), after(14_999)], [State::Late; 2]);
        assert_eq!([after(15_000), after(u64::MAX)], [State::Gone; 2]);
    }

    #[test]
    fn roles_are_told_in_one_order_each_once() {
        let roles: Roles = [Role::Sweeps, Role::Api, Role::Sweeps].into_iter().collect();
        assert_eq!(roles.written(), "api,sweeps");
        assert!(!roles.has(Role::Engine));
        assert_eq!(Roles::ALL.written(), "api,engine,sweeps");
        assert_eq!([Role::parse("engine"), Role::parse("Engine")], [Some(Role::Engine), None]);
    }

    #[test]
    fn who_is_gone_is_nobodys_namesake() {
        let seen = |id: &str, name: &str, silent| Seen {
            node: Node {
                id: NodeId::from_text(id),
                name: name.into(),
                host: "host".into(),
                roles: Roles::ALL,
                version: "1".into(),
                started: Timestamp::UNIX_EPOCH,
                load: Load::default(),
            },
            silent: Duration::from_secs(silent),
            clock_ms: 0,
        };
        let all = [seen("1", "bell", 0), seen("2", "bell", 20), seen("3", "other", 0)];
        assert!(all.iter().all(|one| !one.has_namesake(&all)), "it came back after it was killed");
        let all = [seen("1", "bell", 0), seen("2", "bell", 10), seen("3", "other", 0)];
        assert_eq!(all.each_ref().map(|one| one.has_namesake(&all)), [true, true, false]);
    }
}
