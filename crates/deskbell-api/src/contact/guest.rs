//! The guest of a booking, as a contact of the account.

use crate::sandbox::SandboxObjects;
use deskbell_core::account::Account;
use deskbell_core::id::ContactId;
use deskbell_core::sandbox::{Contact, Identifier, Object};
use deskbell_wire::problem::Problem;

/// The contact with the e-mail address of `guest`, or else with its mobile phone; where there is neither, `guest` is added with
/// an id of its own. `None` when there is no room for it.
pub(crate) async fn found_or_made(
    sandbox: &SandboxObjects,
    account: &Account,
    guest: &Contact,
) -> Result<Option<ContactId>, Problem> {
    let as_object = Object::from(guest.clone());
    loop {
        for by in Identifier::ALL {
            let Some(value) = as_object.identified(by) else { continue };
            if let Some(known) = sandbox.find_by::<Contact>(account, by, &value).await? {
                return Ok(Some(known.id));
            }
        }
        let made = sandbox.add(account, |random| Contact { id: ContactId::new(random), ..guest.clone() });
        match made.await {
            Ok(contact) => return Ok(Some(contact.id)),
            Err(problem) if problem.code == "objects_too_many" => return Ok(None),
            // Another booking of theirs was faster.
            Err(problem) if problem.code == "contact_exists" => {}
            Err(problem) => return Err(problem),
        }
    }
}
