//! How values are kept: times as milliseconds, counters as numbers, names of closed lists by their place in the list.

use deskbell_core::Timestamp;
use deskbell_core::time::millis;

/// A time as it is kept.
pub(crate) fn at(time: Option<Timestamp>) -> Option<i64> {
    time.map(millis)
}

/// A counter as it is kept.
pub(crate) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The number under which a name of a closed list is kept: its place in the list. Lists only grow, at their end.
pub(crate) fn code<T: PartialEq>(list: &[T], value: &T) -> i64 {
    list.iter().position(|one| one == value).and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
}

/// The name that is kept under that number; `None` for one that is not in the list, as of a newer release.
pub(crate) fn named<T: Copy>(list: &[T], number: i64) -> Option<T> {
    usize::try_from(number).ok().and_then(|at| list.get(at)).copied()
}

#[cfg(test)]
mod tests {
    use deskbell_core::attempt::Outcome;
    use deskbell_core::delivery::Status;
    use deskbell_core::event::Origin;
    use deskbell_core::trigger::Trigger;

    /// Rows name these by their place: the lists may grow at their end, and nothing else.
    #[test]
    fn the_numbers_of_names_are_for_ever() {
        let names = [
            Trigger::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" "),
            Outcome::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" "),
            Status::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" "),
            Origin::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" "),
        ];
        let kept = [
            "booking.scheduled booking.rescheduled booking.canceled_then_rescheduled \
             booking.canceled_reschedule_requested booking.canceled booking.completed booking.no_show \
             booking.reassigned conversation.started conversation.closed conversation.abandoned",
            "delivered http_status redirect_refused dns_not_found dns_failure dns_timeout \
             dns_no_address address_blocked connect_refused connect_timeout network_unreachable \
             connection_reset connection_closed tls_timeout tls_expired tls_not_yet_valid \
             tls_untrusted tls_name_mismatch tls_not_tls tls_version tls_negotiation \
             tls_client_cert_required write_timeout head_timeout head_too_large response_malformed \
             total_timeout local_exhausted sender_failed lost",
            "pending delivered failed cancelled quarantined",
            "platform sandbox sample",
        ];
        for (names, kept) in names.iter().zip(kept) {
            assert!(names.starts_with(kept), "{names}");
        }
    }
}
