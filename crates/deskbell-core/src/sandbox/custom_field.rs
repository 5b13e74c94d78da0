//! Custom fields of a contact: the account's own, each of its field library.

use super::{Contact, Settings};
use crate::policy::limit::{CUSTOM_FIELD_BYTES, CUSTOM_FIELDS};
use serde_json::Value;

/// More than one contact may have: [`CUSTOM_FIELDS`], or [`CUSTOM_FIELD_BYTES`] together.
#[derive(Debug, PartialEq, Eq)]
pub struct CustomFieldsFull;

impl Contact {
    /// Sets the `given` custom fields; those that are not named stay.
    ///
    /// # Errors
    /// When they are too many together.
    pub fn set_custom_fields(
        &mut self,
        given: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<(), CustomFieldsFull> {
        for (name, value) in given {
            match self.custom_fields.iter_mut().find(|(known, _)| *known == name) {
                Some(field) => field.1 = value,
                None => self.custom_fields.push((name, value)),
            }
        }
        let bytes = |(name, value): &(String, Value)| name.len() + value.to_string().len();
        let full = self.custom_fields.len() > CUSTOM_FIELDS
            || self.custom_fields.iter().map(bytes).sum::<usize>() > CUSTOM_FIELD_BYTES;
        if full { Err(CustomFieldsFull) } else { Ok(()) }
    }
}

impl Settings {
    /// The first of `names` that is not in the account's field library.
    pub fn first_unknown_field<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        names.into_iter().find(|name| !self.custom_field_library.iter().any(|known| known == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;
    use crate::id::AccountId;
    use crate::sandbox::Sandbox;
    use serde_json::json;

    fn contact() -> Contact {
        let account = AccountId::from_text("ACC-1");
        let contact =
            Sandbox::new(&account, &SeededRandom::new(1), jiff::Timestamp::UNIX_EPOCH).contacts.remove(0);
        Contact { custom_fields: Vec::new(), ..contact }
    }

    fn field(name: &str, value: Value) -> (String, Value) {
        (name.to_owned(), value)
    }

    #[test]
    fn only_what_is_named_changes() {
        let mut contact = contact();
        contact
            .set_custom_fields([field("a", json!(1)), field("b", json!(2)), field("a", json!(3))])
            .unwrap();
        contact.set_custom_fields([field("c", json!([4])), field("b", Value::Null)]).unwrap();
        assert_eq!(
            contact.custom_fields,
            [field("a", json!(3)), field("b", Value::Null), field("c", json!([4]))]
        );
    }

    #[test]
    fn many_changes_make_no_more_than_one_contact_may_have() {
        let mut contact = contact();
        let half = json!("x".repeat(CUSTOM_FIELD_BYTES / 2));
        assert_eq!(contact.set_custom_fields([field("a", half.clone())]), Ok(()));
        assert_eq!(contact.set_custom_fields([field("b", half)]), Err(CustomFieldsFull));
        contact.custom_fields.clear();
        let many = |from: usize| (from..from + CUSTOM_FIELDS).map(|n| field(&n.to_string(), json!(n)));
        assert_eq!(contact.set_custom_fields(many(0)), Ok(()));
        assert_eq!(contact.set_custom_fields(many(0)), Ok(()), "they are there already");
        assert_eq!(contact.set_custom_fields(many(1)), Err(CustomFieldsFull));
    }
}
