//! Plot: a curve as SVG, one small panel for each measure. All colours are middle tones on no ground, so that it reads on a light
//! page and on a dark one.

use super::curve::{Curve, FLAT};
use super::measure::Measure;
use anyhow::Context as _;
use plotters::coord::Shift;
use plotters::prelude::*;

/// Width and height of the whole.
const SIZE: (u32, u32) = (960, 540);
/// Rows and columns of panels: one for each measure.
const GRID: (usize, usize) = (3, 4);
const INK: RGBColor = RGBColor(0x76, 0x83, 0x90);
const CURVE: RGBColor = RGBColor(0x2f, 0x81, 0xf7);
const STEEP: RGBColor = RGBColor(0xe5, 0x53, 0x4b);

type Panel<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The SVG of `curve`.
///
/// # Errors
/// When it has no points.
pub fn draw(curve: &Curve) -> anyhow::Result<String> {
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    for (panel, measure) in root.split_evenly(GRID).iter().zip(Measure::ALL) {
        draw_panel(panel, curve, measure)?;
    }
    root.present()?;
    drop(root);
    Ok(svg)
}

/// The ratios of one measure, with the band in which they count as flat.
fn draw_panel(panel: &Panel<'_>, curve: &Curve, measure: Measure) -> anyhow::Result<()> {
    let ratios = curve.points.iter().map(|point| point.ratio(measure));
    let points: Vec<(i32, f64)> = (0..).zip(std::iter::once(1.0).chain(ratios)).collect();
    let sizes: Vec<u32> = std::iter::once(0).chain(curve.points.iter().map(|point| point.size)).collect();
    let last = points.last().filter(|(at, _)| *at > 0).context("a curve without points")?.0;
    let top = points.iter().map(|(_, ratio)| ratio * 1.1).fold(2.0, f64::max);
    let text = |size: u32| ("sans-serif", size).into_font().color(&INK);
    let mut chart = ChartBuilder::on(panel)
        .margin(10)
        .caption(measure.name(), text(17))
        .x_label_area_size(22)
        .y_label_area_size(32)
        .build_cartesian_2d(0..last, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(INK.mix(0.5))
        .label_style(text(13))
        .x_labels(sizes.len())
        .x_label_formatter(&|at| {
            usize::try_from(*at)
                .ok()
                .and_then(|at| sizes.get(at))
                .map_or_else(String::new, |size| short(*size))
        })
        .y_labels(3)
        .y_label_formatter(&|ratio| format!("{ratio:.0}"))
        .draw()?;
    chart.draw_series([Rectangle::new([(0, 0.0), (last, FLAT)], INK.mix(0.12).filled())])?;
    chart.draw_series(LineSeries::new(points.iter().copied(), CURVE.stroke_width(2)))?;
    chart.draw_series(points.iter().map(|&(at, ratio)| {
        let colour = if ratio <= FLAT { CURVE } else { STEEP };
        Circle::new((at, ratio), 3, colour.filled())
    }))?;
    Ok(())
}

/// A size in as few characters as there is room for.
fn short(size: u32) -> String {
    match size {
        0..1_000 => size.to_string(),
        1_000..1_000_000 => format!("{} k", size / 1_000),
        _ => format!("{} M", size / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::super::curve::Point;
    use super::super::measure::tests::costs;
    use super::super::range::Range;
    use super::*;

    #[test]
    fn a_curve_is_drawn_with_every_measure_and_what_is_steep_stands_out() {
        let of = |search| {
            let point = |size, search| {
                Point::new(size, &[costs(Measure::Search, 1_000), costs(Measure::Search, search)])
            };
            let points = vec![point(1_000, search), point(2_000_000, 1_000)];
            Curve { range: Range::Attempts, points }
        };
        let (flat, steep) = (draw(&of(1_000)).unwrap(), draw(&of(5_000)).unwrap());
        for text in Measure::ALL.map(Measure::name).into_iter().chain(["1 k", "2 M"]) {
            assert!(flat.contains(text), "{text}");
        }
        assert!(!flat.contains("#E5534B") && steep.contains("#E5534B"));
        assert!(draw(&Curve { range: Range::Attempts, points: Vec::new() }).is_err());
    }
}
