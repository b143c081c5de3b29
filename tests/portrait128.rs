//! portrait128 as it is shipped: what PyTorch makes of the same weights (`tests/golden/portrait128/golden.py`), in the
//! precision in which they are stored and in full, and that its decoder has no droplet.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use diffae::config::ModelConfig;
use diffae::diffusion::{PictureDenoiser, Schedule, Stream, ddim, fixed_point, noise};
use diffae::networks::{self, Encoder, Loader, Network, UNet};
use diffae::ops::Kernels;
use diffae::weights::directory::ModelDirectory;
use diffae::weights::{Array, Part, PartReader, TensorSource, WeightsError};
use diffae::{DiffAe, block_on, unwatched};
use support::{Comparison, Golden, noise_table, values};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(name)
}

/// Weights in single precision, whatever they are stored in.
struct Plain<S>(S);

impl<S: TensorSource> TensorSource for Plain<S> {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        Ok(Array::f32(shape, self.0.tensor(name, shape)?.into_f32()))
    }
}

/// The configuration and a part of a bundled model.
fn part(name: &str, part: Part, kernels: Kernels, plain: bool) -> (ModelConfig, Network) {
    let directory = ModelDirectory::open(&folder(name)).unwrap();
    let config = directory.manifest().config.clone();
    let mut reader = PartReader::open(part.name(), directory.part(part).unwrap()).unwrap();
    let device = Device::flex();
    let mut plain_reader;
    let source: &mut dyn TensorSource = match plain {
        true => {
            plain_reader = Plain(reader);
            &mut plain_reader
        }
        false => &mut reader,
    };
    let mut loader = Loader::new(source, &device, "").kernels(kernels);
    let network = networks::load_part(&config, part, &mut loader).unwrap();
    (config, network)
}

fn decoder(name: &str, kernels: Kernels, plain: bool) -> (ModelConfig, UNet) {
    match part(name, Part::Decoder, kernels, plain) {
        (config, Network::Decoder(unet)) => (config, *unet),
        _ => panic!("parts mixed up"),
    }
}

fn encoder(kernels: Kernels, plain: bool) -> Encoder {
    match part("portrait128", Part::Encoder, kernels, plain) {
        (_, Network::Encoder(encoder)) => *encoder,
        _ => panic!("parts mixed up"),
    }
}

#[test]
fn golden_tensors() {
    let files = support::golden_dir().join("portrait128");
    let table = serde_json::from_slice(&std::fs::read(files.join("golden.json")).unwrap()).unwrap();
    let golden = Golden::open(&files.join("golden.safetensors"), noise_table(&table));
    for (kernels, plain) in [
        (Kernels::Own, false),
        (Kernels::Own, true),
        (Kernels::Composed, false),
    ] {
        println!("{kernels:?}, plain {plain}");
        let mut compared = Comparison::new(&golden);
        compare(&mut compared, kernels, plain);
        compared.finish();
    }
}

fn compare(c: &mut Comparison<'_>, kernels: Kernels, plain: bool) {
    // As for portrait64: twenty times the reference's own noise, at least 2e-5.
    let close = |c: &mut Comparison<'_>, name: &str, found: &[f32]| {
        let tolerance = (20.0 * c.golden.noise(name)).max(2e-5);
        c.close(name, found, tolerance);
    };
    let device = Device::flex();
    let (config, unet) = decoder("portrait128", kernels, plain);
    let image: Tensor<4> = c.golden.tensor("image", &device);
    close(
        c,
        "z_sem",
        &values(encoder(kernels, plain).forward(image.clone())),
    );

    let z: Tensor<2> = c.golden.tensor("z_sem", &device);
    let times = unet.project_time(&c.golden.usize("t"), &device);
    let style = unet.project_style(z.clone());
    let x_t = c.golden.tensor("x_t", &device);
    close(
        c,
        "v",
        &values(unet.forward(x_t, &times.modulate(style.as_ref()))),
    );

    let net = |z: Tensor<2>| {
        let schedule = Schedule::new(config.schedule, config.timesteps);
        let schedule = schedule.respace(10).unwrap();
        PictureDenoiser::new(&unet, schedule, config.prediction, Some(z), &device)
    };
    let solver = fixed_point::Solver {
        iterations: 3,
        accelerated: false,
    };
    let (still, watch) = (net(z), &mut unwatched());
    let inverted = block_on(fixed_point::encode(&still, image, solver, watch)).unwrap();
    let inverted = values(inverted);
    close(c, "x_T.fixed_point.T10.x3", &inverted);

    let model = DiffAe::open(folder("portrait128"), &[Part::Attributes], &device).unwrap();
    let code = diffae::Code {
        z_sem: c.golden.f32("z_sem"),
        x_t: c.golden.f32("x_T.fixed_point.T10.x3"),
    };
    let edited = model.edit_code(&code, &[("Smiling", 0.3)], &[]).unwrap();
    close(c, "edit.Smiling.0.3.z_sem", &edited.z_sem);
    let moved = net(c.golden.tensor("edit.Smiling.0.3.z_sem", &device));
    let x_t = c.golden.tensor("x_T.fixed_point.T10.x3", &device);
    let x = block_on(ddim::sample(&moved, x_t, true, &mut unwatched())).unwrap();
    close(c, "edit.Smiling.0.3.render.T10", &values((x + 1.0) / 2.0));
}

/// The largest energy of a position in what leaves a stage of the decoder, in medians of that stage; the mean of six
/// pictures of noise at t = 980.
fn droplet(name: &str) -> f64 {
    const PICTURES: usize = 6;
    let (config, unet) = decoder(name, Kernels::Own, false);
    let device = Device::flex();
    let side = config.image_size;
    let x = noise(0, Stream::Pictures, 0, [PICTURES, 3, side, side], &device);
    // z_sem as faces have it.
    let manifest = ModelDirectory::open(&folder(name))
        .unwrap()
        .manifest()
        .clone();
    let [mean, deviation] = [manifest.conds_mean, manifest.conds_std].map(|values| {
        let values = values.unwrap();
        Tensor::<1>::from_floats(values.as_slice(), &device).unsqueeze::<2>()
    });
    let shape = [PICTURES, config.style_channels().unwrap()];
    let z_sem = noise(0, Stream::Latents, 0, shape, &device) * deviation + mean;
    let style = unet.project_style(z_sem);
    let modulations = unet.project_time(&[980], &device).modulate(style.as_ref());
    let mut largest: f64 = 0.0;
    unet.forward_watched(x, &modulations, &mut |stage, h| {
        if stage.skip == 0 {
            return;
        }
        let energies = values(h.clone().square().mean_dim(1));
        let of_pictures = energies.chunks(energies.len() / PICTURES).map(|energies| {
            let mut sorted = energies.to_vec();
            sorted.sort_by(f32::total_cmp);
            f64::from(sorted[sorted.len() - 1] / sorted[sorted.len() / 2])
        });
        let mean = of_pictures.sum::<f64>() / PICTURES as f64;
        println!("{name} {}: {mean:.1}", stage.key);
        largest = largest.max(mean);
    });
    largest
}

#[test]
fn the_decoder_has_no_droplet() {
    let (with, without) = (droplet("portrait64"), droplet("portrait128"));
    println!(
        "largest energy of a position, in medians: portrait64 {with:.1}, portrait128 {without:.1}"
    );
    // 193 and 8.1 are measured; 20 keeps a factor of more than two from what is clean, and of nine from portrait64, which is
    // known to have one and shows that it would be seen.
    assert!(with > 20.0, "{with}");
    assert!(without < 20.0, "{without}");
}
