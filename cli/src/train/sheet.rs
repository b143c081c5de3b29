//! A sheet of what a model in training can do: pictures, their reconstructions, and variations of them.

use std::path::Path;

use diffae::diffusion::unwatched;
use diffae::photo::{contact_sheet, save_png};
use diffae::train::{Trainer, model};
use diffae::{Inversion, Picture, Sampling};

use crate::error::ToolError;

/// Steps of the sampler; enough to judge a model by.
const STEPS: usize = 20;

/// Draws a sheet of the averaged weights. Rows: the pictures, their reconstructions from the encoded x_T, and the same
/// z_sem with fresh x_T; of a plain DDPM, pictures from noise alone.
pub(super) fn draw(
    directory: &Path,
    trainer: &Trainer,
    config: &diffae::config::ModelConfig,
    pictures: &[Picture],
) -> Result<(), ToolError> {
    let model = model::of_parameters(config, trainer.average.parameters(), trainer.device())?;
    let columns = pictures.len().max(1);
    let mut sheet = Vec::new();
    if config.encoder.is_some() {
        let (mut again, mut varied) = (Vec::new(), Vec::new());
        for (index, picture) in pictures.iter().enumerate() {
            let code = pollster::block_on(model.encode(
                picture,
                STEPS,
                Inversion::default(),
                &mut unwatched(),
            ))?;
            again.push(pollster::block_on(model.reconstruct(
                &code,
                STEPS,
                &mut unwatched(),
            ))?);
            varied.extend(pollster::block_on(model.variations(
                &code.z_sem,
                1,
                index as u64,
                STEPS,
                &mut unwatched(),
            ))?);
        }
        sheet.extend(pictures.iter().cloned());
        sheet.extend(again);
        sheet.extend(varied);
    } else {
        let sampling = Sampling {
            count: columns,
            seed: 0,
            steps: STEPS,
            latent_steps: STEPS,
            accept: None,
        };
        sheet.extend(pollster::block_on(
            model.sample(sampling, &mut unwatched()),
        )?);
    }
    let sheet = contact_sheet(&sheet, columns)?;
    let path = directory.join(format!("sheet-{:08}.png", trainer.steps));
    Ok(save_png(&sheet, &path)?)
}
