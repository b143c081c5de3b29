//! Between pixels and channels with gradients: each direction's is the other one.

use burn::backend::DType;
use burn::tensor::Tensor;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::NoCheckpointing;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_flex::{Flex, FlexTensor};

use super::graph::{node, tensor};
use crate::ops::cpu::map::Map;
use crate::ops::cpu::patch::{folded, unfolded};
use crate::ops::profile::time;

/// See [`crate::ops::unfold`].
pub(super) fn unfold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let shape = x.dims();
    let x = node(x);
    let out = to_channels(x.primitive(), shape, patch);
    let step = Unfold
        .prepare::<NoCheckpointing>([x.node()])
        .compute_bound();
    tensor(match step.stateful() {
        OpsKind::Tracked(step) => step.finish((shape, patch), out),
        OpsKind::UnTracked(step) => step.finish(out),
    })
}

/// See [`crate::ops::fold`].
pub(super) fn fold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let shape = x.dims();
    let x = node(x);
    let out = to_pixels(x.primitive(), shape, patch);
    let step = Fold.prepare::<NoCheckpointing>([x.node()]).compute_bound();
    tensor(match step.stateful() {
        OpsKind::Tracked(step) => step.finish((shape, patch), out),
        OpsKind::UnTracked(step) => step.finish(out),
    })
}

/// [`unfold`] in the graph.
#[derive(Debug)]
struct Unfold;

/// [`fold`] in the graph.
#[derive(Debug)]
struct Fold;

impl Backward<Flex, 1> for Unfold {
    /// Shape of the input and side of a patch.
    type State = ([usize; 4], usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let ([batch, channels, height, width], patch) = ops.state;
        let gradient = grads.consume::<Flex>(&ops.node);
        let [parent] = ops.parents;
        if let Some(parent) = parent {
            let shape = [
                batch,
                channels * patch * patch,
                height / patch,
                width / patch,
            ];
            grads.register::<Flex>(parent.id, to_pixels(&gradient, shape, patch));
        }
    }
}

impl Backward<Flex, 1> for Fold {
    /// Shape of the input and side of a patch.
    type State = ([usize; 4], usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let ([batch, channels, rows, columns], patch) = ops.state;
        let gradient = grads.consume::<Flex>(&ops.node);
        let [parent] = ops.parents;
        if let Some(parent) = parent {
            let shape = [
                batch,
                channels / (patch * patch),
                rows * patch,
                columns * patch,
            ];
            grads.register::<Flex>(parent.id, to_channels(&gradient, shape, patch));
        }
    }
}

fn to_channels(x: &FlexTensor, shape: [usize; 4], patch: usize) -> FlexTensor {
    time("pixels to channels", 0, || {
        let (values, grid, channels) = unfolded(x, shape, patch);
        Map::of(values, grid, channels).into_primitive()
    })
}

fn to_pixels(x: &FlexTensor, shape: [usize; 4], patch: usize) -> FlexTensor {
    time("channels to pixels", 0, || {
        let (values, layout) = folded(&Map::from_primitive(x, shape), patch);
        FlexTensor::new(values.into_bytes(), layout, DType::F32)
    })
}
