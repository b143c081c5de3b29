//! Telling JS of every step, with a preview, and asking it whether to go on. Awaiting the answer
//! gives the worker's event loop a turn; reading the preview back bounds the device's queue.

use std::ops::ControlFlow;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::diffae::{pictures, preview};
use crate::diffusion::Step;

/// Calls `on_step(index, of, preview)`; anything but a promise of `true` stops the sampler, and so
/// does a preview that cannot be read, since then the device is gone.
pub(super) async fn report(on_step: &Function, step: Step<4>) -> ControlFlow<()> {
    match ask(on_step, step).await {
        Some(true) => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    }
}

async fn ask(on_step: &Function, step: Step<4>) -> Option<bool> {
    let preview = pictures(preview(step.x0)).await.ok()?.pop()?;
    let preview = Uint8Array::from(preview.rgba());
    let index = JsValue::from((step.done - 1) as u32);
    let of = JsValue::from(step.of as u32);
    let answer = on_step.call3(&JsValue::NULL, &index, &of, &preview).ok()?;
    let answer = match answer.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await.ok()?,
        Err(value) => value,
    };
    answer.as_bool()
}
