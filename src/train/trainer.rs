//! From losses to steps: gradients of the parts of a batch are averaged, clipped by their common
//! norm, and move the weights and their average.

use burn::tensor::{Device, FloatDType, Tensor};

use super::adam::clip_norm;
use super::heads::PREFIX;
use super::{Adam, Average, Objective, Parameters, Recipe, TrainError};

/// What a step did.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its number, counted from 0.
    pub step: u64,
    /// The loss.
    pub total: f32,
    /// Name and value of each term of the loss, unweighted.
    pub terms: Vec<(&'static str, f32)>,
    /// Common norm of the gradients before clipping, those of the heads left out; none where nothing is clipped.
    pub norm: Option<f32>,
    /// The learning rate.
    pub rate: f64,
}

/// Weights in training.
#[derive(Debug)]
pub struct Trainer {
    /// The weights.
    pub parameters: Parameters,
    /// Their moving average.
    pub average: Average,
    /// The optimizer.
    pub adam: Adam,
    /// Steps taken.
    pub steps: u64,
    recipe: Recipe,
    device: Device,
    bf16: bool,
}

impl Trainer {
    /// Training that begins with these weights.
    pub fn new(parameters: Parameters, recipe: Recipe, device: &Device) -> Self {
        let adam = Adam::new(&parameters, recipe.betas, recipe.weight_decay);
        let average = Average::new(parameters.clone(), recipe.average, recipe.average_warmup);
        Self {
            parameters,
            average,
            adam,
            steps: 0,
            bf16: recipe.bf16
                && *device != Device::flex()
                && device.supports_dtype(FloatDType::BF16),
            recipe,
            device: device.clone(),
        }
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// One step on the parts of its batch, which are equally large.
    ///
    /// # Errors
    /// [`TrainError::NoBatch`]; [`TrainError::Diverged`], after which the weights are as they were before.
    pub fn step<O: Objective>(
        &mut self,
        objective: &O,
        parts: &[O::Batch],
    ) -> Result<Step, TrainError> {
        let step = self.steps;
        let mut sums: Option<Parameters> = None;
        let mut total = 0.0;
        let mut terms: Vec<(&'static str, f32)> = Vec::new();
        let share = |value: Tensor<1>| value.into_scalar::<f32>() / parts.len() as f32;
        for part in parts {
            let mut leaves = self.parameters.leaves();
            if self.bf16 {
                leaves = leaves.in_bf16();
            }
            let loss = objective.loss(&mut leaves, part, step, &self.device)?;
            let mut gradients = loss.total.backward();
            let gradients = leaves.gradients(&mut gradients);
            total += share(loss.total);
            for (name, value) in loss.terms {
                let value = share(value);
                // A part may lack a term that another has.
                match terms.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, sum)) => *sum += value,
                    None => terms.push((name, value)),
                }
            }
            match &mut sums {
                None => sums = Some(gradients),
                Some(sums) => {
                    for ((_, sum), (_, gradient)) in sums.iter_mut().zip(gradients.iter()) {
                        *sum = sum.clone() + gradient.clone();
                    }
                }
            }
        }
        let mut gradients = sums.ok_or(TrainError::NoBatch { step })?;
        if parts.len() > 1 {
            for (_, gradient) in gradients.iter_mut() {
                *gradient = gradient.clone() / parts.len() as f64;
            }
        }
        let of_the_model = |name: &str| !name.starts_with(PREFIX);
        let norm = (self.recipe.clip)
            .and_then(|most| clip_norm(&mut gradients, most, of_the_model))
            .map(|norm| norm.into_scalar::<f32>());
        let finite = |v: &f32| v.is_finite();
        if !finite(&total) || !norm.as_ref().is_none_or(finite) {
            return Err(TrainError::Diverged { step });
        }
        let rate = self.recipe.rate_at(step);
        let of_heads = self.recipe.heads_rate;
        self.steps += 1;
        let by_name = |name: &str| if of_the_model(name) { rate } else { of_heads };
        (self.adam).step(&mut self.parameters, &gradients, self.steps, by_name);
        self.average.update(&self.parameters, self.steps);
        Ok(Step {
            step,
            total,
            terms,
            norm,
            rate,
        })
    }
}
