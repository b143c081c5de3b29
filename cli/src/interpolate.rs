//! `diffae interpolate`: the way from one picture to another.

use std::path::PathBuf;

use diffae::photo::Maker;
use diffae::weights::Part;

use crate::error::ToolError;
use crate::input::{EncodingArgs, FramingArgs};
use crate::model::ModelArgs;
use crate::output::{Output, named_after};
use crate::plan::Plan;
use crate::progress::Progress;

/// Draw the way from one picture to another on a contact sheet
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The first picture, or its saved code
    first: PathBuf,
    /// The second picture, or its saved code
    second: PathBuf,
    /// Where to write the sheet [default: <FIRST>-to-<SECOND>.png in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Number of pictures, both ends included
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..=64))]
    count: u16,
    /// Pictures in a row of the sheet [default: all]
    #[arg(long, value_name = "N")]
    columns: Option<usize>,
    /// Steps of decoding
    #[arg(long, value_name = "N", default_value_t = 20)]
    steps: usize,
    #[command(flatten)]
    framing: FramingArgs,
    #[command(flatten)]
    encoding: EncodingArgs,
    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let files = [args.first.clone(), args.second.clone()];
    let second = named_after(&args.second, ".png");
    let default = named_after(&args.first, &format!("-to-{second}"));
    let output = Output::picture(args.output.as_deref(), &default, &files)?;
    let plan = Plan {
        model: &args.model,
        framing: &args.framing,
        files: &files,
        steps: &[args.steps, args.encoding.steps(args.steps)],
        parts: &[Part::Decoder],
        ddpm: false,
    };
    let (model, [first, second]) =
        plan.start(|reader| Ok([reader.read(&args.first)?, reader.read(&args.second)?]))?;
    let first = first.code(&model, &args.encoding, args.steps)?;
    let second = second.code(&model, &args.encoding, args.steps)?;

    let progress = Progress::new("decoding");
    let mut pictures = Vec::new();
    for index in 0..args.count {
        let alpha = f32::from(index) / f32::from(args.count - 1);
        let between = model.interpolate(&first, &second, alpha)?;
        let watch = &mut progress.watch_call(index.into(), args.count.into());
        pictures.push(pollster::block_on(
            model.reconstruct(&between, args.steps, watch),
        )?);
    }
    drop(progress);
    let columns = args.columns.unwrap_or(pictures.len());
    output.save_sheet(&pictures, columns, Maker::Edit)
}
