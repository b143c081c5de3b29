//! `diffae variations`: the same face with other details.

use std::path::PathBuf;

use diffae::weights::Part;

use crate::error::ToolError;
use crate::input::FramingArgs;
use crate::model::ModelArgs;
use crate::output::{Output, named_after};
use crate::plan::Plan;
use crate::progress::Progress;

/// Draw pictures with the same meaning and fresh details: one z_sem, a new x_T each
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The picture, or its saved code
    picture: PathBuf,
    /// Where to write the sheet [default: <PICTURE>-variations.png in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Number of pictures
    #[arg(long, value_name = "N", default_value_t = 8)]
    count: usize,
    /// Pictures in a row of the sheet
    #[arg(long, value_name = "N", default_value_t = 4)]
    columns: usize,
    /// Seed of the noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Steps of decoding
    #[arg(long, value_name = "N", default_value_t = 20)]
    steps: usize,
    #[command(flatten)]
    framing: FramingArgs,
    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let files = [args.picture.clone()];
    let default = named_after(&args.picture, "-variations.png");
    let output = Output::picture(args.output.as_deref(), &default, &files)?;
    let plan = Plan {
        model: &args.model,
        framing: &args.framing,
        files: &files,
        steps: &[args.steps],
        parts: &[Part::Decoder],
        ddpm: false,
    };
    let (model, picture) = plan.start(|reader| reader.read(&args.picture))?;
    let z_sem = picture.z_sem(&model)?;
    let progress = Progress::new("decoding");
    let pictures = pollster::block_on(model.variations(
        &z_sem,
        args.count,
        args.seed,
        args.steps,
        &mut progress.watch(),
    ))?;
    drop(progress);
    output.save_sheet(&pictures, args.columns)
}
