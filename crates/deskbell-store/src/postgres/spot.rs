//! Spots: where deliveries stand.

use super::columns::Columns;
use super::fault::Result;
use deskbell_core::place::Place;

/// Where a delivery stands: the numbers of its account and webhook, and its event's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spot {
    pub(super) account: i64,
    pub(super) event: Place,
    pub(super) webhook: i64,
}

impl Spot {
    /// Of the columns account, event and webhook.
    pub(super) fn read(columns: &mut Columns<'_>) -> Result<Self> {
        Ok(Self { account: columns.get()?, event: columns.get()?, webhook: columns.get()? })
    }
}
