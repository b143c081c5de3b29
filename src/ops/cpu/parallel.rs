//! Sharing work among threads where there are several.

/// Calls `work` for each piece of `size` values (the last one may be shorter), with its index.
pub(super) fn for_each_piece(
    values: &mut [f32],
    size: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    let size = size.max(1);
    #[cfg(feature = "rayon")]
    if values.len() > size && rayon::current_num_threads() > 1 {
        use rayon::prelude::*;
        let pieces = values.par_chunks_mut(size).enumerate();
        pieces.for_each(|(index, piece)| work(index, piece));
        return;
    }
    for (index, piece) in values.chunks_mut(size).enumerate() {
        work(index, piece);
    }
}
