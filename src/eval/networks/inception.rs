//! The Inception network of FID, as pytorch-fid ports it from TensorFlow: average pools that leave the padding out,
//! a maximum in the pool branch of the last block, 2048 features from the last pool.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::file::{PublicFile, Tensors};
use super::layers::{Conv, Geometry, average_pool, max_pool, max_pool_down};
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
        let mut at = Builder {
            source,
            device,
            block: String::new(),
        };
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

/// Loads the convolutions of a block by their names.
struct Builder<'a, T> {
    source: &'a mut T,
    device: &'a Device,
    block: String,
}

impl<T: Tensors> Builder<'_, T> {
    fn block(&mut self, name: &str) -> Builder<'_, T> {
        Builder {
            source: &mut *self.source,
            device: self.device,
            block: format!("{name}."),
        }
    }

    fn conv(
        &mut self,
        name: &str,
        input: usize,
        output: usize,
        kernel: [usize; 2],
        stride: usize,
        padding: [usize; 2],
    ) -> Result<Conv, EvalError> {
        let geometry = Geometry {
            input,
            output,
            kernel,
            stride,
            padding,
        };
        let name = format!("{}{name}", self.block);
        Conv::normalized(&name, geometry, self.source, self.device)
    }

    fn point(&mut self, name: &str, input: usize, output: usize) -> Result<Conv, EvalError> {
        self.conv(name, input, output, [1, 1], 1, [0, 0])
    }

    /// A kernel of odd sides that keeps the grid.
    fn same(
        &mut self,
        name: &str,
        input: usize,
        output: usize,
        kernel: [usize; 2],
    ) -> Result<Conv, EvalError> {
        self.conv(name, input, output, kernel, 1, kernel.map(|side| side / 2))
    }

    /// 3 x 3, every second position.
    fn down(&mut self, name: &str, input: usize, output: usize) -> Result<Conv, EvalError> {
        self.conv(name, input, output, [3, 3], 2, [0, 0])
    }
}

fn chain(convs: &[Conv], x: Tensor<4>) -> Tensor<4> {
    convs.iter().fold(x, |x, conv| conv.forward(x))
}

#[derive(Debug)]
struct BlockA {
    one: Conv,
    five: [Conv; 2],
    double: [Conv; 3],
    pool: Conv,
}

impl BlockA {
    fn load<T: Tensors>(
        mut at: Builder<'_, T>,
        input: usize,
        pool: usize,
    ) -> Result<Self, EvalError> {
        Ok(Self {
            one: at.point("branch1x1", input, 64)?,
            five: [
                at.point("branch5x5_1", input, 48)?,
                at.same("branch5x5_2", 48, 64, [5, 5])?,
            ],
            double: [
                at.point("branch3x3dbl_1", input, 64)?,
                at.same("branch3x3dbl_2", 64, 96, [3, 3])?,
                at.same("branch3x3dbl_3", 96, 96, [3, 3])?,
            ],
            pool: at.point("branch_pool", input, pool)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let branches = vec![
            self.one.forward(x.clone()),
            chain(&self.five, x.clone()),
            chain(&self.double, x.clone()),
            self.pool.forward(average_pool(x)),
        ];
        Tensor::cat(branches, 1)
    }
}

#[derive(Debug)]
struct BlockB {
    three: Conv,
    double: [Conv; 3],
}

impl BlockB {
    fn load<T: Tensors>(mut at: Builder<'_, T>) -> Result<Self, EvalError> {
        Ok(Self {
            three: at.down("branch3x3", 288, 384)?,
            double: [
                at.point("branch3x3dbl_1", 288, 64)?,
                at.same("branch3x3dbl_2", 64, 96, [3, 3])?,
                at.down("branch3x3dbl_3", 96, 96)?,
            ],
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let branches = vec![
            self.three.forward(x.clone()),
            chain(&self.double, x.clone()),
            max_pool_down(x),
        ];
        Tensor::cat(branches, 1)
    }
}

#[derive(Debug)]
struct BlockC {
    one: Conv,
    seven: [Conv; 3],
    double: [Conv; 5],
    pool: Conv,
}

impl BlockC {
    fn load<T: Tensors>(mut at: Builder<'_, T>, inner: usize) -> Result<Self, EvalError> {
        let (row, column) = ([1, 7], [7, 1]);
        Ok(Self {
            one: at.point("branch1x1", 768, 192)?,
            seven: [
                at.point("branch7x7_1", 768, inner)?,
                at.same("branch7x7_2", inner, inner, row)?,
                at.same("branch7x7_3", inner, 192, column)?,
            ],
            double: [
                at.point("branch7x7dbl_1", 768, inner)?,
                at.same("branch7x7dbl_2", inner, inner, column)?,
                at.same("branch7x7dbl_3", inner, inner, row)?,
                at.same("branch7x7dbl_4", inner, inner, column)?,
                at.same("branch7x7dbl_5", inner, 192, row)?,
            ],
            pool: at.point("branch_pool", 768, 192)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let branches = vec![
            self.one.forward(x.clone()),
            chain(&self.seven, x.clone()),
            chain(&self.double, x.clone()),
            self.pool.forward(average_pool(x)),
        ];
        Tensor::cat(branches, 1)
    }
}

#[derive(Debug)]
struct BlockD {
    three: [Conv; 2],
    seven: [Conv; 4],
}

impl BlockD {
    fn load<T: Tensors>(mut at: Builder<'_, T>) -> Result<Self, EvalError> {
        Ok(Self {
            three: [
                at.point("branch3x3_1", 768, 192)?,
                at.down("branch3x3_2", 192, 320)?,
            ],
            seven: [
                at.point("branch7x7x3_1", 768, 192)?,
                at.same("branch7x7x3_2", 192, 192, [1, 7])?,
                at.same("branch7x7x3_3", 192, 192, [7, 1])?,
                at.down("branch7x7x3_4", 192, 192)?,
            ],
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let branches = vec![
            chain(&self.three, x.clone()),
            chain(&self.seven, x.clone()),
            max_pool_down(x),
        ];
        Tensor::cat(branches, 1)
    }
}

#[derive(Debug)]
struct BlockE {
    one: Conv,
    three: Conv,
    three_ends: [Conv; 2],
    double: [Conv; 2],
    double_ends: [Conv; 2],
    pool: Conv,
    pooling: fn(Tensor<4>) -> Tensor<4>,
}

impl BlockE {
    fn load<T: Tensors>(
        mut at: Builder<'_, T>,
        input: usize,
        pooling: fn(Tensor<4>) -> Tensor<4>,
    ) -> Result<Self, EvalError> {
        let (row, column) = ([1, 3], [3, 1]);
        Ok(Self {
            one: at.point("branch1x1", input, 320)?,
            three: at.point("branch3x3_1", input, 384)?,
            three_ends: [
                at.same("branch3x3_2a", 384, 384, row)?,
                at.same("branch3x3_2b", 384, 384, column)?,
            ],
            double: [
                at.point("branch3x3dbl_1", input, 448)?,
                at.same("branch3x3dbl_2", 448, 384, [3, 3])?,
            ],
            double_ends: [
                at.same("branch3x3dbl_3a", 384, 384, row)?,
                at.same("branch3x3dbl_3b", 384, 384, column)?,
            ],
            pool: at.point("branch_pool", input, 192)?,
            pooling,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let three = self.three.forward(x.clone());
        let double = chain(&self.double, x.clone());
        let [three_a, three_b] = &self.three_ends;
        let [double_a, double_b] = &self.double_ends;
        let branches = vec![
            self.one.forward(x.clone()),
            three_a.forward(three.clone()),
            three_b.forward(three),
            double_a.forward(double.clone()),
            double_b.forward(double),
            self.pool.forward((self.pooling)(x)),
        ];
        Tensor::cat(branches, 1)
    }
}
