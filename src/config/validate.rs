//! Which configurations make sense. A configuration arrives from a file that anyone may have
//! written, so every assumption that the networks make about it is checked here, once.

use super::{BetaSchedule, ConfigError, EncoderConfig, LatentConfig, ModelConfig, Resample, Stage};

/// Upper bounds keep a hostile manifest from asking for terabytes.
const MAX_IMAGE_SIZE: usize = 1024;
const MAX_LEVELS: usize = 8;
const MAX_WIDTH: usize = 8192;
const MAX_DEPTH: usize = 64;
/// Numbers of the largest feature map, and of what each place of a grid makes of each other in attention; the largest of an
/// official model, of 256 pixels, has a sixteenth of them.
const MAX_MAP: usize = 1 << 28;
/// Characters of the longest name.
const MAX_NAME: usize = 256;

impl ModelConfig {
    /// Checks that networks can be built from this configuration.
    ///
    /// # Errors
    /// [`ConfigError::Field`] names the first field that is wrong, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ConfigError> {
        within("image_size", self.image_size, 4, MAX_IMAGE_SIZE)?;
        within("patch_size", self.patch_size, 1, 16)?;
        if !self.image_size.is_multiple_of(self.patch_size) {
            return wrong(
                "patch_size",
                &self.patch_size,
                format!("it must divide image_size ({})", self.image_size),
            );
        }
        within("net_ch", self.net_ch, 2, MAX_WIDTH)?;
        if !self.net_ch.is_multiple_of(2) {
            return wrong(
                "net_ch",
                &self.net_ch,
                "it must be even: half its time features are cosines, half sines".to_owned(),
            );
        }
        within("num_res_blocks", self.num_res_blocks, 1, MAX_DEPTH)?;
        within("group_channels", self.group_channels, 1, MAX_WIDTH)?;
        within("embed_channels", self.embed_channels, 1, MAX_WIDTH)?;
        within("timesteps", self.timesteps, 2, 10_000)?;
        schedule("schedule", self.schedule, self.timesteps)?;
        self.levels("net_ch_mult", &self.net_ch_mult)?;
        let stages = self.unet_stages();
        self.group_norm("net_ch_mult", &self.net_ch_mult, &stages)?;
        maps("net_ch_mult", &self.net_ch_mult, &stages)?;
        self.attends("attn_resolutions", &self.attn_resolutions, &stages)?;
        self.attention_heads("net_ch_mult", &self.net_ch_mult)?;
        if let Some(encoder) = &self.encoder {
            self.validate_encoder(encoder)?;
        }
        if let Some(latent) = &self.latent {
            self.validate_latent(latent)?;
        }
        if self.encoder.is_none() && !self.attributes.is_empty() {
            return wrong(
                "attributes",
                &format!("{} names", self.attributes.len()),
                "a model without an encoder has no z_sem to classify".to_owned(),
            );
        }
        within("attributes (their number)", self.attributes.len(), 0, 4096)?;
        named("name", &self.name)?;
        self.attribute_names()
    }

    /// Amplitudes, sliders and rows of the classifier are found by these names.
    fn attribute_names(&self) -> Result<(), ConfigError> {
        for (i, name) in self.attributes.iter().enumerate() {
            named("attributes", name)?;
            // They are few, and a set would weigh more in a browser than this takes.
            if self.attributes.iter().take(i).any(|other| other == name) {
                return wrong(
                    "attributes",
                    &format!("{name:?} twice"),
                    "every attribute needs a name of its own".to_owned(),
                );
            }
        }
        Ok(())
    }

    fn validate_encoder(&self, encoder: &EncoderConfig) -> Result<(), ConfigError> {
        within(
            "encoder.num_res_blocks",
            encoder.num_res_blocks,
            1,
            MAX_DEPTH,
        )?;
        within(
            "encoder.style_channels",
            encoder.style_channels,
            1,
            MAX_WIDTH,
        )?;
        self.levels("encoder.ch_mult", &encoder.ch_mult)?;
        let stages = self.encoder_stages(encoder);
        self.group_norm("encoder.ch_mult", &encoder.ch_mult, &stages)?;
        maps("encoder.ch_mult", &encoder.ch_mult, &stages)?;
        self.attends(
            "encoder.attn_resolutions",
            &encoder.attn_resolutions,
            &stages,
        )?;
        self.attention_heads("encoder.ch_mult", &encoder.ch_mult)
    }

    fn validate_latent(&self, latent: &LatentConfig) -> Result<(), ConfigError> {
        if self.encoder.is_none() {
            return wrong(
                "latent",
                &"present".to_owned(),
                "a model without an encoder has no z_sem to sample".to_owned(),
            );
        }
        within("latent.layers", latent.layers, 2, MAX_DEPTH)?;
        within("latent.hidden", latent.hidden, 1, 4 * MAX_WIDTH)?;
        within("latent.time_channels", latent.time_channels, 2, MAX_WIDTH)?;
        schedule("latent.schedule", latent.schedule, self.timesteps)
    }

    fn levels(&self, field: &'static str, mult: &[usize]) -> Result<(), ConfigError> {
        if mult.is_empty() || mult.len() > MAX_LEVELS {
            return wrong(
                field,
                &format!("{mult:?}"),
                format!("it needs 1 to {MAX_LEVELS} levels"),
            );
        }
        let fits = |m: usize| (1..=MAX_WIDTH / self.net_ch).contains(&m);
        if let Some(m) = mult.iter().find(|m| !fits(**m)) {
            return wrong(
                field,
                &format!("{mult:?}"),
                format!("{m} times net_ch must lie in 1..={MAX_WIDTH}"),
            );
        }
        let halvings = 1 << (mult.len() - 1);
        if !self.grid().is_multiple_of(halvings) {
            return wrong(
                field,
                &format!("{mult:?}"),
                format!(
                    "{} levels halve the grid of {} into fractions",
                    mult.len(),
                    self.grid()
                ),
            );
        }
        Ok(())
    }

    fn group_norm(
        &self,
        field: &'static str,
        mult: &[usize],
        stages: &[Stage],
    ) -> Result<(), ConfigError> {
        let mut widths = stages.iter().flat_map(|stage| [stage.width(), stage.out]);
        match widths.find(|width| !width.is_multiple_of(self.groups(*width))) {
            None => Ok(()),
            Some(width) => wrong(
                field,
                &format!("{mult:?}"),
                format!(
                    "it makes a layer {width} channels wide, which GroupNorm cannot split into {} groups",
                    self.groups(width)
                ),
            ),
        }
    }

    fn attention_heads(&self, field: &'static str, mult: &[usize]) -> Result<(), ConfigError> {
        within("heads", self.heads, 1, MAX_WIDTH)?;
        match mult
            .iter()
            .find(|m| !(**m * self.net_ch).is_multiple_of(self.heads))
        {
            None => Ok(()),
            Some(m) => wrong(
                "heads",
                &self.heads,
                format!(
                    "it must divide every width of {field}, {} among them",
                    m * self.net_ch
                ),
            ),
        }
    }

    /// Whether attention fits into memory: each head weighs every place of a grid against every other.
    fn attends(
        &self,
        field: &'static str,
        resolutions: &[usize],
        stages: &[Stage],
    ) -> Result<(), ConfigError> {
        let weighs = |stage: &Stage| self.heads.saturating_mul(stage.grid.saturating_pow(4));
        let attending = stages.iter().filter(|stage| stage.attention.is_some());
        match attending.max_by_key(|stage| stage.grid) {
            Some(stage) if weighs(stage) > MAX_MAP => wrong(
                field,
                &format!("{resolutions:?}"),
                format!(
                    "attention by {1} heads on a grid of {0} x {0} takes more than {MAX_MAP} numbers",
                    stage.grid, self.heads
                ),
            ),
            _ => Ok(()),
        }
    }
}

/// Whether the feature maps fit into memory, whatever the number of weights is.
fn maps(field: &'static str, mult: &[usize], stages: &[Stage]) -> Result<(), ConfigError> {
    for stage in stages {
        let before = match stage.resample {
            Resample::Keep => stage.grid,
            Resample::Up => stage.grid / 2,
            Resample::Down => stage.grid * 2,
        };
        // Queries, keys and values of attention lie beside each other.
        let behind = match stage.attention {
            Some(_) => 3 * stage.out,
            None => stage.out,
        };
        let largest = [(before, stage.width()), (stage.grid, behind)]
            .map(|(side, channels)| side.saturating_mul(side).saturating_mul(channels));
        if largest.into_iter().any(|values| values > MAX_MAP) {
            return wrong(
                field,
                &format!("{mult:?}"),
                format!(
                    "it makes a feature map of more than {MAX_MAP} numbers on a grid of {0} x {0}",
                    stage.grid
                ),
            );
        }
    }
    Ok(())
}

/// Whether a name can be shown, wherever that is.
fn named(field: &'static str, name: &str) -> Result<(), ConfigError> {
    let length = name.chars().count();
    if (1..=MAX_NAME).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let shown: String = name.chars().take(40).collect();
    wrong(
        field,
        &format!("{shown:?}"),
        format!("a name needs 1 to {MAX_NAME} characters, none of them a control character"),
    )
}

fn schedule(field: &'static str, betas: BetaSchedule, timesteps: usize) -> Result<(), ConfigError> {
    match betas {
        BetaSchedule::Constant(beta) if !(beta > 0.0 && beta < 1.0) => wrong(
            field,
            &beta,
            "a constant beta must lie between 0 and 1".to_owned(),
        ),
        // The last beta is 20/T, and a variance reaches at most 1.
        BetaSchedule::Linear if timesteps <= 20 => wrong(
            field,
            &"linear",
            format!("it needs more than 20 timesteps, not {timesteps}"),
        ),
        BetaSchedule::Constant(beta) => {
            // In single precision, in which networks compute: no level without noise, and none without signal.
            let first = (1.0 - beta) as f32;
            let last = (1.0 - beta).powf(timesteps as f64) as f32;
            if first < 1.0 && last > f32::MIN_POSITIVE {
                return Ok(());
            }
            wrong(
                field,
                &beta,
                format!(
                    "over {timesteps} timesteps some noise must come at the first and some signal be left at the last"
                ),
            )
        }
        BetaSchedule::Linear => Ok(()),
    }
}

fn within(field: &'static str, value: usize, low: usize, high: usize) -> Result<(), ConfigError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    wrong(field, &value, format!("it must lie in {low}..={high}"))
}

fn wrong(field: &'static str, value: &dyn ToString, allowed: String) -> Result<(), ConfigError> {
    Err(ConfigError::Field {
        field,
        value: value.to_string(),
        allowed,
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{ConfigError, ModelConfig, PRESETS};

    fn rejected(change: impl FnOnce(&mut ModelConfig)) -> (&'static str, String) {
        let mut config = ModelConfig::preset("portrait64").unwrap();
        change(&mut config);
        match config.validate() {
            Err(ConfigError::Field { field, value, .. }) => (field, value),
            other => panic!("expected a field error, got {other:?}"),
        }
    }

    #[test]
    fn every_preset_is_valid_and_survives_json() {
        for name in PRESETS {
            let config = ModelConfig::preset(name).unwrap();
            config.validate().unwrap();
            let json = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<ModelConfig>(&json).unwrap(), config);
        }
    }

    #[test]
    fn a_wrong_field_is_named_with_its_value() {
        assert_eq!(rejected(|c| c.image_size = 0), ("image_size", "0".into()));
        assert_eq!(rejected(|c| c.patch_size = 3), ("patch_size", "3".into()));
        assert_eq!(
            rejected(|c| c.net_ch_mult = vec![]),
            ("net_ch_mult", "[]".into())
        );
        assert_eq!(rejected(|c| c.heads = 5), ("heads", "5".into()));
        for beta in [0.0, 1e-9, 0.2, 1.0] {
            let schedule = crate::config::BetaSchedule::Constant(beta);
            assert_eq!(rejected(|c| c.schedule = schedule).0, "schedule");
        }
        assert_eq!(rejected(|c| c.net_ch = 24).0, "net_ch_mult");
        assert_eq!(rejected(|c| c.net_ch_mult = vec![1; 7]).0, "net_ch_mult");
        assert_eq!(
            rejected(|c| c.latent.as_mut().unwrap().layers = 1),
            ("latent.layers", "1".into())
        );
        // Products of these wrap to widths that look small.
        let huge = usize::MAX / 32 + 1;
        assert_eq!(rejected(|c| c.net_ch_mult[1] = huge).0, "net_ch_mult");
        let encoder = |c: &mut ModelConfig| c.encoder.as_mut().unwrap().ch_mult[0] = huge;
        assert_eq!(rejected(encoder).0, "encoder.ch_mult");
        assert_eq!(rejected(|c| c.encoder = None).0, "latent");
    }

    #[test]
    fn a_name_that_cannot_be_shown_or_stands_for_two_attributes_is_refused() {
        for name in ["", "a\u{1b}[2J", &"x".repeat(super::MAX_NAME + 1)] {
            assert_eq!(
                rejected(|c| c.attributes[3] = name.to_owned()).0,
                "attributes"
            );
            assert_eq!(rejected(|c| c.name = name.to_owned()).0, "name");
        }
        let twice = rejected(|c| c.attributes[1] = c.attributes[0].clone());
        assert_eq!(twice, ("attributes", "\"5_o_Clock_Shadow\" twice".into()));
        // What is no name in a language of the page is one here.
        let mut config = ModelConfig::preset("portrait64").unwrap();
        config.attributes[0] = "__proto__".to_owned();
        config.attributes[1] = "微笑み".to_owned();
        config.validate().unwrap();
    }

    #[test]
    fn feature_maps_that_fit_no_memory_are_refused_though_their_weights_would() {
        let large = |c: &mut ModelConfig| {
            c.image_size = 1024;
            c.patch_size = 1;
            c.net_ch = 512;
            c.net_ch_mult = vec![1, 1];
        };
        assert_eq!(rejected(large).0, "net_ch_mult");
        let attending = |c: &mut ModelConfig| {
            c.image_size = 256;
            c.patch_size = 1;
            c.attn_resolutions = vec![256];
        };
        assert_eq!(rejected(attending).0, "attn_resolutions");
    }

    #[test]
    fn an_unknown_preset_suggests_the_nearest() {
        let error = ModelConfig::preset("ffhq256_autoencoder").unwrap_err();
        assert!(error.to_string().contains("`ffhq256_autoenc`"), "{error}");
    }
}
