//! Growth: what the same work costs beside few of something and beside many. Each range has a program of its own that is filled
//! up step by step, and at each step it is looked at in turn with a program beside which there is nothing: a point of a curve
//! is a ratio, so that a busy moment of the machine raises both.

mod curve;
mod look;
mod measure;
mod plot;
mod range;
mod stutter;
mod subject;

pub use curve::{Curve, FLAT, Point};
pub use look::Looks;
pub use measure::Measure;
pub use plot::draw;
pub use range::Range;
pub use stutter::Stutter;

use crate::scenario::Sink;
use std::path::Path;
use subject::Subject;

/// The curve of `range` over `sizes` of the program `binary`; `tell` hears each point.
///
/// # Errors
/// When the program misbehaves.
pub async fn curve(
    binary: &Path,
    sink: &Sink,
    stutter: &Stutter,
    range: Range,
    sizes: &[u32],
    looks: Looks,
    mut tell: impl FnMut(&Point),
) -> anyhow::Result<Curve> {
    let folders = [tempfile::tempdir_in("target")?, tempfile::tempdir_in("target")?];
    let mut few = Subject::found(binary, folders[0].path(), sink, stutter).await?;
    let mut many = Subject::found(binary, folders[1].path(), sink, stutter).await?;
    let (mut curve, mut from) = (Curve { range, points: Vec::new() }, 0);
    for &size in sizes {
        many.fill(range, from..size, sink).await?;
        from = size;
        let samples = look::beside([&mut few, &mut many], sink, stutter, looks).await?;
        let point = Point::new(size, &samples);
        tell(&point);
        curve.points.push(point);
    }
    Ok(curve)
}
