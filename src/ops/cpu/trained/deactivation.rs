//! The two passes over a picture's pixels that lead gradients back through the activation and the normalization: the
//! second one takes sums of what the first one makes.

use macerator::WithSimd;

use crate::ops::cpu::input::{load_part, store_part};
use crate::ops::cpu::math::Exp;
use crate::ops::cpu::simd::{Simd, lanes, load, mul_add, splat, store};

/// From the gradient of activated values to that of the values in front of the activation, in place, and the sums that
/// the normalization's gradients take.
pub(super) struct Deactivate<'a> {
    /// The values in front of the normalization, [pixels, stride].
    pub(super) x: &'a [f32],
    pub(super) d: &'a mut [f32],
    pub(super) stride: usize,
    /// Values of a row of pixels, whose sums are taken on their own before they join the others'.
    pub(super) row: usize,
    /// What a value of the gradient is worth.
    pub(super) factor: f32,
    pub(super) silu: bool,
    /// Scale and shift to the activation's input, to the normalized value, and room for both sums, [6, stride].
    pub(super) affine: &'a mut [f32],
}

impl WithSimd for Deactivate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        if self.silu {
            self.pixels::<S, true>();
        } else {
            self.pixels::<S, false>();
        }
    }
}

impl Deactivate<'_> {
    #[inline(always)]
    fn pixels<S: Simd, const SILU: bool>(self) {
        let Self { x, d, stride, .. } = self;
        let factor = splat::<S>(self.factor);
        let exp = Exp::<S>::new();
        let (affine, totals) = self.affine.split_at_mut(4 * stride);
        let (scale, rest) = affine.split_at(stride);
        let (shift, rest) = rest.split_at(stride);
        let (inverse, offset) = rest.split_at(stride);
        let (total, total_product) = totals.split_at_mut(stride);
        let rows = x.chunks(self.row).zip(d.chunks_mut(self.row));
        for (x, d) in rows {
            for at in (0..stride).step_by(lanes::<S>()) {
                let (scale, shift) = (load::<S>(&scale[at..]), load::<S>(&shift[at..]));
                let (inverse, offset) = (load::<S>(&inverse[at..]), load::<S>(&offset[at..]));
                let (mut sum, mut product) = (splat::<S>(0.0), splat::<S>(0.0));
                let pixels = x.chunks_exact(stride).zip(d.chunks_exact_mut(stride));
                for (x, d) in pixels {
                    let x = load::<S>(&x[at..]);
                    let mut gradient = load::<S>(&d[at..]) * factor;
                    if SILU {
                        let h = mul_add(x, scale, shift);
                        let one = splat::<S>(1.0);
                        let sigmoid = one / (one + exp.of(splat(0.0) - h));
                        gradient *= sigmoid * mul_add(h, one - sigmoid, one);
                    }
                    store(&mut d[at..], gradient);
                    sum += gradient;
                    product = mul_add(gradient, mul_add(x, inverse, offset), product);
                }
                let (total, total_product) = (&mut total[at..], &mut total_product[at..]);
                sum += load(total);
                store(total, sum);
                product += load(total_product);
                store(total_product, product);
            }
        }
    }
}

/// From the gradient in front of the activation to that of some channels of the values themselves.
pub(super) struct Denormalize<'a> {
    pub(super) x: &'a [f32],
    pub(super) d: &'a [f32],
    pub(super) stride: usize,
    /// Factors of gradient and value, and what is added, [3, stride].
    pub(super) way_back: &'a [f32],
    pub(super) to: &'a mut [f32],
    pub(super) channels: usize,
}

impl WithSimd for Denormalize<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self {
            x,
            d,
            stride,
            channels,
            ..
        } = self;
        let whole = channels / lanes::<S>() * lanes::<S>();
        let [by, of_value, plus] = [0, 1, 2].map(
            #[inline(always)]
            |row| &self.way_back[row * stride..][..channels],
        );
        for (pixel, to) in self.to.chunks_exact_mut(channels).enumerate() {
            let (x, d) = (&x[pixel * stride..], &d[pixel * stride..]);
            for at in (0..whole).step_by(lanes::<S>()) {
                let value = mul_add(
                    load::<S>(&x[at..]),
                    load(&of_value[at..]),
                    load(&plus[at..]),
                );
                let value = mul_add(load::<S>(&d[at..]), load(&by[at..]), value);
                store(&mut to[at..], value);
            }
            if whole < channels {
                let part = whole..channels;
                let (x, d) = (&x[part.clone()], &d[part.clone()]);
                let (x, d) = (load_part::<S>(x), load_part::<S>(d));
                let of_value = load_part(&of_value[part.clone()]);
                let value = mul_add(x, of_value, load_part(&plus[part.clone()]));
                let value = mul_add(d, load_part(&by[part.clone()]), value);
                store_part(&mut to[part], value);
            }
        }
    }
}
