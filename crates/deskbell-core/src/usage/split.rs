//! Split: how something that is shared was divided among accounts.

use super::{Resource, TOLD_APART};
use crate::id::AccountId;
use std::collections::HashMap;

const RESOURCES: usize = Resource::ALL.len();

/// How much somebody had of each resource, and how many times.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Amounts {
    sums: [u64; RESOURCES],
    counts: [u64; RESOURCES],
}

impl Amounts {
    /// All of it together.
    pub fn sum(&self, resource: Resource) -> u64 {
        self.sums[resource as usize]
    }

    /// How many times there was some.
    pub fn count(&self, resource: Resource) -> u64 {
        self.counts[resource as usize]
    }

    /// How much of it there was each time; 0 without any.
    pub fn mean(&self, resource: Resource) -> u64 {
        self.sum(resource).checked_div(self.count(resource)).unwrap_or_default()
    }

    /// Which part of `all` it is, from 0 to 1; 0 of nothing.
    pub fn share(&self, resource: Resource, all: &Self) -> f64 {
        match all.sum(resource) {
            0 => 0.0,
            sum => self.sum(resource) as f64 / sum as f64,
        }
    }

    /// The resource of which it has the greatest share, and that share.
    pub fn greatest(&self, all: &Self) -> (Resource, f64) {
        let shares = Resource::ALL.map(|resource| (resource, self.share(resource, all)));
        shares.into_iter().fold(shares[0], |greatest, one| if one.1 > greatest.1 { one } else { greatest })
    }

    fn note(&mut self, resource: Resource, amount: u64) {
        let (sum, count) = (&mut self.sums[resource as usize], &mut self.counts[resource as usize]);
        (*sum, *count) = (sum.saturating_add(amount), count.saturating_add(1));
    }

    fn add(&mut self, more: &Self) {
        let pairs = self.sums.iter_mut().zip(more.sums).chain(self.counts.iter_mut().zip(more.counts));
        pairs.for_each(|(mine, more)| *mine = mine.saturating_add(more));
    }
}

/// Who had how much.
#[derive(Debug, Default, Clone)]
pub struct Split {
    all: Amounts,
    own: Amounts,
    others: Amounts,
    pub(super) accounts: HashMap<AccountId, Amounts>,
}

impl Split {
    /// What all had together.
    pub fn all(&self) -> &Amounts {
        &self.all
    }

    /// What was no account's.
    pub fn own(&self) -> &Amounts {
        &self.own
    }

    /// What those accounts had together that are not told apart.
    pub fn others(&self) -> &Amounts {
        &self.others
    }

    /// The accounts that are told apart, the one with the greatest share of anything first.
    pub fn accounts(&self) -> Vec<(&AccountId, &Amounts)> {
        let mut accounts: Vec<_> = self.accounts.iter().collect();
        accounts.sort_by(|(one, its), (other, others)| {
            let [its, others] = [its, others].map(|amounts| amounts.greatest(&self.all).1);
            others.total_cmp(&its).then_with(|| one.cmp(other))
        });
        accounts
    }

    /// Whether all that was an account's was the same account's.
    pub fn is_of_one(&self) -> bool {
        self.accounts.len() == 1 && self.others == Amounts::default()
    }

    /// Goes on to tell only so many accounts apart, those that come [first](Self::accounts).
    pub fn tell_apart(&mut self, most: usize) {
        if self.accounts.len() <= most {
            return;
        }
        let rest: Vec<_> =
            self.accounts().into_iter().skip(most).map(|(account, _)| account.clone()).collect();
        for amounts in rest.iter().filter_map(|account| self.accounts.remove(account)) {
            self.others.add(&amounts);
        }
    }

    pub(super) fn note(&mut self, resource: Resource, account: Option<&AccountId>, amount: u64) {
        self.all.note(resource, amount);
        self.of(account).note(resource, amount);
    }

    pub(super) fn add(&mut self, more: &Self) {
        self.all.add(&more.all);
        self.own.add(&more.own);
        self.others.add(&more.others);
        for (account, amounts) in &more.accounts {
            self.accounts.entry(account.clone()).or_default().add(amounts);
        }
    }

    /// Where the account is counted. Room is made where one comes that was not seen before, for half of all at a time: one that
    /// comes for the first time pays for it only now and then.
    fn of(&mut self, account: Option<&AccountId>) -> &mut Amounts {
        let Some(account) = account else { return &mut self.own };
        if self.accounts.len() >= 2 * TOLD_APART && !self.accounts.contains_key(account) {
            self.tell_apart(TOLD_APART);
        }
        self.accounts.entry(account.clone()).or_default()
    }
}
