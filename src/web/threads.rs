//! Threads of a browser: workers that were given this instance's memory and take part in its pool.
//!
//! A pool waits for its threads to begin, and whoever waits in a browser starts no worker meanwhile: the workers come
//! first, each waiting in [`join_threads`] for its place in a pool, and [`start_threads`] makes a pool of them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

use rayon::{ThreadBuilder, ThreadPoolBuilder};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::WebError;

/// Places that no worker has taken yet.
static PLACES: Mutex<VecDeque<ThreadBuilder>> = Mutex::new(VecDeque::new());
static OFFERED: Condvar = Condvar::new();

/// Makes the calling worker and `joined` others, which wait or will soon, the threads that kernels share work among.
#[wasm_bindgen]
pub fn start_threads(joined: usize) -> Result<(), JsValue> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(joined + 1)
        .use_current_thread()
        .spawn_handler(|place| {
            let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
            places.push_back(place);
            OFFERED.notify_one();
            Ok(())
        });
    let built = pool.build_global();
    built.map_err(|error| WebError::new("internal", &error.to_string()).into())
}

/// Works as a thread of the pool for as long as there is one; it does not return before.
#[wasm_bindgen]
pub fn join_threads() {
    let places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let offered = OFFERED.wait_while(places, |places| places.is_empty());
    let place = offered.unwrap_or_else(PoisonError::into_inner).pop_front();
    if let Some(place) = place {
        place.run();
    }
}
