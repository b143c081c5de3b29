//! Memory for what a kernel keeps between its passes. It stays with the thread, so that a network
//! that has run once allocates nothing but its feature maps.

use std::cell::RefCell;

thread_local! {
    static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with `length` values, whatever they may hold.
pub(super) fn with<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // The last one given back comes first: nested calls find the buffers that they had before.
    let mut buffer = FREE.with_borrow_mut(Vec::pop).unwrap_or_default();
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    let result = work(&mut buffer[..length]);
    FREE.with_borrow_mut(|free| free.push(buffer));
    result
}
