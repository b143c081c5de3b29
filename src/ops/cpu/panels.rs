//! Matrices prepared for products ([`gemm`](super::gemm)). They lie in panels of two vectors' width, so
//! that the innermost loop reads them from start to end. Whole numbers, which int8 weights are and stay in
//! Winograd's transform, lie two to a word: exact, in half the memory, and with half as much to read.

use super::simd::panel_width;
use crate::weights::{Array, Values};

/// A matrix [inner, columns]: for each panel of columns, `inner` rows of the panel's width. Columns
/// beyond the last are zero.
#[derive(Debug)]
pub(super) struct Panels {
    pub(super) values: PanelValues,
    pub(super) inner: usize,
}

/// The values of panels.
#[derive(Debug)]
pub(super) enum PanelValues {
    Float(Vec<f32>),
    /// Words of two 16-bit numbers: the lower halves of a panel's row of words are its first vector, the
    /// upper halves its second one.
    Packed(Vec<i32>),
}

/// Some whole panels.
#[derive(Clone, Copy)]
pub(super) enum PanelSlice<'a> {
    Float(&'a [f32]),
    Packed(&'a [i32]),
}

/// What a unit of a product with the lower half of a word is worth: the number is taken out with sixteen
/// zeros behind it, which costs an instruction less than without.
const LOWER_UNIT: f32 = 1.0 / 65536.0;

/// Columns of a row that has room for whole panels.
pub(super) fn padded_width(columns: usize) -> usize {
    columns.next_multiple_of(panel_width())
}

/// A layer's weights as the model file holds them.
pub(super) enum Numbers {
    Float(Vec<f32>),
    Whole(Vec<i8>),
}

impl Numbers {
    /// With what one of them is worth for each output.
    pub(super) fn new(weight: Array, outputs: usize) -> (Self, Vec<f32>) {
        match weight.values {
            Values::Int8 { values, scales } if scales.len() == outputs => {
                (Self::Whole(values), scales)
            }
            _ => (Self::Float(weight.into_f32()), vec![1.0; outputs]),
        }
    }
}

impl Panels {
    /// From the weight at each row of the inner dimension and each column, by its place; a matrix may
    /// have rows without weights, which are zero.
    pub(super) fn new(
        inner: usize,
        columns: usize,
        weights: &Numbers,
        place: impl Fn(usize, usize) -> Option<usize>,
    ) -> Self {
        let values = match weights {
            Numbers::Float(weights) => {
                let mut values = vec![0.0; padded_width(columns) * inner];
                pack(&mut values, [inner, columns], |row, column| {
                    place(row, column).map_or(0.0, |place| weights[place])
                });
                PanelValues::Float(values)
            }
            Numbers::Whole(weights) => {
                let half = panel_width() / 2;
                let mut words = vec![0; padded_width(columns) * inner / 2];
                for column in 0..columns {
                    for row in 0..inner {
                        if let Some(place) = place(row, column) {
                            let [start, shift] = word(column, inner);
                            let number = i32::from(weights[place]);
                            put(&mut words[start + row * half], shift, number);
                        }
                    }
                }
                PanelValues::Packed(words)
            }
        };
        Self { values, inner }
    }

    /// What a unit of a product with a column is worth in its numbers.
    pub(super) fn unit(&self, column: usize) -> f32 {
        self.values.unit(column)
    }

    /// All panels.
    pub(super) fn all(&self) -> PanelSlice<'_> {
        self.values.part(0, self.values.len())
    }
}

impl PanelValues {
    /// Number of values, those in front of and behind the matrix's own included.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Packed(words) => 2 * words.len(),
        }
    }

    /// See [`Panels::unit`].
    pub(super) fn unit(&self, column: usize) -> f32 {
        match self {
            Self::Packed(_) if column % panel_width() < panel_width() / 2 => LOWER_UNIT,
            _ => 1.0,
        }
    }

    /// `length` values from `start` on, which must be whole panels.
    pub(super) fn part(&self, start: usize, length: usize) -> PanelSlice<'_> {
        match self {
            Self::Float(values) => PanelSlice::Float(&values[start..][..length]),
            Self::Packed(words) => PanelSlice::Packed(&words[start / 2..][..length / 2]),
        }
    }
}

impl PanelSlice<'_> {
    /// Number of values.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Packed(words) => 2 * words.len(),
        }
    }
}

/// Where a column of packed panels with `inner` rows starts, and by how much it is shifted in its words.
pub(super) fn word(column: usize, inner: usize) -> [usize; 2] {
    let (width, half) = (panel_width(), panel_width() / 2);
    let (panel, within) = (column / width, column % width);
    [panel * half * inner + within % half, 16 * (within / half)]
}

/// Puts a number into the half of a word that is still zero.
#[inline(always)]
pub(super) fn put(word: &mut i32, shift: usize, number: i32) {
    *word |= (number & 0xffff) << shift;
}

/// Fills panels of a matrix [inner, columns] with the value at each row and column.
pub(super) fn pack(
    panels: &mut [f32],
    [inner, columns]: [usize; 2],
    value: impl Fn(usize, usize) -> f32,
) {
    let width = panel_width();
    for (index, panel) in panels.chunks_exact_mut((width * inner).max(1)).enumerate() {
        for (row, to) in panel.chunks_exact_mut(width).enumerate() {
            for (column, to) in (index * width..).zip(to) {
                *to = if column < columns {
                    value(row, column)
                } else {
                    0.0
                };
            }
        }
    }
}
