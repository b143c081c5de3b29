//! The types of numbers that checkpoints hold.

/// How the numbers of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dtype {
    F32,
    F16,
    BF16,
    F64,
    /// Integers, booleans and the rest: listed, but not readable as weights.
    Other {
        /// Bytes per number where that is known, and 0 elsewhere.
        bytes: u8,
    },
}

impl Dtype {
    /// The bytes that `numbers` of them take in a file, or None if that is unknown or beyond 64 bits.
    pub(super) fn stored(self, numbers: u64) -> Option<u64> {
        let item = match self {
            Self::Other { bytes: 0 } => return None,
            Self::Other { bytes } => bytes.into(),
            known => known.bytes()?,
        };
        numbers.checked_mul(item)
    }

    /// Bytes per number; None for the types that cannot be read.
    pub(super) fn bytes(self) -> Option<u64> {
        match self {
            Self::F16 | Self::BF16 => Some(2),
            Self::F32 => Some(4),
            Self::F64 => Some(8),
            Self::Other { .. } => None,
        }
    }
}
