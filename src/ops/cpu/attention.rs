//! Self-attention over the positions of a grid, some queries at a time, so that the weights of all
//! pairs of positions are never in memory together.

use macerator::WithSimd;

use super::gemm::{Rows, product_with};
use super::map::Map;
use super::math::Exp;
use super::panels::{PanelSlice, pack, padded_width};
use super::parallel::for_each_piece;
use super::scratch;
use super::simd::{self, Simd, lanes, load, mul_add, splat, store};

/// Queries that are computed together.
const QUERIES: usize = 32;

/// softmax(qᵀk / √d) v per head; the channels of `qkv` are [q | k | v] within each head. `out` is
/// [B, H, W, C].
pub(super) fn attend(qkv: &Map, heads: usize, out: &mut [f32]) {
    let [_, height, width] = qkv.grid;
    let positions = height * width;
    let stride = qkv.channels;
    let depth = stride / (3 * heads);
    let channels = heads * depth;
    let keys_len = padded_width(positions) * depth;
    let values_len = padded_width(depth) * positions;
    for_each_piece(out, positions * channels, |picture, out| {
        let pixels = qkv.picture(picture);
        scratch::with(heads * (keys_len + values_len), |panels| {
            for (head, panels) in panels.chunks_exact_mut(keys_len + values_len).enumerate() {
                let (keys, values) = panels.split_at_mut(keys_len);
                let start = 3 * head * depth;
                pack(keys, [depth, positions], |k, position| {
                    pixels[position * stride + start + depth + k]
                });
                pack(values, [positions, depth], |position, k| {
                    pixels[position * stride + start + 2 * depth + k]
                });
            }
            let panels = &*panels;
            for_each_piece(out, QUERIES * channels, |block, out| {
                let count = out.len() / channels;
                for (head, panels) in panels.chunks_exact(keys_len + values_len).enumerate() {
                    let (keys, values) = panels.split_at(keys_len);
                    let queries = Rows {
                        values: &pixels[block * QUERIES * stride + 3 * head * depth..],
                        stride,
                        count,
                    };
                    let out = &mut out[head * depth..];
                    attend_block(queries, keys, values, [positions, depth], out, channels);
                }
            });
        });
    });
}

/// The outputs of some queries of a head; a row of `out` starts at a multiple of `stride`.
fn attend_block(
    queries: Rows<'_>,
    keys: &[f32],
    values: &[f32],
    [positions, depth]: [usize; 2],
    out: &mut [f32],
    stride: usize,
) {
    let count = queries.count;
    let (pairs, columns) = (padded_width(positions), padded_width(depth));
    scratch::with(count * (pairs + columns), |memory| {
        let (weights, sums) = memory.split_at_mut(count * pairs);
        product_with(queries, PanelSlice::Float(keys), depth, weights, false);
        let scale = (depth as f32).sqrt().recip();
        let totals = |weights: &mut [f32]| {
            // Columns that are there to fill the last panel.
            weights[positions..].fill(f32::MIN);
            simd::run(Exponentials { weights, scale })
        };
        let mut inverse = [0.0; QUERIES];
        for (weights, inverse) in weights.chunks_exact_mut(pairs).zip(&mut inverse) {
            *inverse = totals(weights).recip();
        }
        let weights = Rows {
            values: weights,
            stride: pairs,
            count,
        };
        let values = PanelSlice::Float(values);
        product_with(weights, values, positions, sums, false);
        let rows = out.chunks_mut(stride).zip(sums.chunks_exact(columns));
        for ((to, from), inverse) in rows.zip(inverse) {
            for (to, from) in to[..depth].iter_mut().zip(from) {
                *to = from * inverse;
            }
        }
    });
}

/// e^(scale · (weight − largest)) in place; the output is their sum.
pub(super) struct Exponentials<'a> {
    pub(super) weights: &'a mut [f32],
    pub(super) scale: f32,
}

impl WithSimd for Exponentials<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self) -> f32 {
        let lanes = lanes::<S>();
        let mut largest = splat::<S>(f32::MIN);
        for weights in self.weights.chunks_exact(lanes) {
            largest = largest.max(load(weights));
        }
        let largest = lane_fold(largest, f32::max);
        let shift = splat::<S>(-largest * self.scale);
        let scale = splat::<S>(self.scale);
        let exp = Exp::<S>::new();
        let mut sum = splat::<S>(0.0);
        for weights in self.weights.chunks_exact_mut(lanes) {
            let weight = exp.of(mul_add(load::<S>(weights), scale, shift));
            sum += weight;
            store(weights, weight);
        }
        lane_fold(sum, |a, b| a + b)
    }
}

/// Folds a vector's values into one.
#[inline(always)]
pub(super) fn lane_fold<S: Simd>(vector: simd::F32<S>, fold: impl Fn(f32, f32) -> f32) -> f32 {
    let mut values = [0.0; simd::WIDEST];
    store(&mut values, vector);
    values[1..lanes::<S>()]
        .iter()
        .fold(values[0], |a, b| fold(a, *b))
}
