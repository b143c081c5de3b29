//! `diffae sample`: faces of people who do not exist.

use std::path::PathBuf;

use diffae::Sampling;
use diffae::edit::{check_count, check_share};
use diffae::photo::Maker;
use diffae::weights::Part;

use crate::error::ToolError;
use crate::input::FramingArgs;
use crate::model::ModelArgs;
use crate::output::Output;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::teach::TeachArgs;

/// Draw faces of people who do not exist, or only such as a few example pictures teach
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to write the sheet [default: samples.png in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Number of pictures
    #[arg(long, value_name = "N", default_value_t = 8)]
    count: usize,
    /// Pictures in a row of the sheet
    #[arg(long, value_name = "N", default_value_t = 4)]
    columns: usize,
    /// Seed of all noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Steps of decoding
    #[arg(long, value_name = "N", default_value_t = 20)]
    steps: usize,
    /// Steps of sampling z_sem
    #[arg(long, value_name = "N", default_value_t = 200)]
    latent_steps: usize,
    /// Noise added in each step of decoding: 0 is deterministic DDIM, 1 has the variance of DDPM
    #[arg(long, value_name = "0..1", default_value_t = Sampling::default().eta)]
    eta: f32,
    /// Truncation: the part of its distance from the mean face that each z_sem keeps; 1 keeps all
    #[arg(long, value_name = "0..1", default_value_t = Sampling::default().psi)]
    psi: f32,
    #[command(flatten)]
    teach: TeachArgs,
    #[command(flatten)]
    framing: FramingArgs,
    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    check_count(args.count)?;
    check_share("eta", args.eta)?;
    check_share("psi", args.psi)?;
    let files: Vec<PathBuf> = args.teach.files().cloned().collect();
    let output = Output::picture(args.output.as_deref(), "samples.png", &files)?;
    let plan = Plan {
        model: &args.model,
        framing: &args.framing,
        files: &files,
        steps: &[args.steps],
        parts: &[Part::Latent, Part::Decoder],
        ddpm: true,
    };
    let (model, examples) = plan.start(|reader| args.teach.read(reader))?;
    let direction = examples.direction(&model)?;
    let sampling = Sampling {
        count: args.count,
        seed: args.seed,
        steps: args.steps,
        latent_steps: args.latent_steps,
        eta: args.eta,
        psi: args.psi,
        accept: direction.as_ref(),
    };
    let progress = Progress::new("decoding");
    let pictures = pollster::block_on(model.sample(sampling, &mut progress.watch()))?;
    drop(progress);
    output.save_sheet(&pictures, args.columns, Maker::Model)
}
