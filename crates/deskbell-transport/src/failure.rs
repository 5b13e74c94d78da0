//! Failure: an outcome of the closed list and a sentence for a person.

use deskbell_core::attempt::Outcome;
use std::io;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) outcome: Outcome,
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { outcome, detail: detail.into() }
    }

    /// The other side went away: what a kept connection does when the receiver closed it meanwhile.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.outcome, Outcome::ConnectionReset | Outcome::ConnectionClosed)
    }

    /// An error of a socket that was open; `doing` completes "The connection failed while …".
    pub(crate) fn of_open_socket(error: &io::Error, doing: &str) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            _ if is_exhausted(error) => Self::exhausted(error),
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Self::new(
                Outcome::ConnectionReset,
                format!("The receiver reset the connection while {doing}."),
            ),
            Kind::UnexpectedEof => Self::new(
                Outcome::ConnectionClosed,
                format!("The receiver closed the connection while {doing}."),
            ),
            Kind::HostUnreachable | Kind::NetworkUnreachable => {
                Self::new(Outcome::NetworkUnreachable, format!("The network was lost while {doing}."))
            }
            // TCP's own timer: packets went unanswered until the kernel gave up.
            Kind::TimedOut => {
                Self::new(Outcome::ConnectionReset, format!("The connection died of silence while {doing}."))
            }
            _ => {
                Self::new(Outcome::ConnectionClosed, format!("The connection failed while {doing}: {error}."))
            }
        }
    }

    /// A request that cannot be written: a bug of whoever made it.
    pub(crate) fn broken(why: &str) -> Self {
        Self::new(Outcome::SenderFailed, format!("The request could not be put together: {why}."))
    }

    pub(crate) fn exhausted(error: &io::Error) -> Self {
        Self::new(Outcome::LocalExhausted, format!("This machine ran out of sockets or ports: {error}."))
    }
}

/// EMFILE, ENFILE, ENOMEM or ENOBUFS: ours to mend, not the receiver's fault.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    const ENOMEM: i32 = 12;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: [i32; 2] = [105, 55];
    error.kind() == io::ErrorKind::OutOfMemory
        || error
            .raw_os_error()
            .is_some_and(|code| [ENOMEM, ENFILE, EMFILE].contains(&code) || ENOBUFS.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_errors_find_their_outcome() {
        let of = |error: io::Error| Failure::of_open_socket(&error, "waiting").outcome;
        assert_eq!(of(io::Error::from_raw_os_error(24)), Outcome::LocalExhausted);
        assert_eq!(of(io::ErrorKind::ConnectionReset.into()), Outcome::ConnectionReset);
        assert_eq!(of(io::ErrorKind::BrokenPipe.into()), Outcome::ConnectionReset);
        assert_eq!(of(io::ErrorKind::UnexpectedEof.into()), Outcome::ConnectionClosed);
    }
}
