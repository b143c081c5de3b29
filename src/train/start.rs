//! Beginning with weights that somebody trained before.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use burn::tensor::Device;

use super::{Parameters, TrainError};
use crate::import::{Checkpoint, OfficialTensors};
use crate::weights::{Array, TensorSource, WeightsError};

/// Takes the tensors of a checkpoint (averaged ones where it has them) by their official names into
/// parameters, and leaves those as they are that it lacks or has in another shape. The number of
/// tensors taken comes back, too.
///
/// # Errors
/// [`TrainError::State`] where the file is no checkpoint, or none of its tensors fits.
pub fn start_from(
    path: &Path,
    initial: Parameters,
    device: &Device,
) -> Result<(Parameters, usize), TrainError> {
    let damaged = |reason: String| TrainError::State {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(|source| TrainError::Directory {
        path: path.to_owned(),
        source,
    })?;
    let checkpoint = Checkpoint::open(BufReader::new(file)).map_err(|e| damaged(e.to_string()))?;
    let layout = initial.layout();
    let mut source = Either {
        earlier: OfficialTensors::new(vec![checkpoint]),
        initial,
        taken: 0,
    };
    let parameters = Parameters::new(&layout, &mut source, device)?;
    match source.taken {
        0 => Err(damaged(
            "none of its tensors fits this configuration".to_owned(),
        )),
        taken => Ok((parameters, taken)),
    }
}

struct Either {
    earlier: OfficialTensors<BufReader<File>>,
    initial: Parameters,
    taken: usize,
}

impl TensorSource for Either {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array, WeightsError> {
        if self.earlier.shape(name) != Some(shape) {
            return self.initial.tensor(name, shape);
        }
        self.taken += 1;
        self.earlier.tensor(name, shape)
    }
}
