//! How many network evaluations an edit needs: ways to invert and to sample are held against the
//! 100-step result, by what a person gets to see. Run it on framed pictures of the model's size or
//! FFHQ-like squares:
//!
//! `cargo run --release --example steps -- www/samples/face-*.webp`
//!
//! Three figures in dB: the reconstruction against the picture; the edited picture against the one
//! of 100 steps; and the change, edited minus reconstructed, against that of 100 steps, which is
//! all that a photo receives.

use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use diffae::diffusion::fixed_point::{self, Solver};
use diffae::diffusion::{Denoiser, PictureDenoiser, Schedule, Step, Stopped, ddim};
use diffae::edit::{self, AttributeChange, Statistics};
use diffae::metrics::psnr_of;
use diffae::networks::{self, Classifier, Encoder, Loader, Network, UNet};
use diffae::photo;
use diffae::weights::directory::ModelDirectory;
use diffae::weights::{Part, PartReader};

type Failure = Box<dyn std::error::Error>;

/// The edits that are compared.
const EDITS: [(&str, f32); 4] = [
    ("Smiling", 0.3),
    ("Eyeglasses", 0.4),
    ("Blond_Hair", 0.4),
    ("Young", -0.3),
];
/// The number of steps of the result that the others are held against.
const REFERENCE: usize = 100;

/// A way from pictures to noise maps.
#[derive(Clone, Copy)]
enum Inversion {
    Official,
    FixedPoint(Solver),
    Second(Second),
}

/// A way from noise maps to pictures.
#[derive(Clone, Copy)]
enum Sampler {
    Ddim,
    Second(Second),
}

/// Second-order solvers of the same equation, in both directions; x_0 is predicted.
#[derive(Clone, Copy)]
enum Second {
    /// DPM-Solver++(2S): every other entry is a midpoint.
    Single,
    /// DPM-Solver++(2M): the slope comes from the entry before.
    Multi,
}

struct Model {
    encoder: Encoder,
    unet: UNet,
    classifier: Classifier,
    statistics: Statistics,
    directory: ModelDirectory,
    device: Device,
}

/// What one way of inverting and sampling gives: pictures of shape [B, 3, S, S] as plain values.
struct Outcome {
    encoding: usize,
    decoding: usize,
    reconstruction: Vec<f32>,
    edits: Vec<Vec<f32>>,
}

fn main() -> Result<(), Failure> {
    let model = Model::open(Path::new("models/portrait64"))?;
    let files: Vec<String> = std::env::args().skip(1).collect();
    let mut values = Vec::new();
    let side = model.directory.manifest().config.image_size;
    for file in &files {
        let picture = photo::prepare(&photo::open(Path::new(file))?, side as u32)?;
        values.extend(picture.to_chw());
    }
    let shape = [files.len(), 3, side, side];
    let pictures: Tensor<4> =
        Tensor::from_data(TensorData::new(values.clone(), shape), &model.device);
    pollster::block_on(compare(&model, &pictures, &values))
}

async fn compare(model: &Model, pictures: &Tensor<4>, values: &[f32]) -> Result<(), Failure> {
    let solver = |iterations, accelerated| {
        Inversion::FixedPoint(Solver {
            iterations,
            accelerated,
        })
    };
    let best = model
        .run(
            pictures,
            (REFERENCE, solver(5, true)),
            (REFERENCE, Sampler::Ddim),
        )
        .await?;
    println!(
        "| inversion | sampler | evaluations: encode | of an edit | reconstruction | edit | change |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut ways = Vec::new();
    for steps in [5, 8, 10, 13, 20] {
        for (name, inversion) in [
            ("official", Inversion::Official),
            ("fixed point, 2", solver(2, false)),
            ("fixed point, 3", solver(3, false)),
            ("Anderson, at most 3", solver(3, true)),
            ("Anderson, at most 5", solver(5, true)),
        ] {
            ways.push((
                format!("{name}, T={steps}"),
                (steps, inversion),
                format!("DDIM, T={steps}"),
                (steps, Sampler::Ddim),
            ));
        }
    }
    for steps in [5, 9, 13, 21] {
        ways.push((
            format!("2S, T={steps}"),
            (steps, Inversion::Second(Second::Single)),
            format!("2S, T={steps}"),
            (steps, Sampler::Second(Second::Single)),
        ));
    }
    for steps in [5, 8, 10, 13, 20] {
        ways.push((
            format!("2M, T={steps}"),
            (steps, Inversion::Second(Second::Multi)),
            format!("2M, T={steps}"),
            (steps, Sampler::Second(Second::Multi)),
        ));
    }
    // Another way down than up: drafts, and second-order samplers from an exact noise map.
    let anderson = |up: usize| {
        (
            format!("Anderson, at most 5, T={up}"),
            (up, solver(5, true)),
        )
    };
    let official = |up: usize| (format!("official, T={up}"), (up, Inversion::Official));
    let ddim = |down: usize| (format!("DDIM, T={down}"), (down, Sampler::Ddim));
    let second = |name: &str, second, down: usize| {
        (format!("{name}, T={down}"), (down, Sampler::Second(second)))
    };
    for ((up_name, up), (down_name, down)) in [
        (anderson(10), ddim(4)),
        (anderson(10), ddim(5)),
        (anderson(10), ddim(8)),
        (anderson(20), ddim(5)),
        (anderson(20), ddim(10)),
        (anderson(20), second("2M", Second::Multi, 5)),
        (anderson(20), second("2M", Second::Multi, 10)),
        (anderson(20), second("2S", Second::Single, 9)),
        (official(20), ddim(5)),
        (official(20), ddim(10)),
        (official(36), ddim(10)),
    ] {
        ways.push((up_name, up, down_name, down));
    }
    for (inversion_name, inversion, sampler_name, sampler) in ways {
        let found = model.run(pictures, inversion, sampler).await?;
        let mut edited = 0.0;
        let mut changed = 0.0;
        for (edit, best_edit) in found.edits.iter().zip(&best.edits) {
            edited += mse(edit.iter().zip(best_edit).map(|(a, b)| a - b));
            let change = edit.iter().zip(&found.reconstruction).map(|(a, b)| a - b);
            let best_change = best_edit
                .iter()
                .zip(&best.reconstruction)
                .map(|(a, b)| a - b);
            changed += mse(change.zip(best_change).map(|(a, b)| a - b));
        }
        let edits = EDITS.len() as f64;
        println!(
            "| {inversion_name} | {sampler_name} | {} | {} | {:.1} | {:.1} | {:.1} |",
            found.encoding,
            found.decoding,
            psnr_of(mse(found
                .reconstruction
                .iter()
                .zip(values)
                .map(|(a, b)| a - b))),
            psnr_of(edited / edits),
            psnr_of(changed / edits),
        );
    }
    Ok(())
}

/// Mean square in units of the picture's range, [-1, 1].
fn mse(differences: impl Iterator<Item = f32>) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for difference in differences {
        sum += f64::from(difference / 2.0).powi(2);
        count += 1;
    }
    sum / f64::from(count)
}

impl Model {
    fn open(path: &Path) -> Result<Self, Failure> {
        let device = Device::flex();
        let directory = ModelDirectory::open(path)?;
        let load = |part: Part| -> Result<Network, Failure> {
            let mut reader = PartReader::open(part.name(), directory.part(part)?)?;
            let mut loader = Loader::new(&mut reader, &device, "");
            Ok(networks::load_part(
                &directory.manifest().config,
                part,
                &mut loader,
            )?)
        };
        let manifest = directory.manifest();
        let statistics = manifest.conds_mean.clone().zip(manifest.conds_std.clone());
        let (mean, std) = statistics.ok_or("the model has no statistics")?;
        match (
            load(Part::Encoder)?,
            load(Part::Decoder)?,
            load(Part::Attributes)?,
        ) {
            (
                Network::Encoder(encoder),
                Network::Decoder(unet),
                Network::Attributes(classifier),
            ) => Ok(Self {
                encoder: *encoder,
                unet: *unet,
                classifier,
                statistics: Statistics::new(mean, std),
                directory,
                device,
            }),
            _ => Err("the parts are mixed up".into()),
        }
    }

    fn denoiser(&self, steps: usize, z_sem: Tensor<2>) -> Result<PictureDenoiser<'_>, Failure> {
        let config = &self.directory.manifest().config;
        let schedule = Schedule::new(config.schedule, config.timesteps).respace(steps)?;
        Ok(PictureDenoiser::new(
            &self.unet,
            schedule,
            config.prediction,
            Some(z_sem),
            &self.device,
        ))
    }

    async fn run(
        &self,
        pictures: &Tensor<4>,
        inversion: (usize, Inversion),
        sampler: (usize, Sampler),
    ) -> Result<Outcome, Failure> {
        let z_sem = self.encoder.forward(pictures.clone());
        let mut encoding = 0;
        let mut count = async |_: Step<4>| {
            encoding += 1;
            ControlFlow::Continue(())
        };
        let net = self.denoiser(inversion.0, z_sem.clone())?;
        let x = pictures.clone();
        let x_t = match inversion.1 {
            Inversion::Official => ddim::encode(&net, x, true, &mut count).await,
            Inversion::FixedPoint(solver) => fixed_point::encode(&net, x, solver, &mut count).await,
            Inversion::Second(second) => {
                let levels: Vec<usize> = (0..inversion.0).collect();
                second
                    .follow(&net, x, &levels, &mut encoding)
                    .map(|(x, _)| x)
            }
        }
        .map_err(|_| "the inversion stopped")?;
        let (reconstruction, decoding) = self.decode(&x_t, z_sem.clone(), sampler).await?;
        let mut edits = Vec::new();
        let rows = z_sem
            .into_data()
            .try_into_vec::<f32>()
            .map_err(|e| format!("{e:?}"))?;
        let width = rows.len() / pictures.dims()[0];
        for (name, amplitude) in EDITS {
            let names = &self.directory.manifest().config.attributes;
            let index = names.iter().position(|n| n == name).ok_or(name)?;
            let change = AttributeChange {
                name,
                amplitude,
                direction: self.classifier.direction(index).ok_or(name)?,
            };
            let mut moved = Vec::new();
            for z_sem in rows.chunks(width) {
                moved.extend(edit::move_along(
                    z_sem,
                    std::slice::from_ref(&change),
                    &self.statistics,
                )?);
            }
            let moved = Tensor::from_data(
                TensorData::new(moved, [pictures.dims()[0], width]),
                &self.device,
            );
            edits.push(self.decode(&x_t, moved, sampler).await?.0);
        }
        Ok(Outcome {
            encoding,
            decoding,
            reconstruction,
            edits,
        })
    }

    async fn decode(
        &self,
        x_t: &Tensor<4>,
        z_sem: Tensor<2>,
        (steps, sampler): (usize, Sampler),
    ) -> Result<(Vec<f32>, usize), Failure> {
        let net = self.denoiser(steps, z_sem)?;
        let mut evaluations = 0;
        let mut count = async |_: Step<4>| {
            evaluations += 1;
            ControlFlow::Continue(())
        };
        let x = match sampler {
            Sampler::Ddim => ddim::sample(&net, x_t.clone(), true, &mut count).await,
            Sampler::Second(second) => {
                let levels: Vec<usize> = (0..steps).rev().collect();
                second
                    .follow(&net, x_t.clone(), &levels, &mut evaluations)
                    .map(|(_, x0)| x0)
            }
        }
        .map_err(|_| "the sampler stopped")?;
        let values = x.clamp(-1.0, 1.0).into_data().try_into_vec();
        Ok((values.map_err(|e| format!("{e:?}"))?, evaluations))
    }
}

impl Second {
    /// Follows the probability flow through the entries `levels`, up or down; returns x at the last
    /// of them and the x_0 predicted there. A clean picture is taken to stand at entry 0, as the
    /// official encoder does.
    fn follow(
        self,
        net: &PictureDenoiser<'_>,
        mut x: Tensor<4>,
        levels: &[usize],
        evaluations: &mut usize,
    ) -> Result<(Tensor<4>, Tensor<4>), Stopped> {
        let at = |index: usize| {
            let a = net.schedule().alpha_bar[index];
            (a.sqrt(), (1.0 - a).sqrt(), (a / (1.0 - a)).ln() / 2.0) // alpha, sigma, lambda
        };
        let mut predict = |x: &Tensor<4>, index: usize| {
            *evaluations += 1;
            let level = net.schedule().level(index);
            x.clone() * level.recip_sqrt - net.eps(x.clone(), index) * level.recip_m1_sqrt
        };
        // x at entry `to`, from entry `from` along the prediction x0.
        let go = |x: &Tensor<4>, x0: Tensor<4>, from: usize, to: usize| {
            let ((_, sigma_from, lambda_from), (alpha, sigma, lambda)) = (at(from), at(to));
            x.clone() * (sigma / sigma_from) - x0 * (alpha * (lambda_from - lambda).exp_m1())
        };
        let mut before: Option<(Tensor<4>, f64)> = None;
        let mut i = 0;
        while i + 1 < levels.len() {
            let (from, lambda) = (levels[i], at(levels[i]).2);
            let x0 = predict(&x, from);
            match self {
                Self::Single if i + 2 < levels.len() => {
                    let (middle, to) = (levels[i + 1], levels[i + 2]);
                    let r = (at(middle).2 - lambda) / (at(to).2 - lambda);
                    let between = go(&x, x0.clone(), from, middle);
                    let slope = predict(&between, middle) - x0.clone();
                    x = go(&x, x0 + slope / (2.0 * r), from, to);
                    i += 2;
                }
                _ => {
                    let to = levels[i + 1];
                    let step = at(to).2 - lambda;
                    let extrapolated = match &before {
                        Some((last, last_step)) => {
                            x0.clone() + (x0.clone() - last.clone()) * (step / (2.0 * last_step))
                        }
                        None => x0.clone(),
                    };
                    x = go(&x, extrapolated, from, to);
                    if matches!(self, Self::Multi) {
                        before = Some((x0, step));
                    }
                    i += 1;
                }
            }
        }
        let last = levels[levels.len() - 1];
        let x0 = predict(&x, last);
        Ok((x, x0))
    }
}
