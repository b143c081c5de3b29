//! How a stage is trained: the settings of the paper's runs, of this project's own models, and what
//! they may be.

use serde::{Deserialize, Serialize};

use super::TrainError;

/// Most pictures of a step.
const MAX_BATCH: usize = 1 << 20;
/// Most pictures of a run, few enough to count steps times pictures.
const MAX_SAMPLES: u64 = 1_000_000_000_000_000;

/// The settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Pictures (or latents) of a step.
    pub batch: usize,
    /// Parts that a step's batch is computed in, one after the other; their gradients are averaged.
    pub accumulate: usize,
    /// Pictures (or latents) after which training ends.
    pub samples: u64,
    /// Learning rate.
    pub rate: f64,
    /// Steps over which the rate rises to its full height.
    pub warmup: u64,
    /// How the rate falls.
    pub decay: Decay,
    /// Adam's decays of the running means of gradients and squares.
    pub betas: [f64; 2],
    /// AdamW's decay of the weights; 0 is Adam.
    pub weight_decay: f64,
    /// Common norm that gradients, those of the heads left out, are clipped to; none leaves them alone.
    pub clip: Option<f64>,
    /// Decay of the moving average of the weights.
    pub average: f64,
    /// Whether that decay grows with the number of steps.
    pub average_warmup: bool,
    /// The part of values that the U-Net's residual blocks leave out.
    pub dropout: f32,
    /// Whether every other picture is mirrored.
    pub flip: bool,
    /// Turning (radians), scaling and shifting (of the side) of every other picture; the deviation of each.
    pub jitter: [f64; 3],
    /// Whether the noise levels of a batch are spread evenly, one from each of as many ranges.
    pub stratified: bool,
    /// What the noise levels count.
    pub weighting: Weighting,
    /// Whether heads that are thrown away later read a coarse picture and the attributes from z_sem.
    pub heads: bool,
    /// Learning rate of those heads.
    pub heads_rate: f64,
    /// Weight of the term against droplets (single positions of a feature map that carry its magnitude); 0 leaves it
    /// out.
    pub droplets: f64,
    /// Whether networks compute in bf16 on devices that have it, other than the CPU; weights, norms, losses and the
    /// optimizer stay in f32.
    pub bf16: bool,
    /// What all random numbers depend on.
    pub seed: u64,
}

/// How the learning rate falls.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// It does not.
    Constant,
    /// In a straight line to nothing, over this last part of all samples.
    Linear(f64),
    /// Along half a cosine to nothing, over all samples.
    Cosine,
}

/// What the loss at a noise level counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// The same at every level, as in the paper.
    Uniform,
    /// Less at levels with a signal-to-noise ratio above this one (after min-SNR, Hang et al. 2023; for v it is the ratio plus
    /// one that is cut off, so that the noisiest levels keep their weight), scaled to 1 on average.
    MinSnr(f64),
}

impl Recipe {
    /// The fields that are of pictures: training on latents leaves them alone.
    pub const OF_PICTURES: [&str; 8] = [
        "dropout",
        "flip",
        "jitter",
        "stratified",
        "weighting",
        "heads",
        "heads_rate",
        "droplets",
    ];

    /// The paper's autoencoders and DDPMs.
    pub fn paper(samples: u64) -> Self {
        Self {
            batch: 128,
            accumulate: 1,
            samples,
            rate: 1e-4,
            warmup: 0,
            decay: Decay::Constant,
            betas: [0.9, 0.999],
            weight_decay: 0.0,
            clip: Some(1.0),
            average: 0.9999,
            average_warmup: false,
            dropout: 0.1,
            flip: true,
            jitter: [0.0; 3],
            stratified: false,
            weighting: Weighting::Uniform,
            heads: false,
            heads_rate: 1e-3,
            droplets: 0.0,
            bf16: true,
            seed: 0,
        }
    }

    /// The recipe of an autoencoder or DDPM of this configuration's name.
    pub fn autoencoder(config: &str) -> Self {
        // Those of a later stage are trained as what they stand on.
        let stage = ["_latent", "_cls"];
        let base = (stage.iter().find_map(|suffix| config.strip_suffix(suffix))).unwrap_or(config);
        let (batch, samples) = match base {
            "portrait64" | "portrait128" => return Self::portrait(),
            name if name.contains("ffhq256") => (64, 200_000_000),
            name if name.starts_with("bedroom128") || name.ends_with("bedroom128") => {
                (128, 120_000_000)
            }
            name if name.contains("64") || name.ends_with("_72M") => (128, 72_000_000),
            "ffhq128_ddpm" => (128, 48_000_000),
            "ffhq128_autoenc_base"
            | "pretrain_ffhq128_autoenc72M"
            | "pretrain_ffhq128_autoenc130M" => (128, 10_000_000),
            _ => (128, 130_000_000),
        };
        Self {
            batch,
            ..Self::paper(samples)
        }
    }

    /// This project's small models.
    fn portrait() -> Self {
        Self {
            batch: 24,
            samples: 2_000_000,
            rate: 3e-4,
            warmup: 300,
            decay: Decay::Linear(0.1),
            betas: [0.9, 0.99],
            average: 0.9995,
            average_warmup: true,
            dropout: 0.0,
            jitter: [0.035, 0.03, 0.01],
            stratified: true,
            weighting: Weighting::MinSnr(5.0),
            heads: true,
            droplets: 0.02,
            ..Self::paper(0)
        }
    }

    /// The recipe of the latent DPM of this configuration.
    pub fn latent(config: &str) -> Self {
        let (batch, samples, weight_decay) = match config {
            // At a constant rate, some ten thousand pictures give torn faces.
            "portrait64" | "portrait128" => {
                return Self {
                    batch: 256,
                    rate: 4e-4,
                    decay: Decay::Linear(0.6),
                    weight_decay: 0.01,
                    average: 0.999,
                    dropout: 0.0,
                    bf16: false,
                    ..Self::paper(1_250_000)
                };
            }
            name if name.starts_with("celeba64") => (512, 301_000_000, 0.01),
            name if name.starts_with("horse128") || name.starts_with("bedroom128") => {
                (2048, 2_001_000_000, 0.0)
            }
            _ => (256, 101_000_000, 0.01),
        };
        Self {
            batch,
            weight_decay,
            dropout: 0.0,
            bf16: false,
            ..Self::paper(samples)
        }
    }

    /// The recipe of the attribute classifier.
    pub fn classifier() -> Self {
        Self {
            batch: 32,
            rate: 1e-3,
            dropout: 0.0,
            bf16: false,
            ..Self::paper(300_000)
        }
    }

    /// Steps of the whole run.
    pub fn steps(&self) -> u64 {
        self.samples.div_ceil(self.batch.max(1) as u64)
    }

    /// The learning rate of a step, counted from 0.
    pub fn rate_at(&self, step: u64) -> f64 {
        let rise = match self.warmup {
            0 => 1.0,
            warmup => ((step + 1) as f64 / warmup as f64).min(1.0),
        };
        let done = (step * self.batch as u64) as f64;
        let left = self.samples as f64 - done;
        let fall = match self.decay {
            Decay::Constant => 1.0,
            Decay::Linear(part) => {
                let over = part * self.samples as f64;
                (left / over.max(1.0)).clamp(0.0, 1.0)
            }
            Decay::Cosine => {
                let part = (done / self.samples.max(1) as f64).min(1.0);
                0.5 * (1.0 + (std::f64::consts::PI * part).cos())
            }
        };
        self.rate * rise * fall
    }

    /// Checks that one can train by this recipe.
    ///
    /// # Errors
    /// [`TrainError::Recipe`] names the first field that is wrong.
    pub fn validate(&self) -> Result<(), TrainError> {
        let wrong = |field, value: &dyn std::fmt::Display, allowed| {
            Err(TrainError::Recipe {
                field,
                value: value.to_string(),
                allowed,
            })
        };
        if !(1..=MAX_BATCH).contains(&self.batch) {
            return wrong("batch", &self.batch, "a step has 1 to 1048576 pictures");
        }
        if !(1..=MAX_SAMPLES).contains(&self.samples) {
            let allowed = "a run sees 1 to 1e15 pictures";
            return wrong("samples", &self.samples, allowed);
        }
        if let Decay::Linear(part) = self.decay
            && !(0.0..=1.0).contains(&part)
        {
            let allowed = "it is a part of all samples, 0 to 1";
            return wrong("decay.linear", &part, allowed);
        }
        if self.accumulate == 0 || !self.batch.is_multiple_of(self.accumulate) {
            let allowed = "a batch is computed in equal parts: it must divide `batch`";
            return wrong("accumulate", &self.accumulate, allowed);
        }
        for (field, value) in [("rate", self.rate), ("heads_rate", self.heads_rate)] {
            if !(value.is_finite() && value > 0.0) {
                return wrong(field, &value, "it must be a positive number");
            }
        }
        for (field, value) in [
            ("betas[0]", self.betas[0]),
            ("betas[1]", self.betas[1]),
            ("average", self.average),
        ] {
            if !(0.0..1.0).contains(&value) {
                return wrong(field, &value, "it must lie in 0..1");
            }
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return wrong("dropout", &self.dropout, "it must lie in 0..1");
        }
        if self
            .clip
            .is_some_and(|clip| !(clip.is_finite() && clip > 0.0))
        {
            let value = self.clip.unwrap_or_default();
            return wrong("clip", &value, "it must be a positive number, or null");
        }
        let amounts = [self.weight_decay, self.droplets]
            .into_iter()
            .chain(self.jitter);
        if let Some(value) = amounts.into_iter().find(|v| !(v.is_finite() && *v >= 0.0)) {
            let allowed = "it must not be negative";
            return wrong("weight_decay, droplets or jitter", &value, allowed);
        }
        match self.weighting {
            Weighting::MinSnr(gamma) if !(gamma.is_finite() && gamma > 0.0) => {
                wrong("weighting.min_snr", &gamma, "it must be a positive number")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_stays_and_falls() {
        let recipe = Recipe {
            batch: 10,
            samples: 1000,
            rate: 2.0,
            warmup: 4,
            decay: Decay::Linear(0.5),
            ..Recipe::classifier()
        };
        let rates: Vec<f64> = [0, 3, 10, 50, 75, 100].map(|s| recipe.rate_at(s)).into();
        assert_eq!(rates, [0.5, 2.0, 2.0, 2.0, 1.0, 0.0]);
        assert_eq!(recipe.steps(), 100);
        let cosine = Recipe {
            decay: Decay::Cosine,
            warmup: 0,
            ..recipe
        };
        assert!((cosine.rate_at(50) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_of_pictures_is_a_field() {
        let recipe = serde_json::to_value(Recipe::classifier()).unwrap();
        for name in Recipe::OF_PICTURES {
            assert!(recipe.get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_recipe_that_cannot_be_followed_is_refused_by_its_field() {
        let good = Recipe::autoencoder("portrait128");
        good.validate().unwrap();
        for (field, bad) in [
            (
                "batch",
                Recipe {
                    batch: 0,
                    ..good.clone()
                },
            ),
            (
                "accumulate",
                Recipe {
                    accumulate: 5,
                    ..good.clone()
                },
            ),
            (
                "samples",
                Recipe {
                    samples: 0,
                    ..good.clone()
                },
            ),
            (
                "decay",
                Recipe {
                    decay: Decay::Linear(1e308),
                    ..good.clone()
                },
            ),
            (
                "rate",
                Recipe {
                    rate: f64::NAN,
                    ..good.clone()
                },
            ),
            (
                "dropout",
                Recipe {
                    dropout: 1.0,
                    ..good.clone()
                },
            ),
            (
                "clip",
                Recipe {
                    clip: Some(0.0),
                    ..good.clone()
                },
            ),
            (
                "min_snr",
                Recipe {
                    weighting: Weighting::MinSnr(0.0),
                    ..good.clone()
                },
            ),
            (
                "jitter",
                Recipe {
                    jitter: [0.0, -1.0, 0.0],
                    ..good.clone()
                },
            ),
        ] {
            let error = bad.validate().unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
        }
    }

    #[test]
    fn the_published_configurations_have_the_official_recipes() {
        let autoencoders = [
            ("ffhq64_autoenc", 128, 72),
            ("celeba64d2c_ddpm", 128, 72),
            ("ffhq128_ddpm", 128, 48),
            ("ffhq128_autoenc_base", 128, 10),
            ("ffhq128_autoenc_72M", 128, 72),
            ("ffhq128_ddpm_130M", 128, 130),
            ("ffhq128_autoenc_130M", 128, 130),
            ("horse128_autoenc", 128, 130),
            ("bedroom128_ddpm", 128, 120),
            ("pretrain_bedroom128", 128, 120),
            ("bedroom128_autoenc_latent", 128, 120),
            ("ffhq256_autoenc_eco", 64, 200),
            ("ffhq256_autoenc_latent", 64, 200),
            ("ffhq256_autoenc_cls", 64, 200),
        ];
        for (name, batch, millions) in autoencoders {
            let recipe = Recipe::autoencoder(name);
            let found = (recipe.batch, recipe.samples / 1_000_000);
            assert_eq!(found, (batch, millions), "{name}");
            assert_eq!(
                (recipe.rate, recipe.average, recipe.dropout),
                (1e-4, 0.9999, 0.1)
            );
        }
        for (name, batch, millions, decay) in [
            ("ffhq256_autoenc_latent", 256, 101, 0.01),
            ("horse128_autoenc_latent", 2048, 2001, 0.0),
            ("bedroom128_autoenc_latent", 2048, 2001, 0.0),
            ("celeba64d2c_autoenc_latent", 512, 301, 0.01),
            ("portrait128", 256, 1, 0.01),
        ] {
            let recipe = Recipe::latent(name);
            let found = (
                recipe.batch,
                recipe.samples / 1_000_000,
                recipe.weight_decay,
            );
            assert_eq!(found, (batch, millions, decay), "{name}");
        }
        for name in crate::config::PRESETS {
            Recipe::autoencoder(name).validate().unwrap();
            Recipe::latent(name).validate().unwrap();
        }
    }
}
