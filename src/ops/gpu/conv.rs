//! Convolutions and linear layers: how the work is cut into workgroups, and the launch.
//!
//! A convolution is computed directly from a patch of the input in workgroup memory, not from an
//! im2col matrix: all nine taps of a 3x3 kernel read the same patch, so an input value is fetched,
//! normalized and activated once per tile and about 1.6 times with the border, not nine times.
//!
//! # Tiles
//! A thread holds eight neighbouring positions of four output channels in 32 accumulators. For one
//! row of taps it reads ten vec4s of input (four channels each) and twelve vec4s of filters, 22
//! loads of 128 bits for 384 multiply-adds, and it needs some 90 registers, which GPUs give without
//! spilling and with several workgroups to a core. Threads that differ in the output channel read
//! the same input and threads that differ in the position the same filters, so most of these loads
//! are broadcasts. Common GPUs read one 128-byte row of workgroup memory per cycle and do 128
//! multiply-adds. In f16 those loads then take half the time of the arithmetic; in f32 about as
//! long as it, so that there, where the layer is large, a thread takes eight channels: 34 loads for
//! 768 multiply-adds, for some 120 registers. (GPUs without f16 are those of desktops, which have
//! 255; phones and integrated GPUs, which have 64 to 128, have f16.)
//!
//! How many positions and channels a workgroup takes decides between two needs. Large tiles read
//! less: with 8x8 positions and 32 channels an input value is used for 32 channels and a weight for
//! 64 positions. But every core of a GPU wants a workgroup, and a layer of 8x8 positions and 192
//! channels has only six such tiles. Small layers therefore take small tiles, and spread the sum
//! over input channels over several slices of a workgroup, which are added up in workgroup memory:
//! no second dispatch, as a split over workgroups would take. Every tile fits the 16 KiB of
//! workgroup memory that WebGPU promises and is a multiple of 64 threads, so that no SIMD width in
//! use (4 to 64) is left half empty.

use super::block::Block;
use super::launch::{MAX_WORKGROUPS, Reached, Shader, launch};
use super::map::Map;
use super::norm::statistics;
use super::weights::Weight;
use crate::ops::{Input, Resample, Residual};

use burn::tensor::{FloatDType, Tensor};

/// The positions and output channels that a workgroup computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Tile {
    height: usize,
    width: usize,
    /// vec4s of output channels.
    outs: usize,
    /// vec4s of output channels that a thread computes.
    block: usize,
    /// Groups of threads that share the sum over input channels.
    slices: usize,
}

/// 128 positions of 32 channels, 64 threads of eight channels each.
const TALL: Tile = Tile {
    height: 16,
    width: 8,
    outs: 8,
    block: 2,
    slices: 1,
};
/// 64 positions of 32 channels, 64 threads.
const WIDE: Tile = Tile {
    height: 8,
    width: 8,
    outs: 8,
    block: 1,
    slices: 1,
};
/// 32 positions of 32 channels, twice 32 threads.
const MIDDLE: Tile = Tile {
    height: 4,
    width: 8,
    outs: 8,
    block: 1,
    slices: 2,
};
/// 32 positions of 16 channels, four times 16 threads.
const SMALL: Tile = Tile {
    height: 4,
    width: 8,
    outs: 4,
    block: 1,
    slices: 4,
};
/// Eight rows of a linear layer, eight times 8 threads.
const ROWS: Tile = Tile {
    height: 1,
    width: 8,
    outs: 8,
    block: 1,
    slices: 8,
};

/// Positions that a thread computes.
const STRIP: usize = 8;

/// The fewest workgroups with which a tile is taken before a smaller one. The GPUs of laptops and
/// phones have 4 to 16 cores; the 32 independent sums of a thread keep a core busy that has but one
/// or two workgroups. On larger GPUs such small layers take microseconds either way.
const ENOUGH: usize = 8;

/// The most floating-point operations of a dispatch: a tenth of a second on a GPU that does 200 a
/// nanosecond, so that a browser's watchdog (10 s) and Windows' (2 s) stay far even when a queue of
/// them is submitted together. The largest layer of a 256-pixel model has 39e9.
const MAX_OPERATIONS: u64 = 20_000_000_000;

impl Tile {
    /// The tiles for a kernel side, from large to small. A 1x1 kernel's filters would leave too
    /// little memory for the sums of four slices.
    fn choices(kernel: usize, half: bool) -> &'static [Self] {
        match (kernel, half) {
            (3, false) => &[TALL, WIDE, MIDDLE, SMALL],
            (3, true) => &[WIDE, MIDDLE, SMALL],
            (_, false) => &[TALL, WIDE, MIDDLE],
            (_, true) => &[WIDE, MIDDLE],
        }
    }

    fn choose(kernel: usize, half: bool, output: &Map) -> Self {
        if kernel == 1 && output.height == 1 {
            return ROWS;
        }
        let choices = Self::choices(kernel, half);
        // A tile that is higher than the grid leaves threads idle, however many pictures there are.
        let enough =
            |tile: &&Self| tile.height <= output.height && tile.workgroups(output) >= ENOUGH;
        *choices
            .iter()
            .find(enough)
            .unwrap_or(&choices[choices.len() - 1])
    }

    fn workgroups(self, output: &Map) -> usize {
        let [tiles, outs, batch] = self.grid(output);
        tiles * outs * batch
    }

    fn grid(self, output: &Map) -> [usize; 3] {
        [
            output.height.div_ceil(self.height) * output.width.div_ceil(self.width),
            output.vectors().div_ceil(self.outs),
            output.batch,
        ]
    }
}

/// One compiled form of the shader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Variant {
    kernel: usize,
    int8: bool,
    skip: bool,
    norm: bool,
    resample: bool,
    residual: bool,
    resample_residual: bool,
    half: bool,
    half_output: bool,
    tile: Tile,
}

impl Shader for Variant {
    const FILE: &'static str = include_str!("convolution.wgsl");

    fn name(&self) -> &'static str {
        match self.kernel {
            3 => "convolution 3x3",
            _ if self.tile == ROWS => "linear",
            _ => "convolution 1x1",
        }
    }

    fn constants(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("KERNEL", self.kernel),
            ("TILE_HEIGHT", self.tile.height),
            ("TILE_WIDTH", self.tile.width),
            ("OUTS", self.tile.outs),
            ("CHUNK", self.chunk()),
            ("SLICES", self.tile.slices),
            ("STRIP", STRIP),
            ("BLOCK", self.tile.block),
        ]
    }

    fn passages(&self) -> Vec<(&'static str, String)> {
        let block = Block {
            strip: STRIP,
            outs: self.tile.block,
            kernel: self.kernel,
        };
        vec![
            ("accumulators", block.accumulators()),
            ("multiply", block.multiply()),
            ("sums", block.sums()),
        ]
    }

    fn lines(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("int8", self.int8),
            ("skip", self.skip),
            ("norm", self.norm),
            ("resample", self.resample),
            ("residual", self.residual),
            ("keep_residual", self.residual && !self.resample_residual),
            ("resample_residual", self.resample_residual),
            ("slices", self.tile.slices > 1),
            ("partial", self.tile.slices > 1 && self.half),
            ("reused", self.tile.slices > 1 && !self.half),
            ("half", self.half),
            ("half_output", self.half_output),
        ]
    }
}

impl Variant {
    /// vec4s of input channels that a slice takes per round. Large tiles keep to 8 KiB of workgroup
    /// memory, so that a core with 32 holds four workgroups.
    fn chunk(self) -> usize {
        match (self.kernel, self.tile.slices, self.half) {
            (3, 1, true) => 2,
            (3, _, _) => 1,
            (_, 1, false) | (_, 8, _) => 2,
            _ => 4,
        }
    }
}

/// See [`crate::ops::conv2d`].
pub(super) fn conv2d(input: Input<'_>, weight: &Weight, residual: Option<Residual>) -> Tensor<4> {
    let map = |tensor| Map::new(tensor, weight.half);
    let (x, skip) = match input.skip {
        // The boundary between the two must not fall into a vec4.
        Some(skip) if !input.x.dims()[1].is_multiple_of(4) => {
            let parts = vec![input.x.cast(FloatDType::F32), skip.cast(FloatDType::F32)];
            (map(Tensor::cat(parts, 1)), None)
        }
        Some(skip) => (map(input.x), Some(map(skip))),
        None => (map(input.x), None),
    };
    let normal = input
        .norm
        .map(|norm| statistics(&x, skip.as_ref(), norm, input.modulation.as_ref()));
    let grid = match input.resample {
        Resample::Keep => [x.height, x.width],
        Resample::Up => [2 * x.height, 2 * x.width],
        Resample::Down => [x.height / 2, x.width / 2],
    };
    let output = Map::empty(&x, weight.outs, grid, weight.half_output);
    let residual = residual.map(|residual| (map(residual.x), residual.resample));
    let call = Call {
        x: &x,
        skip: skip.as_ref(),
        normal: normal.as_ref(),
        silu: input.silu,
        resample: input.resample,
        residual: residual.as_ref().map(|(map, resample)| (map, *resample)),
    };
    call.launch(weight, &output);
    output.into_tensor()
}

/// See [`crate::ops::linear`].
pub(super) fn linear(x: Tensor<2>, weight: &Weight) -> Tensor<2> {
    // Rows are the positions of a picture one pixel high.
    let x = Map::from_rows(x);
    let output = Map::empty(&x, weight.outs, [1, x.width], false);
    let call = Call {
        x: &x,
        skip: None,
        normal: None,
        silu: false,
        resample: Resample::Keep,
        residual: None,
    };
    call.launch(weight, &output);
    output.into_rows()
}

/// What a convolution reads.
struct Call<'a> {
    x: &'a Map,
    skip: Option<&'a Map>,
    normal: Option<&'a cubecl::server::Handle>,
    silu: bool,
    resample: Resample,
    residual: Option<(&'a Map, Resample)>,
}

impl Call<'_> {
    fn launch(&self, weight: &Weight, output: &Map) {
        let x = self.x;
        let tile = Tile::choose(weight.kernel, weight.half, output);
        let (res_height, res_width, res_resample) = match self.residual {
            Some((map, resample)) => (map.height, map.width, resample),
            None => (0, 0, Resample::Keep),
        };
        let variant = Variant {
            kernel: weight.kernel,
            int8: weight.int8,
            skip: self.skip.is_some(),
            norm: self.normal.is_some(),
            resample: self.resample != Resample::Keep,
            residual: self.residual.is_some(),
            resample_residual: res_resample != Resample::Keep,
            half: weight.half,
            half_output: weight.half_output,
            tile,
        };
        let channels = x.vectors() + self.skip.map_or(0, Map::vectors);
        let mut buffers = vec![x.whole()];
        buffers.extend(self.skip.map(Map::whole));
        let normal = 2 * x.batch * 4 * channels * size_of::<f32>();
        buffers.extend(self.normal.map(|values| Reached(values, normal)));
        let vectors = output.vectors();
        buffers.extend(weight.reached(channels, vectors));
        buffers.extend(self.residual.map(|(map, _)| map.reached(vectors)));
        buffers.push(output.whole());

        let [tiles, outs, batch] = tile.grid(output);
        let sums = tile.height * tile.width * 4 * output.vectors() * batch;
        let of_sum = 2 * (4 * channels * weight.kernel.pow(2)) as u64;
        let operations = sums as u64 * of_sum;
        // The tiles at the far edges reach over the grid, what is asked for does not.
        let whole = of_sum * (output.height * output.width * 4 * output.vectors() * batch) as u64;
        let at_once = (MAX_OPERATIONS / operations.max(1)).clamp(1, MAX_WORKGROUPS as u64) as usize;
        for first in (0..tiles).step_by(at_once) {
            let info = [
                output.height,
                output.width,
                x.height,
                x.width,
                res_height,
                res_width,
                output.width.div_ceil(tile.width),
                first,
                x.vectors(),
                channels,
                output.vectors(),
                usize::from(self.silu),
                code(self.resample),
                code(res_resample),
            ];
            let grid = [at_once.min(tiles - first), outs, batch];
            let shader = variant;
            let flop = whole * grid[0] as u64 / tiles as u64;
            launch(x.client(), shader, grid, &buffers, &info, flop);
        }
    }
}

fn code(resample: Resample) -> usize {
    match resample {
        Resample::Keep => 0,
        Resample::Up => 1,
        Resample::Down => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_keeps_to_what_webgpu_promises() {
        for kernel in [1, 3] {
            let rows: &[Tile] = if kernel == 1 { &[ROWS] } else { &[] };
            for half in [false, true] {
                for tile in Tile::choices(kernel, half).iter().chain(rows) {
                    keeps(kernel, *tile, half);
                }
            }
        }
    }

    fn keeps(kernel: usize, tile: Tile, half: bool) {
        let variant = Variant {
            kernel,
            int8: true,
            skip: true,
            norm: true,
            resample: true,
            residual: true,
            resample_residual: true,
            half,
            half_output: half,
            tile,
        };
        let strips = tile.height * tile.width / STRIP;
        let threads = strips * tile.outs / tile.block * tile.slices;
        assert!(threads.is_multiple_of(64) && threads <= 256, "{variant:?}");
        let depth = tile.slices * variant.chunk();
        assert!(threads.is_multiple_of(depth), "{variant:?}");
        let patch = (tile.height + kernel - 1) * (tile.width + kernel - 1);
        let filters = depth * kernel * kernel * 4 * tile.outs;
        let sums = (tile.slices - 1) * strips * tile.outs * STRIP;
        let bytes = if half {
            8 * (depth * patch + filters) + 16 * sums
        } else {
            // The other slices' sums take the filters' place.
            assert!(sums <= filters, "{variant:?}");
            16 * (depth * patch + filters)
        };
        let most = if tile.slices == 1 { 8192 } else { 16_384 };
        assert!(bytes <= most, "{variant:?} takes {bytes}");
    }
}
