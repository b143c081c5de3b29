//! Pictures drawn from noise: what strength, psi and eta do to them.
#![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use diffae::weights::Part;
use diffae::{Device, DiffAe, Inversion, Near, Picture, Sampling, Variations, block_on, unwatched};

fn model() -> DiffAe {
    let parts = [Part::Encoder, Part::Decoder, Part::Latent];
    DiffAe::open("examples/model", &parts, &Device::flex()).unwrap()
}

fn picture(side: usize) -> Picture {
    let rgba = (0..side * side).flat_map(|at| [(at % 251) as u8, (at / side * 7) as u8, 90, 255]);
    Picture::new(side as u32, side as u32, rgba.collect()).unwrap()
}

/// Root of the mean squared difference of two pictures' values, 0 to 1.
fn distance(a: &Picture, b: &Picture) -> f64 {
    let (a, b) = (a.to_unit_chw(), b.to_unit_chw());
    let squares = a.iter().zip(&b).map(|(a, b)| f64::from(a - b).powi(2));
    (squares.sum::<f64>() / a.len() as f64).sqrt()
}

#[test]
fn variations_go_from_the_picture_itself_to_fresh_noise() {
    let model = model();
    let picture = picture(model.side());
    let watch = &mut unwatched();
    let code = block_on(model.encode(&picture, 10, Inversion::default(), watch)).unwrap();
    let itself = block_on(model.reconstruct(&code, 10, &mut unwatched())).unwrap();
    let drawn = |near: Option<f32>| {
        let variations = Variations {
            count: 3,
            seed: 4,
            steps: 10,
            near: near.map(|strength| Near {
                x_t: &code.x_t,
                strength,
            }),
        };
        block_on(model.variations(&code.z_sem, variations, &mut unwatched())).unwrap()
    };
    // The sine of the arc's start is exactly nothing.
    assert!(drawn(Some(0.0)).iter().all(|picture| *picture == itself));
    let far = |strength: f32| distance(&drawn(Some(strength))[1], &itself);
    let distances = [0.1, 0.3, 0.6, 1.0].map(far);
    assert!(
        distances.is_sorted() && distances[0] < 0.5 * distances[3],
        "{distances:?}"
    );
    // At the end of the arc is the noise that is drawn without it, but for rounding.
    for (a, b) in drawn(Some(1.0)).iter().zip(drawn(None)) {
        assert!(distance(a, &b) < 2.0 / 255.0);
    }
}

#[test]
fn truncation_draws_faces_together_at_the_mean() {
    let model = model();
    let z_sem = |psi: f32| {
        let sampling = Sampling {
            count: 4,
            seed: 2,
            latent_steps: 10,
            psi,
            ..Default::default()
        };
        block_on(model.sample_latents(sampling)).unwrap()
    };
    let (whole, half, none) = (z_sem(1.0), z_sem(0.5), z_sem(0.0));
    let mean = model.manifest().conds_mean.clone().unwrap();
    for row in 0..4 {
        assert_eq!(none[row], mean);
        for at in 0..mean.len() {
            let expected = 0.5 * (whole[row][at] + mean[at]);
            let rounding = 1e-5 * (1.0 + whole[row][at].abs());
            assert!((half[row][at] - expected).abs() < rounding);
        }
    }
    assert_ne!(whole[0], whole[1]);
}

#[test]
fn noise_in_the_steps_changes_pictures_the_same_way_each_time() {
    let model = model();
    let drawn = |count: usize, eta: f32| {
        let sampling = Sampling {
            count,
            seed: 7,
            steps: 10,
            latent_steps: 10,
            eta,
            ..Default::default()
        };
        block_on(model.sample(sampling, &mut unwatched())).unwrap()
    };
    let (calm, noisy) = (drawn(2, 0.0), drawn(2, 1.0));
    assert_eq!(noisy, drawn(2, 1.0));
    assert!(
        calm.iter()
            .zip(&noisy)
            .all(|(a, b)| distance(a, b) > 1.0 / 255.0)
    );
    assert!(distance(&noisy[0], &noisy[1]) > 1.0 / 255.0);
    // A picture is the same whatever is drawn beside it, in a second batch, too.
    let many = drawn(10, 1.0);
    assert_eq!(many[8], drawn(9, 1.0)[8]);
}
