//! Telling JS of every step, with a preview, and asking it whether to go on. Awaiting the answer
//! gives the worker's event loop a turn; reading the preview back bounds the device's queue.

use std::ops::ControlFlow;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::diffae::{picture, preview};
use crate::diffusion::{Step, Stopped};

/// Calls `on_step(index, of, preview)`; anything but a promise of `true` stops the sampler. A
/// preview that cannot be read stops it, too, since then the device is gone.
pub(super) async fn report(on_step: &Function, step: Step<4>) -> ControlFlow<Stopped> {
    let (done, of) = (step.done, step.of);
    let preview = match picture(preview(step.x0)).await {
        Ok(preview) => Uint8Array::from(preview.rgba()),
        Err(error) => return ControlFlow::Break(Stopped::Device(error.to_string())),
    };
    match ask(on_step, done, of, &preview).await {
        Some(true) => ControlFlow::Continue(()),
        _ => ControlFlow::Break(Stopped::Asked),
    }
}

async fn ask(on_step: &Function, done: usize, of: usize, preview: &Uint8Array) -> Option<bool> {
    let index = JsValue::from((done - 1) as u32);
    let of = JsValue::from(of as u32);
    let answer = on_step.call3(&JsValue::NULL, &index, &of, preview).ok()?;
    let answer = match answer.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await.ok()?,
        Err(value) => value,
    };
    answer.as_bool()
}
