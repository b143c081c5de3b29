//! Where the parts of a model are written to: a JS function that takes one piece after the other.

use std::io::{Error, Result, Write};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::JsValue;

/// Bytes that are handed over at a time.
const CHUNK: usize = 1 << 20;

pub(super) struct Sink<'a> {
    take: &'a Function,
    held: Vec<u8>,
    /// What the function threw.
    thrown: Option<JsValue>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(take: &'a Function) -> Self {
        Self {
            take,
            held: Vec::with_capacity(CHUNK),
            thrown: None,
        }
    }

    /// What has been thrown, in place of what came of it.
    pub(super) fn thrown(&mut self) -> Option<JsValue> {
        self.thrown.take()
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let room = CHUNK.saturating_sub(self.held.len());
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.held.extend_from_slice(taken);
        if self.held.len() == CHUNK {
            self.flush()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = Uint8Array::from(self.held.as_slice());
        self.held.clear();
        match self.take.call1(&JsValue::NULL, &piece) {
            Ok(_) => Ok(()),
            Err(thrown) => {
                self.thrown = Some(thrown);
                Err(Error::other("they cannot be kept"))
            }
        }
    }
}
