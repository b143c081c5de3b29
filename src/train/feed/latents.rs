//! z_sem of a whole set, which the latent DPM and the classifier are trained on: one stored row a picture, so that
//! several processes can share a set.

use crate::eval::EvalError;
use crate::eval::rows::Rows;
use crate::picture::Picture;
use crate::pictures::{SetError, Walk};

/// Adds rows to `table`, which was begun: for every picture of the walk, what `encode` makes of it, called with up to
/// `batch` pictures and their indices at a time and giving a row for each. No picture is mirrored or moved.
///
/// A picture that cannot be used is left out by name, or ends it if `strict`. A share of the set is a walk through its
/// indices, and [`Rows::merge`] puts shares together. Where an encoder computes several pictures otherwise than each by
/// itself, only a `batch` of 1 gives rows that are equal to the bit however the set is shared.
///
/// # Errors
/// [`SetError`], whatever `encode` returns, and [`EvalError::Unequal`] for rows of another width or number.
pub fn latents<E: From<SetError> + From<EvalError>>(
    walk: Walk,
    batch: usize,
    strict: bool,
    rows: &mut Rows,
    table: &str,
    mut encode: impl FnMut(&[(usize, Picture)]) -> Result<Vec<Vec<f32>>, E>,
) -> Result<(), E> {
    let mut waiting: Vec<(usize, Picture)> = Vec::new();
    let mut store = |rows: &mut Rows, waiting: &mut Vec<(usize, Picture)>| -> Result<(), E> {
        if waiting.is_empty() {
            return Ok(());
        }
        let encoded = encode(waiting)?;
        if encoded.len() != waiting.len() {
            let (first, second) = (encoded.len(), waiting.len());
            return Err(EvalError::Unequal { first, second }.into());
        }
        for ((index, _), row) in waiting.drain(..).zip(encoded) {
            rows.push(table, index, row)?;
        }
        Ok(())
    };
    for (index, picture) in walk {
        match picture {
            Ok(picture) => waiting.push((index, picture)),
            Err(error) if error.is_of_picture() && !strict => {
                rows.skip(table, index, error.to_string());
            }
            Err(error) => return Err(error.into()),
        }
        if waiting.len() >= batch.max(1) {
            store(rows, &mut waiting)?;
        }
    }
    store(rows, &mut waiting)
}
