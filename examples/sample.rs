//! Draws faces of people who do not exist, on one sheet:
//! `cargo run --release --example sample -- MODEL COUNT SEED RESULT`.

use std::error::Error;

use diffae::weights::Part;
use diffae::{Device, DiffAe, Sampling, block_on, photo, unwatched};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [model, count, seed, result] = words.as_slice() else {
        return Err("name a model directory, how many faces, a seed and the result".into());
    };
    let parts = [Part::Latent, Part::Decoder];
    let model = DiffAe::open(model, &parts, &Device::flex())?;
    let sampling = Sampling {
        count: count.parse()?,
        seed: seed.parse()?,
        ..Default::default()
    };
    let faces = block_on(model.sample(sampling, &mut unwatched()))?;
    photo::save_png(&photo::contact_sheet(&faces, 4)?, result.as_ref())?;
    Ok(())
}
