//! `diffae eval disentangle`: how far single dimensions of z_sem stand for single attributes.

use diffae::eval::EvalError;
use diffae::eval::disentangle::{DCI_ALPHA, dci, tad};
use diffae::eval::matrix::Matrix;
use diffae::eval::rows::Rows;
use diffae::photo::Maker;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::codes::{Columns, Split};
use super::report::{Report, arguments, figure};
use super::run::{RunArgs, options, settings};
use super::set::SetArgs;
use crate::error::ToolError;
use crate::model::ModelArgs;
use crate::table::row;

const VERB: &str = "disentangle";

/// Measure disentanglement: DCI by a Lasso, and TAD
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which pictures are kept for testing (DCI's informativeness): every=N (the last of every N), last=N, or a file
    /// like CelebA's list_eval_partition.txt
    #[arg(long, value_name = "SPLIT", default_value = "every=2")]
    split: String,
    /// Penalty of the Lasso
    #[arg(long, value_name = "ALPHA", default_value_t = DCI_ALPHA)]
    alpha: f64,
    #[command(flatten)]
    set: SetArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Serialize, Deserialize)]
struct Options {
    alpha: f64,
    columns: Columns,
}

pub(super) fn run(args: &Args) -> Result<(), ToolError> {
    if !(args.alpha.is_finite() && args.alpha >= 0.0) {
        return Err(EvalError::NotFinite.into());
    }
    let source = args.model.open()?;
    args.run.check(VERB, &args.set)?;
    let split = Split::parse(&args.split)?;
    let mut set = args.set.open(source.manifest())?;
    let columns = Columns::new(&set, source.manifest(), &split)?;
    let model = args.model.load(&source, &columns.parts())?;
    let options = Options {
        alpha: args.alpha,
        columns: columns.clone(),
    };
    let mut rows = settings(VERB, &args.model, &source, &set.describe(), &options)?;
    columns.measure(&args.run, &mut rows, &mut set, &model, &split)?;
    args.run.finish(VERB, &rows, report)
}

pub(super) fn report(rows: &Rows) -> Result<Report, ToolError> {
    let Options { alpha, columns } = options(rows)?;
    let codes = columns.read(rows)?;
    let labels = codes.labels.iter().flatten();
    let labels = labels.map(|&label| f64::from(u8::from(label))).collect();
    let attributes = Matrix::new(labels, columns.labels.len())?;
    let dci = dci(&codes.z_sem, &attributes, &codes.train, &codes.test, alpha)?;
    let tad = tad(&codes.z_sem, &codes.labels)?;
    let captured = tad.captured.iter().filter_map(|&a| columns.labels.get(a));
    let captured: Vec<&String> = captured.collect();
    let line = |name: &str, value: f64| vec![name.to_owned(), figure(Some(value), 4)];
    Ok(Report {
        arguments: arguments([("--split", columns.split()), ("--alpha", alpha.to_string())]),
        table: vec![
            row(["", "value"]),
            line("DCI disentanglement", dci.disentanglement),
            line("DCI completeness", dci.completeness),
            line("DCI informativeness (error)", dci.informativeness),
            line("TAD", tad.tad),
            vec![
                "TAD attributes captured".to_owned(),
                captured.len().to_string(),
            ],
        ],
        notes: vec![
            columns.note(&codes),
            format!(
                "DCI by a Lasso with alpha {alpha} on codes and attributes of unit variance; TAD on all {} pictures.",
                codes.labels.len()
            ),
        ],
        results: json!({
            "dci": {
                "disentanglement": dci.disentanglement,
                "completeness": dci.completeness,
                "informativeness": dci.informativeness,
            },
            "tad": tad.tad,
            "captured": captured,
        }),
        columns: 1,
        maker: Maker::Somebody,
    })
}
