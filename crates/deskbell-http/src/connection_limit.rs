//! ConnectionLimit: how many connections there are, in all and from each network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The part of an address that one party usually holds: the /24 of IPv4, the /56 of IPv6.
type Network = [u8; 7];

fn network(address: IpAddr) -> Network {
    let mut network = [0; 7];
    match address.to_canonical() {
        // 4 marks the family: no IPv6 /56 in use begins with it and goes on with zeros behind three bytes.
        IpAddr::V4(address) => {
            network[0] = 4;
            network[1..4].copy_from_slice(&address.octets()[..3]);
        }
        IpAddr::V6(address) => network.copy_from_slice(&address.octets()[..7]),
    }
    network
}

#[derive(Default)]
struct Count {
    all: usize,
    of: HashMap<Network, usize>,
}

/// Counts the open connections, in all and of each network, and refuses those past the limits.
#[derive(Clone)]
pub(super) struct ConnectionLimit {
    count: Arc<Mutex<Count>>,
    all: usize,
    per_network: usize,
    loopback_exempt: bool,
}

/// One connection's permit; given back when dropped.
pub(super) struct ConnectionPermit {
    limit: ConnectionLimit,
    network: Network,
}

impl ConnectionLimit {
    /// Room for `all` connections and `per_network` of one network.
    pub(super) fn new(all: usize, per_network: usize, loopback_exempt: bool) -> Self {
        Self { count: Arc::default(), all, per_network, loopback_exempt }
    }

    /// A permit for a connection from `address`, if there is room.
    pub(super) fn enter(&self, address: IpAddr) -> Option<ConnectionPermit> {
        let network = network(address);
        let exempt = self.loopback_exempt && address.to_canonical().is_loopback();
        let mut count = self.lock();
        let here = count.of.get(&network).copied().unwrap_or(0);
        if count.all >= self.all || (here >= self.per_network && !exempt) {
            return None;
        }
        count.all += 1;
        count.of.insert(network, here + 1);
        Some(ConnectionPermit { limit: self.clone(), network })
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut count = self.limit.lock();
        count.all = count.all.saturating_sub(1);
        match count.of.get_mut(&self.network) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                count.of.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_capped_and_its_neighbours_are_not() {
        let limit = ConnectionLimit::new(4, 2, true);
        let enter = |address: &str| limit.enter(address.parse().unwrap());
        let first = enter("192.0.2.1").unwrap();
        let _second = enter("192.0.2.200").unwrap();
        assert!(enter("192.0.2.3").is_none(), "A-052: the /24 is full");
        assert!(enter("::ffff:192.0.2.3").is_none(), "the same address, written as IPv6");
        let _other = enter("198.51.100.1").expect("A-052: another network is not affected");
        drop(first);
        let _third = enter("192.0.2.3").expect("a permit that was given back is free");
        let _fourth = enter("2001:db8:0:100::1").unwrap();
        assert!(enter("203.0.113.1").is_none(), "four in all");
    }

    #[test]
    fn an_ipv6_network_is_a_56_and_loopback_is_exempt_from_the_cap_by_network() {
        let limit = ConnectionLimit::new(10, 1, true);
        let enter = |address: &str| limit.enter(address.parse().unwrap());
        let _first = enter("2001:db8:0:1ff::1").unwrap();
        assert!(enter("2001:db8:0:100::2").is_none(), "the same /56");
        let _second = enter("2001:db8:0:200::1").unwrap();
        let _loopbacks: Vec<ConnectionPermit> = (0..3).map(|_| enter("127.0.0.1").unwrap()).collect();
        assert!(ConnectionLimit::new(10, 1, false).enter("::1".parse().unwrap()).is_some());
    }

    #[test]
    fn without_connections_nobody_is_remembered() {
        let limit = ConnectionLimit::new(100, 100, true);
        let permits: Vec<_> = (0..50u8).filter_map(|net| limit.enter([10, 0, net, 1].into())).collect();
        assert_eq!(permits.len(), 50);
        drop(permits);
        assert!(limit.lock().of.is_empty() && limit.lock().all == 0);
    }
}
