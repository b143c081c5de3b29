//! `diffae eval`: the tables of papers, for any model, from one command each. The figures themselves are computed by
//! `diffae::eval`; here pictures become rows, and rows become tables.

mod attributes;
mod calls;
mod codes;
mod disentangle;
mod few_shot;
mod fid;
mod identity;
mod merge;
mod networks;
mod reconstruct;
pub(crate) mod report;
mod run;
mod set;

use clap::Subcommand;

use crate::error::ToolError;

/// Measure a model: the tables of papers, with the figures as JSON and a sheet of pictures beside
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Reconstruct(reconstruct::Args),
    Fid(fid::Args),
    Attributes(attributes::Args),
    Disentangle(disentangle::Args),
    FewShot(few_shot::Args),
    Identity(identity::Args),
    Merge(merge::Args),
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    match &args.verb {
        Verb::Reconstruct(args) => reconstruct::run(args),
        Verb::Fid(args) => fid::run(args),
        Verb::Attributes(args) => attributes::run(args),
        Verb::Disentangle(args) => disentangle::run(args),
        Verb::FewShot(args) => few_shot::run(args),
        Verb::Identity(args) => identity::run(args),
        Verb::Merge(args) => merge::run(args),
    }
}
