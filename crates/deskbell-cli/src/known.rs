//! Known: a name that was typed is one of a closed list, or is refused with the one that was probably meant.

use crate::Failure;
use deskbell_core::explain::nearest::nearest;

/// The names of `list`, as they are typed.
fn names<T: Copy>(list: &[T], name: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    list.iter().map(|one| name(*one)).collect()
}

/// The one of `list` that is called `typed`; `what` it is stands in the refusal.
pub(crate) fn one_of<T: Copy>(
    what: &str,
    typed: &str,
    list: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Failure> {
    if let Some(found) = list.iter().find(|one| name(**one) == typed) {
        return Ok(*found);
    }
    let known = names(list, name);
    let meant = nearest(typed, &known).map(|meant| format!(" did you mean {meant}?")).unwrap_or_default();
    Err(Failure::Usage(format!("there is no {what} {typed:?};{meant} known are {}", known.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::trigger::Trigger;

    #[test]
    fn an_unknown_name_is_refused_with_the_one_that_was_meant() {
        let asked = |typed| one_of("trigger", typed, Trigger::ALL, Trigger::as_str);
        assert_eq!(asked("booking.canceled").unwrap(), Trigger::BookingCanceled);
        let said = |typed| asked(typed).unwrap_err().to_string();
        assert!(
            said("booking.cancelled").contains("did you mean booking.canceled? known are booking.scheduled")
        );
        assert!(!said("guest.waved").contains("did you mean"), "nothing is like it");
        assert_eq!(asked("x").unwrap_err().code(), 2);
    }
}
