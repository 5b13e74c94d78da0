//! Party: whose call it is, where those of one must not crowd out the others': an account's, or of the network of whoever has none.

use crate::rate_limit::network;
use deskbell_core::id::{AccountId, InboxId};
use ipnet::IpNet;
use std::net::IpAddr;

/// Whose call it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Party {
    /// The account's that the call speaks for.
    Account(AccountId),
    /// Of whoever reads an anonymous inbox.
    Inbox(InboxId),
    /// Of an IPv4 address or an IPv6 /64; all that come without an address are one.
    Network(Option<IpNet>),
}

impl Party {
    /// Whoever calls from `address`, behind the proxies that are trusted.
    pub(crate) fn at(address: Option<IpAddr>) -> Self {
        Self::Network(address.map(|address| network(address.to_canonical())))
    }
}
