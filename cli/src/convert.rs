//! `diffae convert`: official checkpoints to a model directory.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use diffae::config::Framing;
use diffae::config::ModelConfig;
use diffae::import::convert::{self, Conversion};
use diffae::import::{Checkpoint, OfficialTensors, origins};
use diffae::lfs;
use diffae::networks;
use diffae::weights::{Manifest, Part, Precision};
use diffae::whole::keep_mode;

use crate::error::ToolError;
use crate::output::{check_spares, say};
use crate::progress::Progress;
use crate::table::{grouped, row, table};
use crate::unfinished::Unfinished;

/// Turn official checkpoints into a model directory
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// last.ckpt, latent.pkl or safetensors files; a later one supplies what earlier ones lack
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Name of a published configuration, as ffhq256_autoenc, or a JSON file with one
    #[arg(long, value_name = "NAME")]
    config: String,
    /// Directory to write
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Precision of the written weights
    #[arg(long, value_enum, default_value_t = PrecisionChoice::F32)]
    precision: PrecisionChoice,
    /// Terms of use of the weights [default: known for published configurations]
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
    /// Where the weights come from [default: known for published configurations]
    #[arg(long, value_name = "TEXT")]
    origin: Option<String>,
    /// Middle between the eyes and their distance, as fractions of the picture's side [default:
    /// known for published configurations of faces]
    #[arg(long, value_name = "X,Y,DISTANCE", value_parser = parse_framing)]
    framing: Option<Framing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PrecisionChoice {
    /// Single precision
    F32,
    /// Half precision
    F16,
    /// Integers with a scale per output channel
    Int8,
}

pub(crate) fn run(args: &Args) -> Result<(), ToolError> {
    let config = configuration(&args.config)?;
    let mut checkpoints = Vec::new();
    for path in &args.files {
        checkpoints.push(open(path)?);
    }
    // Only whoever trained weights can say on what; a published configuration's own are others.
    let published = !checkpoints.iter().any(Checkpoint::is_of_training);
    let known = origins::of_preset(&config.name).filter(|_| published);
    let stated = |text: &Option<String>, known: Option<&str>, option: &'static str| {
        text.as_deref()
            .or(known)
            .map(str::to_owned)
            .ok_or_else(|| ToolError::Unstated {
                config: config.name.clone(),
                option,
            })
    };
    let conversion = Conversion {
        licence: stated(&args.licence, known.map(|k| k.licence), "licence")?,
        origin: stated(&args.origin, known.map(|k| k.origin), "origin")?,
        framing: args.framing.or_else(|| origins::framing(&config.name)),
        precision: match args.precision {
            PrecisionChoice::F32 => Precision::F32,
            PrecisionChoice::F16 => Precision::F16,
            PrecisionChoice::Int8 => Precision::Int8,
        },
        config,
    };
    for part in Part::ALL {
        let file = args.output.join(format!("{part}.safetensors"));
        check_spares(&file, &args.files)?;
    }
    let tensors = OfficialTensors::new(checkpoints);
    let manifest = write_whole(&args.output, |directory| {
        let progress = Progress::new("converting");
        let mut on_tensor = |done, of| progress.set(done, of);
        let converted = convert::convert(tensors, conversion, directory, &mut on_tensor);
        Ok(converted?)
    })?;

    say(&summary(&manifest)?);
    if let Some(framing) = manifest.framing.filter(|_| !published)
        && args.framing.is_none()
    {
        let [x, y] = framing.eye_midpoint;
        say(&format!(
            "Taken to be trained on pictures with the eyes {:.3} apart around ({x:.3}, {y:.3}), as `{}` is; if these were cut otherwise, say so with --framing",
            framing.eye_distance, manifest.config.name
        ));
    }
    say(&format!("Wrote {}", args.output.display()));
    Ok(())
}

fn open(path: &Path) -> Result<Checkpoint<BufReader<File>>, ToolError> {
    let file = File::open(path).map_err(|source| ToolError::Read {
        path: path.to_owned(),
        source,
    })?;
    Checkpoint::open(BufReader::new(file)).map_err(|source| ToolError::Checkpoint {
        path: path.to_owned(),
        source,
    })
}

/// Lets `write` fill a temporary directory and then moves its files into `directory`, so that a failed conversion leaves
/// nothing, and an older model in its place as it was.
pub(crate) fn write_whole(
    directory: &Path,
    write: impl FnOnce(&Path) -> Result<Manifest, ToolError>,
) -> Result<Manifest, ToolError> {
    let failed = |source: io::Error| ToolError::Write {
        path: directory.to_owned(),
        source,
    };
    let parent = match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Files can be moved within a file system only, and what is there already may be another one than what it lies in.
    let beside = match directory.is_dir() {
        true => directory,
        false => parent,
    };
    if !beside.is_dir() {
        return Err(ToolError::NoFolder {
            path: beside.to_owned(),
        });
    }
    let unfinished = Unfinished::within(beside).map_err(failed)?;
    let manifest = write(unfinished.path())?;
    fs::create_dir_all(directory).map_err(failed)?;
    let parts = manifest.parts.values().map(|part| part.file.as_str());
    // The manifest last: it vouches for the parts.
    for file in parts.chain(["manifest.json"]) {
        let (from, to) = (unfinished.path().join(file), directory.join(file));
        keep_mode(&to, &from)
            .and_then(|()| fs::rename(&from, &to))
            .map_err(failed)?;
    }
    Ok(manifest)
}

pub(crate) fn configuration(name: &str) -> Result<ModelConfig, ToolError> {
    let path = Path::new(name);
    if path.extension().is_none_or(|e| e != "json") {
        return Ok(ModelConfig::preset(name)?);
    }
    let json = read_json(path)?;
    let config: ModelConfig =
        serde_json::from_slice(&json).map_err(|reason| ToolError::ConfigFile {
            path: path.to_owned(),
            reason,
        })?;
    config.validate()?;
    Ok(config)
}

/// A file of settings, no larger than a manifest, in which they would be.
pub(crate) fn read_json(path: &Path) -> Result<Vec<u8>, ToolError> {
    let json = File::open(path)
        .and_then(Manifest::read)
        .map_err(|source| ToolError::Read {
            path: path.to_owned(),
            source,
        })?;
    match lfs::is_pointer(&json) {
        true => Err(ToolError::Pointer {
            path: path.to_owned(),
        }),
        false => Ok(json),
    }
}

/// The parts of a model as a table.
pub(crate) fn summary(manifest: &Manifest) -> Result<String, ToolError> {
    Ok(table(&parts(manifest)?))
}

/// A row for each part of a model.
pub(crate) fn parts(manifest: &Manifest) -> Result<Vec<Vec<String>>, ToolError> {
    let mut rows = vec![row(["part", "precision", "parameters", "bytes", "SHA-256"])];
    for (part, file) in &manifest.parts {
        let parameters = networks::layout(&manifest.config, *part)?.parameters();
        rows.push(vec![
            part.to_string(),
            file.precision.to_string(),
            grouped(parameters as u64),
            grouped(file.bytes),
            // Enough to tell files apart at a glance.
            file.sha256.chars().take(12).collect(),
        ]);
    }
    Ok(rows)
}

fn parse_framing(text: &str) -> Result<Framing, String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    match numbers.as_deref() {
        Ok([x, y, distance])
            if [x, y].iter().all(|v| (0.0..=1.0).contains(*v))
                && *distance > 0.0
                && *distance < 1.0 =>
        {
            Ok(Framing {
                eye_midpoint: [*x, *y],
                eye_distance: *distance,
            })
        }
        _ => Err("three fractions between 0 and 1 are needed, as in 0.5,0.48,0.234".to_owned()),
    }
}
