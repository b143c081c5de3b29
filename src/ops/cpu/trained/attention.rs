//! Self-attention that knows its gradient. On the way back the weights of all pairs of positions are computed anew, one
//! head at a time.

use burn::tensor::Tensor;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::NoCheckpointing;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_flex::Flex;
use macerator::WithSimd;

use super::graph::{node, tensor};
use super::outer;
use crate::ops::cpu::attention::{Exponentials, attend, lane_fold};
use crate::ops::cpu::flop;
use crate::ops::cpu::gemm::{Rows, product_with};
use crate::ops::cpu::input::padded;
use crate::ops::cpu::map::Map;
use crate::ops::cpu::memory::Values;
use crate::ops::cpu::panels::{PanelSlice, pack, padded_width};
use crate::ops::cpu::parallel::for_each_piece;
use crate::ops::cpu::scratch;
use crate::ops::cpu::simd::{self, Simd, lanes, load, mul_add, splat, store};
use crate::ops::profile::time;

/// See [`crate::ops::attention`].
pub fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    let shape = qkv.dims();
    let qkv = node(qkv);
    let map = Map::from_primitive(qkv.primitive(), shape);
    let [batch, height, width] = map.grid;
    let (channels, positions) = (map.channels / 3, height * width);
    let mut out = Values::new(batch * positions * channels);
    time("attention", flop([4, out.len(), positions]), || {
        attend(&map, heads, &mut out);
    });
    let out = Map::of(out, map.grid, channels);
    let step = Step
        .prepare::<NoCheckpointing>([qkv.node()])
        .compute_bound();
    tensor(match step.stateful() {
        OpsKind::Tracked(step) => step.finish((map, heads), out.into_primitive()),
        OpsKind::UnTracked(step) => step.finish(out.into_primitive()),
    })
}

/// The operation in the graph; its state is what it read and the number of heads.
#[derive(Debug)]
struct Step;

impl Backward<Flex, 1> for Step {
    type State = (Map, usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (qkv, heads) = ops.state;
        let channels = qkv.channels / 3;
        let [batch, height, width] = qkv.grid;
        let gradient = grads.consume::<Flex>(&ops.node);
        let gradient = Map::from_primitive(&gradient, [batch, channels, height, width]);
        let [parent] = ops.parents;
        let Some(parent) = parent else {
            return;
        };
        let positions = height * width;
        let size = positions * qkv.channels;
        let mut back = Values::new(batch * size);
        let flop = flop([10, batch, positions, positions, channels]);
        time("attention's gradients", flop, || {
            for_each_piece(&mut back, size, |picture, back| {
                for head in 0..heads {
                    Head {
                        qkv: qkv.picture(picture),
                        gradient: gradient.picture(picture),
                        positions,
                        depth: channels / heads,
                        channels,
                        head,
                    }
                    .way_back(back);
                }
            });
        });
        let back = Map::of(back, qkv.grid, qkv.channels);
        grads.register::<Flex>(parent.id, back.into_primitive());
    }
}

/// A head of a picture.
struct Head<'a> {
    /// [positions, 3 · channels].
    qkv: &'a [f32],
    /// [positions, channels].
    gradient: &'a [f32],
    positions: usize,
    depth: usize,
    /// Of all heads.
    channels: usize,
    head: usize,
}

impl Head<'_> {
    /// The gradients of the head's queries, keys and values, in its columns of [positions, 3 · channels]. With weights
    /// P = softmax(S) of S = s·q kᵀ they follow from that of the output ∂o: ∂v = Pᵀ ∂o,
    /// ∂S = P ∘ (∂P − Σ P ∘ ∂P) of ∂P = ∂o vᵀ, ∂q = s·∂S k and ∂k = s·∂Sᵀ q.
    fn way_back(&self, to: &mut [f32]) {
        let Self {
            positions, depth, ..
        } = *self;
        let stride = 3 * self.channels;
        let (start, first) = (3 * self.head * depth, self.head * depth);
        let (queries, keys, values) = (start, start + depth, start + 2 * depth);
        let (pairs, columns, deep) = (padded_width(positions), padded_width(depth), padded(depth));
        let scale = (depth as f32).sqrt().recip();
        let lengths = [
            // Weights of all pairs, and their gradients.
            positions * pairs,
            positions * pairs,
            // Panels: first of the keys and values by channel, then of the keys by position.
            (pairs * depth).max(columns * positions),
            // Queries and the output's gradient with room for whole vectors.
            positions * deep,
            positions * deep,
            // Products.
            pairs.max(positions) * columns.max(deep),
        ];
        scratch::with(lengths.iter().sum(), |mut memory| {
            let [weights, slopes, panels, query, gradient, products] = lengths.map(|length| {
                let (part, rest) = std::mem::take(&mut memory).split_at_mut(length);
                memory = rest;
                part
            });
            let rows = |values, stride| Rows {
                values,
                stride,
                count: positions,
            };
            let by_channel = |panels: &mut [f32], start: usize| {
                pack(panels, [depth, positions], |k, position| {
                    self.qkv[position * stride + start + k]
                });
            };
            let panels_of_pairs = pairs * depth;
            by_channel(&mut panels[..panels_of_pairs], keys);
            product_with(
                rows(&self.qkv[queries..], stride),
                PanelSlice::Float(&panels[..panels_of_pairs]),
                depth,
                weights,
                false,
            );
            by_channel(&mut panels[..panels_of_pairs], values);
            product_with(
                rows(&self.gradient[first..], self.channels),
                PanelSlice::Float(&panels[..panels_of_pairs]),
                depth,
                slopes,
                false,
            );
            let both = weights
                .chunks_exact_mut(pairs)
                .zip(slopes.chunks_exact_mut(pairs));
            for (weights, slopes) in both {
                // Columns that are there to fill the last panel.
                weights[positions..].fill(f32::MIN);
                let total = simd::run(Exponentials {
                    weights: &mut *weights,
                    scale,
                });
                simd::run(Slopes {
                    weights,
                    slopes,
                    inverse: total.recip(),
                    scale,
                });
            }
            let whole = |from: &[f32], stride: usize, start: usize, to: &mut [f32]| {
                for (to, from) in to.chunks_exact_mut(deep).zip(from.chunks(stride)) {
                    to[..depth].copy_from_slice(&from[start..][..depth]);
                    to[depth..].fill(0.0);
                }
            };
            whole(self.qkv, stride, queries, query);
            whole(self.gradient, self.channels, first, gradient);

            let panels = &mut panels[..columns * positions];
            pack(panels, [positions, depth], |position, k| {
                self.qkv[position * stride + keys + k]
            });
            let panels = PanelSlice::Float(panels);
            product_with(rows(slopes, pairs), panels, positions, products, false);
            let mut put = |start: usize, from: &[f32], width: usize| {
                let rows = to.chunks_exact_mut(stride).zip(from.chunks_exact(width));
                for (to, from) in rows {
                    to[start..][..depth].copy_from_slice(&from[..depth]);
                }
            };
            put(queries, products, columns);
            for (start, left, right) in [(keys, &*slopes, &*query), (values, weights, gradient)] {
                outer::product(positions, [left, right], [pairs, deep], products, false);
                put(start, products, deep);
            }
        });
    }
}

/// Weights from exponentials, and from the gradients of the weights those of what the exponentials were taken of.
struct Slopes<'a> {
    weights: &'a mut [f32],
    slopes: &'a mut [f32],
    inverse: f32,
    scale: f32,
}

impl WithSimd for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let (weights, slopes) = (self.weights, self.slopes);
        let inverse = splat::<S>(self.inverse);
        let mut dot = splat::<S>(0.0);
        let pairs = weights.chunks_exact_mut(lanes::<S>());
        for (weights, slopes) in pairs.zip(slopes.chunks_exact(lanes::<S>())) {
            let weight = load::<S>(weights) * inverse;
            store(weights, weight);
            dot = mul_add(weight, load(slopes), dot);
        }
        // The mean slope, which moving all of a query's products together changes nothing by, of the same numbers: what
        // is left of it would be taken for a gradient of the keys' bias.
        let dot = splat::<S>(lane_fold(dot, |a, b| a + b));
        let scale = splat::<S>(self.scale);
        let pairs = weights.chunks_exact(lanes::<S>());
        for (weights, slopes) in pairs.zip(slopes.chunks_exact_mut(lanes::<S>())) {
            store(
                slopes,
                load::<S>(weights) * scale * (load::<S>(slopes) - dot),
            );
        }
    }
}
