//! Self-attention over the positions of a grid, in one dispatch.
//!
//! A workgroup of 64 threads takes four queries of a head: their scores for every position fit in
//! workgroup memory, so the softmax needs no running rescaling. A key is read once for the four.
//! 16x16 positions make 64 workgroups. Larger grids or wider heads than fit, which no official
//! model has, go to burn's own operations.

use burn::tensor::{DType, FloatDType, Tensor};

use super::launch::{Shader, launch};
use super::map::Map;
use crate::ops::composed;

const THREADS: usize = 64;
/// The shader keeps four scores in a vec4.
const QUERIES: usize = 4;
/// With [`MAX_DEPTH`], what fits the 16 KiB of workgroup memory that WebGPU promises.
const MAX_POSITIONS: usize = 448;
/// vec4s of a head.
const MAX_DEPTH: usize = 128;

/// One compiled form of the shader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Variant {
    half: bool,
}

impl Shader for Variant {
    const FILE: &'static str = include_str!("attention.wgsl");

    fn name(&self) -> &'static str {
        "attention"
    }

    fn lines(&self) -> Vec<(&'static str, bool)> {
        vec![("half", self.half)]
    }

    fn constants(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("THREADS", THREADS),
            ("QUERIES", QUERIES),
            ("MAX_POSITIONS", MAX_POSITIONS),
            ("MAX_DEPTH", MAX_DEPTH),
        ]
    }
}

/// See [`crate::ops::attention`]; in f16 where `qkv` is.
pub(super) fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    let [_, channels3, height, width] = qkv.dims();
    let depth = channels3 / (3 * heads);
    let positions = height * width;
    if !depth.is_multiple_of(4) || depth / 4 > MAX_DEPTH || positions > MAX_POSITIONS {
        return composed::attention(qkv.cast(FloatDType::F32), heads);
    }
    let half = qkv.dtype() == DType::F16;
    let qkv = Map::new(qkv, half);
    let output = Map::empty(&qkv, channels3 / 3, [height, width], half);
    let scale = 1.0 / (depth as f32).sqrt();
    let info = [positions, heads, depth / 4, scale.to_bits() as usize];
    let grid = [positions.div_ceil(QUERIES), heads, qkv.batch];
    launch(
        qkv.client(),
        Variant { half },
        grid,
        &[qkv.whole(), output.whole()],
        &info,
        (4 * qkv.batch * positions * positions * channels3 / 3) as u64,
    );
    output.into_tensor()
}
