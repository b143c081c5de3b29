//! `diffae card`: the model card of a model directory, as Hugging Face understands one. Every figure in it comes from the
//! JSON of `diffae eval`, the training from a run's own records, and what nobody can measure from its author's notes.

mod figures;
mod head;
mod markdown;
mod training;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use diffae::networks::cost;
use diffae::weights::{Manifest, Part};

use crate::convert::parts;
use crate::error::ToolError;
use crate::inspect::geometry;
use crate::model::ModelSource;
use crate::output::{Output, say};
use markdown::{escaped, table};

/// Write the card of a model: what it is, how it was trained, and its figures from the JSON of `diffae eval`
///
/// The card is Markdown with a YAML head, as Hugging Face takes it for the README.md of a model. A report of another
/// model is refused.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the model
    #[arg(value_name = "DIR")]
    model: PathBuf,
    /// JSON files that `diffae eval` wrote of this model, in the order of the card
    #[arg(value_name = "REPORT")]
    reports: Vec<PathBuf>,
    /// Directory of a run of `diffae train` that the model came from; repeat for each stage
    #[arg(long = "run", value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// A text, Markdown if you like, on what the model is for and where it fails
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,
    /// The card [default: card.md in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let mut inputs = args.reports.clone();
    inputs.extend(args.notes.clone());
    let output = Output::file(args.output.as_deref(), "card.md", "md", &inputs)?;
    let source = ModelSource::open(Some(&args.model))?;
    let manifest = source.manifest();
    // The card vouches for the files, so they are looked at; part by part, so that only one is in memory.
    for part in manifest.parts.keys() {
        source.load(&[*part], &Device::flex())?;
    }
    let notes = args.notes.as_deref().map(read_text).transpose()?;
    let mut sections = vec![
        head::head(manifest),
        about(manifest)?,
        usage(manifest),
        notes.as_deref().map(limits).unwrap_or_default(),
        training::section(&args.runs, manifest)?,
        figures::section(&args.reports, manifest)?,
        licence(manifest),
    ];
    sections.retain(|section| !section.is_empty());
    let mut card = sections.join("\n\n");
    card.push('\n');
    output.save_bytes(card.as_bytes())?;
    for (missing, option) in [
        (notes.is_none(), "what the model is for (--notes FILE)"),
        (args.runs.is_empty(), "how it was trained (--run DIR)"),
        (
            args.reports.is_empty(),
            "how good it is (the JSON of `diffae eval`)",
        ),
    ] {
        if missing {
            say(&format!("The card does not say {option}"));
        }
    }
    Ok(())
}

fn read_text(path: &Path) -> Result<String, ToolError> {
    std::fs::read_to_string(path).map_err(|source| ToolError::Read {
        path: path.to_owned(),
        source,
    })
}

/// What the model is: its networks, their cost and its files.
fn about(manifest: &Manifest) -> Result<String, ToolError> {
    let config = &manifest.config;
    let side = config.image_size;
    let kind = match config.encoder {
        Some(_) => "Diffusion Autoencoder",
        None => "plain diffusion model (DDPM)",
    };
    let mut facts = vec![vec![String::new(), String::new()]];
    let mut fact = |name: &str, value: String| facts.push(vec![name.to_owned(), value]);
    for (name, value) in geometry(manifest) {
        fact(name, value);
    }
    let gflop = |flop: u64| format!("{:.2} GFLOP", flop as f64 / 1e9);
    fact("cost of a step", gflop(cost::step(config)));
    if let Some(encode) = cost::encode(config) {
        fact("cost of an encode", gflop(encode));
    }
    let name = escaped(&manifest.name);
    let origin = escaped(&manifest.origin);
    Ok(format!(
        "# {name}\n\nA {kind} for pictures of {side} x {side} pixels. {origin}\n\n{}\n\n{}",
        table(&facts),
        table(&parts(manifest)?)
    ))
}

/// The first commands that a reader types.
fn usage(manifest: &Manifest) -> String {
    let mut lines = Vec::new();
    // Who does not say where the eyes are to be gets no photo cut out.
    let aligned = match manifest.framing {
        Some(_) => "",
        None => " --aligned",
    };
    if manifest.parts.contains_key(&Part::Encoder) {
        lines.push(format!("diffae reconstruct photo.jpg --model DIR{aligned}"));
    }
    let attributes = &manifest.config.attributes;
    // The one that most readers want to see first.
    let known = attributes.iter().find(|name| *name == "Smiling");
    if let Some(attribute) = known.or(attributes.first())
        && manifest.parts.contains_key(&Part::Attributes)
    {
        let edit = crate::eval::report::quoted(format!("{attribute}=0.3"));
        lines.push(format!(
            "diffae edit photo.jpg --model DIR{aligned} --set {edit} -o edited.png"
        ));
    }
    if manifest.parts.contains_key(&Part::Latent) || manifest.config.encoder.is_none() {
        lines.push("diffae sample --model DIR -o new.png".to_owned());
    }
    format!(
        "## Use\n\nWith the tool `diffae`, where `DIR` holds `manifest.json` and the files that it names:\n\n{}\n\nThe same files open in a browser tab: `<diffae-editor model=\"DIR/manifest.json\">`.",
        markdown::block("sh", &lines.join("\n"))
    )
}

fn limits(notes: &str) -> String {
    format!("## Intended use and limits\n\n{}", notes.trim())
}

fn licence(manifest: &Manifest) -> String {
    format!("## Licence\n\n{}", escaped(&manifest.licence))
}
