//! What waits for the writer, in turn: the machine's own with those of accounts, and these by account.

use super::job::{Job, Ticket};
use super::{ROWS, SHARED, SHARED_ROWS};
use deskbell_core::id::AccountId;
use deskbell_core::policy::round_robin::RoundRobin;
use std::collections::VecDeque;

#[derive(Default)]
pub(super) struct Waiting {
    /// The machine's own, which take turns with those of accounts.
    own: VecDeque<Box<dyn Job>>,
    /// Those of them that were passed over, because the tables are lent: they come first when these are back.
    passed: VecDeque<Box<dyn Job>>,
    others: RoundRobin<AccountId, Box<dyn Job>>,
    /// How many of all are no steps.
    larger: usize,
    /// Whether the next turn is an account's.
    other: bool,
    /// Whose the last turn of an account was.
    last: Option<AccountId>,
    /// For how many commits accounts have shared the writer.
    shared: u32,
}

impl Waiting {
    pub(super) fn push(&mut self, Ticket { account, job }: Ticket) {
        self.larger += usize::from(!job.is_step());
        match account {
            Some(account) => self.others.push(account, job),
            None => self.own.push_back(job),
        }
    }

    /// Whose turn it is. With `steps` alone, all else waits, and what an account handed in behind it.
    pub(super) fn next(&mut self, steps: bool) -> Option<Ticket> {
        for other in [!self.other, self.other] {
            let next = if other { self.next_of_accounts(steps) } else { self.next_own(steps) };
            if let Some(ticket) = next {
                self.other = other;
                self.larger -= usize::from(!ticket.job.is_step());
                return Some(ticket);
            }
        }
        None
    }

    fn next_own(&mut self, steps: bool) -> Option<Ticket> {
        if !steps && let Some(job) = self.passed.pop_front() {
            return Some(Ticket { account: None, job });
        }
        loop {
            let job = self.own.pop_front()?;
            if !steps || job.is_step() {
                return Some(Ticket { account: None, job });
            }
            self.passed.push_back(job);
        }
    }

    fn next_of_accounts(&mut self, steps: bool) -> Option<Ticket> {
        let (account, job) = self.others.next(|_, job| !steps || job.is_step())?;
        let last = self.last.replace(account.clone());
        if last.is_some() && last != self.last {
            self.shared = SHARED;
        }
        Some(Ticket { account: Some(account), job })
    }

    /// The last turn cost next to nothing: that was none.
    pub(super) fn again(&mut self) {
        self.other = true;
    }

    /// A commit begins.
    pub(super) fn begin(&mut self) {
        self.shared = self.shared.saturating_sub(1);
    }

    /// Rows of one commit that may be accounts'.
    pub(super) fn rows(&self) -> usize {
        if self.shared > 0 { SHARED_ROWS } else { ROWS }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.passed.is_empty() && self.others.is_empty()
    }

    /// Whether any of all needs the tables: it is no step.
    pub(super) fn needs_tables(&self) -> bool {
        self.larger > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::fault::Fault;
    use crate::sqlite::transaction::Transaction;
    use deskbell_core::store::Error;

    /// Whether it is a step.
    struct Kind(bool);

    impl Job for Kind {
        fn run(&mut self, _: &mut Transaction<'_>) -> bool {
            true
        }

        fn refuse(&mut self, _: Fault) {}

        fn is_step(&self) -> bool {
            self.0
        }

        fn answer(self: Box<Self>, _: Option<&Error>) {}
    }

    /// Whose turns come, and whether they are steps.
    fn turns(waiting: &mut Waiting, steps: bool) -> Vec<(String, bool)> {
        let whose =
            |account: Option<AccountId>| account.map_or_else(String::new, |account| account.to_string());
        let next = || waiting.next(steps).map(|Ticket { account, job }| (whose(account), job.is_step()));
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn steps_pass_what_needs_the_tables_and_an_accounts_own_jobs_stay_in_order() {
        let mut waiting = Waiting::default();
        let (own, a, b) = (None, Some("ACC-A"), Some("ACC-B"));
        for (whose, step) in
            [(own, false), (a, false), (own, true), (a, true), (b, true), (own, false), (own, true)]
        {
            let account = whose.map(AccountId::from_text);
            waiting.push(Ticket { account, job: Box::new(Kind(step)) });
        }
        let told = |turns: &[(&str, bool)]| {
            turns.iter().map(|(whose, step)| ((*whose).to_owned(), *step)).collect::<Vec<_>>()
        };
        assert_eq!(turns(&mut waiting, true), told(&[("ACC-B", true), ("", true), ("", true)]));
        assert!(waiting.needs_tables() && !waiting.is_empty());
        let rest = [("ACC-A", false), ("", false), ("ACC-A", true), ("", false)];
        assert_eq!(turns(&mut waiting, false), told(&rest));
        assert!(!waiting.needs_tables() && waiting.is_empty());
    }
}
