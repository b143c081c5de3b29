//! `diffae eval attributes`: how far attributes are linear directions of z_sem.

use diffae::eval::EvalError;
use diffae::eval::classification::Scores;
use diffae::eval::matrix::Scaling;
use diffae::eval::probe::Probe;
use diffae::eval::rows::Rows;
use diffae::photo::Maker;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::codes::{Columns, Split};
use super::report::{Report, arguments, figure, number};
use super::run::{RunArgs, mean, options, settings};
use super::set::SetArgs;
use crate::error::ToolError;
use crate::model::ModelArgs;
use crate::table::row;

const VERB: &str = "attributes";

/// Measure attributes: AUROC, average precision and F1 of a linear probe on z_sem and of the model's own classifier
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which pictures are kept for testing: every=N (the last of every N), last=N, or a file like CelebA's
    /// list_eval_partition.txt
    #[arg(long, value_name = "SPLIT", default_value = "every=2")]
    split: String,
    /// What the probe's errors weigh against its weights, as scikit-learn's C
    #[arg(long, value_name = "C", default_value_t = 0.01)]
    c: f64,
    #[command(flatten)]
    set: SetArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Serialize, Deserialize)]
struct Options {
    c: f64,
    columns: Columns,
}

pub(super) fn run(args: &Args) -> Result<(), ToolError> {
    if !(args.c.is_finite() && args.c > 0.0) {
        return Err(EvalError::NotFinite.into());
    }
    let source = args.model.open()?;
    args.run.check(VERB, &args.set)?;
    let split = Split::parse(&args.split)?;
    let mut set = args.set.open(source.manifest())?;
    let columns = Columns::new(&set, source.manifest(), &split)?;
    let model = args.model.load(&source, &columns.parts())?;
    let options = Options {
        c: args.c,
        columns: columns.clone(),
    };
    let mut rows = settings(VERB, &args.model, &source, &set.describe(), &options)?;
    columns.measure(&args.run, &mut rows, &mut set, &model, &split)?;
    args.run.finish(VERB, &rows, report)
}

pub(super) fn report(rows: &Rows) -> Result<Report, ToolError> {
    let Options { c, columns } = options(rows)?;
    let codes = columns.read(rows)?;
    let scaling = Scaling::of(&codes.z_sem.select(&codes.train));
    let x = scaling.apply(&codes.z_sem.select(&codes.train));
    let x_test = scaling.apply(&codes.z_sem.select(&codes.test));
    let mut lines = vec![row([
        "attribute",
        "positive",
        "AUROC",
        "AP",
        "F1",
        "own AUROC",
        "own AP",
        "own F1",
    ])];
    let mut results = serde_json::Map::new();
    let mut all: [Vec<Scores>; 2] = Default::default();
    for (attribute, name) in columns.labels.iter().enumerate() {
        let labels = codes.labels_of(attribute, &codes.test);
        let positives = labels.iter().filter(|&&label| label).count();
        let probe = match Probe::fit(&x, &codes.labels_of(attribute, &codes.train), c) {
            Ok(probe) => Some(Scores::of_logits(&probe.logits(&x_test), &labels)?),
            // Nothing to tell apart in what was to be learned from.
            Err(EvalError::OneClass) => None,
            Err(error) => return Err(error.into()),
        };
        let own = match columns.classifier.iter().position(|known| known == name) {
            None => None,
            Some(logit) => {
                let rows = codes.test.iter().filter_map(|&row| codes.logits.get(row));
                let logits: Vec<f64> = rows.filter_map(|row| row.get(logit).copied()).collect();
                Some(Scores::of_logits(&logits, &labels)?)
            }
        };
        let mut line = vec![name.clone(), format!("{positives}/{}", labels.len())];
        for (scores, all) in [probe, own].iter().zip(&mut all) {
            line.extend(cells(*scores));
            all.extend(*scores);
        }
        lines.push(line);
        let entry = json!({
            "positives": positives, "count": labels.len(),
            "probe": as_json(probe), "classifier": as_json(own),
        });
        results.insert(name.clone(), entry);
    }
    let means = all.map(|scores| average(&scores));
    let mut line = vec!["mean".to_owned(), String::new()];
    line.extend(means.iter().flat_map(|scores| cells(*scores)));
    lines.push(line);
    let [probe, own] = means;
    Ok(Report {
        arguments: arguments([("--split", columns.split()), ("--c", c.to_string())]),
        table: lines,
        notes: vec![
            columns.note(&codes),
            "A mean is over the attributes that have the figure; \"own\" is the model's classifier on the same pictures."
                .to_owned(),
        ],
        results: json!({
            "attributes": results,
            "mean": { "probe": as_json(probe), "classifier": as_json(own) },
        }),
        columns: 1,
        maker: Maker::Somebody,
    })
}

/// The means of each figure over the attributes that have it.
fn average(scores: &[Scores]) -> Option<Scores> {
    if scores.is_empty() {
        return None;
    }
    let over = |f: fn(&Scores) -> Option<f64>| Some(mean(scores.iter().filter_map(f)));
    Some(Scores {
        auroc: over(|s| s.auroc),
        average_precision: over(|s| s.average_precision),
        f1: mean(scores.iter().map(|s| s.f1)),
    })
}

fn cells(scores: Option<Scores>) -> [String; 3] {
    [
        figure(scores.and_then(|s| s.auroc), 3),
        figure(scores.and_then(|s| s.average_precision), 3),
        figure(scores.map(|s| s.f1), 3),
    ]
}

fn as_json(scores: Option<Scores>) -> Value {
    json!({
        "auroc": number(scores.and_then(|s| s.auroc)),
        "average_precision": number(scores.and_then(|s| s.average_precision)),
        "f1": number(scores.map(|s| s.f1)),
    })
}
