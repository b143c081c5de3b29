//! Where a model wants the eyes in its square.

use serde::{Deserialize, Serialize};

/// Where the eyes of an upright face are in a model's square, as fractions of its side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framing {
    /// The point midway between the eyes, x and y, each from 0 to 1.
    pub eye_midpoint: [f64; 2],
    /// The distance between the eyes, above 0 and below 1.
    pub eye_distance: f64,
}
