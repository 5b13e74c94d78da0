//! Offset: by how much the program's clock was wrong, and since when. What it recorded is told in real time by that.

/// How much later than the setting of the clock the program may have read it before, and how exact its times are.
const SLACK: u64 = 500_000;

/// The settings of its clock.
#[derive(Debug, Default)]
pub(super) struct Offsets(Vec<Offset>);

#[derive(Debug, Clone, Copy)]
struct Offset {
    /// When it was set, in microseconds since the epoch.
    at: u64,
    /// By how much it was wrong from then on, in microseconds.
    by: i64,
}

impl Offsets {
    /// From `at` on the program's clock is wrong `by` so many microseconds.
    pub(super) fn set(&mut self, at: u64, by: i64) {
        self.0.push(Offset { at, by });
    }

    /// When the clock was set forward.
    pub(super) fn leaps(&self) -> Vec<u64> {
        let mut before = 0;
        let forward = |offset: &&Offset| std::mem::replace(&mut before, offset.by) < offset.by;
        self.0.iter().filter(forward).map(|offset| offset.at).collect()
    }

    /// The real time at which the program's clock said `told`.
    pub(super) fn real(&self, told: u64) -> u64 {
        let ends = self.0.iter().skip(1).map(|next| next.at).chain([u64::MAX]);
        let first = Offset { at: 0, by: 0 };
        let before = std::iter::once((first, self.0.first().map_or(u64::MAX, |offset| offset.at)));
        let mut settings = before.chain(self.0.iter().copied().zip(ends));
        let real = settings.find_map(|(offset, end)| {
            let real = told.checked_add_signed(-offset.by)?;
            (real + SLACK >= offset.at && real <= end.saturating_add(SLACK)).then_some(real)
        });
        real.unwrap_or(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;
    const HOUR: i64 = 3_600_000_000;

    #[test]
    fn what_the_program_told_is_put_back_into_real_time() {
        let mut offsets = Offsets::default();
        assert_eq!(offsets.real(7), 7);
        let begin = 50_000 * SECOND;
        offsets.set(begin, HOUR);
        offsets.set(begin + 20 * SECOND, 0);
        let ahead = |at: u64| at.checked_add_signed(HOUR).unwrap();
        for at in [begin - 3 * SECOND, begin + 30 * SECOND] {
            assert_eq!(offsets.real(at), at);
        }
        assert_eq!(offsets.real(ahead(begin + 10 * SECOND)), begin + 10 * SECOND);
        assert_eq!(offsets.leaps(), [begin]);
    }

    #[test]
    fn steps_of_a_minute_are_told_apart() {
        let (mut offsets, begin) = (Offsets::default(), 50_000 * SECOND);
        let minutes = [1, 2, 1, 0];
        for (step, minutes) in (0..).zip(minutes) {
            offsets.set(begin + step * 10 * SECOND, minutes * HOUR / 60);
        }
        for (step, minutes) in (0..).zip(minutes) {
            let at = begin + step * 10 * SECOND + 4 * SECOND;
            assert_eq!(offsets.real(at.checked_add_signed(minutes * HOUR / 60).unwrap()), at, "step {step}");
        }
        assert_eq!(offsets.leaps(), [begin, begin + 10 * SECOND]);
    }
}
