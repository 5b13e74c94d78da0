//! The page of the vendor's classic product on which a guest books, as the call that books names it. An addition of ours.

use crate::sandbox::SandboxObjects;
use deskbell_core::account::Account;
use deskbell_core::booking::Classic;
use deskbell_core::sandbox::{BookingPage, EventType, MasterPage};
use deskbell_wire::problem::Problem;

/// Refuses what is not the account's, and a page on which guests cannot book.
pub(super) async fn check(
    classic: &Classic,
    sandbox: &SandboxObjects,
    account: &Account,
) -> Result<(), Problem> {
    if let Some(id) = &classic.booking_page {
        let page: BookingPage = sandbox.find_in(account, "booking_page", id.as_str()).await?;
        must_be_active(page.active, "booking_page", "booking page")?;
    }
    if let Some(id) = &classic.master_page {
        let page: MasterPage = sandbox.find_in(account, "master_page", id.as_str()).await?;
        must_be_active(page.active, "master_page", "master page")?;
    }
    if let Some(id) = &classic.event_type {
        sandbox.find_in::<EventType>(account, "event_type", id.as_str()).await?;
    }
    Ok(())
}

fn must_be_active(active: bool, param: &'static str, noun: &str) -> Result<(), Problem> {
    if active {
        return Ok(());
    }
    let message = format!("Meeting cannot be scheduled on an inactive {noun}.");
    Err(Problem::unprocessable(param, "page_inactive", message))
}
