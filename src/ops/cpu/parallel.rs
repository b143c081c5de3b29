//! Sharing work among threads where there are several.

/// Values from which on threads share what takes a few operations for each of them: waking another and
/// waiting for it takes about as long as thousands of them.
const SHARED: usize = 64 * 1024;

/// [`for_each_piece`] where the work is a few operations for each value.
pub(super) fn for_each_light_piece(
    values: &mut [f32],
    size: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    if values.len() >= SHARED {
        return for_each_piece(values, size, work);
    }
    for (index, piece) in values.chunks_mut(size.max(1)).enumerate() {
        work(index, piece);
    }
}

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

/// Calls `work` for each of `count` pieces of several slices, `sizes` values of each, with the piece's index. A slice
/// of which nothing is wanted has the size 0.
#[cfg(feature = "train")]
pub(super) fn for_each_part<const N: usize>(
    count: usize,
    values: [&mut [f32]; N],
    sizes: [usize; N],
    work: impl Fn(usize, [&mut [f32]; N]) + Sync,
) {
    let mut rest = values;
    let parts = (0..count).map(|index| {
        let mut part: [&mut [f32]; N] = std::array::from_fn(|_| Default::default());
        for ((part, rest), size) in part.iter_mut().zip(&mut rest).zip(sizes) {
            let whole = std::mem::take(rest);
            let size = size.min(whole.len());
            (*part, *rest) = whole.split_at_mut(size);
        }
        (index, part)
    });
    #[cfg(feature = "rayon")]
    if count > 1 && rayon::current_num_threads() > 1 {
        use rayon::prelude::*;
        let parts: Vec<_> = parts.collect();
        parts
            .into_par_iter()
            .for_each(|(index, part)| work(index, part));
        return;
    }
    parts.for_each(|(index, part)| work(index, part));
}
