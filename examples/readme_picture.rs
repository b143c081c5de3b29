//! Makes the README's picture of whole photos: `cargo run --release --example readme_picture`.
//!
//! Shows the library from a photo to an edited photo, as `diffae edit` does it: the face is found,
//! encoded once, and every edit is put back into the photo.

use std::error::Error;
use std::path::Path;

use diffae::face::Detector;
use diffae::photo::{self, Change, Similarity};
use diffae::weights::Part;
use diffae::{Device, DiffAe, Inversion, block_on, unwatched};

/// Row by row after the original.
const EDITS: [(&str, f32); 3] = [("Smiling", 0.3), ("Eyeglasses", 0.4), ("Blond_Hair", 0.6)];
const STEPS: usize = 20;
const QUALITY: u8 = 85;

fn main() -> Result<(), Box<dyn Error>> {
    block_on(make())
}

async fn make() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let photo = photo::open(&root.join("www/samples/astronaut.webp"))?;
    let weights = std::fs::read(root.join("pkg/face/blazeface.safetensors"))?;
    let faces = Detector::from_bytes(&weights)?.find(&photo).await?;
    let face = faces.first().ok_or("there is no face in the photo")?;

    let parts = [Part::Encoder, Part::Decoder, Part::Attributes];
    let model = DiffAe::open(root.join("models/portrait64"), &parts, &Device::flex())?;
    let side = model.side() as u32;
    let framing = model.manifest().framing.ok_or("the model has no framing")?;
    let size = [photo.width(), photo.height()];
    let photo_from_frame = Similarity::from_eyes(&face.eyes, &framing, side, size)?;
    let square = photo::frame(&photo, &photo_from_frame, side)?;

    let code = model
        .encode(&square, STEPS, Inversion::default(), &mut unwatched())
        .await?;
    let before = model.reconstruct(&code, STEPS, &mut unwatched()).await?;
    let mut photos = vec![photo.clone()];
    for edit in EDITS {
        let after = model
            .edit(&code, &[edit], &[], STEPS, &mut unwatched())
            .await?;
        let change = Change {
            photo_from_frame,
            before: &before,
            after: &after,
        };
        photos.push(photo::composite(&photo, &change)?);
    }
    let sheet = photo::write_jpeg(&photo::contact_sheet(&photos, 2)?, None, QUALITY)?;
    let path = root.join("www/astronaut-edits.jpg");
    photo::write_atomically(&path, &sheet)?;
    println!("Wrote {} ({} KB)", path.display(), sheet.len() / 1024);
    Ok(())
}
