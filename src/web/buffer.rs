//! A model part that stays in a JS buffer. Only the tensor being read is copied into wasm memory,
//! which can never shrink again.

use js_sys::Uint8Array;

use crate::weights::ReadAt;

pub(super) struct JsBuffer(pub(super) Uint8Array);

impl ReadAt for JsBuffer {
    fn size(&self) -> u64 {
        u64::from(self.0.length())
    }

    fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        let range = u32::try_from(offset).ok().zip(u32::try_from(length).ok());
        range
            .and_then(|(start, length)| Some((start, start.checked_add(length)?)))
            .filter(|(_, end)| *end <= self.0.length())
            .map(|(start, end)| self.0.subarray(start, end).to_vec())
            .ok_or_else(|| format!("bytes {offset} to {} are not there", offset + length as u64))
    }
}
