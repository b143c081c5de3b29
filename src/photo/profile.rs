//! What a file says its colours mean, as plain bytes: ready to be written into another file.

/// The colours of a photo whose numbers are not those of sRGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub(super) icc: Vec<u8>,
    pub(super) chunks: Vec<([u8; 4], Vec<u8>)>,
}

impl Profile {
    /// An ICC profile of RGB colours; every format can hold one.
    #[must_use]
    pub fn icc(&self) -> &[u8] {
        &self.icc
    }

    /// The chunks, names and contents, by which a PNG file said the same: they are written in place
    /// of the profile. None where it said so by an ICC profile, or was no PNG file.
    #[must_use]
    pub fn png_chunks(&self) -> &[([u8; 4], Vec<u8>)] {
        &self.chunks
    }
}
