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
pub fn unfold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    step(x, patch, Way::ToChannels)
}

/// See [`crate::ops::fold`].
pub fn fold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    step(x, patch, Way::ToPixels)
}

#[derive(Debug, Clone, Copy)]
enum Way {
    ToChannels,
    ToPixels,
}

impl Way {
    fn back(self) -> Self {
        match self {
            Self::ToChannels => Self::ToPixels,
            Self::ToPixels => Self::ToChannels,
        }
    }

    /// The shape that comes of another.
    fn shape(self, [batch, channels, height, width]: [usize; 4], patch: usize) -> [usize; 4] {
        let square = patch * patch;
        match self {
            Self::ToChannels => [batch, channels * square, height / patch, width / patch],
            Self::ToPixels => [batch, channels / square, height * patch, width * patch],
        }
    }

    fn go(self, x: &FlexTensor, shape: [usize; 4], patch: usize) -> FlexTensor {
        match self {
            Self::ToChannels => time("pixels to channels", 0, || {
                let (values, grid, channels) = unfolded(x, shape, patch);
                Map::of(values, grid, channels).into_primitive()
            }),
            Self::ToPixels => time("channels to pixels", 0, || {
                let (values, layout) = folded(&Map::from_primitive(x, shape), patch);
                FlexTensor::new(values.into_bytes(), layout, DType::F32)
            }),
        }
    }
}

fn step(x: Tensor<4>, patch: usize, way: Way) -> Tensor<4> {
    let shape = x.dims();
    let x = node(x);
    let out = way.go(x.primitive(), shape, patch);
    let step = Step.prepare::<NoCheckpointing>([x.node()]).compute_bound();
    tensor(match step.stateful() {
        OpsKind::Tracked(step) => step.finish((way.back(), way.shape(shape, patch), patch), out),
        OpsKind::UnTracked(step) => step.finish(out),
    })
}

/// The operation in the graph; its state is the way of the gradient, the gradient's shape and the side of a patch.
#[derive(Debug)]
struct Step;

impl Backward<Flex, 1> for Step {
    type State = (Way, [usize; 4], usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (way, shape, patch) = ops.state;
        let gradient = grads.consume::<Flex>(&ops.node);
        let [parent] = ops.parents;
        if let Some(parent) = parent {
            grads.register::<Flex>(parent.id, way.go(&gradient, shape, patch));
        }
    }
}
