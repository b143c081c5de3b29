//! Conditioning of the U-Net's residual blocks on time and on z_sem (paper, eq. 7; AdaGN).
//!
//! Every block scales and shifts its normalized features by projections of the time embedding and
//! scales them once more by a projection of z_sem. The former depend on the schedule alone, the
//! latter on the picture alone, so the projections of all blocks are computed together, once, and a
//! sampling step only combines them: `scale = (1 + s_t)(1 + s_z)`, `shift = b_t (1 + s_z)`.

use burn::module::Module;
use burn::tensor::Tensor;

use super::Loader;
use crate::ops::{self, Linear, Modulation};
use crate::weights::{Array, WeightsError};

/// The time and style projections of all residual blocks, each stacked into one linear layer.
#[derive(Module, Debug)]
pub struct Projections {
    /// Time embedding → time scales of all blocks.
    time_scale: Linear,
    /// Time embedding → time shifts of all blocks.
    time_shift: Linear,
    /// z_sem → style scales of all blocks; absent in a plain DDPM.
    style_scale: Option<Linear>,
}

/// The time projections of a list of time steps: N rows, one column per channel of every block.
#[derive(Debug, Clone)]
pub struct TimeProjections {
    /// 1 + the time scales s_t, [N, ΣC].
    scale: Tensor<2>,
    /// Time shifts b_t, [N, ΣC].
    shift: Tensor<2>,
}

/// The style projection of a batch of z_sem: 1 + s_z, [B, ΣC].
#[derive(Debug, Clone)]
pub struct StyleProjection(Tensor<2>);

/// The modulation of every residual block for one evaluation of the U-Net.
#[derive(Debug, Clone)]
pub struct BlockModulations {
    /// [B or 1, ΣC].
    scales: Tensor<2>,
    /// [B or 1, ΣC].
    shifts: Tensor<2>,
}

/// Where a block's channels lie among those of all blocks.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    start: usize,
    len: usize,
}

/// Collects the projections of the blocks while these are being loaded.
#[derive(Debug)]
pub struct ProjectionsBuilder {
    embed: usize,
    style: Option<usize>,
    columns: usize,
    time_scale: Stack,
    time_shift: Stack,
    style_scale: Stack,
}

#[derive(Debug, Default)]
struct Stack {
    weights: Vec<Array>,
    biases: Vec<Array>,
}

impl ProjectionsBuilder {
    /// For time embeddings of width `embed` and z_sem of width `style`.
    pub fn new(embed: usize, style: Option<usize>) -> Self {
        Self {
            embed,
            style,
            columns: 0,
            time_scale: Stack::default(),
            time_shift: Stack::default(),
            style_scale: Stack::default(),
        }
    }

    /// Loads one block's `emb_layers.1.*` and `cond_emb_layers.1.*`.
    ///
    /// # Errors
    /// Whatever the source says of its tensors.
    pub fn add(
        &mut self,
        loader: &mut Loader<'_>,
        channels: usize,
    ) -> Result<Columns, WeightsError> {
        let mut time = loader.at("emb_layers.1");
        // The first half of the rows are scales, the second half shifts.
        let weight = time.array("weight", &[2 * channels, self.embed])?;
        let bias = time.array("bias", &[2 * channels])?;
        let (scale, shift) = weight.split_rows(channels);
        let (scale_bias, shift_bias) = bias.split_rows(channels);
        self.time_scale.push(scale, scale_bias);
        self.time_shift.push(shift, shift_bias);
        if let Some(style) = self.style {
            let mut cond = loader.at("cond_emb_layers.1");
            let weight = cond.array("weight", &[channels, style])?;
            self.style_scale
                .push(weight, cond.array("bias", &[channels])?);
        }
        let start = self.columns;
        self.columns += channels;
        Ok(Columns {
            start,
            len: channels,
        })
    }

    /// The stacked layers.
    pub fn build(self, loader: &Loader<'_>) -> Projections {
        let layer = |stack: Stack| {
            loader.stacked(
                Array::stack_rows(stack.weights),
                Array::stack_rows(stack.biases),
            )
        };
        Projections {
            time_scale: layer(self.time_scale),
            time_shift: layer(self.time_shift),
            style_scale: self.style.map(|_| layer(self.style_scale)),
        }
    }
}

impl Stack {
    fn push(&mut self, weight: Array, bias: Array) {
        self.weights.push(weight);
        self.biases.push(bias);
    }
}

impl Projections {
    /// Projects time embeddings.
    ///
    /// # Shapes
    /// - embedding: [N, E]
    pub fn time(&self, embedding: Tensor<2>) -> TimeProjections {
        let h = ops::silu(embedding);
        TimeProjections {
            scale: ops::linear(h.clone(), &self.time_scale) + 1.0,
            shift: ops::linear(h, &self.time_shift),
        }
    }

    /// Projects z_sem; `None` for a plain DDPM, which has no use for it.
    ///
    /// # Shapes
    /// - z_sem: [B, Z]
    pub fn style(&self, z_sem: Tensor<2>) -> Option<StyleProjection> {
        let layer = self.style_scale.as_ref()?;
        Some(StyleProjection(ops::linear(ops::silu(z_sem), layer) + 1.0))
    }
}

impl TimeProjections {
    /// The projections of one entry of the list, one row for the whole batch.
    pub fn row(&self, index: usize) -> Self {
        Self {
            scale: self.scale.clone().narrow(0, index, 1),
            shift: self.shift.clone().narrow(0, index, 1),
        }
    }

    /// Combines rows of time (one, or one per picture) with the style of a batch.
    pub fn modulate(&self, style: Option<&StyleProjection>) -> BlockModulations {
        let scale = self.scale.clone(); // [1 or B, ΣC]
        let shift = self.shift.clone();
        match style {
            Some(StyleProjection(style)) => BlockModulations {
                scales: scale * style.clone(), // [B, ΣC]
                shifts: shift * style.clone(),
            },
            None => BlockModulations {
                scales: scale,
                shifts: shift,
            },
        }
    }
}

impl BlockModulations {
    /// The columns of one block.
    pub fn of(&self, columns: Columns) -> Modulation {
        Modulation {
            scales: self.scales.clone(),
            shifts: self.shifts.clone(),
            columns: columns.start..columns.start + columns.len,
        }
    }
}
