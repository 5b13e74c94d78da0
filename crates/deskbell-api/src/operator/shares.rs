//! Who slows whom: a row for each of the accounts that had the greatest share of something in the last hour, and the rest.

use crate::metrics::Snapshot;
use deskbell_core::Timestamp;
use deskbell_core::explain::neighbour::finding;
use deskbell_core::id::AccountId;
use deskbell_core::store::Tenant;
use deskbell_core::usage::{Amounts, Split, since};
use deskbell_wire::operator::usage::{Usage, UsageRow, Webhooks};
use std::collections::HashMap;

/// Accounts that have a row of their own.
const SHOWN: usize = 8;

/// The last hour, with no more accounts told apart than are shown.
pub(super) struct Shares(Split);

impl Shares {
    pub(super) fn of(mut hour: Split) -> Self {
        hour.tell_apart(SHOWN);
        Self(hour)
    }

    /// Whose rows there are.
    pub(super) fn accounts(&self) -> Vec<AccountId> {
        self.0.accounts().into_iter().map(|(account, _)| account.clone()).collect()
    }

    /// The rows, each with its sentence. `tenants` are what is known of the accounts, `troubled` how many webhooks are ill or slow
    /// in which account, of all.
    pub(super) fn said(
        &self,
        tenants: &[Tenant],
        troubled: &HashMap<AccountId, Webhooks>,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Usage {
        let (hour, all) = (&self.0, self.0.all());
        let mut rows = Vec::with_capacity(SHOWN + 2);
        // What is left when the named ones are taken away.
        let mut accounts = snapshot.condition.accounts;
        let mut others = Webhooks {
            rung: snapshot.condition.webhooks,
            ill: troubled.values().map(|webhooks| webhooks.ill).sum(),
            slow: troubled.values().map(|webhooks| webhooks.slow).sum(),
        };
        for (account, amounts) in hour.accounts() {
            let tenant = tenants.iter().find(|tenant| tenant.account == *account);
            let rung = tenant.map_or(0, |tenant| tenant.webhooks);
            let webhooks = Webhooks { rung, ..troubled.get(account).copied().unwrap_or_default() };
            accounts = accounts.saturating_sub(tenant.is_some().into());
            others = others.without(webhooks);
            rows.push(UsageRow::account(account, tenant, webhooks, (amounts, all), finding(amounts, hour)));
        }
        rows.push(UsageRow::instance(hour.own(), all));
        if accounts > 0 || *hour.others() != Amounts::default() {
            rows.push(UsageRow::others(accounts, others, hour.others(), all));
        }
        Usage { since: snapshot.started.max(since(now)).into(), rows }
    }
}
