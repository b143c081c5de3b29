//! The network of MediaPipe's full-range face detector: a backbone of five stages, each with half
//! the grid of the one before, and a neck that brings what the deep stages see back to the fine
//! grid, where every cell says whether a face is centred on it and where that face lies.

use burn::module::Module;
use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, interpolate, max_pool2d};
use burn::tensor::ops::{
    ConvOptions, InterpolateMode, InterpolateOptions, MaxPoolOptions, PadMode,
};
use burn::tensor::{Device, Tensor, TensorData};

use crate::weights::{TensorSource, WeightsError};

/// Side of the picture that the network looks at.
pub(super) const INPUT: u32 = 192;
/// Side of the grid of cells that it answers with.
pub(super) const GRID: usize = 48;
/// Values that place a face relative to its cell: centre, size, and six keypoints.
pub(super) const PLACE: usize = 16;

const STEM: usize = 32;
/// Units of each stage of the backbone: channels in the middle and channels out.
const BACKBONE: [&[[usize; 2]]; 5] = [
    &[[8, 32], [8, 32]],
    &[[12, 48], [12, 48], [16, 64]],
    &[[24, 96], [32, 128], [32, 128]],
    &[[36, 144], [48, 192], [64, 256]],
    &[[96, 384], [96, 384], [96, 384], [96, 384]],
];
/// Steps of the neck from the coarsest grid up: channels, channels in the middle of its units, and
/// how many units.
const NECK: [[usize; 3]; 3] = [[96, 48, 2], [64, 32, 2], [48, 24, 1]];

/// How the stages of the network are filled from the tensors of the file.
struct Source<'a> {
    tensors: &'a mut dyn TensorSource,
    device: &'a Device,
}

/// Which inputs one output channel of a [`Layer`] sees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// All channels at a single place.
    Pointwise,
    /// The 3 x 3 neighbourhood in its own channel.
    Depthwise,
    /// The 3 x 3 neighbourhood in all channels.
    Full,
}

/// A convolution. With stride 2 the grid is padded only at its right and lower end, as TensorFlow
/// does.
#[derive(Module, Debug)]
struct Layer {
    /// [O, I, k, k]; I is 1 where every channel has its own filter.
    weight: Tensor<4>,
    /// `[O]`.
    bias: Tensor<1>,
    groups: usize,
    stride: usize,
}

impl Layer {
    fn new(
        source: &mut Source<'_>,
        name: &str,
        [input, out]: [usize; 2],
        reach: Reach,
        stride: usize,
    ) -> Result<Self, WeightsError> {
        let (groups, kernel) = match reach {
            Reach::Pointwise => (1, 1),
            Reach::Depthwise => (input, 3),
            Reach::Full => (1, 3),
        };
        let mut take = |part: &str, shape: &[usize]| {
            let array = source.tensors.tensor(&format!("{name}.{part}"), shape)?;
            Ok::<_, WeightsError>(TensorData::new(array.into_f32(), shape.to_vec()))
        };
        let weight = take("weight", &[out, input / groups, kernel, kernel])?;
        let bias = take("bias", &[out])?;
        Ok(Self {
            weight: Tensor::from_data(weight, source.device),
            bias: Tensor::from_data(bias, source.device),
            groups,
            stride,
        })
    }

    /// # Shapes
    /// - x: [B, I, H, W], output: [B, O, H / stride, W / stride]
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, kernel, _] = self.weight.dims();
        let mut options = ConvOptions::new([self.stride; 2], [kernel / 2; 2], [1, 1], self.groups);
        if self.stride == 2 {
            options.padding = [(0, 1); 2];
        }
        conv2d(x, self.weight.clone(), Some(self.bias.clone()), options)
    }
}

/// Two depthwise layers around a narrow middle, added to what came in.
#[derive(Module, Debug)]
struct Unit {
    depthwise_in: Layer,
    reduce: Layer,
    depthwise_out: Layer,
    expand: Layer,
}

impl Unit {
    fn new(
        source: &mut Source<'_>,
        name: &str,
        [input, middle, out]: [usize; 3],
        stride: usize,
    ) -> Result<Self, WeightsError> {
        let mut layer = |part: &str, channels, reach, stride| {
            Layer::new(source, &format!("{name}.{part}"), channels, reach, stride)
        };
        Ok(Self {
            depthwise_in: layer("depthwise_in", [input, input], Reach::Depthwise, stride)?,
            reduce: layer("reduce", [input, middle], Reach::Pointwise, 1)?,
            depthwise_out: layer("depthwise_out", [middle, middle], Reach::Depthwise, 1)?,
            expand: layer("expand", [middle, out], Reach::Pointwise, 1)?,
        })
    }

    /// # Shapes
    /// - x: [B, I, H, W], output: [B, O, H / stride, W / stride] with O ≥ I
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = relu(self.reduce.forward(self.depthwise_in.forward(x.clone())));
        let h = self.expand.forward(self.depthwise_out.forward(h));
        let mut shortcut = x;
        if self.depthwise_in.stride == 2 {
            shortcut = max_pool2d(shortcut, MaxPoolOptions::new([2, 2]).with_stride([2, 2]));
        }
        let missing = h.dims()[1] - shortcut.dims()[1];
        if missing > 0 {
            let channels = [(0, 0), (0, missing), (0, 0), (0, 0)];
            shortcut = shortcut.pad(channels, PadMode::Constant(0.0));
        }
        relu(shortcut + h)
    }
}

/// One step of the neck: the coarse grid doubled, and what the backbone saw on the finer one.
#[derive(Module, Debug)]
struct Join {
    above: Layer,
    beside: Layer,
    units: Vec<Unit>,
}

impl Join {
    /// # Shapes
    /// - coarse: [B, I, H, W], fine: [B, J, 2H, 2W], output: [B, O, 2H, 2W]
    fn forward(&self, coarse: Tensor<4>, fine: Tensor<4>) -> Tensor<4> {
        let above = interpolate(
            relu(self.above.forward(coarse)),
            InterpolateOptions::new(InterpolateMode::Bilinear)
                .with_align_corners(false)
                .with_scale_factor([2.0, 2.0]),
        );
        let h = relu(self.beside.forward(fine)) + above;
        self.units.iter().fold(h, |h, unit| unit.forward(h))
    }
}

/// The network.
#[derive(Module, Debug)]
pub(super) struct BlazeFace {
    stem: Layer,
    backbone: Vec<Vec<Unit>>,
    neck: Vec<Join>,
    scores: Layer,
    places: Layer,
}

impl BlazeFace {
    /// Takes its tensors from a file.
    ///
    /// # Errors
    /// Whatever the source says of them.
    pub(super) fn new(
        tensors: &mut dyn TensorSource,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let source = &mut Source { tensors, device };
        let stem = Layer::new(source, "stem", [3, STEM], Reach::Full, 2)?;
        let mut channels = STEM;
        // Channels that the stages of the backbone end with, but for the last.
        let mut ends = Vec::new();
        let mut backbone = Vec::new();
        for (s, units) in BACKBONE.iter().enumerate() {
            ends.push(channels);
            let mut stage = Vec::new();
            for (u, [middle, out]) in units.iter().enumerate() {
                let stride = if s > 0 && u == 0 { 2 } else { 1 };
                let name = format!("backbone.{s}.{u}");
                let widths = [channels, *middle, *out];
                stage.push(Unit::new(source, &name, widths, stride)?);
                channels = *out;
            }
            backbone.push(stage);
        }
        let mut neck = Vec::new();
        for (s, ([width, middle, units], end)) in NECK.iter().zip(ends.iter().rev()).enumerate() {
            let name = format!("neck.{s}");
            let mut layer = |part: &str, input| {
                let name = format!("{name}.{part}");
                Layer::new(source, &name, [input, *width], Reach::Pointwise, 1)
            };
            let (above, beside) = (layer("above", channels)?, layer("beside", *end)?);
            let units = (0..*units)
                .map(|u| {
                    let widths = [*width, *middle, *width];
                    Unit::new(source, &format!("{name}.units.{u}"), widths, 1)
                })
                .collect::<Result<_, _>>()?;
            neck.push(Join {
                above,
                beside,
                units,
            });
            channels = *width;
        }
        Ok(Self {
            stem,
            backbone,
            neck,
            scores: Layer::new(source, "scores", [channels, 1], Reach::Pointwise, 1)?,
            places: Layer::new(source, "places", [channels, PLACE], Reach::Pointwise, 1)?,
        })
    }

    /// Looks at pictures with values in [-1, 1]. The answer for a cell is its score before the
    /// sigmoid, then its place in input pixels relative to the cell's centre.
    ///
    /// # Shapes
    /// - pictures: [B, 3, 192, 192], output: [B, 17, 48, 48]
    pub(super) fn forward(&self, pictures: Tensor<4>) -> Tensor<4> {
        let mut h = relu(self.stem.forward(pictures));
        let mut seen = Vec::new();
        for stage in &self.backbone {
            seen.push(h.clone());
            h = stage.iter().fold(h, |h, unit| unit.forward(h));
        }
        for (join, fine) in self.neck.iter().zip(seen.into_iter().rev()) {
            h = join.forward(h, fine);
        }
        Tensor::cat(
            vec![self.scores.forward(h.clone()), self.places.forward(h)],
            1,
        )
    }
}
