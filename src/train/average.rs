//! The moving average of the weights, which is what a trained model consists of.

use super::Parameters;
use crate::ops::update;

/// An exponential moving average of parameters.
#[derive(Debug, Clone)]
pub struct Average {
    parameters: Parameters,
    decay: f64,
    warmup: bool,
}

impl Average {
    /// An average that begins with the parameters as they are. With `warmup` the decay grows with the number of
    /// steps, as (1 + n) / (10 + n), until it reaches `decay`: a short run is not left with its first weights.
    pub fn new(parameters: Parameters, decay: f64, warmup: bool) -> Self {
        Self {
            parameters,
            decay,
            warmup,
        }
    }

    /// The averaged values.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Takes in the parameters after `steps` steps.
    pub fn update(&mut self, parameters: &Parameters, steps: u64) {
        let decay = self.decay_after(steps);
        let pairs = self.parameters.iter_mut().zip(parameters.iter());
        for ((_, average), (_, values)) in pairs {
            update::average(average, values, 1.0 - decay);
        }
    }

    fn decay_after(&self, steps: u64) -> f64 {
        let steps = steps as f64;
        match self.warmup {
            true => self.decay.min((1.0 + steps) / (10.0 + steps)),
            false => self.decay,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::weights::{Array, Layout, TensorSource, WeightsError};

    struct Ones(f32);

    impl TensorSource for Ones {
        fn tensor(&mut self, _: &str, shape: &[usize]) -> Result<Array, WeightsError> {
            Ok(Array::f32(shape, vec![self.0; shape.iter().product()]))
        }
    }

    fn parameters(value: f32) -> Parameters {
        let layout = Layout {
            tensors: vec![("a".to_owned(), vec![3])],
        };
        Parameters::new(&layout, &mut Ones(value), &Device::flex()).unwrap()
    }

    fn after(steps: u64, decay: f64, warmup: bool) -> f32 {
        let mut average = Average::new(parameters(1.0), decay, warmup);
        for step in 1..=steps {
            average.update(&parameters(1.0 + step as f32), step);
        }
        average.parameters().read("a").unwrap().into_f32()[2]
    }

    #[test]
    fn the_average_follows_the_weights_by_its_decay() {
        // 0.9 · (0.9 · 1 + 0.1 · 2) + 0.1 · 3.
        assert!((after(2, 0.9, false) - 1.29).abs() < 1e-6);
    }

    #[test]
    fn at_first_a_warmed_up_average_forgets_faster() {
        // Decays of 2/11, then of 3/12.
        let first = 2.0 / 11.0 + 9.0 / 11.0 * 2.0;
        let second = 0.25 * first + 0.75 * 3.0;
        assert!((f64::from(after(2, 0.9999, true)) - second).abs() < 1e-6);
        assert!((after(1, 0.1, true) - 1.9).abs() < 1e-6);
    }
}
