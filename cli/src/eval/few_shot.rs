//! `diffae eval few-shot`: attributes taught by a few pictures, as classifiers and as conditions of sampling.

use diffae::edit::{Direction, EditError, fit};
use diffae::eval::few_shot::{Against, FewShotScores, Shots, draw, score};
use diffae::eval::matrix::Scaling;
use diffae::eval::networks::{FEATURES, INCEPTION};
use diffae::eval::rows::Rows;
use diffae::photo::Maker;
use diffae::weights::Part;
use diffae::{DiffAe, Sampling};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::{as_picture, z_sem};
use super::codes::{Columns, Split};
use super::fid::{FEW, distance, sampled, seed_of};
use super::networks::InceptionArgs;
use super::report::{Report, arguments, figure, number};
use super::run::{RunArgs, SHOWN, Work, mean, options, settings};
use super::set::{Set, SetArgs};
use crate::error::ToolError;
use crate::model::ModelArgs;
use crate::table::row;

const VERB: &str = "few-shot";

/// Measure learning from few labels: accuracy, and with --inception the FID of conditional samples
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An attribute to teach; repeat for more
    #[arg(long, value_name = "NAME", required = true)]
    attribute: Vec<String>,
    /// Labelled pictures: half of them with the attribute
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=400))]
    labels: u16,
    /// How often pictures are drawn and taught anew
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    /// Samples of each attribute and setting, if FID is measured
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(2..))]
    samples: u32,
    /// Steps of decoding samples
    #[arg(long, value_name = "T", default_value_t = 100)]
    steps: usize,
    /// Steps of sampling z_sem
    #[arg(long, value_name = "T", default_value_t = 100)]
    latent_steps: usize,
    /// Seed of what is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    set: SetArgs,
    #[command(flatten)]
    networks: InceptionArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Serialize, Deserialize)]
struct Options {
    attributes: Vec<String>,
    /// Pictures with the attribute.
    shots: usize,
    repeats: u64,
    seed: u64,
    /// Number and steps of the samples, where there are any.
    samples: Option<(usize, usize, usize)>,
    columns: Columns,
}

/// The two settings of the paper, with their names in tables.
const SETTINGS: [(&str, Against); 2] = [
    ("binary", Against::Negatives),
    ("positive-unlabelled", Against::Unlabelled),
];

/// Latents tried per sample are limited within one call; so often another call is made.
const ATTEMPTS: u64 = 64;

pub(super) fn run(args: &Args) -> Result<(), ToolError> {
    let source = args.model.open()?;
    source.check_steps(args.steps)?;
    source.check_steps(args.latent_steps)?;
    args.run.check(VERB, &args.set)?;
    let mut set = args.set.open(source.manifest())?;
    let split = Split::Every(2);
    let columns = Columns::new(&set, source.manifest(), &split)?;
    let shots = usize::from(args.labels / 2);
    let mut indices = Vec::new();
    for name in &args.attribute {
        let attribute = set.pictures.attribute(name)?;
        for (_, against) in SETTINGS {
            draw(&labels(&set, attribute), shots, against, args.seed)?;
        }
        indices.push(attribute);
    }
    let inception = match args.networks.is_named() {
        true => Some(args.networks.open(&args.model.device.device()?)?),
        false => None,
    };
    let mut parts = columns.parts();
    if inception.is_some() {
        parts.extend([Part::Latent, Part::Decoder]);
    }
    let model = args.model.load(&source, &parts)?;
    let samples = (args.samples as usize, args.steps, args.latent_steps);
    let options = Options {
        attributes: args.attribute.clone(),
        shots,
        repeats: args.repeats.into(),
        seed: args.seed,
        samples: inception.is_some().then_some(samples),
        columns: columns.clone(),
    };
    let mut rows = settings(VERB, &args.model, &source, &set.describe(), &options)?;
    columns.measure(&args.run, &mut rows, &mut set, &model, &split)?;
    let Some(inception) = inception else {
        return args.run.finish(VERB, &rows, report);
    };
    for (name, &attribute) in args.attribute.iter().zip(&indices) {
        let labels = labels(&set, attribute);
        let members: Vec<usize> = (labels.iter().enumerate())
            .filter(|&(_, &label)| label)
            .map(|(index, _)| index)
            .collect();
        let work = Work {
            table: &format!("{name}.real"),
            doing: "looking at pictures",
            width: FEATURES,
            total: members.len(),
        };
        args.run
            .measure(&mut rows, &work, &mut set, |_, set, place| {
                let picture = set.read(members.get(place).copied().unwrap_or(usize::MAX))?;
                Ok(pollster::block_on(inception.features(&picture))?)
            })?;
        for (setting, against) in SETTINGS {
            let shots = draw(&labels, options.shots, against, args.seed)?;
            let direction = taught(&model, &mut set, &shots)?;
            let work = Work {
                table: &format!("{name}.{setting}"),
                doing: "sampling",
                width: FEATURES,
                total: args.samples as usize,
            };
            args.run
                .measure(&mut rows, &work, &mut set, |rows, _, index| {
                    let values = conditional(&model, args, &direction, index)?;
                    let picture = as_picture(model.side(), &values)?;
                    let features = pollster::block_on(inception.features(&picture))?;
                    if index < SHOWN && against == Against::Negatives {
                        rows.show(attribute * SHOWN + index, vec![picture]);
                    }
                    Ok(features)
                })?;
        }
    }
    args.run.finish(VERB, &rows, report)
}

fn labels(set: &Set, attribute: usize) -> Vec<bool> {
    let rows = (0..set.pictures.len()).filter_map(|index| set.pictures.labels(index));
    rows.map(|row| row.get(attribute) == Some(&true)).collect()
}

/// The direction that the drawn pictures teach; ones that cannot be used teach nothing.
fn taught(model: &DiffAe, set: &mut Set, shots: &Shots) -> Result<Direction, ToolError> {
    let mut codes = |rows: &[usize]| -> Result<Vec<Vec<f32>>, ToolError> {
        let mut codes = Vec::new();
        for &row in rows {
            match set.read(row) {
                Ok(picture) => codes.push(z_sem(model, &picture)?),
                Err(error) if error.is_of_picture() && !set.strict => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(codes)
    };
    let (positives, others) = (codes(&shots.positives)?, codes(&shots.others)?);
    Ok(model.teach(&positives, &others)?)
}

/// A sample that the direction accepts.
fn conditional(
    model: &DiffAe,
    args: &Args,
    direction: &Direction,
    index: usize,
) -> Result<Vec<f32>, ToolError> {
    let mut attempt = 0;
    loop {
        let sampling = Sampling {
            seed: seed_of(args.seed.wrapping_add(attempt << 32), index),
            steps: args.steps,
            latent_steps: args.latent_steps,
            accept: Some(direction),
            ..Default::default()
        };
        match sampled(model, sampling, args.seed, index) {
            Err(ToolError::Engine(diffae::Error::Edit(EditError::Rejected { .. })))
                if attempt + 1 < ATTEMPTS =>
            {
                attempt += 1;
            }
            done => return done,
        }
    }
}

pub(super) fn report(rows: &Rows) -> Result<Report, ToolError> {
    let options: Options = options(rows)?;
    let codes = options.columns.read(rows)?;
    // Brought to one scale by the pictures themselves, labels unseen: the statistics of the training set would not
    // change the ranking much, and a model may have none.
    let scaled = Scaling::of(&codes.z_sem).apply(&codes.z_sem);
    let normalized: Vec<Vec<f32>> = (scaled.values.chunks_exact(scaled.columns))
        .map(|row| row.iter().map(|&v| v as f32).collect())
        .collect();
    let mut lines = vec![row([
        "attribute",
        "setting",
        "with",
        "against",
        "accuracy",
        "balanced",
        "AUROC",
        "FID",
    ])];
    let mut results: Vec<Value> = Vec::new();
    for name in &options.attributes {
        let attribute = options
            .columns
            .labels
            .iter()
            .position(|known| known == name);
        let all: Vec<usize> = (0..codes.labels.len()).collect();
        let labels = codes.labels_of(attribute.unwrap_or(usize::MAX), &all);
        for (setting, against) in SETTINGS {
            let mut scores = Vec::new();
            let mut counts = (0, 0);
            for repeat in 0..options.repeats {
                let seed = options.seed.wrapping_add(repeat);
                let shots = draw(&labels, options.shots, against, seed)?;
                counts = (shots.positives.len(), shots.others.len());
                scores.push(learn(&normalized, &labels, &shots)?);
            }
            let fid = match options.samples {
                None => None,
                Some(_) => {
                    let (real, made) = (format!("{name}.real"), format!("{name}.{setting}"));
                    Some(distance(rows, &real, &made)?)
                }
            };
            let over = |f: fn(&FewShotScores) -> Option<f64>| {
                let values: Vec<f64> = scores.iter().filter_map(f).collect();
                let centre = mean(values.iter().copied());
                let spread = mean(values.iter().map(|v| (v - centre).powi(2))).sqrt();
                (centre, spread)
            };
            let accuracy = over(|s| Some(s.accuracy));
            let balanced = over(|s| Some(s.balanced_accuracy).filter(|v| !v.is_nan()));
            let auroc = over(|s| s.auroc);
            let cell = |(mean, spread): (f64, f64)| match mean.is_nan() {
                true => "-".to_owned(),
                false => format!("{mean:.3} ± {spread:.3}"),
            };
            lines.push(vec![
                name.clone(),
                setting.to_owned(),
                counts.0.to_string(),
                counts.1.to_string(),
                cell(accuracy),
                cell(balanced),
                cell(auroc),
                figure(fid, 3),
            ]);
            let pair = |(mean, spread)| json!({ "mean": number(Some(mean)), "spread": number(Some(spread)) });
            results.push(json!({
                "attribute": name, "setting": setting, "with": counts.0, "against": counts.1,
                "repeats": options.repeats, "accuracy": pair(accuracy), "balanced_accuracy": pair(balanced),
                "auroc": pair(auroc), "fid": number(fid),
            }));
        }
    }
    let mut notes = vec![format!(
        "Means and standard deviations over {} draws, tested on all other pictures; balanced: the mean of both classes' \
         accuracies.",
        options.repeats
    )];
    notes.push(match options.samples {
        Some(_) => FEW.to_owned(),
        None => "FID is left out: it needs pt_inception-2015-12-05-6726825d.pth, named with --inception.".to_owned(),
    });
    let mut arguments = arguments([
        ("--labels", (2 * options.shots).to_string()),
        ("--repeats", options.repeats.to_string()),
        ("--seed", options.seed.to_string()),
    ]);
    for attribute in options.attributes {
        arguments.extend(["--attribute".to_owned(), attribute]);
    }
    if let Some((samples, steps, latent_steps)) = options.samples {
        arguments.extend(super::report::arguments([
            ("--samples", samples.to_string()),
            ("--steps", steps.to_string()),
            ("--latent-steps", latent_steps.to_string()),
            ("--inception", INCEPTION.name.to_owned()),
        ]));
    }
    Ok(Report {
        arguments,
        table: lines,
        notes,
        results: json!(results),
        columns: SHOWN,
        maker: Maker::Model,
    })
}

fn learn(
    normalized: &[Vec<f32>],
    labels: &[bool],
    shots: &Shots,
) -> Result<FewShotScores, ToolError> {
    let rows = |indices: &[usize]| -> Vec<Vec<f32>> {
        indices
            .iter()
            .filter_map(|&i| normalized.get(i).cloned())
            .collect()
    };
    let direction = fit(&rows(&shots.positives), &rows(&shots.others))?;
    Ok(score(&direction, normalized, labels, shots)?)
}
