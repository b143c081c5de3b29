//! A convolution's weights as the kernels read them, made anew of the tensor that is trained in every step, forward and
//! turned for the way back.

use super::tiles::{Place, Transformed};
use crate::ops::cpu::input::Input;
use crate::ops::cpu::memory::Values;
use crate::ops::cpu::output::Output;
use crate::ops::cpu::panels::{Numbers, padded_width};
use crate::ops::cpu::parallel::for_each_part;
use crate::ops::cpu::simd::{self, panel_width};
use crate::ops::cpu::transform::PLACES;
use crate::ops::cpu::{direct, winograd};
use crate::ops::profile::time;

/// Which way a convolution leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// From inputs to outputs.
    Forward,
    /// From the gradient of outputs to that of inputs: by the filters turned by half a circle.
    Back,
}

/// A convolution's prepared weights. Their memory is used again in the next layer.
pub(super) enum Weights {
    Winograd(winograd::Weights),
    Direct(direct::Weights),
}

impl Weights {
    /// From weights [O, I, k, k] and O, I and k, which is 1 or 3.
    pub(super) fn new(weights: &[f32], shape: [usize; 3], way: Way) -> Self {
        let [outputs, inputs, kernel] = shape;
        time("preparing weights", 0, || match kernel {
            3 => Self::winograd(weights, outputs, inputs, way),
            _ => Self::direct(weights, outputs, inputs, way),
        })
    }

    fn winograd(weights: &[f32], outputs: usize, inputs: usize, way: Way) -> Self {
        let (from, to) = match way {
            Way::Forward => (inputs, outputs),
            Way::Back => (outputs, inputs),
        };
        let panel_len = panel_width() * from;
        let place_len = padded_width(to) * from;
        let mut panels = Values::new(PLACES * place_len);
        let mut rest = &mut *panels;
        let places = [(); PLACES].map(|()| {
            let (place, others) = std::mem::take(&mut rest).split_at_mut(place_len);
            rest = others;
            place
        });
        let place = match way {
            Way::Forward => Place {
                of_input: 9,
                of_output: 9 * inputs,
                turned: false,
            },
            Way::Back => Place {
                of_input: 9 * inputs,
                of_output: 9,
                turned: true,
            },
        };
        for_each_part(
            place_len / panel_len.max(1),
            places,
            [panel_len; PLACES],
            |panel, to_places| {
                simd::run(Transformed {
                    weights,
                    place,
                    outputs: panel * panel_width()..to,
                    to: to_places,
                });
            },
        );
        Self::Winograd(winograd::Weights::of(panels.into_vec(), from, to))
    }

    fn direct(weights: &[f32], outputs: usize, inputs: usize, way: Way) -> Self {
        Self::Direct(match way {
            Way::Forward => {
                let weights = Numbers::Float(weights.to_vec());
                direct::Weights::new(&weights, inputs, outputs, 1)
            }
            Way::Back => {
                let mut transposed = vec![0.0; weights.len()];
                for (index, weight) in weights.iter().enumerate() {
                    let (output, input) = (index / inputs, index % inputs);
                    transposed[input * outputs + output] = *weight;
                }
                direct::Weights::new(&Numbers::Float(transposed), outputs, inputs, 1)
            }
        })
    }

    /// The side of the kernel.
    pub(super) fn kernel(&self) -> usize {
        match self {
            Self::Winograd(_) => 3,
            Self::Direct(_) => 1,
        }
    }

    /// Convolves with zero padding.
    pub(super) fn convolve(&self, input: &Input<'_>, output: &Output<'_>, out: &mut [f32]) {
        match self {
            Self::Winograd(weights) => weights.convolve(input, output, out),
            Self::Direct(weights) => weights.convolve(input, output, out),
        }
    }
}

impl Drop for Weights {
    fn drop(&mut self) {
        if let Self::Winograd(weights) = self {
            drop(Values::of(weights.take_panels()));
        }
    }
}
