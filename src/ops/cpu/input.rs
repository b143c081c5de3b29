//! What a convolution reads: one or two feature maps side by side, normalized, modulated, activated
//! and resampled on the way, a strip of pixels at a time.

use macerator::WithSimd;

use super::map::Map;
use super::math::Exp;
use super::simd::{self, F32, Simd, WIDEST, lanes, load, mul_add, splat, store};
use crate::ops::Resample;

/// A convolution's input.
pub(super) struct Input<'a> {
    /// One or two feature maps on the same grid.
    pub(super) sources: &'a [Map],
    /// Scale and shift of every channel, [B, 2, C], where the input is normalized.
    pub(super) affine: Option<&'a [f32]>,
    /// Whether SiLU follows.
    pub(super) silu: bool,
    /// Resampling behind it.
    pub(super) resample: Resample,
    /// Channels of all sources.
    pub(super) channels: usize,
    /// Channels of a pixel of a strip: a multiple of the vector's width. The last ones are zero.
    pub(super) stride: usize,
}

/// A rectangle of the resampled grid of one picture. It may reach beyond the grid, where it is zero.
#[derive(Clone, Copy)]
pub(super) struct Strip {
    pub(super) picture: usize,
    pub(super) top: isize,
    pub(super) left: isize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(
        sources: &'a [Map],
        affine: Option<&'a [f32]>,
        silu: bool,
        resample: Resample,
    ) -> Self {
        let channels = sources.iter().map(|source| source.channels).sum();
        Self {
            sources,
            affine,
            silu,
            resample,
            channels,
            stride: padded(channels),
        }
    }

    /// Pictures, rows and columns of the resampled input.
    pub(super) fn grid(&self) -> [usize; 3] {
        let [batch, height, width] = self.sources.first().map_or([0; 3], |x| x.grid);
        match self.resample {
            Resample::Keep => [batch, height, width],
            Resample::Up => [batch, 2 * height, 2 * width],
            Resample::Down => [batch, height / 2, width / 2],
        }
    }

    /// Fills `out` with the pixels of a strip, `stride` values each.
    pub(super) fn fill(&self, strip: Strip, out: &mut [f32]) {
        simd::run(Fill {
            input: self,
            strip,
            out,
        });
    }
}

/// The next multiple of the vector's width.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(simd::panel_width() / 2)
}

struct Fill<'a> {
    input: &'a Input<'a>,
    strip: Strip,
    out: &'a mut [f32],
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self { input, strip, out } = self;
        let [_, height, width] = input.grid();
        let row_length = strip.columns * input.stride;
        // Columns of the strip that lie on the grid.
        let first = (-strip.left).clamp(0, strip.columns as isize) as usize;
        let last = (width as isize - strip.left).clamp(first as isize, strip.columns as isize);
        let last = last as usize;
        let exp = Exp::new();
        for row in 0..strip.rows {
            let y = strip.top + row as isize;
            let (above, rest) = out.split_at_mut(row * row_length);
            let to = &mut rest[..row_length];
            if y < 0 || y >= height as isize || first == last {
                to.fill(0.0);
                continue;
            }
            let y = y as usize;
            // A doubled row is the one above it again.
            if input.resample == Resample::Up && y % 2 == 1 && row > 0 {
                to.copy_from_slice(&above[(row - 1) * row_length..]);
                continue;
            }
            to[..first * input.stride].fill(0.0);
            to[last * input.stride..].fill(0.0);
            let to = &mut to[first * input.stride..last * input.stride];
            let x = (strip.left + first as isize) as usize;
            if input.silu {
                fill_row::<S, true>(input, &exp, strip.picture, y, x, to);
            } else {
                fill_row::<S, false>(input, &exp, strip.picture, y, x, to);
            }
        }
    }
}

/// Fills pixels of row `y` from column `x` on.
#[inline(always)]
fn fill_row<S: Simd, const SILU: bool>(
    input: &Input<'_>,
    exp: &Exp<S>,
    picture: usize,
    y: usize,
    x: usize,
    out: &mut [f32],
) {
    let mut start = 0;
    for source in input.sources {
        let channels = source.channels;
        let affine = input.affine.map(|affine| {
            let (scale, shift) = affine[2 * picture * input.channels..].split_at(input.channels);
            [&scale[start..][..channels], &shift[start..][..channels]]
        });
        let pixels = out.chunks_exact_mut(input.stride);
        match input.resample {
            Resample::Keep => {
                let from = source.from(picture, y, x).chunks_exact(channels);
                for (to, from) in pixels.zip(from) {
                    pixel::<S, SILU, 1>(exp, [from], affine, &mut to[start..start + channels]);
                }
            }
            Resample::Up => {
                let mut previous: Option<&mut [f32]> = None;
                for (i, to) in pixels.enumerate() {
                    let to = &mut to[start..start + channels];
                    match previous.take() {
                        Some(left) if (x + i) % 2 == 1 => to.copy_from_slice(left),
                        _ => {
                            let from = source.from(picture, y / 2, (x + i) / 2);
                            pixel::<S, SILU, 1>(exp, [&from[..channels]], affine, to);
                        }
                    }
                    previous = Some(to);
                }
            }
            Resample::Down => {
                let above = source.from(picture, 2 * y, 2 * x);
                let below = source.from(picture, 2 * y + 1, 2 * x);
                let pairs = above.chunks_exact(2 * channels);
                for ((to, above), below) in pixels.zip(pairs).zip(below.chunks_exact(2 * channels))
                {
                    let (a, b) = above.split_at(channels);
                    let (c, d) = below.split_at(channels);
                    pixel::<S, SILU, 4>(
                        exp,
                        [a, b, c, d],
                        affine,
                        &mut to[start..start + channels],
                    );
                }
            }
        }
        start += channels;
    }
    if start < input.stride {
        for to in out.chunks_exact_mut(input.stride) {
            to[start..].fill(0.0);
        }
    }
}

/// One pixel: the mean of N pixels of the source, each normalized and activated.
#[inline(always)]
fn pixel<S: Simd, const SILU: bool, const N: usize>(
    exp: &Exp<S>,
    from: [&[f32]; N],
    affine: Option<[&[f32]; 2]>,
    to: &mut [f32],
) {
    let lanes = lanes::<S>();
    if N == 1 && !SILU && affine.is_none() {
        to.copy_from_slice(from[0]);
        return;
    }
    let whole = to.len() / lanes * lanes;
    if N == 1
        && let Some([scale, shift]) = affine
    {
        // By far the most frequent case: vectors of slices that are gone through together are not checked one by one.
        let affine = scale.chunks_exact(lanes).zip(shift.chunks_exact(lanes));
        let pixels = to.chunks_exact_mut(lanes).zip(from[0].chunks_exact(lanes));
        for ((to, from), (scale, shift)) in pixels.zip(affine) {
            let x = mul_add(load::<S>(from), load(scale), load(shift));
            store(to, if SILU { exp.silu(x) } else { x });
        }
    } else {
        for at in (0..whole).step_by(lanes) {
            let vector = value::<S, SILU, N>(
                exp,
                from,
                affine,
                #[inline(always)]
                |from| load(&from[at..]),
            );
            store(&mut to[at..], vector);
        }
    }
    if whole < to.len() {
        let vector = value::<S, SILU, N>(
            exp,
            from,
            affine,
            #[inline(always)]
            |from| load_part(&from[whole..]),
        );
        store_part(&mut to[whole..], vector);
    }
}

#[inline(always)]
fn value<S: Simd, const SILU: bool, const N: usize>(
    exp: &Exp<S>,
    from: [&[f32]; N],
    affine: Option<[&[f32]; 2]>,
    read: impl Fn(&[f32]) -> F32<S>,
) -> F32<S> {
    let mut sum = splat(0.0);
    for from in from {
        let x = read(from);
        let x = match affine {
            Some([scale, shift]) => mul_add(x, read(scale), read(shift)),
            None => x,
        };
        sum += if SILU { exp.silu(x) } else { x };
    }
    if N == 1 {
        sum
    } else {
        sum * splat(1.0 / N as f32)
    }
}

/// A vector from fewer values than it has; the others are zero.
#[inline(always)]
pub(super) fn load_part<S: Simd>(from: &[f32]) -> F32<S> {
    let mut whole = [0.0; WIDEST];
    whole[..from.len()].copy_from_slice(from);
    load(&whole)
}

/// As many values of a vector as the slice is long.
#[inline(always)]
pub(super) fn store_part<S: Simd>(to: &mut [f32], value: F32<S>) {
    let mut whole = [0.0; WIDEST];
    store(&mut whole, value);
    to.copy_from_slice(&whole[..to.len()]);
}
