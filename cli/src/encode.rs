//! `diffae encode`: a picture to its two codes, saved for later edits.

use std::path::PathBuf;

use diffae::weights::Part;

use crate::error::ToolError;
use crate::input::{EncodingArgs, FramingArgs};
use crate::model::ModelArgs;
use crate::output::{Output, named_after};
use crate::plan::Plan;

/// Save a picture's codes, z_sem and x_T, which the other commands take in its place
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The picture
    picture: PathBuf,
    /// Where to write the codes [default: <PICTURE>.code.safetensors in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Steps in which the picture will be decoded
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
    let files = [args.picture.clone()];
    let default = named_after(&args.picture, ".code.safetensors");
    let output = Output::file(args.output.as_deref(), &default, "safetensors", &files)?;
    let plan = Plan {
        model: &args.model,
        framing: &args.framing,
        files: &files,
        steps: &[args.encoding.steps(args.steps)],
        parts: &[Part::Decoder],
        ddpm: false,
    };
    let (model, picture) = plan.start(|reader| reader.read(&args.picture))?;
    let code = picture.code(&model, &args.encoding, args.steps)?;
    output.save_bytes(&code.to_bytes()?)
}
