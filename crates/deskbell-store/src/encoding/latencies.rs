//! Latencies: a histogram as it is kept, with the buckets alone that are not empty.

use deskbell_core::latency::{BUCKETS, Histogram};

/// Bytes of one bucket of latencies that is not empty: its number, and its count.
const BUCKET_BYTES: usize = 5;

/// The buckets that are not empty, each as its number and its count.
pub(crate) fn pack(latencies: &Histogram) -> Vec<u8> {
    let mut packed = Vec::new();
    for (bucket, count) in (0u8..).zip(latencies.0).filter(|(_, count)| *count > 0) {
        packed.push(bucket);
        packed.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }
    packed
}

/// The histogram; `None` for bytes of no known form.
pub(crate) fn unpack(packed: &[u8]) -> Option<Histogram> {
    let mut latencies = Histogram::default();
    let (buckets, rest) = packed.as_chunks::<BUCKET_BYTES>();
    for [bucket, count @ ..] in buckets {
        *latencies.0.get_mut(usize::from(*bucket))? = u32::from_le_bytes(*count).into();
    }
    (rest.is_empty() && buckets.len() <= BUCKETS).then_some(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_read_back_and_nonsense_does_not() {
        let mut latencies = Histogram::default();
        assert!(pack(&latencies).is_empty());
        for us in [1, 40_000, 40_000, u64::MAX] {
            latencies.note(us);
        }
        assert_eq!(unpack(&pack(&latencies)), Some(latencies));
        assert_eq!(unpack(&[1, 2, 3]), None);
        assert_eq!(unpack(&[200, 1, 0, 0, 0]), None, "there is no such bucket");
    }
}
