//! Headers of a captured request: names and values as they came, each behind its length (32 bits, big-endian), for they need not be
//! text.

use bytes::{Buf, BufMut, Bytes};

pub(crate) fn pack(headers: &[(Bytes, Bytes)]) -> Vec<u8> {
    let mut packed = Vec::new();
    for part in headers.iter().flat_map(|(name, value)| [name, value]) {
        packed.put_u32(u32::try_from(part.len()).unwrap_or(u32::MAX));
        packed.put_slice(part);
    }
    packed
}

/// The headers, unless they end too early.
pub(crate) fn unpack(mut packed: Bytes) -> Option<Vec<(Bytes, Bytes)>> {
    let mut headers = Vec::new();
    while packed.has_remaining() {
        headers.push((unpack_part(&mut packed)?, unpack_part(&mut packed)?));
    }
    Some(headers)
}

fn unpack_part(packed: &mut Bytes) -> Option<Bytes> {
    let length = packed.try_get_u32().ok()? as usize;
    (length <= packed.len()).then(|| packed.split_to(length))
}
