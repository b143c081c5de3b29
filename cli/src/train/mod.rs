//! `diffae train`: the paper's three stages, from pictures to what `diffae convert` takes. The training itself is
//! `diffae::train`; here are the directory, the clock and the terminal.

mod autoencoder;
mod classifier;
mod latent;
mod latents;
mod on_latents;
mod plot;
mod run;
mod sheet;
mod watch;

use clap::Subcommand;

use crate::error::ToolError;

/// Train a model: autoencoder (or ddpm), latents, latent, classifier, in this order
///
/// What each stage writes is kept in a directory of its own; `diffae convert` puts them together.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Autoencoder(autoencoder::Args),
    /// Train the plain DDPM of a configuration, the paper's baseline
    Ddpm(autoencoder::Args),
    Latents(latents::Args),
    MergeLatents(latents::MergeArgs),
    Latent(latent::Args),
    Classifier(classifier::Args),
    Plot(plot::Args),
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    match &args.verb {
        Verb::Autoencoder(args) => autoencoder::run(args, autoencoder::Kind::Autoencoder),
        Verb::Ddpm(args) => autoencoder::run(args, autoencoder::Kind::Ddpm),
        Verb::Latents(args) => latents::run(args),
        Verb::MergeLatents(args) => latents::merge(args),
        Verb::Latent(args) => latent::run(args),
        Verb::Classifier(args) => classifier::run(args),
        Verb::Plot(args) => plot::run(args),
    }
}
