//! What stands for LMDB files in a build that cannot read them.

use std::borrow::Cow;
use std::convert::Infallible;
use std::path::Path;

use super::SetError;
use crate::photo::{Original, PhotoError};

/// There is none.
#[derive(Debug, Clone)]
pub(super) struct Lmdb(Infallible);

impl Lmdb {
    pub(super) fn is_at(path: &Path) -> bool {
        path.join("data.mdb").is_file()
    }

    pub(super) fn open(path: &Path) -> Result<Self, SetError> {
        let reason = "this program was built without the feature `lmdb`, which reads it";
        Err(SetError::Lmdb {
            path: path.to_owned(),
            reason: reason.to_owned(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        match self.0 {}
    }

    pub(super) fn is_there(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn names(&self) -> Result<Vec<String>, SetError> {
        match self.0 {}
    }

    pub(super) fn read(&self, _name: &str) -> Result<Original, PhotoError> {
        match self.0 {}
    }

    pub(super) fn row(name: &str) -> Cow<'_, str> {
        name.into()
    }
}
