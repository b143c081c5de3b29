//! A sheet of what a model in training can do: pictures, their reconstructions, edits and variations of them.

use std::path::Path;

use diffae::diffusion::unwatched;
use diffae::photo::{Beside, Maker, contact_sheet, write_atomically, write_png};
use diffae::train::{Trainer, model};
use diffae::{Inversion, Picture, Sampling, Variations};

use crate::error::ToolError;

/// Steps of the sampler; enough to judge a model by.
const STEPS: usize = 20;

/// Attributes that are edited, where the heads of the training know them, and how far their logits are moved.
const EDITS: [(&str, f32); 4] = [
    ("Smiling", 4.0),
    ("Smiling", -4.0),
    ("Eyeglasses", 6.0),
    ("Blond_Hair", 6.0),
];

/// Draws a sheet of the averaged weights. Rows: the pictures, their reconstructions from the encoded x_T, edits, and the
/// same z_sem with fresh x_T; of a plain DDPM, pictures from noise alone. Without `edits` those are left out: heads that
/// saw no attributes know none.
pub(super) fn draw(
    directory: &Path,
    trainer: &Trainer,
    config: &diffae::config::ModelConfig,
    pictures: &[Picture],
    edits: bool,
) -> Result<(), ToolError> {
    let model = model::of_parameters(config, trainer.average.parameters(), trainer.device())?;
    let columns = pictures.len().max(1);
    let mut sheet = Vec::new();
    if config.encoder.is_some() {
        let (mut again, mut varied) = (Vec::new(), Vec::new());
        let directions: Vec<Vec<f32>> = (EDITS.iter().filter(|_| edits))
            .filter_map(|(name, by)| direction(trainer, config, name, *by))
            .collect();
        let mut edited = vec![Vec::new(); directions.len()];
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
            for (direction, edited) in directions.iter().zip(&mut edited) {
                let mut code = code.clone();
                for (value, by) in code.z_sem.iter_mut().zip(direction) {
                    *value += by;
                }
                let watch = &mut unwatched();
                edited.push(pollster::block_on(model.reconstruct(&code, STEPS, watch))?);
            }
            varied.extend(pollster::block_on(model.variations(
                &code.z_sem,
                Variations {
                    seed: index as u64,
                    steps: STEPS,
                    ..Default::default()
                },
                &mut unwatched(),
            ))?);
        }
        sheet.extend(pictures.iter().cloned());
        sheet.extend(again);
        sheet.extend(edited.into_iter().flatten());
        sheet.extend(varied);
    } else {
        let sampling = Sampling {
            count: columns,
            seed: 0,
            steps: STEPS,
            latent_steps: STEPS,
            ..Default::default()
        };
        sheet.extend(pollster::block_on(
            model.sample(sampling, &mut unwatched()),
        )?);
    }
    let sheet = contact_sheet(&sheet, columns)?;
    let path = directory.join(format!("sheet-{:08}.png", trainer.steps));
    let beside = Beside {
        maker: Maker::Edit,
        ..Beside::default()
    };
    write_atomically(&path, &write_png(&sheet, beside)?)
        .map_err(|source| ToolError::Write { path, source })
}

/// By how much z_sem moves so that an attribute's logit in the training's heads moves by `by`.
fn direction(
    trainer: &Trainer,
    config: &diffae::config::ModelConfig,
    attribute: &str,
    by: f32,
) -> Option<Vec<f32>> {
    let row = config
        .attributes
        .iter()
        .position(|name| name == attribute)?;
    let weight = trainer
        .average
        .parameters()
        .read("heads.attributes.weight")?;
    let weight = weight.into_f32();
    let style = config.style_channels()?;
    let row = weight.get(row * style..(row + 1) * style)?;
    let square: f32 = row.iter().map(|v| v * v).sum();
    Some(row.iter().map(|v| v * by / square.max(1e-12)).collect())
}
