//! The bundled model: what it makes of real faces, and, where the f32 weights it was made from are
//! at hand (`DIFFAE_REFERENCE`, a folder with `models/portrait64/` and `photos/`), how far it is
//! from the official computation and from full precision.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod support;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use diffae::config::ModelConfig;
use diffae::diffusion::{LatentDenoiser, PictureDenoiser, Schedule, Step, ddim, fixed_point};
use diffae::import::convert::{Conversion, convert};
use diffae::photo::{self, Eyes, Similarity};
use diffae::unwatched;
use diffae::weights::directory::ModelDirectory;
use diffae::weights::{Part, Precision};
use diffae::{DiffAe, Inversion, Picture, metrics};
use pollster::block_on;
use support::{Comparison, Golden, checkpoints, noise_table, values};

fn bundled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/portrait64")
}

fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("DIFFAE_REFERENCE").map(PathBuf::from);
    if folder.is_none() {
        println!("DIFFAE_REFERENCE is not set: nothing to compare with");
    }
    folder
}

fn open(directory: &Path, parts: &[Part]) -> DiffAe {
    DiffAe::open(directory, parts, &Device::flex()).unwrap()
}

/// The synthetic faces in a folder, framed; their eyes lie at the same place in all of them.
fn faces(folder: &Path, model: &DiffAe) -> Vec<Picture> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("face-")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no faces in {}", folder.display());
    let framing = model.manifest().framing.unwrap();
    let side = model.side() as u32;
    files
        .iter()
        .map(|file| {
            let photo = photo::open(file).unwrap();
            let scale = f64::from(photo.width()) / 256.0;
            let eyes = Eyes {
                left: [98.0 * scale, 123.0 * scale],
                right: [158.0 * scale, 123.0 * scale],
            };
            let size = [photo.width(), photo.height()];
            let similarity = Similarity::from_eyes(&eyes, &framing, side, size).unwrap();
            photo::frame(&photo, &similarity, side).unwrap()
        })
        .collect()
}

fn psnr(a: &Picture, b: &Picture) -> f64 {
    let unit = |p: &Picture| -> Vec<f32> { p.to_chw().iter().map(|v| (v + 1.0) / 2.0).collect() };
    metrics::psnr(&unit(a), &unit(b)).unwrap()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Reconstruction and an edit of each face, each model encoding and decoding by itself.
fn round_trip(model: &DiffAe, faces: &[Picture]) -> Vec<(Picture, Picture)> {
    faces
        .iter()
        .map(|face| {
            let inversion = Inversion::FixedPoint { iterations: 3 };
            let mut evaluations = 0;
            let mut count = async |_: Step<4>| {
                evaluations += 1;
                ControlFlow::Continue(())
            };
            let code = block_on(model.encode(face, 20, inversion, &mut count)).unwrap();
            assert!(
                (20..=60).contains(&evaluations),
                "{evaluations} evaluations"
            );
            let back = block_on(model.reconstruct(&code, 20, &mut unwatched())).unwrap();
            let changes = [("Smiling", 0.3)];
            let edited = block_on(model.edit(&code, &changes, &[], 20, &mut unwatched())).unwrap();
            (back, edited)
        })
        .collect()
}

#[test]
fn sample_faces_come_back_within_sixty_evaluations() {
    let model = open(
        &bundled(),
        &[Part::Encoder, Part::Decoder, Part::Attributes],
    );
    let samples = bundled().join("../../www/samples");
    for (face, (back, edited)) in faces(&samples, &model)
        .iter()
        .zip(round_trip(&model, &faces(&samples, &model)))
    {
        let quality = psnr(face, &back);
        let change = psnr(face, &edited);
        println!("reconstruction {quality:.1} dB, smiling {change:.1} dB from the original");
        assert!(quality >= 40.0, "{quality} dB");
        assert!(change < 30.0, "the edit changed nothing: {change} dB");
    }
}

#[test]
fn golden_tensors_of_portrait64() {
    let Some(reference) = reference() else { return };
    let golden_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/portrait64");
    let table =
        serde_json::from_slice(&std::fs::read(golden_dir.join("golden.json")).unwrap()).unwrap();
    let golden = Golden::open(&golden_dir.join("golden.safetensors"), noise_table(&table));
    let directory = full_precision(&reference);
    let model = open(directory.path(), &Part::ALL);
    let c = &mut Comparison::new(&golden);
    golden_portrait(c, &model, directory.path());
    let failures = std::mem::take(&mut c.failures);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn full_precision(reference: &Path) -> tempfile::TempDir {
    let bundled = ModelDirectory::open(&bundled()).unwrap();
    let conversion = Conversion {
        config: ModelConfig::preset("portrait64").unwrap(),
        precision: Precision::F32,
        framing: bundled.manifest().framing,
        licence: "test".to_owned(),
        origin: "test".to_owned(),
    };
    let tensors = checkpoints(&[reference.join("models/portrait64/portrait64.safetensors")]);
    let out = tempfile::tempdir().unwrap();
    convert(tensors, conversion, out.path(), &mut |_, _| {}).unwrap();
    out
}

fn golden_portrait(c: &mut Comparison<'_>, model: &DiffAe, directory: &Path) {
    use diffae::networks::{self, Loader, Network};
    use diffae::weights::PartReader;

    let device = Device::flex();
    let config = model.manifest().config.clone();
    let files = ModelDirectory::open(directory).unwrap();
    let load = |part: Part| {
        let mut reader = PartReader::open(part.name(), files.part(part).unwrap()).unwrap();
        networks::load_part(&config, part, &mut Loader::new(&mut reader, &device, "")).unwrap()
    };
    let (Network::Encoder(encoder), Network::Decoder(unet), Network::Latent(latent)) =
        (load(Part::Encoder), load(Part::Decoder), load(Part::Latent))
    else {
        panic!("parts mixed up")
    };
    // The published allowance: twenty times the reference's own noise, at least 2e-5.
    let close = |c: &mut Comparison<'_>, name: &str, found: &[f32]| {
        let tolerance = (20.0 * c.golden.noise(name)).max(2e-5);
        c.close(name, found, tolerance);
    };
    let image: Tensor<4> = c.golden.tensor("image", &device);
    close(c, "z_sem", &values(encoder.forward(image.clone())));

    let z: Tensor<2> = c.golden.tensor("z_sem", &device);
    let linear = || Schedule::new(config.schedule, config.timesteps);
    let net = |z: Tensor<2>| {
        PictureDenoiser::new(
            &unet,
            linear().respace(20).unwrap(),
            config.prediction,
            Some(z),
            &device,
        )
    };
    let render = |x_t: Tensor<4>, z: Tensor<2>| {
        let x = block_on(ddim::sample(&net(z), x_t, true, &mut unwatched())).unwrap();
        values((x + 1.0) / 2.0)
    };
    let official = block_on(ddim::encode(
        &net(z.clone()),
        image.clone(),
        true,
        &mut unwatched(),
    ))
    .unwrap();
    close(c, "x_T.official.T20", &values(official));
    let x_t = c.golden.tensor("x_T.official.T20", &device);
    close(c, "render.official.T20", &render(x_t, z.clone()));
    let plain = fixed_point::Solver {
        iterations: 3,
        accelerated: false,
    };
    let inverted = block_on(fixed_point::encode(
        &net(z.clone()),
        image,
        plain,
        &mut unwatched(),
    ))
    .unwrap();
    close(c, "x_T.fixed_point.T20.x3", &values(inverted));
    let x_t: Tensor<4> = c.golden.tensor("x_T.fixed_point.T20.x3", &device);
    close(c, "render.fixed_point.T20", &render(x_t.clone(), z));

    let codes = c.golden.f32("z_sem");
    let x = c.golden.f32("x_T.fixed_point.T20.x3");
    let style = config.style_channels().unwrap();
    let mut edited = Vec::new();
    let mut logits = Vec::new();
    for (z_sem, x_t) in codes.chunks(style).zip(x.chunks(3 * 64 * 64)) {
        let code = diffae::Code {
            z_sem: z_sem.to_vec(),
            x_t: x_t.to_vec(),
        };
        edited.extend(
            model
                .edit_code(&code, &[("Smiling", 0.3)], &[])
                .unwrap()
                .z_sem,
        );
        logits.extend(model.logits(z_sem).unwrap());
    }
    close(c, "edit.Smiling.0.3.z_sem", &edited);
    close(c, "logits", &logits);
    let z = c.golden.tensor("edit.Smiling.0.3.z_sem", &device);
    close(c, "edit.Smiling.0.3.render.T20", &render(x_t, z));

    let betas = config.latent.as_ref().unwrap().schedule;
    let schedule = Schedule::new(betas, config.timesteps).respace(50).unwrap();
    let start: Tensor<2> = c.golden.tensor("latent_noise", &device);
    let net = LatentDenoiser::new(&latent, schedule, &device);
    close(
        c,
        "latent.T50",
        &values(block_on(ddim::sample(&net, start, false, &mut unwatched())).unwrap()),
    );

    let t = c.golden.usize("t");
    let x_t: Tensor<4> = c.golden.tensor("x_t", &device);
    let style = unet.project_style(c.golden.tensor("z_sem", &device));
    let times = unet.project_time(&t, &device);
    let v = unet.forward(x_t.clone(), &times.modulate(style.as_ref()));
    close(c, "v", &values(v.clone()));
    let alpha_bar: Vec<f32> = t.iter().map(|t| linear().alpha_bar[*t] as f32).collect();
    let row = c.golden.f32("v").len() / t.len();
    let eps: Vec<f32> = values(v)
        .iter()
        .zip(values(x_t))
        .enumerate()
        .map(|(i, (v, x))| alpha_bar[i / row].sqrt() * v + (1.0 - alpha_bar[i / row]).sqrt() * x)
        .collect();
    close(c, "eps", &eps);
}

#[test]
fn int8_is_close_to_full_precision() {
    let Some(reference) = reference() else { return };
    let directory = full_precision(&reference);
    let parts = [Part::Encoder, Part::Decoder, Part::Attributes];
    let (int8, full) = (open(&bundled(), &parts), open(directory.path(), &parts));
    let faces = faces(&reference.join("photos/synthetic-faces"), &int8);
    let (int8, full) = (round_trip(&int8, &faces), round_trip(&full, &faces));
    let pairs = || int8.iter().zip(&full);
    let reconstructions: Vec<f64> = pairs().map(|(a, b)| psnr(&a.0, &b.0)).collect();
    let edits: Vec<f64> = pairs().map(|(a, b)| psnr(&a.1, &b.1)).collect();
    let quality = |made: &[(Picture, Picture)]| -> Vec<f64> {
        faces
            .iter()
            .zip(made)
            .map(|(face, made)| psnr(face, &made.0))
            .collect()
    };
    let (int8, full) = (quality(&int8), quality(&full));
    println!("int8 to f32: reconstructions {reconstructions:.1?}, edits {edits:.1?}");
    println!("to the original: int8 {int8:.1?}, f32 {full:.1?}");
    println!(
        "means: reconstructions {:.2} dB, edits {:.2} dB apart; to the original int8 {:.2} dB, f32 {:.2} dB",
        mean(&reconstructions),
        mean(&edits),
        mean(&int8),
        mean(&full)
    );
    assert!(mean(&reconstructions) >= 38.0 && mean(&edits) >= 38.0);
    assert!(mean(&full) - mean(&int8) <= 0.2);
    assert!(full.iter().chain(&int8).all(|quality| *quality >= 40.0));
}
