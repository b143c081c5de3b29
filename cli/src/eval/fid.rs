//! `diffae eval fid`: the distance between pictures and what a model makes.

use clap::ValueEnum;
use diffae::eval::fid::{Moments, frechet};
use diffae::eval::networks::{FEATURES, INCEPTION};
use diffae::eval::rows::Rows;
use diffae::photo::Maker;
use diffae::weights::Part;
use diffae::{Code, DiffAe, Picture, Sampling};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::calls::{as_picture, decode, decode_plain, encode, random_x_t, z_sem};
use super::networks::InceptionArgs;
use super::report::{Report, arguments, figure};
use super::run::{Encoder, RunArgs, SHOWN, Work, options, settings};
use super::set::SetArgs;
use crate::error::ToolError;
use crate::model::ModelArgs;
use crate::table::row;

const VERB: &str = "fid";
const REAL: &str = "real";
const MADE: &str = "made";

/// Measure the FID of samples, of reconstructions, or of a plain DDPM's samples
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What is held against the pictures
    #[arg(long, value_enum, default_value_t = Kind::Samples)]
    of: Kind,
    /// How many samples are drawn; reconstructions are as many as the pictures
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(2..))]
    samples: u32,
    /// Steps of decoding
    #[arg(long, value_name = "T", default_value_t = 10)]
    steps: usize,
    /// Steps of sampling z_sem
    #[arg(long, value_name = "T", default_value_t = 10)]
    latent_steps: usize,
    /// How x_T is encoded for encoded reconstructions
    #[arg(long, value_enum, default_value_t = Encoder::Official)]
    inversion: Encoder,
    /// Seed of all noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Mirror every other picture of the set, as the official code's training data is
    #[arg(long)]
    flip: bool,
    #[command(flatten)]
    set: SetArgs,
    #[command(flatten)]
    networks: InceptionArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// Samples by way of the latent DPM
    Samples,
    /// Samples of a model without z_sem
    Ddpm,
    /// Reconstructions with a random x_T
    Reconstructions,
    /// Reconstructions with the encoded x_T
    Encoded,
}

#[derive(Debug, Serialize, Deserialize)]
struct Options {
    of: Kind,
    steps: usize,
    latent_steps: usize,
    inversion: Encoder,
    seed: u64,
    flip: bool,
}

impl Kind {
    fn parts(self) -> &'static [Part] {
        match self {
            Self::Samples => &[Part::Latent, Part::Decoder],
            Self::Ddpm => &[Part::Decoder],
            Self::Reconstructions | Self::Encoded => &[Part::Encoder, Part::Decoder],
        }
    }

    fn is_of_the_set(self) -> bool {
        matches!(self, Self::Reconstructions | Self::Encoded)
    }
}

pub(super) fn run(args: &Args) -> Result<(), ToolError> {
    let source = args.model.open()?;
    source.check_steps(args.steps)?;
    if args.of == Kind::Samples {
        source.check_steps(args.latent_steps)?;
    }
    args.run.check(VERB, &args.set)?;
    if args.of == Kind::Ddpm && source.manifest().config.style_channels().is_some() {
        return Err(ToolError::NotMeasurable(
            "ddpm",
            "it decodes a z_sem, and a plain DDPM has none",
        ));
    }
    let mut set = args.set.open(source.manifest())?;
    // Before the model, since most runs that end here lack this file.
    let inception = args.networks.open(&args.model.device.device()?)?;
    let model = args.model.load(&source, args.of.parts())?;
    let options = Options {
        of: args.of,
        steps: args.steps,
        latent_steps: args.latent_steps,
        inversion: args.inversion,
        seed: args.seed,
        flip: args.flip,
    };
    let mut rows = settings(VERB, &args.model, &source, &set.describe(), &options)?;
    let work = Work {
        table: REAL,
        doing: "looking at pictures",
        width: FEATURES,
        total: set.pictures.len(),
    };
    args.run
        .measure(&mut rows, &work, &mut set, |_, set, index| {
            let mut picture = set.read(index)?;
            if args.flip && index % 2 == 1 {
                picture = mirrored(&picture)?;
            }
            Ok(pollster::block_on(inception.features(&picture))?)
        })?;
    let work = Work {
        table: MADE,
        doing: "making pictures",
        total: match args.of.is_of_the_set() {
            true => set.pictures.len(),
            false => args.samples as usize,
        },
        ..work
    };
    args.run
        .measure(&mut rows, &work, &mut set, |rows, set, index| {
            let values = match args.of {
                Kind::Samples => sample(&model, args, index)?,
                Kind::Ddpm => {
                    let x_t = random_x_t(&model, args.seed, index)?;
                    decode_plain(&model, &x_t, args.steps)?
                }
                Kind::Reconstructions => {
                    let picture = set.read(index)?;
                    let code = Code {
                        z_sem: z_sem(&model, &picture)?,
                        x_t: random_x_t(&model, args.seed, index)?,
                    };
                    decode(&model, &code, args.steps)?
                }
                Kind::Encoded => {
                    let picture = set.read(index)?;
                    let code = encode(&model, &picture, args.steps, args.inversion)?;
                    decode(&model, &code, args.steps)?
                }
            };
            // The official code writes PNG files and reads those.
            let picture = as_picture(model.side(), &values)?;
            let features = pollster::block_on(inception.features(&picture))?;
            if index < SHOWN {
                rows.show(index, vec![picture]);
            }
            Ok(features)
        })?;
    args.run.finish(VERB, &rows, report)
}

fn sample(model: &DiffAe, args: &Args, index: usize) -> Result<Vec<f32>, ToolError> {
    let sampling = Sampling {
        seed: seed_of(args.seed, index),
        steps: args.steps,
        latent_steps: args.latent_steps,
        ..Default::default()
    };
    sampled(model, sampling, args.seed, index)
}

/// A sample's values: z_sem by the sampling, x_T by the sample's place.
pub(super) fn sampled(
    model: &DiffAe,
    sampling: Sampling<'_>,
    seed: u64,
    index: usize,
) -> Result<Vec<f32>, ToolError> {
    let steps = sampling.steps;
    let z_sem = pollster::block_on(model.sample_latents(sampling))?;
    let code = Code {
        z_sem: z_sem.concat(),
        x_t: random_x_t(model, seed, index)?,
    };
    decode(model, &code, steps)
}

/// The seed of a sample's own latent: far from those of its neighbours and of other seeds (SplitMix64).
pub(super) fn seed_of(seed: u64, index: usize) -> u64 {
    let mix = |value: u64| {
        let x = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    mix(mix(seed) ^ index as u64)
}

fn mirrored(picture: &Picture) -> Result<Picture, ToolError> {
    let rows = picture.rgba().chunks_exact(picture.width() as usize * 4);
    let pixels = rows.flat_map(|row| row.as_chunks::<4>().0.iter().rev().flatten());
    let pixels = pixels.copied().collect();
    let mirrored = Picture::new(picture.width(), picture.height(), pixels);
    Ok(mirrored.map_err(diffae::Error::from)?)
}

/// FID of two tables of features.
pub(super) fn distance(rows: &Rows, real: &str, made: &str) -> Result<f64, ToolError> {
    let moments = |name: &str| -> Result<Moments, ToolError> {
        let features: Vec<f32> = (rows.table(name)?.rows())
            .flat_map(|(_, row)| row.iter().copied())
            .collect();
        Ok(Moments::of(&features, FEATURES)?)
    };
    Ok(frechet(&moments(real)?, &moments(made)?)?)
}

/// What is said of FIDs of few pictures.
pub(super) const FEW: &str = "FID falls with the number of pictures; only figures of the same numbers compare, and published ones are of \
     50,000 against 50,000.";

pub(super) fn report(rows: &Rows) -> Result<Report, ToolError> {
    let options: Options = options(rows)?;
    let fid = distance(rows, REAL, MADE)?;
    let (real, made) = (rows.table(REAL)?.measured(), rows.table(MADE)?.measured());
    let of = match options.of {
        Kind::Samples => "samples",
        Kind::Ddpm => "samples of a plain DDPM",
        Kind::Reconstructions => "reconstructions, random x_T",
        Kind::Encoded => "reconstructions, encoded x_T",
    };
    let kind = options.of.to_possible_value();
    let kind = kind.map_or_else(String::new, |kind| kind.get_name().to_owned());
    let mut arguments = arguments([
        ("--of", kind),
        ("--steps", options.steps.to_string()),
        ("--latent-steps", options.latent_steps.to_string()),
        ("--inversion", options.inversion.name().to_owned()),
        ("--seed", options.seed.to_string()),
        ("--inception", INCEPTION.name.to_owned()),
    ]);
    if !options.of.is_of_the_set() {
        arguments.extend(["--samples".to_owned(), made.to_string()]);
    }
    if options.flip {
        arguments.push("--flip".to_owned());
    }
    Ok(Report {
        arguments,
        table: vec![
            row(["of", "T", "pictures", "against", "FID"]),
            vec![
                of.to_owned(),
                options.steps.to_string(),
                made.to_string(),
                real.to_string(),
                figure(Some(fid), 3),
            ],
        ],
        notes: vec![FEW.to_owned()],
        results: json!({
            "of": options.of, "steps": options.steps, "latent_steps": options.latent_steps,
            "made": made, "real": real, "fid": fid,
        }),
        columns: SHOWN,
        maker: match options.of.is_of_the_set() {
            true => Maker::Edit,
            false => Maker::Model,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_a_seed_of_its_own() {
        let seeds = (0..4).flat_map(|seed| (0..100).map(move |index| seed_of(seed, index)));
        let seeds: std::collections::BTreeSet<u64> = seeds.collect();
        assert_eq!(seeds.len(), 400);
    }

    #[test]
    fn a_mirrored_picture_mirrored_is_itself() {
        let rgb: Vec<u8> = (0..18).collect();
        let picture = Picture::from_rgb(3, 2, &rgb).unwrap();
        let once = mirrored(&picture).unwrap();
        assert_eq!(once.rgba()[..4], picture.rgba()[8..12]);
        assert_eq!(mirrored(&once).unwrap(), picture);
    }
}
