//! `diffae eval identity`: what an edit does besides what it should.

use diffae::eval::identity::{attribute_shift, picture_shift};
use diffae::eval::rows::Rows;
use diffae::photo::Maker;
use diffae::weights::Part;
use diffae::{Code, DiffAe};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::{as_picture, decode, encode, z_sem};
use super::networks::{LpipsArgs, NO_LPIPS, lpips_arguments};
use super::report::{Report, arguments, figure, number};
use super::run::{Encoder, RunArgs, SHOWN, Work, mean, options, settings};
use super::set::SetArgs;
use crate::error::ToolError;
use crate::model::ModelArgs;
use crate::table::row;

const VERB: &str = "identity";

/// Measure edits: how much they move the attributes that they should not, and how much of the picture
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An edit to measure, as in Smiling=0.3; repeat for more
    #[arg(long = "set", value_name = "NAME=AMPLITUDE", value_parser = parse_edit, required = true, allow_hyphen_values = true)]
    edits: Vec<Edit>,
    /// Steps of both encoding and decoding
    #[arg(long, value_name = "T", default_value_t = 20)]
    steps: usize,
    /// How x_T is encoded
    #[arg(long, value_enum, default_value_t = Encoder::FixedPoint)]
    inversion: Encoder,
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
struct Edit {
    attribute: String,
    amplitude: f32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Options {
    edits: Vec<Edit>,
    steps: usize,
    inversion: Encoder,
    lpips: bool,
    /// The attributes of the classifier.
    attributes: Vec<String>,
}

/// What is stored of each edit beside the logits: difference, share moved, LPIPS.
const FIGURES: usize = 3;

pub(super) fn run(args: &Args) -> Result<(), ToolError> {
    let source = args.model.open()?;
    source.check_steps(args.steps)?;
    args.run.check(VERB, &args.set)?;
    let mut set = args.set.open(source.manifest())?;
    let device = args.model.device.device()?;
    let lpips = args.networks.open(&device)?;
    let parts = [Part::Encoder, Part::Decoder, Part::Attributes];
    let model = args.model.load(&source, &parts)?;
    let attributes = source.manifest().config.attributes.clone();
    let side = model.side();
    let zero = Code {
        z_sem: vec![0.0; source.manifest().config.style_channels().unwrap_or(0)],
        x_t: vec![0.0; 3 * side * side],
    };
    for edit in &args.edits {
        // Refuses a name or an amplitude before minutes go into anything else.
        model.edit_code(&zero, &[(&edit.attribute, edit.amplitude)], &[])?;
    }
    let options = Options {
        edits: args.edits.clone(),
        steps: args.steps,
        inversion: args.inversion,
        lpips: lpips.is_some(),
        attributes: attributes.clone(),
    };
    let mut rows = settings(VERB, &args.model, &source, &set.describe(), &options)?;
    let work = Work {
        table: VERB,
        doing: "editing",
        width: attributes.len() + args.edits.len() * (attributes.len() + FIGURES),
        total: set.pictures.len(),
    };
    args.run
        .measure(&mut rows, &work, &mut set, |rows, set, index| {
            let picture = set.read(index)?;
            let code = encode(&model, &picture, args.steps, args.inversion)?;
            let (before, mut row) = judge(&model, &code, args.steps)?;
            let mut shown = vec![picture, as_picture(side, &before)?];
            for edit in &args.edits {
                let edited = model.edit_code(&code, &[(&edit.attribute, edit.amplitude)], &[])?;
                let (after, logits) = judge(&model, &edited, args.steps)?;
                let shift = picture_shift(&before, &after)?;
                row.extend(logits);
                row.extend([shift.difference as f32, shift.moved as f32]);
                row.push(match &lpips {
                    None => f32::NAN,
                    Some(lpips) => {
                        let signed = |unit: &[f32]| -> Vec<f32> {
                            unit.iter().map(|v| v * 2.0 - 1.0).collect()
                        };
                        let (a, b) = (signed(&before), signed(&after));
                        pollster::block_on(lpips.distance(&a, &b, [side, side]))? as f32
                    }
                });
                shown.push(as_picture(side, &after)?);
            }
            if index < SHOWN {
                rows.show(index, shown);
            }
            Ok(row)
        })?;
    args.run.finish(VERB, &rows, report)
}

/// The picture of a code, and the classifier's logits for that picture encoded again.
fn judge(model: &DiffAe, code: &Code, steps: usize) -> Result<(Vec<f32>, Vec<f32>), ToolError> {
    let values = decode(model, code, steps)?;
    let picture = as_picture(model.side(), &values)?;
    let logits = model.logits(&z_sem(model, &picture)?)?;
    Ok((values, logits))
}

pub(super) fn report(rows: &Rows) -> Result<Report, ToolError> {
    let options: Options = options(rows)?;
    let attributes = options.attributes.len();
    let table = rows.table(VERB)?;
    let numbers = |row: &[f32], first: usize, count: usize| -> Vec<f64> {
        let values = row.iter().skip(first).take(count);
        values.map(|&v| f64::from(v)).collect()
    };
    let before: Vec<Vec<f64>> = table
        .rows()
        .map(|(_, row)| numbers(row, 0, attributes))
        .collect();
    let spread: Vec<f64> = (0..attributes)
        .map(|a| {
            let column = || before.iter().filter_map(|row| row.get(a).copied());
            let centre = mean(column());
            let variance = mean(column().map(|v| (v - centre).powi(2)));
            // One picture alone, or pictures all alike, have no spread; logits count as they are then.
            if variance > 0.0 { variance.sqrt() } else { 1.0 }
        })
        .collect();
    let mut lines = vec![row([
        "edit",
        "own logit",
        "others",
        "others flipped",
        "most moved",
        "by",
        "difference",
        "moved",
        "LPIPS",
    ])];
    let mut results: Vec<Value> = Vec::new();
    for (place, edit) in options.edits.iter().enumerate() {
        let target = options.attributes.iter().position(|a| *a == edit.attribute);
        let target = target.unwrap_or(usize::MAX);
        let first = attributes + place * (attributes + FIGURES);
        let mut shifts = Vec::new();
        let mut changes = vec![0.0; attributes];
        let mut figures: [Vec<f64>; FIGURES] = Default::default();
        for ((_, row), before) in table.rows().zip(&before) {
            let after = numbers(row, first, attributes);
            shifts.push(attribute_shift(before, &after, &spread, target)?);
            for (index, change) in changes.iter_mut().enumerate() {
                let value = |list: &[f64]| list.get(index).copied().unwrap_or(0.0);
                *change += (value(&after) - value(before)) / value(&spread);
            }
            let stored = numbers(row, first + attributes, FIGURES);
            for (list, value) in figures.iter_mut().zip(stored) {
                list.push(value);
            }
        }
        let count = shifts.len() as f64;
        let most = (changes.iter().enumerate())
            .filter(|(index, _)| *index != target)
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        let (most, by) = most.map_or((usize::MAX, 0.0), |(index, change)| (index, change / count));
        let most = options.attributes.get(most).cloned().unwrap_or_default();
        let own = mean(shifts.iter().map(|s| s.target));
        let others = mean(shifts.iter().map(|s| s.others));
        let flipped = mean(shifts.iter().map(|s| s.flipped));
        let [difference, moved, lpips] = figures.map(mean);
        let lpips = options.lpips.then_some(lpips);
        lines.push(vec![
            format!("{}={}", edit.attribute, edit.amplitude),
            format!("{own:+.2}"),
            figure(Some(others), 3),
            format!("{:.1} %", 100.0 * flipped),
            most.clone(),
            format!("{by:+.2}"),
            figure(Some(difference), 4),
            format!("{:.1} %", 100.0 * moved),
            figure(lpips, 4),
        ]);
        results.push(json!({
            "attribute": edit.attribute, "amplitude": edit.amplitude, "count": shifts.len(),
            "own": number(Some(own)), "others": number(Some(others)), "flipped": number(Some(flipped)),
            "most_moved": most, "most_moved_by": number(Some(by)),
            "difference": number(Some(difference)), "moved": number(Some(moved)),
            "lpips": number(lpips),
        }));
    }
    let mut notes = vec![
        "Logits of the model's own classifier on the edited picture encoded again, in standard deviations over the \
         unedited pictures; \"moved\" pixels differ by more than 8/255 in a channel from the unedited reconstruction."
            .to_owned(),
    ];
    if !options.lpips {
        notes.push(NO_LPIPS.to_owned());
    }
    let mut arguments = arguments([
        ("--steps", options.steps.to_string()),
        ("--inversion", options.inversion.name().to_owned()),
    ]);
    for edit in &options.edits {
        let edit = format!("{}={}", edit.attribute, edit.amplitude);
        arguments.extend(["--set".to_owned(), edit]);
    }
    arguments.extend(lpips_arguments(options.lpips));
    Ok(Report {
        arguments,
        table: lines,
        notes,
        results: json!(results),
        columns: 2 + options.edits.len(),
        maker: Maker::Edit,
    })
}

fn parse_edit(text: &str) -> Result<Edit, String> {
    let parsed = text.split_once('=').and_then(|(name, amplitude)| {
        let amplitude = amplitude.trim().parse().ok()?;
        Some(Edit {
            attribute: name.to_owned(),
            amplitude,
        })
    });
    parsed.ok_or_else(|| "NAME=AMPLITUDE is needed, as in Smiling=0.3".to_owned())
}
