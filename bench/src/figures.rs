//! Percentiles, medians, and numbers as people read them.

/// Four percentiles of a latency, in milliseconds. Of fewer than 1,000 samples the p99.9 is the worst of them.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Percentiles {
    /// Half of the samples are below it.
    pub p50: f64,
    /// 95 of 100 are.
    pub p95: f64,
    /// 99 of 100 are.
    pub p99: f64,
    /// 999 of 1,000 are.
    pub p999: f64,
}

impl Percentiles {
    /// Those of `micros`.
    pub fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        let milliseconds = |share| float(quantile(&micros, share)) / 1000.0;
        Self {
            p50: milliseconds(0.5),
            p95: milliseconds(0.95),
            p99: milliseconds(0.99),
            p999: milliseconds(0.999),
        }
    }
}

/// The value below which `share` (0 to 1) of the `sorted` values lie; 0 for none.
pub fn quantile(sorted: &[u64], share: f64) -> u64 {
    let last = sorted.len().saturating_sub(1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let index = (last as f64 * share).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

/// The middle one of an odd number of values, the upper middle of an even one; 0 for none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A count as a number to divide with.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub fn float(count: u64) -> f64 {
    count as f64
}

/// A number of events as a count; what is negative or no number is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` stops at both ends")]
pub fn count(number: f64) -> u32 {
    number as u32
}

/// `1234567.8` as `1,234,568`.
pub fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_medians() {
        let sorted: Vec<u64> = (1..=101).collect();
        assert_eq!((quantile(&sorted, 0.5), quantile(&sorted, 0.99), quantile(&[], 0.5)), (51, 100, 0));
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert_eq!(grouped(1_234_567.8), "1,234,568");
        assert_eq!(grouped(999.0), "999");
        assert_eq!((count(12.7), count(-1.0), count(f64::NAN)), (12, 0, 0));
    }

    #[test]
    fn percentiles_find_the_few_that_were_slow() {
        let of = |slow: usize| {
            let quick = std::iter::repeat_n(1_000, 10_000 - slow);
            Percentiles::of(std::iter::repeat_n(50_000, slow).chain(quick).collect())
        };
        assert_eq!(of(0), Percentiles { p50: 1.0, p95: 1.0, p99: 1.0, p999: 1.0 });
        assert_eq!(of(50), Percentiles { p50: 1.0, p95: 1.0, p99: 1.0, p999: 50.0 });
        assert_eq!(of(200), Percentiles { p50: 1.0, p95: 1.0, p99: 50.0, p999: 50.0 });
        assert_eq!(of(600), Percentiles { p50: 1.0, p95: 50.0, p99: 50.0, p999: 50.0 });
        assert_eq!(Percentiles::of(Vec::new()), Percentiles::default());
    }
}
