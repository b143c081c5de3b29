//! `diffae bench`: how fast a model runs on a device, beside burn's own operations and PyTorch.

mod competitor;
mod faces;
mod memory;
mod profile;
mod report;
mod scenes;
mod torch;
mod training;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use diffae::DiffAe;
use diffae::config::ModelConfig;
use diffae::import::convert;
use diffae::ops::Kernels;
use diffae::weights::{Manifest, Part, Precision};

use crate::convert::write_whole;
use crate::error::ToolError;
use crate::model::{ModelArgs, ModelSource};
use crate::output::say;
use crate::progress::Progress;
use competitor::{Competitor, Times};

/// Threads of a pool that has just finished spin for a while and would slow whoever comes next.
const PAUSE: Duration = Duration::from_millis(100);

/// Measure seconds per U-Net step, per encode and per edit
///
/// What is compared runs in turns, a little at a time, so that a machine that slows down slows all
/// of it; medians are shown.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    of: Option<Of>,
    /// Rounds, after one to warm up
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// Steps of an edit
    #[arg(long, value_name = "N", default_value_t = 20)]
    steps: usize,
    /// Which kernels to measure: this crate's, those composed of burn's operations, or both
    #[arg(long, value_enum, default_value_t = KernelChoice::Both)]
    kernels: KernelChoice,
    /// Threads on the CPU [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Also measure PyTorch on the CPU: a Python file with the networks as class `AE`
    #[arg(long, value_name = "FILE")]
    torch: Option<PathBuf>,
    /// Weights for PyTorch, a safetensors file by official names [default: its initial ones]
    #[arg(long, value_name = "FILE", requires = "torch")]
    torch_weights: Option<PathBuf>,
    /// The Python that has PyTorch
    #[arg(
        long,
        value_name = "PROGRAM",
        default_value = "python3",
        requires = "torch"
    )]
    python: PathBuf,
    /// Measure a published geometry, as ffhq256_autoenc, with random int8 weights made on the spot, instead of --model
    #[arg(long, value_name = "NAME")]
    random: Option<String>,
    /// Only write the model of --random to a directory, for other measurements of it
    #[arg(long, value_name = "DIR", requires = "random")]
    save: Option<PathBuf>,
    /// Also show where the time of a step goes in this crate's kernels, one by one
    #[arg(long)]
    profile: bool,
    /// Also measure the search for faces in large photos, on the CPU
    #[arg(long)]
    faces: bool,
    #[command(flatten)]
    model: ModelArgs,
}

/// What is measured other than running a model.
#[derive(Debug, clap::Subcommand)]
enum Of {
    Train(training::Args),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KernelChoice {
    /// This crate's kernels, on a GPU with half precision in both precisions
    Own,
    /// Compositions of burn's operations
    Composed,
    /// One after the other, with the ratio
    Both,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    if let Some(Of::Train(args)) = &args.of {
        return training::run(args);
    }
    if let (Some(name), Some(directory)) = (&args.random, &args.save) {
        write_whole(directory, |directory| write_random(name, directory))?;
        say(&format!("Wrote {}", directory.display()));
        return Ok(());
    }
    let threads = competitor::use_threads(args.threads)?;
    // It holds the random model's files for as long as they are read.
    let temporary;
    let source = match &args.random {
        None => args.model.open()?,
        Some(name) => {
            temporary = tempfile::tempdir().map_err(|source| ToolError::Write {
                path: std::env::temp_dir(),
                source,
            })?;
            write_random(name, temporary.path())?;
            ModelSource::open(Some(temporary.path()))?
        }
    };
    if source.manifest().config.encoder.is_none() {
        return Err(source.plain_ddpm());
    }
    source.check_steps(args.steps)?;
    pollster::block_on(measure(args, &source, threads))
}

async fn measure(args: &Args, source: &ModelSource, threads: usize) -> Result<(), ToolError> {
    let device = args.model.device.device()?;
    let mut competitors = Vec::new();
    let half = Kernels::Own.half(&device);
    for (kernels, name) in [
        (Kernels::Own, if half { "diffae in f16" } else { "diffae" }),
        (Kernels::OwnF32, "diffae in f32"),
        (Kernels::Composed, "burn's operations"),
    ] {
        let wanted = match kernels {
            Kernels::Own => args.kernels != KernelChoice::Composed,
            Kernels::OwnF32 => args.kernels != KernelChoice::Composed && half,
            Kernels::Composed => args.kernels != KernelChoice::Own,
        };
        if wanted {
            let mut model = DiffAe::new(source.manifest().clone(), &device)?;
            model.use_kernels(kernels);
            let model = source.load_into(model, &[Part::Encoder, Part::Decoder])?;
            competitors.push(Competitor::new(name, model, args.steps).await?);
        }
    }
    let mut torch = match &args.torch {
        None => None,
        Some(networks) => Some(torch::Torch::start(
            &args.python,
            torch::Driver::Sampling,
            networks,
            &source.manifest().config,
            threads,
            &Vec::from_iter(&args.torch_weights),
        )?),
    };
    let mut of_torch = Times::default();
    let progress = Progress::new("measuring");
    for round in 0..=args.runs {
        progress.set(usize::from(round), usize::from(args.runs) + 1);
        // The first round warms up.
        for competitor in &mut competitors {
            std::thread::sleep(PAUSE);
            competitor.round(round > 0).await?;
        }
        if let Some(torch) = &mut torch {
            std::thread::sleep(PAUSE);
            let times = torch.round(args.steps)?;
            if round > 0 {
                of_torch.extend(times);
            }
        }
    }
    drop(progress);

    let name = source.manifest().name.clone();
    let device_name = args.model.device.name();
    let runs = args.runs;
    let threads = report::threads(threads);
    say(&format!(
        "{name} on {device_name}, {threads}, median of {runs} interleaved rounds"
    ));
    let mut columns: Vec<_> = competitors.iter().map(|c| (c.name, &c.times)).collect();
    if let Some(torch) = &torch {
        columns.push((torch.name(), &of_torch));
    }
    let config = &source.manifest().config;
    say(&report::times(config, args.steps, &columns));
    say(&report::largest_convolution(config));
    if args.profile
        && let Some(own) = competitors.first()
    {
        say(&profile::report(own, &device).await?);
    }
    say(&memory::report(&device));
    if args.faces {
        say(&faces::report(args.runs).await?);
    }
    Ok(())
}

fn write_random(name: &str, directory: &Path) -> Result<Manifest, ToolError> {
    let config = ModelConfig::preset(name)?;
    let progress = Progress::new("making random weights");
    let mut on_tensor = |done, of| progress.set(done, of);
    let manifest = convert::random(config, Precision::Int8, directory, &mut on_tensor)?;
    drop(progress);
    // What made the weights is no part of what loading them takes.
    memory::forget_peak();
    Ok(manifest)
}
