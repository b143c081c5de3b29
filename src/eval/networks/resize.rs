//! Bilinear resizing as PyTorch's `interpolate(mode="bilinear", align_corners=False)` does it: without antialiasing,
//! which no resizing library leaves out when it makes pictures smaller.

/// Resizes planes of `[height, width]` values to another size.
///
/// # Shapes
/// - planes: [C, H, W], output: [C, H', W']
pub fn bilinear(
    planes: &[f32],
    [height, width]: [usize; 2],
    [to_height, to_width]: [usize; 2],
) -> Vec<f32> {
    let rows = taps(height, to_height);
    let columns = taps(width, to_width);
    let mut resized = Vec::new();
    for plane in planes.chunks_exact((height * width).max(1)) {
        let row = |y: usize| plane.get(y * width..(y + 1) * width).unwrap_or_default();
        for &(top, bottom, down) in &rows {
            let (top, bottom) = (row(top), row(bottom));
            for &(left, right, across) in &columns {
                let at = |row: &[f32], x: usize| row.get(x).copied().unwrap_or(0.0);
                let mix = |row| (1.0 - across) * at(row, left) + across * at(row, right);
                resized.push((1.0 - down) * mix(top) + down * mix(bottom));
            }
        }
    }
    resized
}

/// For each place along an axis, the two neighbours in the source and the weight of the second.
fn taps(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = from as f32 / to as f32;
    (0..to)
        .map(|place| {
            let source = ((place as f32 + 0.5) * scale - 0.5).max(0.0);
            let first = (source as usize).min(from.saturating_sub(1));
            let second = (first + 1).min(from.saturating_sub(1));
            (first, second, source - first as f32)
        })
        .collect()
}
