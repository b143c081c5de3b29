//! Tensors as burn's CPU device holds them.

use burn::backend::DType;
use burn::tensor::{Bytes, Tensor};
use burn_flex::{Flex, FlexTensor, Layout};

/// A tensor as burn's CPU device holds it.
#[allow(
    clippy::panic,
    reason = "layers and feature maps on different devices are a mistake in this crate, on which burn's own operations panic too"
)]
pub(super) fn primitive<const D: usize>(x: Tensor<D>) -> FlexTensor {
    match x.try_into_primitive::<Flex>() {
        Ok(tensor) => tensor,
        Err(error) => panic!("a CPU kernel got a tensor of another device: {error:?}"),
    }
}

/// A tensor of values that lie in memory as the layout says.
pub(super) fn tensor<const D: usize>(values: Bytes, layout: Layout) -> Tensor<D> {
    let tensor = FlexTensor::new(values, layout, DType::F32);
    Tensor::from_primitive::<Flex>(tensor)
}
