//! What a run was told to do, and where it has got to.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::means::Means;
use super::{Decay, Recipe, TrainError};
use crate::config::ModelConfig;

/// Which stage of a model a run trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The decoder, together with the semantic encoder where there is one.
    Autoencoder,
    /// The latent DPM.
    Latent,
    /// The linear attribute classifier.
    Classifier,
}

impl Stage {
    /// Prefixes of the weights and of their average in a state.
    pub(super) fn prefixes(self) -> [&'static str; 2] {
        match self {
            Self::Autoencoder | Self::Latent => ["model.", "ema_model."],
            Self::Classifier => ["", "ema_"],
        }
    }
}

/// What a run was told to do. A state holds it, and whoever goes on from there must mean the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The stage.
    pub stage: Stage,
    /// The model.
    pub config: ModelConfig,
    /// The recipe.
    pub recipe: Recipe,
    /// What tells the set of pictures from another one.
    pub data: String,
    /// SHA-256 of the weights that it began with, where those were not random.
    pub start: Option<String>,
}

/// Where a run has got to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps taken; the place in the data follows from them.
    pub steps: u64,
    /// The lowest mean loss between two states.
    pub best: Option<f64>,
    /// What the journal's next line is the mean of, as far as it is taken.
    pub line: Means,
    /// What the mean until the next state is taken of.
    pub span: Means,
}

impl Run {
    /// Whether a run that was told this may go on with what an earlier one left at `path`. It may be made longer and its
    /// rate may fall otherwise; everything else would make it another run.
    ///
    /// # Errors
    /// [`TrainError::AnotherRun`] names what differs.
    pub(super) fn agrees(&self, earlier: &Self, path: &Path) -> Result<(), TrainError> {
        let comparable = |recipe: &Recipe| Recipe {
            samples: 0,
            decay: Decay::Constant,
            ..recipe.clone()
        };
        // The earlier one has been text, which does not keep every digit.
        let mine = serde_json::to_string(&comparable(&self.recipe)).unwrap_or_default();
        let mine: Option<Recipe> = serde_json::from_str(&mine).ok();
        let differs = if earlier.stage != self.stage {
            "stage"
        } else if earlier.config != self.config {
            "configuration"
        } else if mine != Some(comparable(&earlier.recipe)) {
            "recipe"
        } else if earlier.data != self.data {
            "set of pictures"
        } else if earlier.start != self.start {
            "start"
        } else {
            return Ok(());
        };
        Err(TrainError::AnotherRun {
            path: path.to_owned(),
            differs,
        })
    }
}
