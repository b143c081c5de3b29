//! `diffae edit`: a photo with some attributes of a face changed.

use std::path::PathBuf;

use diffae::photo::{Change, Maker};
use diffae::weights::Part;
use diffae::{Code, DiffAe};

use crate::error::ToolError;
use crate::input::{self, EncodingArgs, FramingArgs, Input};
use crate::model::{ModelArgs, decode};
use crate::output::{MetadataArgs, Output, QUALITY, named_after, picture_kind};
use crate::plan::Plan;
use crate::teach::TeachArgs;

/// Change attributes of a face, by name or along what a few example pictures teach
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("change").args(["set", "like"]).required(true).multiple(true)))]
pub(crate) struct Args {
    /// The photo, or a saved code
    picture: PathBuf,
    /// An attribute and how far to go: 0.3 is clear, negative goes the other way; may be repeated
    /// (`diffae inspect --attributes` lists the names)
    #[arg(long, value_name = "NAME=AMOUNT", value_parser = parse_change)]
    set: Vec<(String, f32)>,
    /// Where to write the result, a PNG or JPEG file [default: <PICTURE>-edited.png, or .jpg for a
    /// JPEG photo, in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Quality of a JPEG file, 1 to 100
    #[arg(long, value_name = "N", default_value_t = QUALITY, value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// Write the square that the model drew instead of the whole photo
    #[arg(long)]
    crop_only: bool,
    /// Steps of decoding
    #[arg(long, value_name = "N", default_value_t = 20)]
    steps: usize,
    #[command(flatten)]
    metadata: MetadataArgs,
    #[command(flatten)]
    framing: FramingArgs,
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
    let files: Vec<PathBuf> = std::iter::once(&args.picture)
        .chain(args.teach.files())
        .cloned()
        .collect();
    let kind = picture_kind(&args.picture);
    let default = named_after(&args.picture, &format!("-edited.{kind}"));
    let output = Output::picture(args.output.as_deref(), &default, &files)?;
    let output = output.with_quality(args.quality);
    // What is taught needs no names.
    let parts: &[Part] = match args.set.is_empty() {
        true => &[Part::Decoder],
        false => &[Part::Attributes, Part::Decoder],
    };
    let plan = Plan {
        model: &args.model,
        framing: &args.framing,
        files: &files,
        steps: &[args.steps, args.encoding.steps(args.steps)],
        parts,
        ddpm: false,
    };
    let (model, (picture, examples)) =
        plan.start(|reader| Ok((reader.read(&args.picture)?, args.teach.read(reader)?)))?;
    let direction = examples.direction(&model)?;
    let taught: Vec<_> = direction.iter().map(|d| (d, args.amount)).collect();
    let changes: Vec<(&str, f32)> = args.set.iter().map(|(n, a)| (n.as_str(), *a)).collect();
    // A change that is not possible shows on any code, and should before encoding.
    model.edit_code(&blank(&model), &changes, &taught)?;

    let (code, origin) = match picture {
        Input::Code(code) => (code, None),
        Input::Picture(framed) => {
            let code = input::encode(&model, &framed.picture, &args.encoding, args.steps)?;
            (code, framed.origin)
        }
    };
    let edited_code = model.edit_code(&code, &changes, &taught)?;
    let after = decode(&model, &edited_code, args.steps)?;
    match origin {
        Some((photo, photo_from_frame)) if !args.crop_only => {
            let before = decode(&model, &code, args.steps)?;
            let change = Change {
                photo_from_frame,
                before: &before,
                after: &after,
            };
            output.save_photo(&photo.composite(&change)?, args.metadata)
        }
        _ => output.save_picture(&after, Maker::Edit),
    }
}

fn blank(model: &DiffAe) -> Code {
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
