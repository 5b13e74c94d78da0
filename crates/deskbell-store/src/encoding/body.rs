//! Body: the bytes of an event as they are kept: compressed where that makes them shorter, and with a checksum, so that a bit that
//! flipped on the disk is not sent under a valid signature.
//!
//! The first byte says the form, four bytes are the checksum (CRC-32, little-endian) of the event's own bytes, and the rest is the
//! bytes as they are or an LZ4 block behind its length.

use bytes::Bytes;
use lz4_flex::block::{compress_prepend_size, decompress, uncompressed_size};

const AS_IT_IS: u8 = 1;
const LZ4: u8 = 2;
/// What is kept of bytes that were deleted.
pub(crate) const DELETED: [u8; 1] = [3];
/// How many bytes one of a block stands for at most.
const RATIO: usize = 255;
/// What an event's own bytes begin with. So began what was kept before there was a checksum.
const OBJECT: u8 = b'{';

/// The bytes as they are kept. Costs a few microseconds for a usual event: to be called where others do not wait.
pub(crate) fn keep(body: &[u8]) -> Bytes {
    let packed = compress_prepend_size(body);
    let (form, bytes) = if packed.len() < body.len() { (LZ4, &packed[..]) } else { (AS_IT_IS, body) };
    [&[form], &crc32fast::hash(body).to_le_bytes()[..], bytes].concat().into()
}

/// The event's own bytes.
///
/// # Errors
/// Why they are not what was kept.
pub(crate) fn restore(kept: &[u8]) -> Result<Bytes, &'static str> {
    if kept.first() == Some(&OBJECT) {
        return Ok(Bytes::copy_from_slice(kept));
    }
    let (form, rest) = kept.split_first().ok_or("nothing is there")?;
    let (checksum, bytes) = rest.split_first_chunk().ok_or("its checksum is cut off")?;
    let body: Bytes = match *form {
        AS_IT_IS => Bytes::copy_from_slice(bytes),
        LZ4 => decompressed(bytes).ok_or("it does not decompress")?,
        _ => return Err("its form is unknown"),
    };
    let same = crc32fast::hash(&body) == u32::from_le_bytes(*checksum);
    if same { Ok(body) } else { Err("its checksum is another") }
}

/// A length that no block of that size can have is not believed: so much would be allocated.
fn decompressed(bytes: &[u8]) -> Option<Bytes> {
    let (length, block) = uncompressed_size(bytes).ok()?;
    let possible = length <= block.len().saturating_mul(RATIO);
    possible.then(|| decompress(block, length).ok()).flatten().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOOKING: &str = r#"{"id":"EVNT-0123456789","object":"event","type":"booking.scheduled","data":{"starting_time":
        "2026-11-30T09:00:00.000Z","last_updated_time":"2026-11-28T09:00:00.000Z","creation_time":"2026-11-28T09:00:00.000Z"}}"#;

    proptest! {
        #[test]
        fn what_is_kept_is_restored(body in prop::collection::vec(any::<u8>(), 0..3_000)) {
            prop_assert_eq!(restore(&keep(&body)), Ok(Bytes::from(body)));
        }

        #[test]
        fn what_is_there_instead_is_an_error_and_no_panic(kept in prop::collection::vec(1..8_u8, 0..300)) {
            prop_assert!(restore(&kept).is_err());
        }
    }

    #[test]
    fn no_flipped_bit_gives_other_bytes() {
        let random: Vec<u8> = (0..200_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for body in [BOOKING.as_bytes(), &random] {
            let kept = keep(body);
            for bit in 0..kept.len() * 8 {
                let mut kept = kept.to_vec();
                kept[bit / 8] ^= 1 << (bit % 8);
                let restored = restore(&kept);
                assert!(restored.is_err() || restored == Ok(Bytes::from(body.to_vec())), "bit {bit}");
            }
        }
    }

    #[test]
    fn it_is_shorter_where_it_can_be_and_never_much_longer() {
        assert!(keep(BOOKING.as_bytes()).len() < BOOKING.len());
        assert_eq!(keep(b"{}").len(), 2 + 5);
    }

    #[test]
    fn what_was_kept_without_a_checksum_is_read() {
        assert_eq!(restore(BOOKING.as_bytes()), Ok(Bytes::from(BOOKING)));
    }
}
