//! What waits for the writer, in turn: the machine's own with those of accounts, and these by account.

use super::job::{Job, Ticket};
use super::{MUCH, ROWS, SHARED, SHARED_ROWS};
use deskbell_core::id::AccountId;
use deskbell_core::policy::round_robin::RoundRobin;
use std::collections::{HashMap, VecDeque};

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
    /// Rows of accounts that came to be pending since the tables were lent last.
    behind: HashMap<AccountId, usize>,
}

/// Who may have a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum Turns {
    All,
    /// Steps alone: the tables are lent.
    Steps,
    /// The same, but for those of accounts that have brought [much](MUCH) since: the tables fall behind.
    StepsOfFew,
}

impl Turns {
    fn has(self, job: &dyn Job) -> bool {
        self == Self::All || job.is_step()
    }
}

impl Waiting {
    pub(super) fn push(&mut self, Ticket { account, job }: Ticket) {
        self.larger += usize::from(!job.is_step());
        match account {
            Some(account) => self.others.push(account, job),
            None => self.own.push_back(job),
        }
    }

    /// Whose turn it is. What needs tables that are lent waits, and what an account handed in behind it.
    pub(super) fn next(&mut self, turns: Turns) -> Option<Ticket> {
        for other in [!self.other, self.other] {
            let next = if other { self.next_of_accounts(turns) } else { self.next_own(turns) };
            if let Some(ticket) = next {
                self.other = other;
                self.larger -= usize::from(!ticket.job.is_step());
                return Some(ticket);
            }
        }
        None
    }

    fn next_own(&mut self, turns: Turns) -> Option<Ticket> {
        if turns == Turns::All
            && let Some(job) = self.passed.pop_front()
        {
            return Some(Ticket { account: None, job });
        }
        loop {
            let job = self.own.pop_front()?;
            if turns.has(&*job) {
                return Some(Ticket { account: None, job });
            }
            self.passed.push_back(job);
        }
    }

    fn next_of_accounts(&mut self, turns: Turns) -> Option<Ticket> {
        let Self { others, behind, .. } = self;
        let has_much = |account: &AccountId| behind.get(account).is_some_and(|rows| *rows >= MUCH);
        let waits = |account: &AccountId| turns == Turns::StepsOfFew && has_much(account);
        let (account, job) = others.next(|account, job| turns.has(&**job) && !waits(account))?;
        let last = self.last.replace(account.clone());
        if last.is_some() && last != self.last {
            self.shared = SHARED;
        }
        Some(Ticket { account: Some(account), job })
    }

    /// The turn of the account left so many rows more pending.
    pub(super) fn brought(&mut self, account: AccountId, rows: usize) {
        if rows > 0 {
            *self.behind.entry(account).or_default() += rows;
        }
    }

    /// The tables are about to take in all that was brought.
    pub(super) fn lent(&mut self) {
        self.behind.clear();
    }

    /// The last turn cost next to nothing: that was none.
    pub(super) fn again(&mut self) {
        self.other = true;
    }

    /// A commit begins.
    pub(super) fn begin(&mut self) {
        self.shared = self.shared.saturating_sub(1);
    }

    /// Rows of one commit, and how many of them may be accounts'.
    pub(super) fn rows(&self) -> (usize, usize) {
        if self.shared > 0 { (2 * SHARED_ROWS, SHARED_ROWS) } else { (ROWS, ROWS) }
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
    fn turns(waiting: &mut Waiting, turns: Turns) -> Vec<(String, bool)> {
        let whose =
            |account: Option<AccountId>| account.map_or_else(String::new, |account| account.to_string());
        let next = || waiting.next(turns).map(|Ticket { account, job }| (whose(account), job.is_step()));
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
        assert_eq!(turns(&mut waiting, Turns::Steps), told(&[("ACC-B", true), ("", true), ("", true)]));
        assert!(waiting.needs_tables() && !waiting.is_empty());
        let rest = [("ACC-A", false), ("", false), ("ACC-A", true), ("", false)];
        assert_eq!(turns(&mut waiting, Turns::All), told(&rest));
        assert!(!waiting.needs_tables() && waiting.is_empty());
    }

    #[test]
    fn where_the_tables_fall_behind_who_brought_much_waits_for_them_and_nobody_else() {
        let mut waiting = Waiting::default();
        let steps = |waiting: &mut Waiting| {
            for whose in [None, Some("ACC-A"), Some("ACC-B")] {
                let account = whose.map(AccountId::from_text);
                waiting.push(Ticket { account, job: Box::new(Kind(true)) });
            }
        };
        waiting.brought(AccountId::from_text("ACC-A"), MUCH - 1);
        waiting.brought(AccountId::from_text("ACC-B"), MUCH - 1);
        waiting.brought(AccountId::from_text("ACC-A"), 1);
        steps(&mut waiting);
        assert_eq!(turns(&mut waiting, Turns::StepsOfFew).len(), 2);
        assert_eq!(
            turns(&mut waiting, Turns::Steps),
            [("ACC-A".to_owned(), true)],
            "they do not fall behind"
        );
        steps(&mut waiting);
        waiting.lent();
        assert_eq!(
            turns(&mut waiting, Turns::StepsOfFew).len(),
            3,
            "what was brought is about to be taken in"
        );
    }
}
