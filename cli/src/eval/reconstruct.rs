//! `diffae eval reconstruct`: the paper's reconstruction tables.

use diffae::Code;
use diffae::eval::rows::Rows;
use diffae::metrics::{mse, psnr_of, ssim};
use diffae::photo::Maker;
use diffae::weights::Part;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::{as_picture, decode, encode, random_x_t};
use super::networks::{LpipsArgs, NO_LPIPS, lpips_arguments};
use super::report::{Report, arguments, figure, number};
use super::run::{Encoder, RunArgs, SHOWN, Work, mean, options, settings};
use super::set::{SetArgs, unit};
use crate::error::ToolError;
use crate::model::ModelArgs;
use crate::table::row;

const VERB: &str = "reconstruct";

/// Measure reconstructions: MSE, PSNR, SSIM and LPIPS with an encoded and with a random x_T
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Steps of both encoding and decoding, one row of the table each
    #[arg(long, value_name = "T,...", value_delimiter = ',', default_values_t = [10, 20, 50, 100])]
    steps: Vec<usize>,
    /// How x_T is encoded
    #[arg(long, value_enum, default_value_t = Encoder::Official)]
    inversion: Encoder,
    /// Seed of the random x_T
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// More rows for the pictures with an attribute, as in Eyeglasses=1, or without it, as in Eyeglasses=0
    #[arg(long, value_name = "NAME=0|1", value_parser = parse_subset)]
    subset: Vec<Subset>,
    #[command(flatten)]
    set: SetArgs,
    #[command(flatten)]
    networks: LpipsArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Subset {
    attribute: String,
    has: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Options {
    steps: Vec<usize>,
    inversion: Encoder,
    seed: u64,
    subsets: Vec<Subset>,
    lpips: bool,
}

/// What is stored of each comparison: MSE, SSIM, LPIPS.
const FIGURES: usize = 3;
/// Each number of steps is compared twice.
const X_T: [&str; 2] = ["encoded", "random"];

pub(super) fn run(args: &Args) -> Result<(), ToolError> {
    let source = args.model.open()?;
    for &steps in &args.steps {
        source.check_steps(steps)?;
    }
    args.run.check(VERB, &args.set)?;
    let mut set = args.set.open(source.manifest())?;
    let mut columns = Vec::new();
    for subset in &args.subset {
        columns.push((set.pictures.attribute(&subset.attribute)?, subset.has));
    }
    if !columns.is_empty() {
        set.pictures.check_labelled()?;
    }
    let device = args.model.device.device()?;
    let lpips = args.networks.open(&device)?;
    let model = args.model.load(&source, &[Part::Encoder, Part::Decoder])?;
    let options = Options {
        steps: args.steps.clone(),
        inversion: args.inversion,
        seed: args.seed,
        subsets: args.subset.clone(),
        lpips: lpips.is_some(),
    };
    let mut rows = settings(VERB, &args.model, &source, &set.describe(), &options)?;
    let work = Work {
        table: VERB,
        doing: "reconstructing",
        width: columns.len() + args.steps.len() * X_T.len() * FIGURES,
        total: set.pictures.len(),
    };
    let side = model.side();
    args.run
        .measure(&mut rows, &work, &mut set, |rows, set, index| {
            let picture = set.read(index)?;
            let original = unit(&picture);
            let labels = set.pictures.labels(index).unwrap_or_default();
            let mut values: Vec<f32> = (columns.iter())
                .map(|&(column, has)| f32::from(labels.get(column) == Some(&has)))
                .collect();
            let mut shown = vec![picture.clone()];
            for (place, &steps) in args.steps.iter().enumerate() {
                let encoded = encode(&model, &picture, steps, args.inversion)?;
                let random = Code {
                    z_sem: encoded.z_sem.clone(),
                    x_t: random_x_t(&model, args.seed, index)?,
                };
                for code in [encoded, random] {
                    let decoded = decode(&model, &code, steps)?;
                    values.push(mse(&original, &decoded)? as f32);
                    values.push(ssim(&original, &decoded, [3, side, side])? as f32);
                    values.push(match &lpips {
                        None => f32::NAN,
                        Some(lpips) => {
                            let signed = |unit: &[f32]| -> Vec<f32> {
                                unit.iter().map(|v| v * 2.0 - 1.0).collect()
                            };
                            let (a, b) = (signed(&original), signed(&decoded));
                            pollster::block_on(lpips.distance(&a, &b, [side, side]))? as f32
                        }
                    });
                    if place + 1 == args.steps.len() {
                        shown.push(as_picture(side, &decoded)?);
                    }
                }
            }
            if index < SHOWN {
                rows.show(index, shown);
            }
            Ok(values)
        })?;
    args.run.finish(VERB, &rows, report)
}

pub(super) fn report(rows: &Rows) -> Result<Report, ToolError> {
    let options: Options = options(rows)?;
    let table = rows.table(VERB)?;
    let mut lines = vec![row([
        "pictures", "x_T", "T", "MSE", "PSNR", "SSIM", "LPIPS",
    ])];
    let mut results: Vec<Value> = Vec::new();
    let all = [(None, "all".to_owned())];
    let subsets = options.subsets.iter().enumerate();
    let subsets = subsets.map(|(column, subset)| {
        let name = format!("{}={}", subset.attribute, u8::from(subset.has));
        (Some(column), name)
    });
    for (column, name) in all.into_iter().chain(subsets) {
        let belongs = |row: &[f32]| column.is_none_or(|column| row.get(column) == Some(&1.0));
        let members: Vec<&[f32]> = table
            .rows()
            .map(|(_, row)| row)
            .filter(|r| belongs(r))
            .collect();
        for (kind, x_t) in X_T.iter().enumerate() {
            for (place, steps) in options.steps.iter().enumerate() {
                let first = options.subsets.len() + (place * X_T.len() + kind) * FIGURES;
                let column = |offset: usize| -> Vec<f64> {
                    let values = members.iter().filter_map(|row| row.get(first + offset));
                    values.map(|&v| f64::from(v)).collect()
                };
                let errors = column(0);
                let psnr = mean(errors.iter().map(|&mse| psnr_of(mse)));
                let (mse, ssim) = (mean(errors), mean(column(1)));
                let lpips = options.lpips.then(|| mean(column(2)));
                lines.push(vec![
                    format!("{name} ({})", members.len()),
                    (*x_t).to_owned(),
                    steps.to_string(),
                    figure(Some(mse), 6),
                    figure(Some(psnr), 2),
                    figure(Some(ssim), 4),
                    figure(lpips, 4),
                ]);
                results.push(json!({
                    "pictures": name, "count": members.len(), "x_T": x_t, "steps": steps,
                    "mse": number(Some(mse)), "psnr": number(Some(psnr)),
                    "ssim": number(Some(ssim)), "lpips": number(lpips),
                }));
            }
        }
    }
    let notes = match options.lpips {
        true => Vec::new(),
        false => vec![NO_LPIPS.to_owned()],
    };
    let steps: Vec<String> = options.steps.iter().map(usize::to_string).collect();
    let mut arguments = arguments([
        ("--steps", steps.join(",")),
        ("--inversion", options.inversion.name().to_owned()),
        ("--seed", options.seed.to_string()),
    ]);
    for Subset { attribute, has } in &options.subsets {
        let subset = format!("{attribute}={}", u8::from(*has));
        arguments.extend(["--subset".to_owned(), subset]);
    }
    arguments.extend(lpips_arguments(options.lpips));
    Ok(Report {
        arguments,
        table: lines,
        notes,
        results: json!(results),
        columns: 1 + X_T.len(),
        maker: Maker::Edit,
    })
}

fn parse_subset(text: &str) -> Result<Subset, String> {
    let (attribute, has) = match text.split_once('=') {
        Some((name, "1")) => (name, true),
        Some((name, "0")) => (name, false),
        _ => return Err("NAME=1 or NAME=0 is needed, as in Eyeglasses=1".to_owned()),
    };
    Ok(Subset {
        attribute: attribute.to_owned(),
        has,
    })
}
