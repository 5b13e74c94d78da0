//! Load: what a machine holds, in all and of each account, and how much more one account may hold.
//!
//! There is no fixed share: an account may hold a multiple of what is free. One that is alone has most of the room, each
//! further one that takes all it can has less, and for the next there is always some left. A shared buffer is dealt out like this
//! in switches, by a *dynamic threshold*.

use crate::id::AccountId;
use std::collections::HashMap;

/// Places and bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Load {
    /// In flight, or waiting to be recorded.
    pub(super) in_flight: u32,
    /// In line.
    pub(super) in_line: u32,
    /// Of the events of both.
    pub(super) bytes: usize,
}

/// The load of all, and of each account that has any.
#[derive(Debug, Default)]
pub(super) struct Loads {
    pub(super) all: Load,
    accounts: HashMap<AccountId, Load>,
}

impl Load {
    pub(super) fn is_empty(&self) -> bool {
        self.in_flight == 0 && self.in_line == 0
    }
}

impl Loads {
    pub(super) fn of(&self, account: &AccountId) -> Load {
        self.accounts.get(account).copied().unwrap_or_default()
    }

    /// Changes what all hold and what the account holds, alike.
    pub(super) fn change(&mut self, account: &AccountId, change: impl Fn(&mut Load)) {
        change(&mut self.all);
        let load = self.accounts.entry(account.clone()).or_default();
        change(load);
        if load.is_empty() {
            self.accounts.remove(account);
        }
    }
}

/// How many more of `bound` places somebody may take who has `own` of the `taken` ones: as long as they hold at most `share`
/// times as many as are free.
pub(super) fn more(bound: u32, taken: u32, own: u32, share: u32) -> u32 {
    let (free, share) = (bound.saturating_sub(taken), u64::from(share));
    match (share * u64::from(free)).checked_sub(own.into()) {
        // The last one is taken by somebody who holds just as many as they may.
        Some(surplus) => u32::try_from(surplus / (share + 1) + 1).unwrap_or(u32::MAX).min(free),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each of so many holds that take all they can, in turn, and what is left.
    fn greedy(accounts: usize, bound: u32, share: u32) -> (Vec<u32>, u32) {
        let mut own = vec![0; accounts];
        while let Some(next) = own.iter().position(|of| {
            *of == own.iter().copied().min().unwrap_or(0) && more(bound, own.iter().sum(), *of, share) > 0
        }) {
            own[next] += 1;
        }
        let taken: u32 = own.iter().sum();
        (own, bound - taken)
    }

    #[test]
    fn one_that_is_alone_has_most_and_many_leave_some() {
        assert_eq!(greedy(1, 4_096, 3), (vec![3_073], 1_023));
        assert_eq!(greedy(3, 4_096, 3), (vec![1_229, 1_229, 1_229], 409));
        let (own, left) = greedy(100, 4_096, 3);
        assert!(own.iter().all(|of| *of >= 40) && left >= 10, "{own:?}, {left}");
    }

    #[test]
    fn as_many_are_promised_as_can_be_taken() {
        for (bound, taken, own) in [(10, 0, 0), (10, 4, 2), (10, 9, 0), (10, 10, 0), (10, 8, 7), (1, 0, 0)] {
            let promised = more(bound, taken, own, 3);
            let (mut taken, mut own) = (taken, own);
            for _ in 0..promised {
                assert!(taken < bound && own <= 3 * (bound - taken));
                (taken, own) = (taken + 1, own + 1);
            }
            assert!(taken >= bound || own > 3 * (bound - taken), "{bound} {taken} {own}");
        }
    }
}
