//! ConnectionLimit: how many connections there are, in all and from each network. The connections of a proxy that is trusted
//! are not one network's: each request on them is counted for the network that it comes from.

use crate::client::{client_address, is_trusted};
use axum::http::HeaderMap;
use ipnet::IpNet;
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

/// At most so many connections are kept back, and at most a tenth of all, for this machine itself: whoever operates it gets in, and
/// finds out whether it is well, while others take all the rest.
const KEPT_BACK: usize = 16;

/// Counts the open connections, in all and of each network, and refuses those past the limits.
#[derive(Clone)]
pub(super) struct ConnectionLimit {
    count: Arc<Mutex<Count>>,
    all: usize,
    per_network: usize,
    loopback_exempt: bool,
    trusted_proxies: Arc<[IpNet]>,
}

/// The permit of one connection, or of one request of a proxy's; given back when dropped.
pub(super) struct ConnectionPermit {
    limit: ConnectionLimit,
    /// It is one of all connections.
    is_connection: bool,
    /// Whose it is; a proxy's connection is nobody's.
    network: Option<Network>,
}

impl ConnectionLimit {
    /// Room for `all` connections and `per_network` of one network.
    pub(super) fn new(
        all: usize,
        per_network: usize,
        loopback_exempt: bool,
        trusted_proxies: &[IpNet],
    ) -> Self {
        let trusted_proxies = trusted_proxies.into();
        Self { count: Arc::default(), all, per_network, loopback_exempt, trusted_proxies }
    }

    /// Connections of one network, and requests of one behind a proxy.
    pub(super) fn per_network(&self) -> usize {
        self.per_network
    }

    /// A permit for a connection from `address`, if there is room.
    pub(super) fn enter(&self, address: IpAddr) -> Option<ConnectionPermit> {
        let is_proxy = is_trusted(address, &self.trusted_proxies);
        let is_here = address.to_canonical().is_loopback() && !is_proxy;
        let kept_back = if is_here { 0 } else { KEPT_BACK.min(self.all / 10) };
        let mut count = self.lock();
        if count.all >= self.all - kept_back {
            return None;
        }
        let network = if is_proxy { None } else { Some(self.count_network(&mut count, address)?) };
        count.all += 1;
        Some(ConnectionPermit { limit: self.clone(), is_connection: true, network })
    }

    /// Who is behind the proxy `peer`, as the `headers` of its request say; `None` where nobody is.
    pub(super) fn client_behind(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if !is_trusted(peer, &self.trusted_proxies) {
            return None;
        }
        let client = client_address(peer, headers, &self.trusted_proxies);
        (!is_trusted(client, &self.trusted_proxies)).then_some(client)
    }

    /// A permit for a request of `client`, who is behind a proxy, if its network has room.
    pub(super) fn enter_request(&self, client: IpAddr) -> Option<ConnectionPermit> {
        let network = self.count_network(&mut self.lock(), client)?;
        Some(ConnectionPermit { limit: self.clone(), is_connection: false, network: Some(network) })
    }

    /// Counts one more of the network of `address`; `None` when it has as many as it may.
    fn count_network(&self, count: &mut Count, address: IpAddr) -> Option<Network> {
        let network = network(address);
        let exempt = self.loopback_exempt && address.to_canonical().is_loopback();
        let here = count.of.get(&network).copied().unwrap_or(0);
        if here >= self.per_network && !exempt {
            return None;
        }
        count.of.insert(network, here + 1);
        Some(network)
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut count = self.limit.lock();
        count.all -= usize::from(self.is_connection);
        let Some(network) = &self.network else { return };
        match count.of.get_mut(network) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                count.of.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_capped_and_its_neighbours_are_not() {
        let limit = ConnectionLimit::new(4, 2, true, &[]);
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
        let limit = ConnectionLimit::new(10, 1, true, &[]);
        let enter = |address: &str| limit.enter(address.parse().unwrap());
        let _first = enter("2001:db8:0:1ff::1").unwrap();
        assert!(enter("2001:db8:0:100::2").is_none(), "the same /56");
        let _second = enter("2001:db8:0:200::1").unwrap();
        let _loopbacks: Vec<ConnectionPermit> = (0..3).map(|_| enter("127.0.0.1").unwrap()).collect();
        assert!(ConnectionLimit::new(10, 1, false, &[]).enter("::1".parse().unwrap()).is_some());
    }

    #[test]
    fn without_connections_nobody_is_remembered() {
        let limit = ConnectionLimit::new(100, 100, true, &[]);
        let permits: Vec<_> = (0..50u8).filter_map(|net| limit.enter([10, 0, net, 1].into())).collect();
        assert_eq!(permits.len(), 50);
        drop(permits);
        assert!(limit.lock().of.is_empty() && limit.lock().all == 0);
    }

    #[test]
    fn clients_behind_a_proxy_are_counted_and_the_proxy_is_not_one_of_them() {
        let proxies = ["10.0.0.0/8".parse().unwrap(), "127.0.0.1/32".parse().unwrap()];
        let limit = ConnectionLimit::new(100, 2, true, &proxies);
        let enter = |address: &str| limit.enter(address.parse().unwrap());
        let _proxy: Vec<ConnectionPermit> = (0..50).map(|_| enter("10.0.0.1").unwrap()).collect();
        let behind = |peer: &str, forwarded: &'static str| {
            let headers = HeaderMap::from_iter([(
                axum::http::HeaderName::from_static("x-forwarded-for"),
                axum::http::HeaderValue::from_static(forwarded),
            )]);
            limit.client_behind(peer.parse().unwrap(), &headers)
        };
        let client = behind("10.0.0.1", "203.0.113.1, 192.0.2.1").unwrap();
        let first = limit.enter_request(client).unwrap();
        let _second = enter("192.0.2.7").expect("one that needs no proxy is counted with them");
        assert!(limit.enter_request(client).is_none(), "the /24 is full");
        assert!(limit.enter_request(behind("10.0.0.2", "198.51.100.1").unwrap()).is_some());
        drop(first);
        assert!(limit.enter_request(client).is_some());
        assert_eq!(behind("192.0.2.9", "203.0.113.1"), None, "a stranger says so");
        assert_eq!(behind("10.0.0.1", "10.0.0.2"), None, "the proxy itself asks");
    }

    #[test]
    fn some_connections_are_kept_back_for_this_machine() {
        let proxies = ["127.0.0.9/32".parse().unwrap()];
        let limit = ConnectionLimit::new(100, 100, true, &proxies);
        let enter = |address: [u8; 4]| limit.enter(address.into());
        let _others: Vec<_> = (0..90).map(|net| enter([10, 0, net, 1]).unwrap()).collect();
        assert!(enter([10, 0, 99, 1]).is_none(), "the last ten are kept back");
        assert!(enter([127, 0, 0, 9]).is_none(), "from a proxy's clients too");
        let operator: Vec<_> = (0..10).map(|_| enter([127, 0, 0, 1]).unwrap()).collect();
        assert!(enter([127, 0, 0, 1]).is_none(), "a hundred in all");
        drop(operator);
    }
}
