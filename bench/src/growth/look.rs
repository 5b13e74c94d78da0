//! Look: two programs timed in turn, call by call, so that a busy moment of the machine meets both.

use super::measure::{Costs, Measure, Samples};
use super::stutter::Stutter;
use super::subject::Subject;
use crate::scenario::Sink;

/// How often things are timed.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    /// Looks at the two programs.
    pub times: usize,
    /// Calls of each kind in a look; of the heavy ones a quarter.
    pub calls: usize,
    /// Closed loops in a look.
    pub loops: usize,
    /// Events of a closed loop.
    pub events: u32,
    /// Starts.
    pub starts: usize,
}

/// A pair of programs, and what this look has seen of each.
struct Pair<'a> {
    subjects: [&'a mut Subject; 2],
    samples: [Samples; 2],
}

/// Looks at both. The first look counts for nothing: caches fill.
pub(super) async fn beside(
    subjects: [&mut Subject; 2],
    sink: &Sink,
    stutter: &Stutter,
    looks: Looks,
) -> anyhow::Result<[Costs; 2]> {
    let mut pair = Pair { subjects, samples: Default::default() };
    for subject in &mut pair.subjects {
        subject.site.plan.move_on()?;
    }
    for side in turns(looks.starts) {
        let micros = pair.subjects[side].time_start(sink).await?;
        pair.samples[side].add(Measure::Start, micros);
    }
    for subject in &mut pair.subjects {
        subject.start().await?;
    }
    let mut costs = [Costs::default(), Costs::default()];
    pair.tell(&mut costs);
    pair.look(sink, stutter, looks).await?;
    pair.samples = Default::default();
    for _ in 0..looks.times {
        pair.look(sink, stutter, looks).await?;
        pair.tell(&mut costs);
    }
    for subject in &mut pair.subjects {
        subject.site.stop().await?;
    }
    Ok(costs)
}

impl Pair<'_> {
    /// Tells what was seen since the last time.
    fn tell(&mut self, costs: &mut [Costs; 2]) {
        let seen = std::mem::take(&mut self.samples);
        costs.iter_mut().zip(seen).for_each(|(costs, look)| costs.take(look));
    }

    async fn look(&mut self, sink: &Sink, stutter: &Stutter, looks: Looks) -> anyhow::Result<()> {
        let few = looks.calls.div_ceil(4);
        for measure in Measure::ALL {
            let Some(target) = measure.target() else { continue };
            for side in turns(if measure.is_heavy() { few } else { looks.calls }) {
                let micros = self.subjects[side].time_read(target).await?;
                self.samples[side].add(measure, micros);
            }
        }
        let mut followers = [self.subjects[0].follow().await?, self.subjects[1].follow().await?];
        for side in turns(looks.calls) {
            let micros = self.subjects[side].time_event(sink, &mut followers[side]).await?;
            let measures = [Measure::Accept, Measure::FirstByte, Measure::Stream];
            measures
                .into_iter()
                .zip(micros)
                .for_each(|(measure, micros)| self.samples[side].add(measure, micros));
        }
        drop(followers);
        for side in turns(few) {
            let micros = self.subjects[side].time_retry(stutter).await?;
            self.samples[side].add(Measure::Retry, micros);
        }
        for side in turns(looks.loops) {
            let micros = self.subjects[side].time_loop(sink, looks.events).await?;
            self.samples[side].add(Measure::Loop, micros);
        }
        Ok(())
    }
}

/// Whose turn it is, `each` times: each is first as often as the other.
fn turns(each: usize) -> impl Iterator<Item = usize> {
    (0..each).flat_map(|number| if number % 2 == 0 { [0, 1] } else { [1, 0] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_as_many_turns_and_is_first_as_often() {
        assert_eq!(turns(4).collect::<Vec<_>>(), [0, 1, 1, 0, 0, 1, 1, 0]);
    }
}
