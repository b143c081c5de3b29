//! `diffae reconstruct`: a picture to its codes and back, and how much was lost on the way
//! (the paper's reconstruction table).

use std::path::PathBuf;

use diffae::metrics::{mse, psnr_of, ssim};
use diffae::photo::Maker;
use diffae::weights::Part;
use diffae::{Picture, Variations};

use crate::error::ToolError;
use crate::input::{self, EncodingArgs, FramingArgs, Input};
use crate::model::{ModelArgs, decode};
use crate::output::{Output, named_after, say};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::table::{row, table};

/// Encode and decode a picture, and compare: with its own x_T, and with a random one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The picture, or its saved code (then there is nothing to compare with)
    picture: PathBuf,
    /// Where to write the result [default: <PICTURE>-reconstructed.png in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Steps of decoding
    #[arg(long, value_name = "N", default_value_t = 20)]
    steps: usize,
    /// Seed of the random x_T
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    framing: FramingArgs,
    #[command(flatten)]
    encoding: EncodingArgs,
    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let files = [args.picture.clone()];
    let default = named_after(&args.picture, "-reconstructed.png");
    let output = Output::picture(args.output.as_deref(), &default, &files)?;
    let plan = Plan {
        model: &args.model,
        framing: &args.framing,
        files: &files,
        steps: &[args.steps, args.encoding.steps(args.steps)],
        parts: &[Part::Decoder],
        ddpm: false,
    };
    let (model, input) = plan.start(|reader| reader.read(&args.picture))?;
    let reconstruction = match input {
        Input::Code(code) => decode(&model, &code, args.steps)?,
        Input::Picture(framed) => {
            let picture = framed.picture;
            let code = input::encode(&model, &picture, &args.encoding, args.steps)?;
            let encoded = decode(&model, &code, args.steps)?;
            let progress = Progress::new("decoding a random x_T");
            let random = pollster::block_on(model.variations(
                &code.z_sem,
                Variations {
                    seed: args.seed,
                    steps: args.steps,
                    ..Default::default()
                },
                &mut progress.watch(),
            ))?;
            drop(progress);
            let mut rows = vec![row(["", "MSE", "PSNR", "SSIM"])];
            rows.push(compare("encoded x_T", &picture, &encoded)?);
            for random in &random {
                rows.push(compare("random x_T", &picture, random)?);
            }
            say(&table(&rows));
            encoded
        }
    };
    output.save_picture(&reconstruction, Maker::Edit)
}

fn compare(what: &str, original: &Picture, other: &Picture) -> Result<Vec<String>, ToolError> {
    let (a, b) = (original.to_unit_chw(), other.to_unit_chw());
    let shape = [3, original.height() as usize, original.width() as usize];
    let mse = mse(&a, &b)?;
    let ssim = ssim(&a, &b, shape)?;
    Ok(vec![
        what.to_owned(),
        format!("{mse:.6}"),
        format!("{:.2} dB", psnr_of(mse)),
        format!("{ssim:.4}"),
    ])
}
