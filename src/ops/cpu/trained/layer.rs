//! A whole step of a network as one operation of the graph: what a layer reads is normalized, modulated, activated,
//! resampled, convolved and added to a residual without a map in memory in between, forward, and gradients go back the
//! same way.

use std::sync::Arc;

use burn::backend::DType;
use burn::tensor::{Bytes, Shape, Tensor};
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::NoCheckpointing;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_flex::{Flex, FlexTensor, Layout};

use super::activation::Activation;
use super::graph::{node, none, tensor, values};
use super::norm::{Normal, Parameters, Rows};
use super::resample::back;
use super::weights::{Way, Weights};
use super::{Conv, filters, pixels};
use crate::ops::cpu::flop;
use crate::ops::cpu::input::Input as Read;
use crate::ops::cpu::map::{Map, Matrix};
use crate::ops::cpu::memory::Values;
use crate::ops::cpu::output::Output;
use crate::ops::profile::time;
use crate::ops::{Input, Resample, Residual};

/// See [`crate::ops::conv2d`].
pub fn conv2d(input: Input<'_>, conv: &Conv, residual: Option<Residual>) -> Tensor<4> {
    let [outputs, inputs, kernel, _] = conv.weight.dims();
    let shape = [outputs, inputs, kernel];
    let mut shapes = vec![input.x.dims()];
    shapes.extend(input.skip.as_ref().map(Tensor::dims));
    let sources = [node(input.x), input.skip.map_or_else(none, node)];
    let groups = input.norm.map(|norm| norm.groups);
    let norm = match input.norm {
        Some(norm) => [&norm.gain, &norm.bias].map(|tensor| node(tensor.clone())),
        None => [none(), none()],
    };
    let modulation_shape = input.modulation.as_ref().map(|m| m.scales.dims());
    let columns = input.modulation.as_ref().map(|m| m.columns.clone());
    let modulation = match input.modulation {
        Some(modulation) => [modulation.scales, modulation.shifts].map(node),
        None => [none(), none()],
    };
    let weight = node(conv.weight.clone());
    let bias = node(conv.bias.clone());
    let residual_way = residual.as_ref().map(|r| (r.x.dims(), r.resample));
    let residual = residual.map_or_else(none, |residual| node(residual.x));

    let maps: Vec<Map> = (sources.iter().zip(&shapes))
        .map(|(source, shape)| Map::from_primitive(source.primitive(), *shape))
        .collect();
    let normal = groups.map(|groups| {
        let [gain, bias] = norm
            .each_ref()
            .map(|node| values(node.primitive()).into_owned());
        let modulation = modulation_shape.zip(columns).map(|(shape, columns)| {
            let [scales, shifts] = modulation
                .each_ref()
                .map(|node| Matrix::from_primitive(node.primitive().clone(), shape));
            Rows {
                scales,
                shifts,
                columns,
            }
        });
        let parameters = Parameters {
            groups,
            gain,
            bias,
            modulation,
        };
        time("norm statistics", 0, || {
            Arc::new(Normal::new(&maps, parameters))
        })
    });
    let activation = Activation {
        sources: maps,
        normal,
        silu: input.silu,
        dropout: input.dropout,
        resample: input.resample,
    };
    let added = residual_way
        .map(|(shape, resample)| (Map::from_primitive(residual.primitive(), shape), resample));
    let bias_values = values(bias.primitive()).into_owned();
    let weights = Weights::new(&values(weight.primitive()), shape, Way::Forward);
    let out = activation.read(|input| convolve(input, &weights, &bias_values, added, NAMES));

    let guards = [
        sources[0].node(),
        sources[1].node(),
        norm[0].node(),
        norm[1].node(),
        modulation[0].node(),
        modulation[1].node(),
        weight.node(),
        bias.node(),
        residual.node(),
    ];
    let step = Step.prepare::<NoCheckpointing>(guards).compute_bound();
    tensor(match step.stateful() {
        OpsKind::Tracked(step) => {
            let state = State {
                activation,
                weight: weight.into_primitive(),
                shape,
                grid: out.grid,
                residual: residual_way.map(|([batch, _, height, width], resample)| {
                    (resample, [batch, height, width])
                }),
            };
            step.finish(state, out.into_primitive())
        }
        OpsKind::UnTracked(step) => step.finish(out.into_primitive()),
    })
}

/// The operation in the graph. Its parents are x, skip, the norm's gain and bias, scales and shifts of the modulation,
/// the weight and the bias of the convolution, and the residual.
#[derive(Debug)]
struct Step;

/// What the way back needs.
#[derive(Debug, Clone)]
struct State {
    activation: Activation,
    /// [O, I, k, k].
    weight: FlexTensor,
    /// Outputs, inputs and the side of the kernel.
    shape: [usize; 3],
    /// Pictures, rows and columns of the output.
    grid: [usize; 3],
    /// Resampling and grid of the residual.
    residual: Option<(Resample, [usize; 3])>,
}

impl Backward<Flex, 9> for Step {
    type State = State;

    fn backward(self, ops: Ops<State, 9>, grads: &mut Gradients, _: &mut Checkpointer) {
        let State {
            activation,
            weight,
            shape,
            grid,
            residual,
        } = ops.state;
        let [outputs, inputs, kernel] = shape;
        let parents = ops.parents.map(|parent| parent.map(|node| node.id));
        let [
            x,
            skip,
            gain,
            norm_bias,
            scales,
            shifts,
            of_weight,
            of_bias,
            of_residual,
        ] = parents;
        let output = grads.consume::<Flex>(&ops.node);
        let output = Map::from_primitive(&output, [grid[0], outputs, grid[1], grid[2]]);
        let places = grid.iter().product::<usize>() * outputs;

        if let Some(node) = of_bias {
            let gradient = time("biases' gradients", 0, || pixels::of_bias(&output));
            grads.register::<Flex>(node, flex(gradient, &[outputs]));
        }
        if let Some(node) = of_weight {
            let name = match kernel {
                1 => "1x1 filters' gradients",
                _ => "3x3 filters' gradients",
            };
            let flop = flop([2, places, inputs, kernel, kernel]);
            let gradient = time(name, flop, || {
                activation.read(|input| filters::of_weights(input, &output, kernel))
            });
            grads.register::<Flex>(node, flex(gradient, &[outputs, inputs, kernel, kernel]));
        }
        let below = [x, skip, gain, norm_bias, scales, shifts];
        if below.iter().any(Option::is_some) {
            let gradient = {
                let weights = Weights::new(&values(&weight), shape, Way::Back);
                let output = [output.clone()];
                let read = Read::new(&output, None, false, Resample::Keep);
                convolve(&read, &weights, &vec![0.0; inputs], None, BACK)
            };
            let gradients = time("activations' gradients", 0, || {
                activation.gradients(gradient, [x.is_some(), skip.is_some()])
            });
            for (node, gradient) in [x, skip].into_iter().zip(gradients.sources) {
                if let (Some(node), Some(gradient)) = (node, gradient) {
                    time("sums of gradients", 0, || {
                        grads.register::<Flex>(node, gradient.into_primitive());
                    });
                }
            }
            if let Some(normal) = &activation.normal {
                let of = normal.of_parameters(&gradients.sums);
                for (node, gradient) in [(gain, of.gain), (norm_bias, of.bias)] {
                    if let Some(node) = node {
                        let length = gradient.len();
                        grads.register::<Flex>(node, flex(gradient, &[length]));
                    }
                }
                if (scales.is_some() || shifts.is_some())
                    && let Some((of, shape)) = normal.of_modulation(&gradients.sums)
                {
                    for (node, gradient) in [scales, shifts].into_iter().zip(of) {
                        if let Some(node) = node {
                            grads.register::<Flex>(node, flex(gradient, &shape));
                        }
                    }
                }
            }
        }
        if let (Some(node), Some((resample, grid))) = (of_residual, residual) {
            let gradient = time("residuals' gradients", 0, || back(output, resample, grid));
            time("sums of gradients", 0, || {
                grads.register::<Flex>(node, gradient.into_primitive());
            });
        }
    }
}

/// Names of 1x1 and 3x3 convolutions in profiles.
const NAMES: [&str; 2] = ["1x1 convolution", "3x3 convolution"];
/// And of those that lead gradients back.
const BACK: [&str; 2] = ["1x1 inputs' gradients", "3x3 inputs' gradients"];

fn convolve(
    input: &Read<'_>,
    weights: &Weights,
    bias: &[f32],
    residual: Option<(Map, Resample)>,
    names: [&'static str; 2],
) -> Map {
    let outputs = bias.len();
    let kernel = weights.kernel();
    let scale = vec![1.0; outputs];
    let output = Output {
        scale: &scale,
        bias,
        residual,
        grid: input.grid(),
    };
    let mut out = Values::new(output.len());
    let flop = flop([2, out.len(), input.channels, kernel, kernel]);
    time(names[usize::from(kernel > 1)], flop, || {
        weights.convolve(input, &output, &mut out);
    });
    Map::of(out, output.grid, outputs)
}

fn flex(values: Vec<f32>, shape: &[usize]) -> FlexTensor {
    let layout = Layout::contiguous(Shape::from(shape.to_vec()));
    FlexTensor::new(Bytes::from_elems(values), layout, DType::F32)
}
