//! Which addresses are public. IPv4: everything but the special-purpose registry. IPv6: global unicast but its special
//! parts; an address that embeds an IPv4 address is refused, never unwrapped (catalogue 6.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks that are not public: the IANA special-purpose registry.
const SPECIAL_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// A cloud's host agent, which sits in public space and is in no registry.
const HOST_AGENT: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Parts of 2000::/3 that are not public: protocol assignments with Teredo, documentation (twice), 6to4.
const SPECIAL_V6: [(u128, u32); 4] =
    [(0x2001_0000 << 96, 23), (0x2001_0db8 << 96, 32), (0x2002_0000 << 96, 16), (0x3fff_0000 << 96, 20)];

/// Whether anybody on the internet could be meant by this address.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = SPECIAL_V4
        .iter()
        .any(|(net, bits)| (address.to_bits() ^ u32::from_be_bytes(*net)) >> (32 - bits) == 0);
    !special && address != HOST_AGENT
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let global_unicast = bits >> 125 == 1;
    let special = SPECIAL_V6.iter().any(|(net, length)| (bits ^ net) >> (128 - length) == 0);
    // ISATAP: an interface id of 0:5efe or 200:5efe embeds an IPv4 address.
    let isatap = matches!((bits >> 32) as u32, 0x0000_5efe | 0x0200_5efe);
    global_unicast && !special && !isatap
}
