//! The command-line tool: one file a subcommand, each of them thin over the library's model.

mod bench;
mod bundled;
mod card;
mod convert;
mod edit;
mod encode;
mod error;
mod eval;
mod input;
mod inspect;
mod interpolate;
mod model;
mod output;
mod pictures;
mod plan;
mod progress;
mod reconstruct;
mod sample;
mod table;
mod teach;
mod train;
mod unfinished;
mod variations;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::ToolError;

/// Encode a face with a Diffusion Autoencoder, edit it along semantic directions, decode it again.
///
/// Pictures are PNG, JPEG or WebP files. The face in a photo is found and cut out as the model
/// expects it; `diffae edit` puts it back, so that the whole photo is returned. A picture of the
/// model's own size is taken as it is. Where a picture is expected, a code saved by `diffae encode`
/// will do.
#[derive(Debug, Parser)]
#[command(name = "diffae", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Edit(edit::Args),
    Encode(encode::Args),
    Reconstruct(reconstruct::Args),
    Interpolate(interpolate::Args),
    Variations(variations::Args),
    Sample(sample::Args),
    Convert(convert::Args),
    Inspect(inspect::Args),
    Bench(bench::Args),
    Eval(eval::Args),
    Train(train::Args),
    Card(card::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Edit(args) => edit::run(&args),
        Command::Encode(args) => encode::run(&args),
        Command::Reconstruct(args) => reconstruct::run(&args),
        Command::Interpolate(args) => interpolate::run(&args),
        Command::Variations(args) => variations::run(&args),
        Command::Sample(args) => sample::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Card(args) => card::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With standard error closed, the exit code has to do.
            output::warn(&error.to_string());
            match error {
                // So that no script goes on to what comes after it.
                ToolError::Stopped { .. } => unfinished::STOPPED.into(),
                _ => ExitCode::FAILURE,
            }
        }
    }
}
