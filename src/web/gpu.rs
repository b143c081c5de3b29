//! What the GPU reports of itself: it may be lost while nobody asks anything of it, and what it
//! refuses is told beside the calls. Both are handed to JS, where the worker reports it and is replaced.

use std::cell::RefCell;

use burn::tensor::Device;
use burn_wgpu::WgpuInitError;
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::ops::gpu::{self, Trouble};

thread_local! {
    static REPORT: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Calls `report(kind, message)` whenever the GPU is in trouble: `lost`, `memory` or `refused`, with
/// the browser's own words.
#[wasm_bindgen]
pub fn set_gpu_hook(report: Function) {
    REPORT.set(Some(report));
}

/// Opens the GPU, whose troubles are reported from then on.
pub(super) async fn open() -> Result<Device, WgpuInitError> {
    gpu::open_watched(report).await
}

fn report(trouble: Trouble, message: &str) {
    let kind = match trouble {
        Trouble::Lost => "lost",
        Trouble::Memory => "memory",
        Trouble::Refused => "refused",
    };
    REPORT.with_borrow(|report| {
        if let Some(report) = report {
            // There is nowhere to report a failing report to.
            let _ = report.call2(&JsValue::NULL, &kind.into(), &message.into());
        }
    });
}
