//! The Inception network of FID, as pytorch-fid ports it from TensorFlow: average pools that leave the padding out,
//! a maximum in the pool branch of the last block, 2048 features from the last pool.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::blocks::{BlockA, BlockB, BlockC, BlockD, BlockE, Builder};
use super::file::{PublicFile, Tensors};
use super::layers::{Conv, average_pool, max_pool, max_pool_down};
use super::resize::bilinear;
use crate::eval::EvalError;
use crate::picture::Picture;

/// The weights of pytorch-fid.
pub const INCEPTION: PublicFile = PublicFile {
    name: "pt_inception-2015-12-05-6726825d.pth",
    sha256: "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
};

/// Width of the features.
pub const FEATURES: usize = 2048;

/// Side to which pictures are brought.
const SIDE: usize = 299;

/// The network.
#[derive(Debug)]
pub struct Inception {
    stem: [Conv; 5],
    grid35: [BlockA; 3],
    to_grid17: BlockB,
    grid17: [BlockC; 4],
    to_grid8: BlockD,
    grid8: [BlockE; 2],
    device: Device,
}

impl Inception {
    /// Loads the public file.
    ///
    /// # Errors
    /// [`EvalError::OtherNetwork`] for any file but [`INCEPTION`], and as for unreadable ones.
    pub fn open(path: &Path, device: &Device) -> Result<Self, EvalError> {
        Self::load(&mut INCEPTION.open(path)?, device)
    }

    pub(super) fn load(source: &mut impl Tensors, device: &Device) -> Result<Self, EvalError> {
        let mut at = Builder::new(source, device);
        let stem = [
            at.conv("Conv2d_1a_3x3", 3, 32, [3, 3], 2, [0, 0])?,
            at.conv("Conv2d_2a_3x3", 32, 32, [3, 3], 1, [0, 0])?,
            at.conv("Conv2d_2b_3x3", 32, 64, [3, 3], 1, [1, 1])?,
            at.conv("Conv2d_3b_1x1", 64, 80, [1, 1], 1, [0, 0])?,
            at.conv("Conv2d_4a_3x3", 80, 192, [3, 3], 1, [0, 0])?,
        ];
        Ok(Self {
            stem,
            grid35: [
                BlockA::load(at.block("Mixed_5b"), 192, 32)?,
                BlockA::load(at.block("Mixed_5c"), 256, 64)?,
                BlockA::load(at.block("Mixed_5d"), 288, 64)?,
            ],
            to_grid17: BlockB::load(at.block("Mixed_6a"))?,
            grid17: [
                BlockC::load(at.block("Mixed_6b"), 128)?,
                BlockC::load(at.block("Mixed_6c"), 160)?,
                BlockC::load(at.block("Mixed_6d"), 160)?,
                BlockC::load(at.block("Mixed_6e"), 192)?,
            ],
            to_grid8: BlockD::load(at.block("Mixed_7a"))?,
            grid8: [
                BlockE::load(at.block("Mixed_7b"), 1280, average_pool)?,
                BlockE::load(at.block("Mixed_7c"), 2048, max_pool)?,
            ],
            device: device.clone(),
        })
    }

    /// The [`FEATURES`] of one picture, which stands for the file that would have been written of it.
    ///
    /// # Errors
    /// [`EvalError::Device`].
    pub async fn features(&self, picture: &Picture) -> Result<Vec<f32>, EvalError> {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        // torchvision's ToTensor: bytes over 255.
        let pixels: Vec<f32> = (0..3)
            .flat_map(|channel| picture.rgba().iter().skip(channel).step_by(4))
            .map(|&byte| f32::from(byte) / 255.0)
            .collect();
        let resized = bilinear(&pixels, [height, width], [SIDE, SIDE]);
        let x = TensorData::new(resized, [1, 3, SIDE, SIDE]);
        let x = Tensor::from_data(x, &self.device) * 2.0 - 1.0;
        let features = self.forward(x).into_data_async().await;
        let features = features.map_err(|e| EvalError::Device(e.to_string()))?;
        features
            .try_into_vec()
            .map_err(|e| EvalError::Device(format!("{e:?}")))
    }

    /// # Shapes
    /// - x: [B, 3, 299, 299] in [-1, 1], output: [B, 2048]
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let [first, second, third, fourth, fifth] = &self.stem;
        let x = third.forward(second.forward(first.forward(x)));
        let x = fifth.forward(fourth.forward(max_pool_down(x)));
        let x = max_pool_down(x); // [B, 192, 35, 35]
        let x = self.grid35.iter().fold(x, |x, block| block.forward(x));
        let x = self.to_grid17.forward(x); // [B, 768, 17, 17]
        let x = self.grid17.iter().fold(x, |x, block| block.forward(x));
        let x = self.to_grid8.forward(x); // [B, 1280, 8, 8]
        let x = self.grid8.iter().fold(x, |x, block| block.forward(x));
        let [batch, channels, height, width] = x.dims();
        let positions: Tensor<3> = x.reshape([batch, channels, height * width]);
        positions.mean_dim(2).reshape([batch, channels])
    }
}
