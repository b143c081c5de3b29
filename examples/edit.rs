//! Changes an attribute of a face: `cargo run --release --example edit -- MODEL PICTURE NAME AMOUNT
//! RESULT`, with an amount of about 0.3 or its negative.
//!
//! The picture is a face as the model expects it, of the model's size.

use std::error::Error;

use diffae::weights::Part;
use diffae::{Device, DiffAe, Inversion, block_on, photo, unwatched};

const STEPS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [model, picture, name, amount, result] = words.as_slice() else {
        return Err(
            "name a model directory, a picture, an attribute, an amount and the result".into(),
        );
    };
    let parts = [Part::Encoder, Part::Decoder, Part::Attributes];
    let model = DiffAe::open(model, &parts, &Device::flex())?;
    let picture = photo::open(picture.as_ref())?;

    let inversion = Inversion::default();
    let code = block_on(model.encode(&picture, STEPS, inversion, &mut unwatched()))?;
    let change = (name.as_str(), amount.parse()?);
    let edited = block_on(model.edit(&code, &[change], &[], STEPS, &mut unwatched()))?;
    photo::save_png(&edited, result.as_ref())?;
    Ok(())
}
