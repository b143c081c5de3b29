//! The residual block of the conditional U-Net, and its shorter sibling in the semantic encoder.

use burn::module::Module;
use burn::tensor::Tensor;

use super::Loader;
use super::modulation::{BlockModulations, Columns, ProjectionsBuilder};
use crate::config::Stage;
use crate::ops::{self, Conv, Dropout, Input, Norm, Resample, Residual};
use crate::weights::WeightsError;

/// A residual block of the U-Net: two convolutions, the second behind features that time and
/// z_sem modulate.
#[derive(Module, Debug)]
pub struct ResBlock {
    norm_in: Norm,
    conv_in: Conv,
    norm_out: Norm,
    conv_out: Conv,
    /// 1x1 convolution of the shortcut; absent where the width stays the same.
    shortcut: Option<Conv>,
    #[module(skip)]
    columns: Columns,
    #[module(skip)]
    resample: Resample,
    /// Behind the second activation, in training.
    #[module(skip)]
    dropout: Option<Dropout>,
}

/// A residual block of the semantic encoder. Without conditioning the official block loses its
/// whole second half, so there is exactly one 3x3 convolution.
#[derive(Module, Debug)]
pub struct EncoderBlock {
    norm_in: Norm,
    conv_in: Conv,
    shortcut: Option<Conv>,
    #[module(skip)]
    resample: Resample,
}

impl ResBlock {
    /// Loads `in_layers`, `emb_layers`, `cond_emb_layers`, `out_layers` and `skip_connection`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(
        loader: &mut Loader<'_>,
        projections: &mut ProjectionsBuilder,
        stage: &Stage,
    ) -> Result<Self, WeightsError> {
        let (input, out) = (stage.width(), stage.out);
        Ok(Self {
            norm_in: loader.at("in_layers.0").norm(input)?,
            conv_in: loader.at("in_layers.2").conv(input, out, 3)?,
            columns: projections.add(loader, out)?,
            norm_out: loader.at("out_layers.0").norm(out)?,
            conv_out: loader.at("out_layers.3").conv(out, out, 3)?,
            shortcut: shortcut(loader, input, out)?,
            resample: stage.resample,
            dropout: loader.dropout_here(),
        })
    }

    /// # Shapes
    /// - x: [B, C1, H, W], skip: [B, C2, H, W], C1 + C2 = the block's input width
    /// - output: [B, O, H', W'], on the resampled grid
    pub fn forward(
        &self,
        x: Tensor<4>,
        skip: Option<Tensor<4>>,
        modulations: &BlockModulations,
    ) -> Tensor<4> {
        let input = Input::new(x.clone())
            .skip(skip.clone())
            .norm(&self.norm_in)
            .silu()
            .resample(self.resample);
        let h = ops::conv2d(input, &self.conv_in, None); // [B, O, H', W']

        let residual = residual(x, skip, self.shortcut.as_ref(), self.resample);
        let input = Input::new(h)
            .norm(&self.norm_out)
            .modulate(modulations.of(self.columns))
            .silu()
            .dropout(self.dropout);
        ops::conv2d(input, &self.conv_out, Some(residual)) // [B, O, H', W']
    }
}

impl EncoderBlock {
    /// Loads `in_layers` and `skip_connection`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn load(loader: &mut Loader<'_>, stage: &Stage) -> Result<Self, WeightsError> {
        let (input, out) = (stage.width(), stage.out);
        Ok(Self {
            norm_in: loader.at("in_layers.0").norm(input)?,
            conv_in: loader.at("in_layers.2").conv(input, out, 3)?,
            shortcut: shortcut(loader, input, out)?,
            resample: stage.resample,
        })
    }

    /// # Shapes
    /// - x: [B, C, H, W], output: [B, O, H', W'], on the resampled grid
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let residual = residual(x.clone(), None, self.shortcut.as_ref(), self.resample);
        let input = Input::new(x)
            .norm(&self.norm_in)
            .silu()
            .resample(self.resample);
        ops::conv2d(input, &self.conv_in, Some(residual))
    }
}

fn shortcut(
    loader: &mut Loader<'_>,
    input: usize,
    out: usize,
) -> Result<Option<Conv>, WeightsError> {
    if input == out {
        return Ok(None);
    }
    loader.at("skip_connection").conv(input, out, 1).map(Some)
}

/// The shortcut of a block: the (concatenated) input itself, or its 1x1 convolution.
fn residual(
    x: Tensor<4>,
    skip: Option<Tensor<4>>,
    shortcut: Option<&Conv>,
    resample: Resample,
) -> Residual {
    match (shortcut, skip) {
        (Some(conv), skip) => Residual {
            x: ops::conv2d(Input::new(x).skip(skip).resample(resample), conv, None),
            resample: Resample::Keep,
        },
        (None, None) => Residual { x, resample },
        (None, Some(skip)) => Residual {
            x: Tensor::cat(vec![x, skip], 1),
            resample,
        },
    }
}
