//! `diffae train latents`: z_sem of a whole set of pictures, alone or in parts that other processes take.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use diffae::DiffAe;
use diffae::eval::EvalError;
use diffae::eval::rows::Shard;
use diffae::pictures::default_threads;
use diffae::train::{About, BEST, LatentSet, model};
use diffae::weights::Part;

use super::run::describe;
use crate::error::ToolError;
use crate::model::{DeviceChoice, ModelSource};
use crate::output::{Output, say};
use crate::pictures::PictureArgs;
use crate::progress::Progress;
use diffae::import::origins;

/// Encode a set of pictures into z_sem, with mean and deviation, for `latent` and `classifier`
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pictures: PictureArgs,
    /// A state of `diffae train autoencoder`, its directory (whose best state is taken), or a model directory
    #[arg(long, value_name = "PATH")]
    from: PathBuf,
    /// Encode each picture mirrored, for a classifier that learns from both
    #[arg(long)]
    mirror: bool,
    /// Encode only every N-th picture from the I-th on (I from 1); `merge-latents` puts the parts together
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// What to compute on
    #[arg(long, value_enum, default_value_t = DeviceChoice::Cpu)]
    device: DeviceChoice,
    /// The file to write [default: latents.safetensors]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Put the parts of `diffae train latents --shard` together
#[derive(Debug, clap::Args)]
pub(crate) struct MergeArgs {
    /// The parts
    #[arg(required = true, value_name = "FILE")]
    parts: Vec<PathBuf>,
    /// The file to write [default: latents.safetensors]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const DEFAULT: &str = "latents.safetensors";

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let state = state_of(&args.from);
    let output = Output::file(
        args.output.as_deref(),
        DEFAULT,
        "safetensors",
        std::slice::from_ref(&state),
    )?;
    let pictures = args.pictures.open()?;
    let (model, encoder) = open(&args.from, args.device)?;
    let manifest = model.manifest();
    let Some(style) = manifest.config.style_channels() else {
        return Err(ToolError::PlainDdpm {
            model: manifest.name.clone(),
        });
    };
    // A state does not say where it expects the eyes; its configuration may.
    let known = origins::framing(&manifest.config.name);
    let framing = manifest.framing.or(known);
    let framer = args.pictures.framer(manifest.config.image_size, framing)?;
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let mut latents = LatentSet::new(About {
        data: match args.mirror {
            true => describe(&args.pictures, &pictures) + ", mirrored",
            false => describe(&args.pictures, &pictures),
        },
        encoder,
        style,
        attributes: pictures.attribute_names().to_vec(),
        shard: shard.number - 1,
        of: shard.of,
        left_out: Vec::new(),
    });
    let mut refused = None;
    let progress = Progress::new("encoding");
    let places = (0..pictures.len()).filter(|place| shard.takes(*place));
    for (place, picture) in pictures.walk(&Arc::new(framer), places, default_threads())? {
        match picture {
            Ok(mut picture) => {
                if args.mirror {
                    picture = picture.mirrored();
                }
                let z_sem = pollster::block_on(model.encode_semantic(&picture))?;
                latents.push(&z_sem, pictures.labels(place));
            }
            Err(error) if error.is_of_picture() && !args.pictures.strict => {
                say(&format!("Left out: {error}"));
                refused.get_or_insert_with(|| error.to_string());
                latents.about.left_out.push(place);
            }
            Err(error) => return Err(error.into()),
        }
        progress.set(place + 1, pictures.len());
    }
    drop(progress);
    // A share of few pictures may well have none that can be used; the others have some.
    if latents.is_empty() && shard.of == 1 {
        return Err(match refused {
            Some(why) => EvalError::NoneUsable {
                count: pictures.len(),
                why,
            },
            None => EvalError::NothingMeasured,
        }
        .into());
    }
    write(&latents, &output)
}

pub(crate) fn merge(args: &MergeArgs) -> Result<(), ToolError> {
    let output = Output::file(args.output.as_deref(), DEFAULT, "safetensors", &args.parts)?;
    let parts: Result<Vec<LatentSet>, _> = args.parts.iter().map(|p| LatentSet::open(p)).collect();
    write(&LatentSet::merge(&parts?)?, &output)
}

fn write(latents: &LatentSet, output: &Output) -> Result<(), ToolError> {
    latents.write(output.path())?;
    let (count, place) = (latents.len(), output.path().display());
    say(&format!("Wrote z_sem of {count} pictures to {place}"));
    Ok(())
}

/// The file of a state that is named, or of the best one in a directory.
fn state_of(path: &Path) -> PathBuf {
    match path.is_dir() {
        true => path.join(BEST),
        false => path.to_owned(),
    }
}

/// The model with its encoder, and what tells that from another one.
fn open(path: &Path, device: DeviceChoice) -> Result<(DiffAe, String), ToolError> {
    if path.join("manifest.json").exists() {
        let source = ModelSource::open(Some(path))?;
        let part = source.manifest().parts.get(&Part::Encoder);
        let encoder = part.map(|part| part.sha256.clone()).unwrap_or_default();
        return Ok((source.load(&[Part::Encoder], &device.device()?)?, encoder));
    }
    let state = state_of(path);
    if !state.is_file() {
        return Err(ToolError::NoState {
            path: path.to_owned(),
        });
    }
    let state = model::of_state(&state, &device.device()?)?;
    Ok((state.model, state.sha256))
}
