//! `diffae bench train`: seconds of a training step on the CPU beside PyTorch's, and where they go.

use std::path::PathBuf;
use std::time::Instant;

use burn::tensor::Device;
use diffae::config::ModelConfig;
use diffae::networks::cost;
use diffae::ops::{Kernels, cpu, profile};
use diffae::train::{Autoencoder, Objective, Parameters, PictureBatch, Recipe, Trainer};

use super::torch::{Driver, Torch};
use super::{KernelChoice, competitor, memory, profile as kernels, report};
use crate::error::ToolError;
use crate::output::say;
use crate::progress::Progress;
use crate::table::{row, table};

/// Measure seconds per training step on the CPU
///
/// A step is forward, backward, clipping, Adam and the moving average, on random pictures. What is compared takes turns,
/// a step at a time; medians are shown. Floating-point operations are counted as a direct convolution does them:
/// Winograd's, which takes a quarter of its products, may pass 100 % of the cores' limit.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Configuration of the model
    #[arg(long, value_name = "NAME", default_value = "portrait64")]
    config: String,
    /// Pictures of a step
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=4096))]
    batch: u16,
    /// Steps, after two to warm up
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    steps: u16,
    /// Which kernels to measure: this crate's, those composed of burn's operations, or both
    #[arg(long, value_enum, default_value_t = KernelChoice::Own)]
    kernels: KernelChoice,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Also measure PyTorch: a Python file with the networks as class `AE`
    #[arg(long, value_name = "FILE")]
    torch: Option<PathBuf>,
    /// The Python that has PyTorch
    #[arg(
        long,
        value_name = "PROGRAM",
        default_value = "python3",
        requires = "torch"
    )]
    python: PathBuf,
    /// Also show where the time of a step goes in this crate's kernels, one by one
    #[arg(long)]
    profile: bool,
}

/// Training under the clock.
struct Trained {
    name: &'static str,
    kernels: Kernels,
    objective: Autoencoder,
    trainer: Trainer,
    batch: PictureBatch,
    seconds: Vec<f64>,
}

impl Trained {
    fn new(name: &'static str, kernels: Kernels, args: &Args) -> Result<Self, ToolError> {
        let config = ModelConfig::preset(&args.config)?;
        let batch = usize::from(args.batch);
        let recipe = Recipe {
            batch,
            // What the comparison has, too, and nothing else.
            heads: false,
            droplets: 0.0,
            dropout: 0.0,
            ..Recipe::autoencoder(&args.config)
        };
        let device = Device::flex();
        let objective = Autoencoder::new(config, recipe.clone())?.kernels(kernels);
        let parameters = awake(&objective.initial(&device)?);
        let side = objective.config().image_size;
        // Speed does not depend on what a picture shows.
        let pixels = (0..batch * 3 * side * side).map(|i| (i % 255) as f32 / 127.0 - 1.0);
        Ok(Self {
            name,
            kernels,
            trainer: Trainer::new(parameters, recipe, &device),
            batch: PictureBatch {
                first: 0,
                of: batch,
                pixels: pixels.collect(),
                attributes: vec![None; batch],
            },
            objective,
            seconds: Vec::new(),
        })
    }

    fn step(&mut self, counts: bool) -> Result<(), ToolError> {
        let start = Instant::now();
        let parts = std::slice::from_ref(&self.batch);
        self.trainer.step(&self.objective, parts)?;
        if counts {
            self.seconds.push(start.elapsed().as_secs_f64());
        }
        Ok(())
    }
}

/// Weights without the zeros that training begins with: a layer whose gradients are zero must cost what it costs later.
fn awake(parameters: &Parameters) -> Parameters {
    parameters.map(|_, values| {
        let small = values.random_like(burn::tensor::Distribution::Uniform(-0.02, 0.02));
        values.clone() + small
    })
}

pub(super) fn run(args: &Args) -> Result<(), ToolError> {
    let threads = competitor::use_threads(args.threads)?;
    let mut trained = Vec::new();
    for (choice, name, kernels) in [
        (KernelChoice::Own, "diffae", Kernels::Own),
        (
            KernelChoice::Composed,
            "burn's operations",
            Kernels::Composed,
        ),
    ] {
        if [choice, KernelChoice::Both].contains(&args.kernels) {
            trained.push(Trained::new(name, kernels, args)?);
        }
    }
    let config = ModelConfig::preset(&args.config)?;
    let mut torch = match &args.torch {
        None => None,
        Some(networks) => {
            let recipe = Recipe::autoencoder(&args.config);
            let settings = [
                args.batch.to_string(),
                recipe.clip.unwrap_or(0.0).to_string(),
                recipe.average.to_string(),
            ];
            let driver = Driver::Training;
            Some(Torch::start(
                &args.python,
                driver,
                networks,
                &config,
                threads,
                &settings,
            )?)
        }
    };
    let mut of_torch = Vec::new();
    let progress = Progress::new("measuring");
    for step in 0..args.steps + 2 {
        progress.set(usize::from(step), usize::from(args.steps) + 2);
        for trained in &mut trained {
            trained.step(step > 1)?;
        }
        if let Some(torch) = &mut torch {
            let seconds = torch.ask("step")?;
            if step > 1 {
                of_torch.extend(seconds);
            }
        }
    }
    drop(progress);
    say(&format!(
        "{} on {}, batch {}, median of {} steps in turns",
        args.config,
        report::threads(threads),
        args.batch,
        args.steps
    ));
    let mut columns: Vec<_> = trained.iter().map(|t| (t.name, &t.seconds)).collect();
    if let Some(torch) = &torch {
        columns.push((torch.name(), &of_torch));
    }
    let limit = 2.0 * cpu::multiply_adds() / 1e9;
    // Forward, and twice as much on the way back.
    let flop = 3 * (cost::step(&config) + cost::encode(&config).unwrap_or(0));
    say(&times(
        flop * u64::from(args.batch),
        usize::from(args.batch),
        limit,
        &columns,
    ));
    if args.profile {
        let own = trained.iter_mut().find(|t| t.kernels == Kernels::Own);
        say(&match own {
            Some(own) => profiled(own, usize::from(args.steps), limit)?,
            None => kernels::NO_TIMES.to_owned(),
        });
    }
    say(&memory::report(&Device::flex()));
    Ok(())
}

/// One line for each thing measured, beside the cores' limit in GFLOP/s; the ratio says how many times as long as the
/// first one another takes.
fn times(flop: u64, batch: usize, limit: f64, columns: &[(&str, &Vec<f64>)]) -> String {
    let mut rows = vec![row([
        "",
        "seconds",
        "fastest",
        "pictures/s",
        "GFLOP/s",
        "of limit",
        "ratio",
    ])];
    let mut first = None;
    for (name, seconds) in columns {
        let [median, fastest] = report::median_and_fastest(seconds);
        let rate = flop as f64 / 1e9 / median;
        rows.push(vec![
            (*name).to_owned(),
            format!("{median:.3}"),
            format!("{fastest:.3}"),
            format!("{:.1}", batch as f64 / median),
            format!("{rate:.1}"),
            format!("{:.0} %", 100.0 * rate / limit),
            format!("{:.2}", median / *first.get_or_insert(median)),
        ]);
    }
    format!(
        "{}\nLimit of the cores' multiply-adds: {limit:.0} GFLOP/s",
        table(&rows)
    )
}

/// Where the time of some steps goes.
fn profiled(trained: &mut Trained, steps: usize, limit: f64) -> Result<String, ToolError> {
    profile::start(kernels::seconds);
    let start = kernels::seconds();
    for _ in 0..steps {
        trained.step(false)?;
    }
    let whole = kernels::seconds() - start;
    let entries = profile::take();
    Ok(table(&kernels::rows(
        &entries, whole, steps, limit, "of limit",
    )))
}
