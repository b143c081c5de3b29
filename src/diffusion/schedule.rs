//! Noise schedules: betas, the cumulative products alpha_bar, and "ddimN" respacing.

use thiserror::Error;

use crate::config::BetaSchedule;

/// The numbers of steps N for which a schedule of 1000 steps has a stride that keeps exactly N.
pub const VALID_STEPS: [usize; 62] = [
    2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
    28, 29, 30, 31, 32, 33, 34, 35, 36, 38, 39, 40, 42, 44, 46, 48, 50, 53, 56, 59, 63, 67, 72, 77,
    84, 91, 100, 112, 125, 143, 167, 200, 250, 334, 500, 1000,
];

/// A number of steps that no stride gives.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error(
    "{asked} steps cannot be spaced evenly over {of} training steps; the nearest that can are {nearest}"
)]
pub struct ScheduleError {
    /// The number asked for.
    pub asked: usize,
    /// Length of the training schedule.
    pub of: usize,
    /// The valid numbers around it.
    pub nearest: String,
}

/// A (respaced) noise schedule. Entry 0 is the least noisy level.
///
/// Tables are kept in f64 and rounded to f32 where they are used; square roots of alpha_bar are
/// taken in f32, as the reference does.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The training step of each entry; this is what networks are told.
    pub timesteps: Vec<usize>,
    /// The fraction of signal variance at each entry, in (0, 1), falling.
    pub alpha_bar: Vec<f64>,
}

impl Schedule {
    /// The training schedule of `timesteps` steps.
    pub fn new(betas: BetaSchedule, timesteps: usize) -> Self {
        let beta = |t: usize| match betas {
            BetaSchedule::Constant(beta) => beta,
            BetaSchedule::Linear => {
                let scale = 1000.0 / timesteps as f64;
                let (first, last) = (1e-4 * scale, 2e-2 * scale);
                first + (last - first) * t as f64 / (timesteps - 1).max(1) as f64
            }
        };
        let mut product = 1.0;
        let alpha_bar = (0..timesteps)
            .map(|t| {
                product *= 1.0 - beta(t);
                product
            })
            .collect();
        Self {
            timesteps: (0..timesteps).collect(),
            alpha_bar,
        }
    }

    /// Keeps `steps` evenly spaced entries: the smallest stride that gives exactly that many.
    ///
    /// # Errors
    /// [`ScheduleError`] with the nearest valid numbers.
    pub fn respace(&self, steps: usize) -> Result<Self, ScheduleError> {
        let total = self.timesteps.len();
        let kept = |stride: usize| total.div_ceil(stride);
        let Some(stride) = (1..total).find(|stride| kept(*stride) == steps) else {
            let mut valid: Vec<usize> = (1..total).map(kept).collect();
            valid.dedup();
            let below = valid.iter().find(|n| **n < steps);
            let above = valid.iter().rev().find(|n| **n > steps);
            let nearest: Vec<String> = below
                .into_iter()
                .chain(above)
                .map(usize::to_string)
                .collect();
            return Err(ScheduleError {
                asked: steps,
                of: total,
                nearest: nearest.join(" and "),
            });
        };
        // Official code recomputes betas so that the products agree; the products themselves are
        // kept here, which is the same to 1e-16.
        Ok(Self {
            timesteps: self.timesteps.iter().copied().step_by(stride).collect(),
            alpha_bar: self.alpha_bar.iter().copied().step_by(stride).collect(),
        })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.timesteps.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.timesteps.is_empty()
    }

    /// The coefficients of one entry.
    pub fn level(&self, index: usize) -> Level {
        let a = self.alpha_bar[index];
        Level {
            recip_sqrt: (1.0 / a).sqrt() as f32,
            recip_m1_sqrt: (1.0 / a - 1.0).sqrt() as f32,
            alpha_bar: a as f32,
        }
    }

    /// alpha_bar of the entry before `index`; 1 (no noise) before the first.
    pub fn alpha_bar_before(&self, index: usize) -> f32 {
        index
            .checked_sub(1)
            .map_or(1.0, |i| self.alpha_bar[i] as f32)
    }

    /// alpha_bar of the entry after `index`; 0 (no signal) after the last.
    pub fn alpha_bar_after(&self, index: usize) -> f32 {
        self.alpha_bar.get(index + 1).map_or(0.0, |a| *a as f32)
    }
}

/// The coefficients of a noise level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// √(1/ᾱ).
    pub recip_sqrt: f32,
    /// √(1/ᾱ − 1).
    pub recip_m1_sqrt: f32,
    /// ᾱ.
    pub alpha_bar: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_published_numbers_of_steps_are_valid() {
        let schedule = Schedule::new(BetaSchedule::Linear, 1000);
        let valid: Vec<usize> = (0..=1001)
            .filter(|n| schedule.respace(*n).is_ok())
            .collect();
        assert_eq!(valid, VALID_STEPS);
    }

    #[test]
    fn a_schedule_that_was_respaced_can_be_again() {
        let schedule = Schedule::new(BetaSchedule::Linear, 1000);
        let twice = schedule.respace(20).unwrap().respace(10).unwrap();
        assert_eq!(twice, schedule.respace(10).unwrap());
    }

    #[test]
    fn an_invalid_number_suggests_its_neighbours() {
        let schedule = Schedule::new(BetaSchedule::Linear, 1000);
        for (asked, nearest) in [
            (41, "40 and 42"),
            (300, "250 and 334"),
            (1, "2"),
            (2000, "1000"),
        ] {
            let error = schedule.respace(asked).unwrap_err();
            assert_eq!(error.nearest, nearest, "{error}");
        }
    }
}
