//! `diffae train plot`: the journal of a run as a picture.

use std::path::PathBuf;

use diffae::train::journal::{self, Line};
use plotters::prelude::*;

use crate::error::ToolError;
use crate::output::{Output, say};

/// Draw the loss of a run, or of several, as SVG
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directories of runs
    #[arg(required = true, value_name = "DIR")]
    runs: Vec<PathBuf>,
    /// The term of the loss to draw [default: all of them]
    #[arg(long, value_name = "NAME")]
    term: Option<String>,
    /// The picture [default: loss.svg]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const SIZE: (u32, u32) = (960, 540);

/// A curve: its name, and points of samples and loss.
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let output = Output::file(args.output.as_deref(), "loss.svg", "svg", &[])?;
    let mut curves = Vec::new();
    // A shell lists all that lies in a folder of runs.
    for run in args.runs.iter().filter(|path| !path.is_file()) {
        let lines = journal::read(run)?;
        if lines.is_empty() {
            return Err(ToolError::NoJournal { path: run.clone() });
        }
        curves.extend(curves_of(
            &run.display().to_string(),
            &lines,
            args.term.as_deref(),
        ));
    }
    if curves.is_empty() {
        return Err(match &args.term {
            Some(name) => ToolError::NoTerm { name: name.clone() },
            None => ToolError::NoJournal {
                path: args.runs.first().cloned().unwrap_or_default(),
            },
        });
    }
    let mut svg = String::new();
    draw(&mut svg, &curves).map_err(|e| ToolError::Plot(e.to_string()))?;
    output.save_bytes(svg.as_bytes())?;
    say(&format!("Drew {} curves", curves.len()));
    Ok(())
}

fn curves_of(run: &str, lines: &[Line], term: Option<&str>) -> Vec<Curve> {
    let names: std::collections::BTreeSet<&String> =
        lines.iter().flat_map(|line| line.loss.keys()).collect();
    let wanted = names
        .into_iter()
        .filter(|name| term.is_none_or(|t| t == *name));
    wanted
        .map(|name| Curve {
            name: format!("{name} ({run})"),
            points: (lines.iter())
                .filter_map(|line| Some((line.samples as f64, *line.loss.get(name)?)))
                .collect(),
        })
        .collect()
}

fn draw(svg: &mut String, curves: &[Curve]) -> Result<(), Box<dyn std::error::Error>> {
    let points = || curves.iter().flat_map(|curve| curve.points.iter());
    let most = points().fold(1.0, |most: f64, (x, _)| most.max(*x));
    let positive = || points().map(|(_, y)| *y).filter(|y| *y > 0.0);
    let low = positive().fold(f64::INFINITY, f64::min);
    let high = positive().fold(0.0, f64::max).max(low * 1.1);
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..most, (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("samples")
        .y_desc("loss")
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (index, curve) in curves.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let points = curve.points.iter().copied().filter(|(_, y)| *y > 0.0);
        chart
            .draw_series(LineSeries::new(points, &colour))?
            .label(curve.name.as_str())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE)
        .border_style(BLACK.mix(0.2))
        .draw()?;
    root.present()?;
    Ok(())
}
