//! Feature maps as the kernels see them: channels last in memory, behind a burn tensor whose
//! dimensions are in the usual order. One kernel's output is the next one's input as it is.

use burn::backend::DType;
use burn::tensor::{Bytes, Shape, Tensor};
use burn_flex::{FlexTensor, Layout};

use super::flex::{primitive, tensor};
use super::gather::gather;
use super::gemm::Rows;
use super::memory::Values;

/// A feature map, [B, H, W, C] in memory.
#[derive(Debug, Clone)]
pub(super) struct Map {
    tensor: FlexTensor,
    /// Pictures, rows and columns.
    pub(super) grid: [usize; 3],
    /// Channels.
    pub(super) channels: usize,
}

/// A matrix whose rows are contiguous in memory.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    tensor: FlexTensor,
    /// Number of rows.
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Map {
    /// A map [B, C, H, W]; copied where it is not channels last in memory.
    pub(super) fn new(x: Tensor<4>) -> Self {
        let shape = x.dims();
        Self::from_primitive(&primitive(x), shape)
    }

    /// [`new`](Self::new) of a tensor of this shape as burn's CPU device holds it.
    pub(super) fn from_primitive(
        x: &FlexTensor,
        [batch, channels, height, width]: [usize; 4],
    ) -> Self {
        let grid = [batch, height, width];
        let view = x.permute(&[0, 2, 3, 1]);
        if !view.is_contiguous() {
            return Self::of(gather(x, grid, channels, 1), grid, channels);
        }
        Self {
            tensor: view,
            grid,
            channels,
        }
    }

    /// A map of values that lie in memory as [B, H, W, C].
    pub(super) fn of(values: Values, grid: [usize; 3], channels: usize) -> Self {
        Self {
            tensor: FlexTensor::new(values.into_bytes(), layout(grid, channels), DType::F32),
            grid,
            channels,
        }
    }

    /// The tensor [B, C, H, W] as burn's CPU device holds it.
    #[cfg(feature = "train")]
    pub(super) fn into_primitive(self) -> FlexTensor {
        self.tensor.permute(&[0, 3, 1, 2])
    }

    /// The pixels of one picture.
    pub(super) fn picture(&self, picture: usize) -> &[f32] {
        let [_, height, width] = self.grid;
        let length = height * width * self.channels;
        let start = self.tensor.layout().start_offset() + picture * length;
        &self.tensor.storage::<f32>()[start..start + length]
    }

    /// The pixels of a picture from row y, column x on.
    pub(super) fn from(&self, picture: usize, y: usize, x: usize) -> &[f32] {
        &self.picture(picture)[(y * self.grid[2] + x) * self.channels..]
    }

    /// A tensor [B, C, H, W] of values that lie in memory as [B, H, W, C].
    pub(super) fn tensor(values: Values, grid: [usize; 3], channels: usize) -> Tensor<4> {
        tensor(values.into_bytes(), layout(grid, channels)).permute([0, 3, 1, 2])
    }
}

fn layout([batch, height, width]: [usize; 3], channels: usize) -> Layout {
    Layout::contiguous(Shape::from([batch, height, width, channels]))
}

impl Matrix {
    /// A matrix; copied where its rows are not contiguous.
    pub(super) fn new(x: Tensor<2>) -> Self {
        let shape = x.dims();
        Self::from_primitive(primitive(x), shape)
    }

    /// [`new`](Self::new) of a tensor of this shape as burn's CPU device holds it.
    pub(super) fn from_primitive(tensor: FlexTensor, [rows, columns]: [usize; 2]) -> Self {
        let contiguous = tensor.layout().strides()[1] == 1 || columns == 1;
        let tensor = if contiguous {
            tensor
        } else {
            tensor.to_contiguous()
        };
        Self {
            tensor,
            rows,
            columns,
        }
    }

    /// A row; every row of a matrix with one row is that one.
    pub(super) fn row(&self, index: usize) -> &[f32] {
        let index = if self.rows == 1 { 0 } else { index };
        let layout = self.tensor.layout();
        let start = layout.start_offset() + index * layout.strides()[0].unsigned_abs();
        &self.tensor.storage::<f32>()[start..start + self.columns]
    }

    /// All rows.
    pub(super) fn all(&self) -> Rows<'_> {
        let layout = self.tensor.layout();
        Rows {
            values: &self.tensor.storage::<f32>()[layout.start_offset()..],
            stride: layout.strides()[0].unsigned_abs(),
            count: self.rows,
        }
    }

    /// A tensor from the values of its rows.
    pub(super) fn tensor(values: Vec<f32>, shape: [usize; 2]) -> Tensor<2> {
        tensor(
            Bytes::from_elems(values),
            Layout::contiguous(Shape::from(shape)),
        )
    }
}
