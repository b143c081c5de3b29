//! The calls of the model that measuring makes, one picture at a time and unwatched.

use diffae::diffusion::unwatched;
use diffae::{Code, DiffAe, Picture};

use super::run::Encoder;
use crate::error::ToolError;

/// The code of a picture.
pub(super) fn encode(
    model: &DiffAe,
    picture: &Picture,
    steps: usize,
    encoder: Encoder,
) -> Result<Code, ToolError> {
    let watch = &mut unwatched();
    let code = model.encode(picture, steps, encoder.inversion(), watch);
    Ok(pollster::block_on(code)?)
}

/// The picture of a code, [3, S, S] in [0, 1].
pub(super) fn decode(model: &DiffAe, code: &Code, steps: usize) -> Result<Vec<f32>, ToolError> {
    let watch = &mut unwatched();
    let values = model.reconstruct_values(code, steps, watch);
    Ok(pollster::block_on(values)?)
}

/// The picture that a plain DDPM makes of an x_T, [3, S, S] in [0, 1].
pub(super) fn decode_plain(
    model: &DiffAe,
    x_t: &[f32],
    steps: usize,
) -> Result<Vec<f32>, ToolError> {
    let watch = &mut unwatched();
    let values = model.sample_values(x_t, steps, watch);
    Ok(pollster::block_on(values)?)
}

/// z_sem of a picture.
pub(super) fn z_sem(model: &DiffAe, picture: &Picture) -> Result<Vec<f32>, ToolError> {
    Ok(pollster::block_on(model.encode_semantic(picture))?)
}

/// The random x_T of a place in the set, [3, S, S].
pub(super) fn random_x_t(model: &DiffAe, seed: u64, index: usize) -> Result<Vec<f32>, ToolError> {
    Ok(pollster::block_on(model.random_x_t(seed, index))?)
}

/// Values in [0, 1] as a picture.
pub(super) fn as_picture(side: usize, values: &[f32]) -> Result<Picture, ToolError> {
    let side = side as u32;
    let picture = Picture::from_chw(side, side, values);
    Ok(picture.map_err(diffae::Error::from)?)
}
