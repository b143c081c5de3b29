//! What a file says of how its photo was taken, as it stands there: most pictures are only looked at, by training above all,
//! and what is said of them is read once somebody asks.

use super::{MAX_BLOCK, Maker, Metadata};
use std::sync::OnceLock;

#[derive(Debug, Default)]
pub(in crate::photo) struct Record {
    exif: Vec<u8>,
    read: OnceLock<Metadata>,
    /// Who made the picture, as far as the file says so.
    pub(in crate::photo) maker: Maker,
}

impl Record {
    /// Of a file's EXIF data and its XMP packet.
    pub(in crate::photo) fn of(exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Self {
        let exif = exif.unwrap_or_default();
        Self {
            exif: exif.get(..MAX_BLOCK).unwrap_or(exif).to_vec(),
            read: OnceLock::new(),
            maker: xmp.map(Maker::said).unwrap_or_default(),
        }
    }

    pub(in crate::photo) fn metadata(&self) -> &Metadata {
        self.read.get_or_init(|| Metadata::of(&self.exif))
    }
}
