//! Ways to be mean, one file each. In each an account stays within what it is allowed, or asks again when it is refused.

mod bytes;
mod connections;
mod disk;
mod doctor;
mod inbox;
mod places;
mod readers;
mod sign_ins;
mod throttles;
mod way_out;
mod writer;

use super::Amounts;
use super::mean::Mean;
use crate::seed::Seed;
use crate::tally::Tally;
use async_trait::async_trait;

/// A way to be mean.
#[async_trait]
pub(super) trait Way: Send {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// What the mean one does, as the evidence says it: whole sentences.
    fn does(&self) -> &'static str;

    /// Makes what has to be there before the program starts, in the stopped program's folder.
    async fn found(&mut self, seed: &Seed, mean: &Mean, amounts: Amounts) -> anyhow::Result<()>;

    /// Makes what else it needs from the running program, and lets its callers loose.
    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()>;

    /// What it reached and must not have, in words.
    fn wrong(&self, _tally: &Tally) -> Vec<String> {
        Vec::new()
    }
}

/// All of them, or those whose name `only` is.
pub(super) fn all(only: Option<&str>) -> Vec<Box<dyn Way>> {
    let mut all: Vec<Box<dyn Way>> = vec![
        Box::<writer::Writer>::default(),
        Box::<places::Places>::default(),
        Box::<readers::Readers>::default(),
        Box::<bytes::LargePages>::default(),
        Box::<way_out::WayOut>::default(),
        Box::<connections::Connections>::default(),
        Box::<sign_ins::SignIns>::default(),
        Box::<disk::Disk>::default(),
        Box::<throttles::Throttles>::default(),
        Box::<doctor::Doctor>::default(),
    ];
    all.retain(|way| only.is_none_or(|name| way.name() == name));
    all
}
