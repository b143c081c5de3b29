//! Memory of feature maps. It outlives the tensor: when the last one on it is dropped, on whatever
//! thread, it waits for the next map, so that a network that has run before asks for none.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{AllocationProperty, Bytes};

/// The values of a feature map.
#[derive(Debug)]
pub(super) struct Values(Vec<f32>);

impl Values {
    /// `length` values, whatever they may be: the kernel that asks for them overwrites them all.
    pub(super) fn new(length: usize) -> Self {
        let mut values = free().take(length).unwrap_or_default();
        values.resize(length, 0.0);
        Self(values)
    }

    /// The values of a vector, whose memory comes back when they are dropped.
    #[cfg(feature = "train")]
    pub(super) fn of(values: Vec<f32>) -> Self {
        Self(values)
    }

    /// The values as a vector, whose memory does not come back.
    #[cfg(feature = "train")]
    pub(super) fn into_vec(mut self) -> Vec<f32> {
        std::mem::take(&mut self.0)
    }

    /// A tensor's storage. The memory comes back when the last tensor on it is gone.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_shared(bytes::Bytes::from_owner(self), AllocationProperty::Native)
    }
}

impl Deref for Values {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Values {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl AsRef<[u8]> for Values {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        free().give(std::mem::take(&mut self.0));
    }
}

/// Memory that waits for a map.
#[derive(Debug)]
struct Free {
    /// Each with the number of maps that had been made when it came.
    buffers: Vec<(u64, Vec<f32>)>,
    /// Maps that were made so far.
    made: u64,
}

static FREE: Mutex<Free> = Mutex::new(Free {
    buffers: Vec::new(),
    made: 0,
});

fn free() -> MutexGuard<'static, Free> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Free {
    /// Maps that are made before unused memory is given back to the system: those of a few steps of
    /// the largest published network.
    const PATIENCE: u64 = 1000;

    /// The smallest buffer that `length` values fit into, unless they would waste half of it.
    fn take(&mut self, length: usize) -> Option<Vec<f32>> {
        let oldest = self.made.saturating_sub(Self::PATIENCE);
        self.made += 1;
        self.buffers.retain(|(came, _)| *came >= oldest);
        let fits = |capacity: usize| capacity >= length && capacity / 2 <= length;
        let (index, _) = (self.buffers.iter().enumerate())
            .map(|(index, (_, buffer))| (index, buffer.capacity()))
            .filter(|(_, capacity)| fits(*capacity))
            .min_by_key(|(_, capacity)| *capacity)?;
        Some(self.buffers.swap_remove(index).1)
    }

    fn give(&mut self, buffer: Vec<f32>) {
        if buffer.capacity() > 0 {
            self.buffers.push((self.made, buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free() -> Free {
        Free {
            buffers: Vec::new(),
            made: 0,
        }
    }

    #[test]
    fn the_smallest_buffer_that_fits_is_taken() {
        let mut free = free();
        for capacity in [300, 100, 200] {
            free.give(Vec::with_capacity(capacity));
        }
        let mut take = |length| free.take(length).map(|buffer| buffer.capacity());
        assert_eq!(take(120), Some(200));
        assert_eq!(take(120), None, "300 values are too many for 120");
        assert_eq!(take(301), None);
        assert_eq!(take(100), Some(100));
        assert_eq!(take(150), Some(300));
        assert_eq!(take(150), None);
    }

    #[test]
    fn what_nobody_wants_is_let_go() {
        let mut free = free();
        free.give(vec![0.0; 10]);
        for _ in 0..=Free::PATIENCE {
            assert_eq!(free.take(1000), None);
        }
        assert_eq!(free.take(10), None);
    }
}
