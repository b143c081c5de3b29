//! Lowering the precision of a part's tensors for shipping.

use half::f16;

use super::{Array, Precision, Values};

/// A tensor in the given precision.
///
/// In int8, weights of two or more dimensions get one scale per output channel,
/// `max |row| / 127`; vectors (norms and biases), and the layers that touch the picture and z_sem,
/// stay in half precision.
pub fn quantize(name: &str, array: Array, precision: Precision) -> Array {
    match stored_in(name, &array.shape, precision) {
        Precision::F32 => Array::f32(&array.shape.clone(), array.into_f32()),
        Precision::F16 => half_precision(array),
        Precision::Int8 => per_channel(array),
    }
}

/// The precision in which a part of `precision` stores a tensor.
pub fn stored_in(name: &str, shape: &[usize], precision: Precision) -> Precision {
    match precision {
        Precision::Int8 if shape.len() < 2 || keeps_half(name) => Precision::F16,
        _ => precision,
    }
}

/// Whether a weight stays in half precision inside an int8 part: the convolutions that touch the
/// picture and z_sem itself have few weights, and their error is not averaged away by any layer
/// before or behind them.
fn keeps_half(name: &str) -> bool {
    const EDGES: [&str; 5] = [
        "input_blocks.0.0.weight",
        "out.2.weight",
        "encoder.input_blocks.0.0.weight",
        "encoder.out.3.weight",
        "classifier.weight",
    ];
    EDGES.contains(&name)
}

fn half_precision(array: Array) -> Array {
    let shape = array.shape.clone();
    Array {
        shape,
        values: Values::F16(array.into_f32().into_iter().map(f16::from_f32).collect()),
    }
}

fn per_channel(array: Array) -> Array {
    let shape = array.shape.clone();
    let rows = shape.first().copied().unwrap_or(1).max(1);
    let floats = array.into_f32();
    let row_len = (floats.len() / rows).max(1);
    let mut values = Vec::with_capacity(floats.len());
    let mut scales = Vec::with_capacity(rows);
    for row in floats.chunks(row_len) {
        let largest = row.iter().fold(0.0f32, |max, v| max.max(v.abs()));
        let scale = largest / 127.0;
        // A row of zeros has no scale to divide by; any scale represents it.
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        values.extend(
            row.iter()
                .map(|v| (v * inverse).round().clamp(-127.0, 127.0) as i8),
        );
        scales.push(scale);
    }
    Array {
        shape,
        values: Values::Int8 { values, scales },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_is_within_half_a_step_of_each_row() {
        let rows = [
            vec![0.5f32, -1.0, 0.003],
            vec![100.0, 3.0, -50.0],
            vec![0.0; 3],
        ];
        let array = Array::f32(&[3, 3], rows.concat());
        let back = quantize("w", array, Precision::Int8).into_f32();
        for (row, got) in rows.iter().zip(back.chunks(3)) {
            let largest = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            for (a, b) in row.iter().zip(got) {
                assert!((a - b).abs() <= largest / 127.0 * 0.5001, "{a} became {b}");
            }
        }
    }
}
