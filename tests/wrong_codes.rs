//! What a model says to codes, directions and jobs that are not its own, and to a device that fails
//! while it computes; on the tiny model of the examples.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::ops::ControlFlow;
use std::path::Path;

use diffae::config::ModelConfig;
use diffae::diffusion::{Step, Stopped};
use diffae::edit::{Direction, EditError};
use diffae::import::convert;
use diffae::weights::{Part, Precision, WeightsError};
use diffae::{
    Code, CodeError, Device, DiffAe, Error, Inversion, Near, Picture, Sampling, Variations,
    block_on, unwatched,
};

const SIDE: usize = 16;

fn tiny() -> DiffAe {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/model");
    DiffAe::open(directory, &Part::ALL, &Device::flex()).unwrap()
}

fn code() -> Code {
    Code {
        z_sem: vec![0.1; 16],
        x_t: vec![0.0; 3 * SIDE * SIDE],
    }
}

fn picture() -> Picture {
    Picture::new(16, 16, vec![120; 4 * SIDE * SIDE]).unwrap()
}

fn sampling(accept: Option<&Direction>) -> Sampling<'_> {
    Sampling {
        count: 2,
        seed: 1,
        steps: 2,
        latent_steps: 2,
        accept,
        ..Default::default()
    }
}

const VARIATIONS: Variations<'static> = Variations {
    count: 2,
    seed: 0,
    steps: 2,
    near: None,
};

#[test]
fn variations_of_a_wider_or_narrower_z_sem_are_refused() {
    let model = tiny();
    for width in [0, 1, 15, 17, 32, 512] {
        let error = block_on(model.variations(&vec![0.0; width], VARIATIONS, &mut unwatched()));
        let expected = CodeError::Shape {
            what: "z_sem",
            found: width,
            expected: 16,
        };
        assert!(matches!(error, Err(Error::Code(e)) if e == expected));
    }
    let nan = block_on(model.variations(&[f32::NAN; 16], VARIATIONS, &mut unwatched()));
    assert!(matches!(nan, Err(Error::Code(CodeError::NotFinite(_)))));
}

#[test]
fn a_model_that_decodes_a_z_sem_draws_nothing_without_one() {
    let x_t = vec![0.0; 3 * SIDE * SIDE];
    let drawn = block_on(tiny().sample_values(&x_t, 2, &mut unwatched()));
    let expected = CodeError::Shape {
        what: "z_sem",
        found: 0,
        expected: 16,
    };
    assert!(matches!(drawn, Err(Error::Code(e)) if e == expected));
}

#[test]
fn a_wrong_share_or_x_t_is_refused() {
    let model = tiny();
    let z_sem = code().z_sem;
    let shared = |error: Error, what: &str| {
        assert!(matches!(error, Error::Edit(EditError::Share { what: w, .. }) if w == what));
    };
    for share in [-0.1, 1.1, f32::NAN] {
        let near = Some(Near {
            x_t: &code().x_t,
            strength: share,
        });
        let variations = Variations { near, ..VARIATIONS };
        let drawn = block_on(model.variations(&z_sem, variations, &mut unwatched()));
        shared(drawn.unwrap_err(), "strength");
        let between = model.interpolate(&code(), &code(), share).unwrap_err();
        shared(between, "position between the two pictures");
        let psi = Sampling {
            psi: share,
            ..sampling(None)
        };
        let eta = Sampling {
            eta: share,
            ..sampling(None)
        };
        for (what, sampling) in [("psi", psi), ("eta", eta)] {
            let drawn = block_on(model.sample(sampling, &mut unwatched()));
            shared(drawn.unwrap_err(), what);
        }
    }
    for length in [0, 5, 3 * SIDE * SIDE + 1] {
        let near = Some(Near {
            x_t: &vec![0.0; length],
            strength: 0.5,
        });
        let variations = Variations { near, ..VARIATIONS };
        let drawn = block_on(model.variations(&z_sem, variations, &mut unwatched()));
        assert!(matches!(drawn, Err(Error::Code(CodeError::Shape { .. }))));
    }
}

#[test]
fn logits_and_directions_of_another_width_are_refused() {
    let model = tiny();
    for width in [15, 17] {
        let logits = model.logits(&vec![0.0; width]);
        assert!(matches!(logits, Err(Error::Code(CodeError::Shape { .. }))));
        let direction = Direction {
            weight: vec![1.0; width],
            bias: 0.0,
        };
        let edited = model.edit_code(&code(), &[], &[(&direction, 0.1)]);
        assert!(matches!(edited, Err(Error::Edit(EditError::Width { .. }))));
        let sampled = block_on(model.sample(sampling(Some(&direction)), &mut unwatched()));
        assert!(matches!(sampled, Err(Error::Edit(EditError::Width { .. }))));
        let taught = model.teach(&[vec![0.0; width]], &[vec![1.0; 16]]);
        assert!(matches!(taught, Err(Error::Code(CodeError::Shape { .. }))));
    }
}

#[test]
fn a_device_that_fails_is_not_a_job_that_was_cancelled() {
    let model = tiny();
    let lost = || async |_: Step<4>| ControlFlow::Break(Stopped::Device("lost".to_owned()));
    let asked = || async |_: Step<4>| ControlFlow::Break(Stopped::Asked);
    for inversion in [Inversion::Official, Inversion::default()] {
        let failed = block_on(model.encode(&picture(), 2, inversion, &mut lost()));
        assert!(matches!(failed, Err(Error::Device(reason)) if reason == "lost"));
        let stopped = block_on(model.encode(&picture(), 2, inversion, &mut asked()));
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
    let failed = block_on(model.reconstruct(&code(), 2, &mut lost()));
    assert!(matches!(failed, Err(Error::Device(_))));
    let failed = block_on(model.sample(sampling(None), &mut lost()));
    assert!(matches!(failed, Err(Error::Device(_))));
}

#[test]
fn a_plain_ddpm_draws_pictures_and_does_nothing_else() {
    let mut config = ModelConfig::preset("ffhq64_ddpm").unwrap();
    config.image_size = SIDE;
    config.net_ch = 8;
    config.net_ch_mult = vec![1, 2];
    config.embed_channels = 16;
    let folder = tempfile::tempdir().unwrap();
    convert::random(config, Precision::F32, folder.path(), &mut |_, _| {}).unwrap();
    let model = DiffAe::open(folder.path(), &[Part::Decoder], &Device::flex()).unwrap();

    let drawn = block_on(model.sample(sampling(None), &mut unwatched())).unwrap();
    assert_eq!(drawn.len(), 2);
    assert_ne!(drawn[0], drawn[1]);

    let bare = Code {
        z_sem: Vec::new(),
        ..code()
    };
    let refused = [
        block_on(model.encode(&picture(), 2, Inversion::Official, &mut unwatched())).map(drop),
        block_on(model.encode_semantic(&picture())).map(drop),
        block_on(model.reconstruct(&bare, 2, &mut unwatched())).map(drop),
        block_on(model.edit(&bare, &[("Smiling", 0.3)], &[], 2, &mut unwatched())).map(drop),
        block_on(model.variations(&[], VARIATIONS, &mut unwatched())).map(drop),
        model.interpolate(&bare, &bare, 0.5).map(drop),
    ];
    for result in refused {
        let error = result.unwrap_err();
        let expected = matches!(error, Error::Weights(WeightsError::NoPart(Part::Encoder)));
        assert!(expected, "{error}");
    }
}
