//! Round-robin: what waits is served by whose it is, one of each in turn, so that nobody waits behind all that another one has
//! brought.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

/// What waits, in one line for each key: an account, or whoever else is to have a turn.
#[derive(Debug)]
pub struct RoundRobin<K, T> {
    /// No line is empty.
    lines: BTreeMap<K, VecDeque<T>>,
    /// Whose turn was last.
    last: Option<K>,
}

impl<K, T> Default for RoundRobin<K, T> {
    fn default() -> Self {
        Self { lines: BTreeMap::new(), last: None }
    }
}

impl<K: Ord + Clone, T> RoundRobin<K, T> {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How much waits in all. Counts the lines.
    pub fn len(&self) -> usize {
        self.lines.values().map(VecDeque::len).sum()
    }

    /// How much waits of `key`.
    pub fn len_of(&self, key: &K) -> usize {
        self.lines.get(key).map_or(0, VecDeque::len)
    }

    /// Lets `one` wait behind what waits of `key`.
    pub fn push(&mut self, key: K, one: T) {
        self.lines.entry(key).or_default().push_back(one);
    }

    /// Keeps what waits of `key` only as far as `keep` holds of it; gives how many are left.
    pub fn retain_of(&mut self, key: &K, keep: impl Fn(&T) -> bool) -> usize {
        let Some(line) = self.lines.get_mut(key) else { return 0 };
        line.retain(keep);
        let left = line.len();
        if left == 0 {
            self.lines.remove(key);
        }
        left
    }

    /// Keeps what waits only as far as `keep` holds of it.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.lines.retain(|_, line| {
            line.retain(&keep);
            !line.is_empty()
        });
    }

    /// Takes the first of the line whose turn it is, among those whose first `may` be taken.
    pub fn next(&mut self, may: impl Fn(&K, &T) -> bool) -> Option<(K, T)> {
        let behind = self.last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut turns = self.lines.range((behind, Bound::Unbounded)).chain(&self.lines);
        let may = |(key, line): &(&K, &VecDeque<T>)| line.front().is_some_and(|first| may(key, first));
        let key = turns.find(may)?.0.clone();
        let line = self.lines.get_mut(&key)?;
        let first = line.pop_front()?;
        if line.is_empty() {
            self.lines.remove(&key);
        }
        self.last = Some(key.clone());
        Some((key, first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_turn_however_much_one_has_brought() {
        let mut turns = RoundRobin::default();
        (0..1_000).for_each(|one| turns.push("ACC-B", one));
        turns.push("ACC-A", 7);
        turns.push("ACC-C", 8);
        turns.push("ACC-C", 9);
        let mut next = || turns.next(|_, _| true).map(|(_, one)| one);
        assert_eq!([(); 7].map(|()| next()), [7, 0, 8, 1, 9, 2, 3].map(Some));
        assert_eq!(std::iter::from_fn(next).last(), Some(999));
        assert!(turns.is_empty());
    }

    #[test]
    fn who_may_not_be_served_yet_keeps_nobody_waiting() {
        let mut turns = RoundRobin::default();
        for name in ["ACC-A", "ACC-B"] {
            turns.push(name, name);
        }
        let next = |turns: &mut RoundRobin<_, _>| turns.next(|of, _| *of != "ACC-A").map(|(_, one)| one);
        assert_eq!(next(&mut turns), Some("ACC-B"));
        assert_eq!(next(&mut turns), None);
        assert_eq!(turns.retain_of(&"ACC-A", |_| false), 0);
        assert!(turns.is_empty());
    }
}
