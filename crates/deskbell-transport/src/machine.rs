//! Machine: which addresses are this machine's own, as its kernel says at the moment of the question.

use rustix::io::Errno;
use std::io;
use std::net::{IpAddr, UdpSocket};

/// Whether `address` is one of this machine's, of whatever interface: a socket can be bound to those and to no others. Nothing is
/// sent. A list taken at the start would miss what a lease or a container brings later.
pub fn has_address(address: IpAddr) -> bool {
    is_ours(&UdpSocket::bind((address, 0)))
}

/// Elsewhere is what the kernel says is not here, or of a family that it does not speak. Any other error (no descriptor is left, a
/// sandbox forbids it) says nothing of the address, which then counts as ours.
fn is_ours<T>(bound: &io::Result<T>) -> bool {
    let elsewhere = [Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT];
    match bound {
        Ok(_) => true,
        Err(error) => Errno::from_io_error(error).is_none_or(|said| !elsewhere.contains(&said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_here_and_documentation_is_not() {
        for here in ["127.0.0.1", "127.8.4.8"] {
            assert!(has_address(here.parse().unwrap()), "{here}");
        }
        for elsewhere in ["192.0.2.1", "198.51.100.7", "2001:db8::1"] {
            assert!(!has_address(elsewhere.parse().unwrap()), "{elsewhere}");
        }
    }

    #[test]
    fn an_error_that_says_nothing_of_the_address_opens_nothing() {
        let bound = |errno: Errno| Err::<(), _>(io::Error::from(errno));
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ACCESS, Errno::PERM] {
            assert!(is_ours(&bound(errno)), "{errno}");
        }
        assert!(is_ours::<()>(&Err(io::Error::other("without a number"))));
        for errno in [Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT] {
            assert!(!is_ours(&bound(errno)), "{errno}");
        }
    }
}
