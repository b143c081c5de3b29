//! Adam and AdamW, and the clipping of gradients by their common norm, as PyTorch computes them.

use burn::tensor::Tensor;

use super::Parameters;
use crate::ops::update::{self, AdamStep};

/// The optimizer's settings and its running moments.
#[derive(Debug, Clone)]
pub struct Adam {
    betas: [f64; 2],
    /// Taken from the weights at every step, as a fraction of the rate (AdamW's decoupled decay).
    weight_decay: f64,
    /// Running mean of the gradients.
    pub(super) mean: Parameters,
    /// Running mean of their squares.
    pub(super) square: Parameters,
}

/// Added to the root of the second moment.
const EPS: f64 = 1e-8;

impl Adam {
    /// An optimizer for some parameters that has seen no gradient yet.
    pub fn new(parameters: &Parameters, betas: [f64; 2], weight_decay: f64) -> Self {
        Self {
            betas,
            weight_decay,
            mean: parameters.zeros(),
            square: parameters.zeros(),
        }
    }

    /// An optimizer that goes on with moments from before.
    #[must_use]
    pub fn with_moments(self, mean: Parameters, square: Parameters) -> Self {
        Self {
            mean,
            square,
            ..self
        }
    }

    /// The running means of the gradients and of their squares.
    pub fn moments(&self) -> [&Parameters; 2] {
        [&self.mean, &self.square]
    }

    /// Moves parameters against their gradients. `steps` counts the steps taken, this one included; `rate` is the
    /// learning rate of the tensor of a name.
    pub fn step(
        &mut self,
        parameters: &mut Parameters,
        gradients: &Parameters,
        steps: u64,
        rate: impl Fn(&str) -> f64,
    ) {
        let [beta1, beta2] = self.betas;
        let steps = i32::try_from(steps).unwrap_or(i32::MAX);
        let (bias1, bias2) = (1.0 - beta1.powi(steps), 1.0 - beta2.powi(steps));
        let moments = self.mean.iter_mut().zip(self.square.iter_mut());
        let tensors = parameters.iter_mut().zip(gradients.iter());
        for (((name, values), (_, gradient)), ((_, mean), (_, square))) in tensors.zip(moments) {
            let rate = rate(name);
            let step = AdamStep {
                betas: self.betas,
                kept: 1.0 - rate * self.weight_decay,
                rate: rate / bias1,
                root: bias2.sqrt(),
                eps: EPS,
            };
            update::adam(values, mean, square, gradient, &step);
        }
    }
}

/// Scales gradients down so that their common norm is at most `most`, and returns the norm from before, `[1]`. Tensors
/// of which `counts` says no neither count nor are scaled.
pub fn clip_norm(
    gradients: &mut Parameters,
    most: f64,
    counts: impl Fn(&str) -> bool,
) -> Option<Tensor<1>> {
    let counted = gradients.iter().filter(|(name, _)| counts(name));
    let counted: Vec<_> = counted.map(|(_, gradient)| gradient).collect();
    let norm = update::sum_of_squares(&counted)?.sqrt();
    let by = (norm.clone() + 1e-6)
        .recip()
        .mul_scalar(most)
        .clamp_max(1.0);
    for (name, gradient) in gradients.iter_mut() {
        if counts(name) {
            update::scale(gradient, &by);
        }
    }
    Some(norm)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::weights::{Array, Layout, TensorSource, WeightsError};

    struct Given<'a>(&'a [(&'a str, &'a [f32])]);

    impl TensorSource for Given<'_> {
        fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
            let given = self.0.iter().find(|(n, _)| *n == name).unwrap();
            Ok(Array::f32(shape, given.1.to_vec()))
        }
    }

    fn parameters(given: &[(&str, &[f32])]) -> Parameters {
        let layout = Layout {
            tensors: (given.iter())
                .map(|(name, values)| ((*name).to_owned(), vec![values.len()]))
                .collect(),
        };
        Parameters::new(&layout, &mut Given(given), &Device::flex()).unwrap()
    }

    #[test]
    fn two_steps_are_those_of_the_formula() {
        let (rate, decay, betas) = (0.1, 0.02, [0.9, 0.99]);
        let mut values = parameters(&[("w", &[1.0, -2.0])]);
        let mut adam = Adam::new(&values, betas, decay);
        let gradients = [[0.5f32, -0.25], [0.1, 1.0]];
        for (step, gradient) in gradients.iter().enumerate() {
            let gradient = parameters(&[("w", gradient)]);
            adam.step(&mut values, &gradient, step as u64 + 1, |_| rate);
        }
        for (place, begin) in [1.0f64, -2.0].into_iter().enumerate() {
            let (mut w, mut m, mut v) = (begin, 0.0, 0.0);
            for (step, gradient) in gradients.iter().enumerate() {
                let g = f64::from(gradient[place]);
                let n = step as i32 + 1;
                m = betas[0] * m + (1.0 - betas[0]) * g;
                v = betas[1] * v + (1.0 - betas[1]) * g * g;
                w *= 1.0 - rate * decay;
                let (m, v) = (m / (1.0 - betas[0].powi(n)), v / (1.0 - betas[1].powi(n)));
                w -= rate * m / (v.sqrt() + 1e-8);
            }
            let found = f64::from(values.read("w").unwrap().into_f32()[place]);
            assert!((found - w).abs() < 1e-6, "{found} {w}");
        }
    }

    #[test]
    fn gradients_are_clipped_by_their_common_norm() {
        let given: [(&str, &[f32]); 3] = [("a", &[3.0]), ("b", &[0.0, 4.0]), ("heads.c", &[100.0])];
        let mut gradients = parameters(&given);
        let of_the_model = |name: &str| !name.starts_with("heads.");
        let norm = clip_norm(&mut gradients, 1.0, of_the_model).unwrap();
        assert!((norm.into_scalar::<f32>() - 5.0).abs() < 1e-6);
        let read = |gradients: &Parameters, name: &str| gradients.read(name).unwrap().into_f32();
        assert!((read(&gradients, "a")[0] - 0.6).abs() < 1e-6);
        assert!((read(&gradients, "b")[1] - 0.8).abs() < 1e-6);
        assert_eq!(read(&gradients, "heads.c"), [100.0]);
        let mut small = parameters(&given);
        clip_norm(&mut small, 10.0, of_the_model);
        assert_eq!(read(&small, "b"), [0.0, 4.0]);
    }
}
