//! Values that look random and are the same on every run.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use burn::tensor::{Device, Tensor, TensorData};
use diffae::weights::Array;

/// Values in -1..1, from a seed.
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub(crate) fn values(&mut self, count: usize, around: f32) -> Vec<f32> {
        (0..count).map(|_| around + self.next()).collect()
    }

    pub(crate) fn array(&mut self, shape: &[usize], around: f32) -> Array {
        Array::f32(shape, self.values(shape.iter().product(), around))
    }

    pub(crate) fn tensor<const D: usize>(&mut self, shape: [usize; D], around: f32) -> Tensor<D> {
        let values = self.values(shape.iter().product(), around);
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }
}
