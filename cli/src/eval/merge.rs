//! `diffae eval merge`: the rows of several processes, put together and reported on as those of one.

use std::path::PathBuf;

use diffae::eval::EvalError;
use diffae::eval::rows::Rows;

use super::report::{self, with_suffix};
use super::{attributes, disentangle, few_shot, fid, identity, reconstruct};
use crate::error::ToolError;
use crate::output::check_spares;

/// Put the rows of all shards together and report on them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The files that `--shard` left, in any order
    #[arg(required = true, value_name = "ROWS")]
    files: Vec<PathBuf>,
    /// What the results' names begin with [default: eval-<VERB> in the current directory]
    #[arg(short, long, value_name = "NAME")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<(), ToolError> {
    let mut read = Vec::new();
    for path in &args.files {
        read.push((path.clone(), Rows::load(path)?));
    }
    let rows = Rows::merge(read)?;
    let verb = rows.settings.get("verb").and_then(|verb| verb.as_str());
    let report: report::Make = match verb {
        Some("reconstruct") => reconstruct::report,
        Some("fid") => fid::report,
        Some("attributes") => attributes::report,
        Some("disentangle") => disentangle::report,
        Some("few-shot") => few_shot::report,
        Some("identity") => identity::report,
        _ => return Err(EvalError::NothingMeasured.into()),
    };
    let name = report::name(args.output.as_deref(), verb.unwrap_or_default());
    for suffix in [".json", ".png"] {
        check_spares(&with_suffix(&name, suffix), &args.files)?;
    }
    report::write(&rows, report, &name)
}
