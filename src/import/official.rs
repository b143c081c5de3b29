//! From the names in official checkpoints to the model's own keys, over one file or
//! several that complete each other.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::checkpoint::OPTIMIZER;
use super::{Checkpoint, ImportError};

/// The tensors of a model, gathered from its checkpoints: network, latent network (`latent_net.*`), latent
/// statistics (`conds_mean`, `conds_std`) and attribute classifier (`classifier.*`).
#[derive(Debug)]
pub struct OfficialTensors<R> {
    checkpoints: Vec<Checkpoint<R>>,
    tensors: BTreeMap<String, Tensor>,
}

#[derive(Debug)]
struct Tensor {
    /// Which of the checkpoints has it.
    checkpoint: usize,
    /// Its name there.
    name: String,
    /// Its shape in the model.
    shape: Vec<usize>,
}

impl<R: Read + Seek> OfficialTensors<R> {
    /// Gathers the tensors of `checkpoints`. A later file supplies only what the earlier ones lack, so a model's
    /// own statistics win over the copies that come with a classifier.
    pub fn new(checkpoints: Vec<Checkpoint<R>>) -> Self {
        let mut tensors = BTreeMap::new();
        for (index, checkpoint) in checkpoints.iter().enumerate() {
            let averaged = checkpoint
                .entries()
                .any(|(name, _)| name.starts_with(AVERAGED));
            for (name, shape) in checkpoint.entries() {
                let Some(key) = model_key(name, averaged) else {
                    continue;
                };
                tensors.entry(key.to_owned()).or_insert_with(|| Tensor {
                    checkpoint: index,
                    name: name.to_owned(),
                    shape: model_shape(key, shape),
                });
            }
        }
        Self {
            checkpoints,
            tensors,
        }
    }

    /// The model's keys in byte order, with their shapes. The heads of this crate's own training, with which training
    /// goes on, are read by their names alone.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[usize])> {
        let model = (self.tensors.iter()).filter(|(key, _)| !key.starts_with(HEADS));
        model.map(|(key, tensor)| (key.as_str(), tensor.shape.as_slice()))
    }

    /// The shape of the tensor with this key, if there is one.
    #[must_use]
    pub fn shape(&self, key: &str) -> Option<&[usize]> {
        self.tensors.get(key).map(|tensor| tensor.shape.as_slice())
    }

    /// Reads the tensor with this key of the model, row-major, with its shape.
    ///
    /// # Errors
    /// As [`Checkpoint::read`], and if a value is infinite or not a number.
    pub fn read(&mut self, key: &str) -> Result<(Vec<usize>, Vec<f32>), ImportError> {
        let absent = || ImportError::tensor(key, "is not in the checkpoint");
        let tensor = self.tensors.get(key).ok_or_else(absent)?;
        let checkpoint = (self.checkpoints.get_mut(tensor.checkpoint)).ok_or_else(absent)?;
        let (_, values) = checkpoint.read(&tensor.name)?;
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let value = values.get(at).copied().unwrap_or(f32::NAN);
            return Err(ImportError::tensor(
                &tensor.name,
                format!("has the value {value} at index {at}, where weights are finite numbers"),
            ));
        }
        Ok((tensor.shape.clone(), values))
    }
}

/// The prefix of the weights averaged over training, which are the ones to use.
const AVERAGED: &str = "ema_model.";
/// The prefix of the weights as last trained.
const RAW: &str = "model.";
/// The prefix of what is thrown away after training.
const HEADS: &str = "heads.";

/// The model's key for a checkpoint's tensor, or None for what the model does not have.
fn model_key(name: &str, averaged: bool) -> Option<&str> {
    let key = match (name.strip_prefix(AVERAGED), name.strip_prefix(RAW)) {
        (Some(key), _) => key,
        (None, Some(_)) if averaged => return None,
        (None, Some(key)) => key,
        (None, None) => name,
    };
    // `x_T` is the noise of training previews and `conds` the codes of the training set. The averaged classifier
    // still holds much of its initial values after its short training. `cond_layers.1` is `linear_emb` again.
    // The optimizer is of this crate's own training.
    let unused = key == "x_T"
        || key == "conds"
        || key.starts_with(OPTIMIZER)
        || key.starts_with("ema_classifier.")
        || key.starts_with("latent_net.layers.") && key.contains(".cond_layers.1.");
    (!unused).then_some(key)
}

/// The latent statistics are vectors; as Lightning's buffers they have a batch dimension.
fn model_shape(key: &str, shape: &[usize]) -> Vec<usize> {
    match (key, shape) {
        ("conds_mean" | "conds_std", &[1, length]) => vec![length],
        _ => shape.to_vec(),
    }
}
