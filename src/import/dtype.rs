//! The types of numbers that checkpoints hold.

/// How the numbers of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dtype {
    F32,
    F16,
    BF16,
    F64,
    /// Integers, booleans and the rest: listed, but not readable as weights.
    Other,
}

impl Dtype {
    /// Bytes per number; None for the types that cannot be read.
    pub(super) fn bytes(self) -> Option<u64> {
        match self {
            Self::F16 | Self::BF16 => Some(2),
            Self::F32 => Some(4),
            Self::F64 => Some(8),
            Self::Other => None,
        }
    }
}
