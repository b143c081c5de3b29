//! Tensors of any order in memory to values that are channels last.

use burn_flex::FlexTensor;

use super::memory::Values;

/// The values of a tensor [B, C, H, W], whatever its strides, as [B, H/p, W/p, C·p²].
pub(super) fn gather(x: &FlexTensor, grid: [usize; 3], channels: usize, patch: usize) -> Values {
    let [batch, rows, columns] = grid;
    let mut out = Values::new(batch * rows * columns * channels);
    let values = x.storage::<f32>();
    let (start, strides) = (x.layout().start_offset() as isize, x.layout().strides());
    let at = |place: [usize; 4]| {
        let offset = (place.iter().zip(strides)).map(|(at, stride)| *at as isize * stride);
        (start + offset.sum::<isize>()) as usize
    };
    for (pixel, to) in out.chunks_exact_mut(channels.max(1)).enumerate() {
        let (row, column) = (pixel / columns, pixel % columns);
        let (picture, row) = (row / rows, row % rows);
        for (k, to) in to.iter_mut().enumerate() {
            let (i, j) = (k / patch % patch, k % patch);
            let channel = k / (patch * patch);
            *to = values[at([picture, channel, row * patch + i, column * patch + j])];
        }
    }
    out
}
