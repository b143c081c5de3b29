//! `diffae bench`: how fast a model runs on a device.

use std::ops::ControlFlow;
use std::time::Instant;

use burn::tensor::Device;
use diffae::diffusion::{Step, Stream, noise};
use diffae::model::cost;
use diffae::weights::Part;
use diffae::{Code, Editor, Picture};

use crate::error::ToolError;
use crate::model::ModelArgs;
use crate::output::say;
use crate::table::{row, table};

/// Measure seconds per U-Net step, per encode and per edit
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Edits to time, after one to warm up; medians are shown
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// Steps of an edit
    #[arg(long, value_name = "N", default_value_t = 20)]
    steps: usize,
    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let model = args.model.open()?;
    model.check_steps(args.steps)?;
    let editor = args.model.load(&model, &[Part::Encoder, Part::Decoder])?;
    pollster::block_on(measure(args, &editor))
}

async fn measure(args: &Args, editor: &Editor) -> Result<(), ToolError> {
    // Speed does not depend on what a picture shows.
    let side = editor.side() as u32;
    let grey = vec![128; 3 * editor.side().pow(2)];
    let picture = Picture::from_rgb(side, side, &grey).map_err(diffae::Error::from)?;
    let code = Code {
        z_sem: editor.encode_semantic(&picture).await?,
        x_t: standard_normal(3 * editor.side().pow(2))?,
    };
    let (mut steps, mut encodes, mut edits) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..=args.runs {
        let start = Instant::now();
        editor.encode_semantic(&picture).await?;
        let encode = start.elapsed().as_secs_f64();

        let start = Instant::now();
        let mut go_on = async |_: Step<4>| ControlFlow::Continue(());
        editor.reconstruct(&code, args.steps, &mut go_on).await?;
        let edit = start.elapsed().as_secs_f64();

        let between = time_steps(editor, &code, args.steps).await?;
        if run > 0 {
            encodes.push(encode);
            edits.push(edit);
            steps.extend(between);
        }
    }
    report(args, editor, median(steps), median(encodes), median(edits));
    Ok(())
}

/// The times between the ends of successive steps of one decoding.
async fn time_steps(editor: &Editor, code: &Code, steps: usize) -> Result<Vec<f64>, ToolError> {
    let mut ends = Vec::new();
    let mut clock = async |step: Step<4>| {
        // A device that computes behind the caller's back is waited for by reading back. A failure
        // shows in the result too, where it is reported.
        let _ = step.x0.into_data_async().await;
        ends.push(Instant::now());
        ControlFlow::Continue(())
    };
    editor.reconstruct(code, steps, &mut clock).await?;
    let pairs = ends.iter().zip(ends.iter().skip(1));
    Ok(pairs.map(|(a, b)| (*b - *a).as_secs_f64()).collect())
}

fn report(args: &Args, editor: &Editor, step: f64, encode: f64, edit: f64) {
    let manifest = editor.manifest();
    let (of_step, of_encode) = (
        cost::step(&manifest.config),
        cost::encode(&manifest.config).unwrap_or(0),
    );
    let steps = args.steps;
    let of_edit = of_step * steps as u64;
    let line = |what: &str, seconds: f64, flop: u64| {
        let gflop = flop as f64 / 1e9;
        let rate = gflop / seconds;
        vec![
            what.to_owned(),
            format!("{seconds:.4}"),
            format!("{gflop:.2}"),
            format!("{rate:.1}"),
        ]
    };
    say(&format!(
        "{} on {}, median of {} runs",
        manifest.name,
        args.model.device.name(),
        args.runs
    ));
    say(&table(&[
        row(["", "seconds", "GFLOP", "GFLOP/s"]),
        line("U-Net step", step, of_step),
        line("encode (z_sem)", encode, of_encode),
        line(&format!("edit ({steps} steps)"), edit, of_edit),
    ]));
}

fn standard_normal(length: usize) -> Result<Vec<f32>, ToolError> {
    let noise = noise(0, Stream::Variations, 0, [1, length], &Device::flex());
    let values = noise.into_data().try_into_vec();
    Ok(values.map_err(|e| diffae::Error::Device(format!("{e:?}")))?)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
