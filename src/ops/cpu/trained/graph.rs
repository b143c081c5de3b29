//! Between tensors and burn's graph of gradients.

use std::borrow::Cow;

use burn::backend::{AutodiffBackend, BackendTypes, DType};
use burn::tensor::{Shape, Tensor};
use burn_autodiff::Autodiff;
use burn_flex::{Flex, FlexTensor};

/// A tensor of burn's CPU device with its place in the graph.
pub(super) type Node = <Autodiff<Flex> as BackendTypes>::FloatTensorPrimitive;

/// A tensor's place in the graph; a constant where gradients do not concern it.
#[allow(
    clippy::panic,
    reason = "layers and feature maps on different devices are a mistake in this crate, on which burn's own operations panic too"
)]
pub(super) fn node<const D: usize>(x: Tensor<D>) -> Node {
    match x.autodiff().try_into_primitive::<Autodiff<Flex>>() {
        Ok(node) => node,
        Err(error) => panic!("a CPU kernel got a tensor of another device: {error:?}"),
    }
}

/// Stands where an operation could have a tensor and has none.
pub(super) fn none() -> Node {
    let nothing = FlexTensor::empty(Shape::from([0]), DType::F32);
    Autodiff::<Flex>::from_inner(nothing)
}

/// The tensor at a place in the graph.
pub(super) fn tensor<const D: usize>(node: Node) -> Tensor<D> {
    Tensor::from_primitive::<Autodiff<Flex>>(node)
}

/// The values of a tensor, row-major.
pub(super) fn values(tensor: &FlexTensor) -> Cow<'_, [f32]> {
    let range = tensor.layout().contiguous_offsets();
    match range {
        Some((start, end)) => Cow::Borrowed(&tensor.storage::<f32>()[start..end]),
        None => Cow::Owned(tensor.to_contiguous().storage::<f32>().to_vec()),
    }
}
