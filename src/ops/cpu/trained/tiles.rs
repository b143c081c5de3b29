//! The transforms of Winograd's F(4x4, 3x3) that its gradient takes: with Y = Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A, that of the
//! filter g is Gᵀ[Σ (Bᵀ d B) ∘ (A ∂Y Aᵀ)]G over all tiles.

use macerator::WithSimd;

use crate::ops::cpu::simd::{
    F32, Simd, WIDEST, Window, WindowMut, across, lanes, load, mul_add, splat, store,
};
use crate::ops::cpu::transform::{IN, OUT, PLACES, Points, RootTwo, transform_line};

/// What G's rows for the inner and for the outer points are multiplied by.
const INNER_PART: f32 = -1.0 / 1.5;
const OUTER_PART: f32 = 1.0 / 6.0;

/// Pixels of a row of tiles and where their transforms go: those of the places of a tile are `place_len` values apart,
/// those of neighbouring tiles `channels`.
pub(super) struct Tiles<'a> {
    pub(super) pixels: &'a [f32],
    /// Values of a row of pixels.
    pub(super) row_len: usize,
    pub(super) channels: usize,
    /// Number of tiles.
    pub(super) count: usize,
    pub(super) to: &'a mut [f32],
    pub(super) place_len: usize,
}

/// Bᵀ d B of the input's tiles.
pub(super) struct OfInput<'a>(pub(super) Tiles<'a>);

/// A y Aᵀ of the tiles of the output's gradient.
pub(super) struct OfOutput<'a>(pub(super) Tiles<'a>);

impl WithSimd for OfInput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        self.0.transform::<S, IN>(
            #[inline(always)]
            |line| transform_line::<S, RootTwo>(line),
        );
    }
}

impl WithSimd for OfOutput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        self.0.transform::<S, OUT>(
            #[inline(always)]
            |line| spread_line::<S>(line),
        );
    }
}

impl Tiles<'_> {
    #[inline(always)]
    fn transform<S: Simd, const N: usize>(self, line: impl Fn([F32<S>; N]) -> [F32<S>; IN]) {
        let channels = self.channels;
        for index in 0..self.count {
            let pixels = &self.pixels[OUT * index * channels..];
            let to = &mut self.to[index * channels..];
            for at in (0..channels).step_by(lanes::<S>()) {
                let pixels = Window::<S, N, N>::new(&pixels[at..], self.row_len, channels);
                let row = IN * self.place_len;
                let mut to = WindowMut::<S, IN, IN>::new(&mut to[at..], row, self.place_len);
                let mut columns = [[splat(0.0); IN]; N];
                for (j, column) in columns.iter_mut().enumerate() {
                    *column = line(pixels.column(j));
                }
                for i in 0..IN {
                    let row = line(across(&columns, i));
                    for (j, value) in row.into_iter().enumerate() {
                        to.store(i, j, value);
                    }
                }
            }
        }
    }
}

/// A y.
#[inline(always)]
fn spread_line<S: Simd>(y: [F32<S>; OUT]) -> [F32<S>; IN] {
    let [y0, y1, y2, y3] = y;
    let at = |point: f32| {
        let square = splat::<S>(point * point);
        let even = mul_add(y2, square, y0);
        let odd = mul_add(y3, square, y1) * splat(point);
        [even + odd, even - odd]
    };
    let ([a, b], [c, d]) = (at(RootTwo::INNER), at(RootTwo::OUTER));
    [y0, a, b, c, d, y3]
}

/// Gᵀ m.
#[inline(always)]
fn gather_line<S: Simd>(m: [F32<S>; IN]) -> [F32<S>; 3] {
    let [m0, m1, m2, m3, m4, m5] = m;
    let (inner, outer) = (RootTwo::INNER, RootTwo::OUTER);
    let inner_even = (m1 + m2) * splat(INNER_PART);
    let inner_odd = (m1 - m2) * splat(INNER_PART * inner);
    let outer_even = (m3 + m4) * splat(OUTER_PART);
    let outer_square = splat(outer * outer);
    [
        m0 + inner_even + outer_even,
        mul_add(m3 - m4, splat(OUTER_PART * outer), inner_odd),
        mul_add(
            inner_even,
            splat(inner * inner),
            mul_add(outer_even, outer_square, m5),
        ),
    ]
}

/// Gᵀ M G: the gradients of the filters of some outputs, as many as a vector has or fewer.
pub(super) struct Filters<'a> {
    /// The sums M from the first of these outputs on; a row has `outputs` values, a place `place_len`.
    pub(super) sums: &'a [f32],
    pub(super) place_len: usize,
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    /// [outputs, inputs, 3, 3] of these outputs.
    pub(super) to: &'a mut [f32],
}

impl WithSimd for Filters<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let filters = self.inputs * 9;
        for input in 0..self.inputs {
            let sums = &self.sums[input * self.outputs..];
            let sums = Window::<S, IN, IN>::new(sums, IN * self.place_len, self.place_len);
            let mut columns = [[splat(0.0); 3]; IN];
            for (j, column) in columns.iter_mut().enumerate() {
                *column = gather_line::<S>(sums.column(j));
            }
            for i in 0..3 {
                let row = gather_line::<S>(across(&columns, i));
                for (j, value) in row.into_iter().enumerate() {
                    let mut lanes = [0.0; WIDEST];
                    store(&mut lanes, value);
                    let to = self.to[input * 9 + 3 * i + j..].iter_mut().step_by(filters);
                    for (to, value) in to.zip(lanes) {
                        *to = value;
                    }
                }
            }
        }
    }
}

/// Where a filter's weights are.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Values from a filter to that of the next input, and of the next output.
    pub(super) of_input: usize,
    pub(super) of_output: usize,
    /// Whether the filters are turned by half a circle.
    pub(super) turned: bool,
}

/// G g Gᵀ for a panel of outputs.
pub(super) struct Transformed<'a> {
    pub(super) weights: &'a [f32],
    pub(super) place: Place,
    /// The panel's first output, and the end of all outputs.
    pub(super) outputs: std::ops::Range<usize>,
    /// The panel at each place: a row for each input.
    pub(super) to: [&'a mut [f32]; PLACES],
}

impl WithSimd for Transformed<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let lanes = lanes::<S>();
        let width = 2 * lanes;
        let rows = self.to[0].len() / width;
        let Place {
            of_input,
            of_output,
            turned,
        } = self.place;
        for row in 0..rows {
            for half in 0..2 {
                let mut filters = [[0.0; WIDEST]; 9];
                let first = self.outputs.start + half * lanes;
                let outputs = first..self.outputs.end.min(first + lanes);
                for (lane, output) in outputs.enumerate() {
                    let filter = &self.weights[row * of_input + output * of_output..][..9];
                    for (k, weight) in filter.iter().enumerate() {
                        filters[if turned { 8 - k } else { k }][lane] = *weight;
                    }
                }
                let mut columns = [[splat(0.0); IN]; 3];
                for (j, column) in columns.iter_mut().enumerate() {
                    let filter = [&filters[j], &filters[3 + j], &filters[6 + j]];
                    *column = widen_line::<S>([load(filter[0]), load(filter[1]), load(filter[2])]);
                }
                let at = row * width + half * lanes;
                for i in 0..IN {
                    let line = widen_line::<S>(across(&columns, i));
                    for (j, value) in line.into_iter().enumerate() {
                        store(&mut self.to[IN * i + j][at..], value);
                    }
                }
            }
        }
    }
}

/// G g.
#[inline(always)]
fn widen_line<S: Simd>(g: [F32<S>; 3]) -> [F32<S>; IN] {
    let [g0, g1, g2] = g;
    let at = |point: f32, part: f32| {
        let even = mul_add(g2, splat(part * point * point), g0 * splat(part));
        let odd = g1 * splat(part * point);
        [even + odd, even - odd]
    };
    let [a, b] = at(RootTwo::INNER, INNER_PART);
    let [c, d] = at(RootTwo::OUTER, OUTER_PART);
    [g0, a, b, c, d, g2]
}
