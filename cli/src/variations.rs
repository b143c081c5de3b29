//! `diffae variations`: the same face with other details.

use std::path::PathBuf;

use diffae::edit::{check_count, check_share};
use diffae::photo::Maker;
use diffae::weights::Part;
use diffae::{Near, Variations};

use crate::error::ToolError;
use crate::input::{EncodingArgs, FramingArgs};
use crate::model::ModelArgs;
use crate::output::{Output, named_after};
use crate::plan::Plan;
use crate::progress::Progress;

/// Draw pictures with the same meaning and other details: one z_sem, a new x_T each
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
    /// How far x_T goes from the picture's own: from 0 (the picture itself) to 1 (fresh noise, which the paper takes)
    #[arg(long, value_name = "0..1", default_value_t = Near::STRENGTH)]
    strength: f32,
    #[command(flatten)]
    encoding: EncodingArgs,
    #[command(flatten)]
    framing: FramingArgs,
    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    check_count(args.count)?;
    check_share("strength", args.strength)?;
    // Fresh noise knows nothing of the picture's x_T, which takes most of the time.
    let fresh = args.strength >= 1.0;
    let files = [args.picture.clone()];
    let default = named_after(&args.picture, "-variations.png");
    let output = Output::picture(args.output.as_deref(), &default, &files)?;
    let both = [args.steps, args.encoding.steps(args.steps)];
    let plan = Plan {
        model: &args.model,
        framing: &args.framing,
        files: &files,
        steps: match fresh {
            true => &[args.steps],
            false => &both,
        },
        parts: &[Part::Decoder],
        ddpm: false,
    };
    let (model, picture) = plan.start(|reader| reader.read(&args.picture))?;
    let (z_sem, x_t) = match fresh {
        true => (picture.z_sem(&model)?, None),
        false => {
            let code = picture.code(&model, &args.encoding, args.steps)?;
            (code.z_sem, Some(code.x_t))
        }
    };
    let variations = Variations {
        count: args.count,
        seed: args.seed,
        steps: args.steps,
        near: x_t.as_deref().map(|x_t| Near {
            x_t,
            strength: args.strength,
        }),
    };
    let progress = Progress::new("decoding");
    let mut watch = progress.watch();
    let pictures = pollster::block_on(model.variations(&z_sem, variations, &mut watch))?;
    drop(watch);
    drop(progress);
    output.save_sheet(&pictures, args.columns, Maker::Edit)
}
