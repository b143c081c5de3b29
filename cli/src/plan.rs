//! What every command does before it computes with a model: see that the wishes can be met, read
//! its pictures, and load the parts that these need.

use std::path::PathBuf;

use diffae::DiffAe;
use diffae::weights::Part;

use crate::error::ToolError;
use crate::input::{FramingArgs, Reader, is_code};
use crate::model::ModelArgs;

/// What a command is going to do.
pub(crate) struct Plan<'a> {
    pub(crate) model: &'a ModelArgs,
    pub(crate) framing: &'a FramingArgs,
    /// Every file that will be read, in that order.
    pub(crate) files: &'a [PathBuf],
    /// Numbers of steps that it will take.
    pub(crate) steps: &'a [usize],
    /// Parts beside the encoder, which is loaded if one of the files is a picture.
    pub(crate) parts: &'a [Part],
    /// Whether a plain DDPM will do, as long as nothing is read: its decoder is all it has.
    pub(crate) ddpm: bool,
}

impl Plan<'_> {
    /// Checks all that can be checked, lets `read` read the files, and loads the model. What fails
    /// fails before minutes go into anything.
    pub(crate) fn start<T>(
        &self,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T, ToolError>,
    ) -> Result<(DiffAe, T), ToolError> {
        let source = self.model.open()?;
        let mut parts = self.parts.to_vec();
        if source.manifest().config.encoder.is_none() {
            if !self.ddpm || !self.files.is_empty() {
                return Err(source.plain_ddpm());
            }
            parts = vec![Part::Decoder];
        }
        for steps in self.steps {
            source.check_steps(*steps)?;
        }
        let mut reader = self.framing.reader(self.files, source.manifest())?;
        let read = read(&mut reader)?;
        if !self.files.iter().all(|file| is_code(file)) {
            parts.push(Part::Encoder);
        }
        let model = self.model.load(&source, &parts)?;
        Ok((model, read))
    }
}
