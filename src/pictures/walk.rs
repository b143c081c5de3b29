//! A set from beginning to end, each picture as the model is shown it and nothing changed: for encoding all of it, or
//! one process's share.

use std::sync::Arc;

use super::ahead::Ahead;
use super::{Framer, PictureSet, SetError};
use crate::picture::Picture;

/// Pictures of a set in a given order, decoded ahead of time by several threads.
#[derive(Debug)]
pub struct Walk {
    pictures: Ahead<Result<Picture, SetError>>,
    indices: Arc<[usize]>,
    next: usize,
}

/// Pictures that wait until they are wanted.
const ROOM: usize = 64;

impl PictureSet {
    /// Walks through the pictures of these indices, on `threads` threads (at least one).
    ///
    /// # Errors
    /// [`SetError::Read`] where the set cannot be opened again, [`SetError::Reading`].
    pub fn walk(
        &self,
        framer: &Arc<Framer>,
        indices: impl IntoIterator<Item = usize>,
        threads: usize,
    ) -> Result<Walk, SetError> {
        let indices: Arc<[usize]> = indices.into_iter().collect();
        let mut workers = Vec::new();
        for _ in 0..threads.clamp(1, indices.len().max(1)) {
            let mut set = self.reopen()?;
            let (framer, indices) = (Arc::clone(framer), Arc::clone(&indices));
            workers.push(move |number: u64| {
                let index = *indices.get(usize::try_from(number).ok()?)?;
                Some(set.read(index).and_then(|picture| {
                    pollster::block_on(framer.frame(set.name(index), &picture))
                }))
            });
        }
        Ok(Walk {
            pictures: Ahead::new(workers, ROOM)?,
            indices,
            next: 0,
        })
    }
}

impl Iterator for Walk {
    /// A picture's index and its square, or why there is none. An error that is not
    /// [of the picture](SetError::is_of_picture) may befall the next ones, too.
    type Item = (usize, Result<Picture, SetError>);

    fn next(&mut self) -> Option<Self::Item> {
        let picture = self.pictures.next()?;
        let index = *self.indices.get(self.next)?;
        self.next += 1;
        Some((index, picture.and_then(|picture| picture)))
    }
}
