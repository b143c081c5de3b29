//! What an edit does besides what it should: how far the other attributes move, judged by the classifier on the
//! edited picture's own code, and how much of the picture.

use super::EvalError;
use super::classification::equal;

/// Difference of a value in [0, 1] beyond which a pixel counts as moved: visible, and beyond 8-bit rounding.
pub const MOVED: f32 = 8.0 / 255.0;

/// What happened to the attributes of one picture, in standard deviations of the logits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttributeShift {
    /// Signed change of the attribute that was edited.
    pub target: f64,
    /// Mean absolute change of the others.
    pub others: f64,
    /// Share of the others whose decision changed.
    pub flipped: f64,
}

/// Compares the logits before and after an edit of attribute `target`; `spread` is the standard deviation of each
/// logit over the set.
///
/// # Errors
/// [`EvalError::Unequal`]; [`EvalError::NotFinite`] for a spread that is no positive number.
pub fn attribute_shift(
    before: &[f64],
    after: &[f64],
    spread: &[f64],
    target: usize,
) -> Result<AttributeShift, EvalError> {
    equal(before.len(), after.len())?;
    equal(before.len(), spread.len())?;
    if !spread.iter().all(|s| s.is_finite() && *s > 0.0) {
        return Err(EvalError::NotFinite);
    }
    let mut shift = AttributeShift {
        target: 0.0,
        others: 0.0,
        flipped: 0.0,
    };
    let others = before.len().saturating_sub(1).max(1) as f64;
    for (index, ((before, after), spread)) in before.iter().zip(after).zip(spread).enumerate() {
        let change = (after - before) / spread;
        if index == target {
            shift.target = change;
        } else {
            shift.others += change.abs() / others;
            shift.flipped += f64::from((*before > 0.0) != (*after > 0.0)) / others;
        }
    }
    Ok(shift)
}

/// How much of a picture changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureShift {
    /// Mean absolute difference of the values.
    pub difference: f64,
    /// Share of the pixels of which a channel moved by more than [`MOVED`].
    pub moved: f64,
}

/// Compares two pictures [3, H, W] with values in [0, 1].
///
/// # Errors
/// [`EvalError::Unequal`].
pub fn picture_shift(a: &[f32], b: &[f32]) -> Result<PictureShift, EvalError> {
    equal(a.len(), b.len())?;
    let plane = a.len() / 3;
    if plane == 0 || plane * 3 != a.len() {
        return Err(EvalError::Unequal {
            first: a.len(),
            second: 3,
        });
    }
    let differences: Vec<f32> = a.iter().zip(b).map(|(a, b)| (a - b).abs()).collect();
    let moved = (0..plane)
        .filter(|&pixel| {
            let channels = differences.iter().skip(pixel).step_by(plane);
            channels.copied().any(|difference| difference > MOVED)
        })
        .count();
    Ok(PictureShift {
        difference: differences.iter().map(|&d| f64::from(d)).sum::<f64>() / a.len() as f64,
        moved: moved as f64 / plane as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edited_attribute_is_told_from_the_others() {
        let (before, after) = ([1.0, -1.0, 0.5], [3.0, 1.0, 0.5]);
        let shift = attribute_shift(&before, &after, &[2.0, 4.0, 1.0], 0).unwrap();
        assert_eq!(
            shift,
            AttributeShift {
                target: 1.0,
                others: 0.25,
                flipped: 0.5
            }
        );
        assert!(attribute_shift(&before, &after, &[0.0, 1.0, 1.0], 0).is_err());
        assert!(attribute_shift(&before, &after[..2], &[1.0; 3], 0).is_err());
    }

    #[test]
    fn a_pixel_moves_once_however_many_channels_do() {
        let mut b = [0.0; 12];
        b[0] = 0.5;
        b[4] = 0.5;
        b[7] = 0.01;
        let shift = picture_shift(&[0.0; 12], &b).unwrap();
        assert_eq!(shift.moved, 0.25);
        assert!((shift.difference - 1.01 / 12.0).abs() < 1e-7);
        assert!(picture_shift(&[], &[]).is_err());
    }
}
