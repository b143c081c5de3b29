//! Splits a picture into its two codes, and draws it again from them:
//! `cargo run --release --example encode -- MODEL PICTURE RESULT`.
//!
//! The picture is a face as the model expects it, of the model's size; `readme_picture` shows the
//! way there from a photo.

use std::error::Error;
use std::path::PathBuf;

use diffae::weights::Part;
use diffae::{Device, DiffAe, Inversion, block_on, metrics, photo, unwatched};

const STEPS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [model, picture, result] = paths.as_slice() else {
        return Err("name a model directory, a picture and the result".into());
    };
    let parts = [Part::Encoder, Part::Decoder];
    let model = DiffAe::open(model, &parts, &Device::flex())?;
    let picture = photo::open(picture)?;

    let inversion = Inversion::default();
    let code = block_on(model.encode(&picture, STEPS, inversion, &mut unwatched()))?;
    let back = block_on(model.reconstruct(&code, STEPS, &mut unwatched()))?;
    photo::save_png(&back, result)?;

    let psnr = metrics::psnr(&picture.to_unit_chw(), &back.to_unit_chw())?;
    println!(
        "z_sem has {} values, x_T {}; the picture comes back at {psnr:.1} dB",
        code.z_sem.len(),
        code.x_t.len()
    );
    Ok(())
}
