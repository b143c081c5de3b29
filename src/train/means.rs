//! Means over some steps, which a state keeps to the last bit, so that a run that was stopped between
//! two lines of its journal writes the same lines as one that was not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Step;

/// Sums over some steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Means {
    steps: u64,
    total: Exact,
    terms: BTreeMap<String, Exact>,
    norm: Option<Exact>,
}

/// A number as its bits: decimal digits are not read back to the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
struct Exact(f64);

impl From<u64> for Exact {
    fn from(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
}

impl From<Exact> for u64 {
    fn from(number: Exact) -> Self {
        number.0.to_bits()
    }
}

impl Means {
    /// Takes in a step.
    pub(super) fn add(&mut self, step: &Step) {
        self.steps += 1;
        self.total.0 += f64::from(step.total);
        for (name, value) in &step.terms {
            self.terms.entry((*name).to_owned()).or_default().0 += f64::from(*value);
        }
        if let Some(norm) = step.norm {
            self.norm.get_or_insert_default().0 += f64::from(norm);
        }
    }

    /// Mean loss.
    pub(super) fn total(&self) -> f64 {
        self.mean(self.total)
    }

    /// Mean of each term of the loss, by name.
    pub(super) fn terms(&self) -> BTreeMap<String, f64> {
        let terms = self.terms.iter();
        terms
            .map(|(name, sum)| (name.clone(), self.mean(*sum)))
            .collect()
    }

    /// Mean norm of the gradients.
    pub(super) fn norm(&self) -> Option<f64> {
        self.norm.map(|sum| self.mean(sum))
    }

    fn mean(&self, sum: Exact) -> f64 {
        sum.0 / self.steps.max(1) as f64
    }
}
