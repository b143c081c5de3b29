//! `diffae edit`: a picture with some attributes changed.

use std::path::PathBuf;

use diffae::Code;
use diffae::weights::Part;

use crate::error::ToolError;
use crate::input::{self, EncodingArgs, EyesArgs};
use crate::model::ModelArgs;
use crate::output::{Output, named_after};
use crate::progress::Progress;
use crate::teach::TeachArgs;

/// Change attributes of a face, by name or along what a few example pictures teach
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("change").args(["set", "like"]).required(true).multiple(true)))]
pub(crate) struct Args {
    /// The picture, or its saved code
    picture: PathBuf,
    /// An attribute and how far to go: 0.3 is clear, negative goes the other way; may be repeated
    /// (`diffae inspect --attributes` lists the names)
    #[arg(long, value_name = "NAME=AMOUNT", value_parser = parse_change)]
    set: Vec<(String, f32)>,
    /// Where to write the result [default: <PICTURE>-edited.png in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Steps of decoding
    #[arg(long, value_name = "N", default_value_t = 20)]
    steps: usize,
    #[command(flatten)]
    eyes: EyesArgs,
    #[command(flatten)]
    encoding: EncodingArgs,
    #[command(flatten)]
    teach: TeachArgs,
    /// How far to go along what --like and --unlike teach
    #[arg(
        long,
        value_name = "AMOUNT",
        default_value_t = 0.3,
        allow_negative_numbers = true,
        requires = "like"
    )]
    amount: f32,
    #[command(flatten)]
    model: ModelArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let model = args.model.open()?;
    model.check_steps(args.steps)?;
    model.check_steps(args.encoding.steps(args.steps))?;
    let default = named_after(&args.picture, "-edited.png");
    let files = || std::iter::once(&args.picture).chain(args.teach.files());
    let inputs: Vec<PathBuf> = files().cloned().collect();
    let output = Output::new(args.output.as_deref(), &default, "png", &inputs)?;

    let mut reader = args.eyes.reader(files(), model.manifest())?;
    let picture = reader.read(&args.picture)?;
    let examples = args.teach.read(&mut reader)?;
    let parts = input::parts(
        &[Part::Attributes, Part::Decoder],
        examples.iter().chain([&picture]),
    );
    let editor = args.model.load(&model, &parts)?;
    let direction = examples.direction(&editor)?;
    let taught: Vec<_> = direction.iter().map(|d| (d, args.amount)).collect();
    let changes: Vec<(&str, f32)> = args.set.iter().map(|(n, a)| (n.as_str(), *a)).collect();
    // A change that is not possible shows on any code, and should before encoding.
    editor.edit_code(&blank(&model), &changes, &taught)?;

    let code = picture.code(&editor, &args.encoding, args.steps)?;
    let progress = Progress::new("decoding");
    let edited = pollster::block_on(editor.edit(
        &code,
        &changes,
        &taught,
        args.steps,
        &mut progress.watch(),
    ))?;
    drop(progress);
    output.save_picture(&edited)
}

fn blank(model: &crate::model::Model) -> Code {
    let config = &model.manifest().config;
    Code {
        z_sem: vec![0.0; config.style_channels().unwrap_or(0)],
        x_t: vec![0.0; 3 * config.image_size * config.image_size],
    }
}

fn parse_change(text: &str) -> Result<(String, f32), String> {
    let wanted = "an attribute and an amount are needed, as in Smiling=0.3";
    let (name, amount) = text.split_once('=').ok_or(wanted)?;
    let amount = amount.trim().parse().map_err(|_| wanted)?;
    Ok((name.trim().to_owned(), amount))
}
