//! The moving average of the weights, which is what a trained model consists of.

use burn::tensor::Device;

use super::Parameters;
use crate::ops::cpu::trained::update;

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
            if average.device() == Device::flex() {
                update::average(average, values, 1.0 - decay);
                continue;
            }
            let difference = values.clone() - average.clone();
            *average = average.clone() + difference * (1.0 - decay);
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
