//! The blocks of Inception: branches side by side whose channels are put together.

use burn::tensor::{Device, Tensor};

use super::file::Tensors;
use super::layers::{Conv, Geometry, average_pool, max_pool_down};
use crate::eval::EvalError;

/// Loads the convolutions of a block by their names.
pub(super) struct Builder<'a, T> {
    source: &'a mut T,
    device: &'a Device,
    block: String,
}

impl<'a, T: Tensors> Builder<'a, T> {
    pub(super) fn new(source: &'a mut T, device: &'a Device) -> Self {
        Self {
            source,
            device,
            block: String::new(),
        }
    }

    pub(super) fn block(&mut self, name: &str) -> Builder<'_, T> {
        Builder {
            source: &mut *self.source,
            device: self.device,
            block: format!("{name}."),
        }
    }

    pub(super) fn conv(
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
pub(super) struct BlockA {
    one: Conv,
    five: [Conv; 2],
    double: [Conv; 3],
    pool: Conv,
}

impl BlockA {
    pub(super) fn load<T: Tensors>(
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

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
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
pub(super) struct BlockB {
    three: Conv,
    double: [Conv; 3],
}

impl BlockB {
    pub(super) fn load<T: Tensors>(mut at: Builder<'_, T>) -> Result<Self, EvalError> {
        Ok(Self {
            three: at.down("branch3x3", 288, 384)?,
            double: [
                at.point("branch3x3dbl_1", 288, 64)?,
                at.same("branch3x3dbl_2", 64, 96, [3, 3])?,
                at.down("branch3x3dbl_3", 96, 96)?,
            ],
        })
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let branches = vec![
            self.three.forward(x.clone()),
            chain(&self.double, x.clone()),
            max_pool_down(x),
        ];
        Tensor::cat(branches, 1)
    }
}

#[derive(Debug)]
pub(super) struct BlockC {
    one: Conv,
    seven: [Conv; 3],
    double: [Conv; 5],
    pool: Conv,
}

impl BlockC {
    pub(super) fn load<T: Tensors>(
        mut at: Builder<'_, T>,
        inner: usize,
    ) -> Result<Self, EvalError> {
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

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
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
pub(super) struct BlockD {
    three: [Conv; 2],
    seven: [Conv; 4],
}

impl BlockD {
    pub(super) fn load<T: Tensors>(mut at: Builder<'_, T>) -> Result<Self, EvalError> {
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

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let branches = vec![
            chain(&self.three, x.clone()),
            chain(&self.seven, x.clone()),
            max_pool_down(x),
        ];
        Tensor::cat(branches, 1)
    }
}

#[derive(Debug)]
pub(super) struct BlockE {
    one: Conv,
    three: Conv,
    three_ends: [Conv; 2],
    double: [Conv; 2],
    double_ends: [Conv; 2],
    pool: Conv,
    pooling: fn(Tensor<4>) -> Tensor<4>,
}

impl BlockE {
    pub(super) fn load<T: Tensors>(
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

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
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
