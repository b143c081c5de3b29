//! Telling JS of every step, with a preview, and looking whether the browser's `AbortSignal` asks to
//! stop. Awaiting what JS makes of a step gives the worker's event loop a turn, in which such a
//! request arrives; reading the preview back bounds the device's queue.

use std::ops::ControlFlow;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::Error;
use crate::diffae::{picture, preview};
use crate::diffusion::{Step, Stopped};

/// Whoever follows a job in the page.
pub(super) struct Watcher {
    /// `on_step(index, of, preview)`, which may return a promise.
    pub(super) on_step: Function,
    /// Aborted where the job shall stop.
    pub(super) signal: AbortSignal,
}

impl Watcher {
    /// Tells of a step and waits for the answer. A preview that cannot be read stops the sampler,
    /// since then the device is gone, and so does one that is no picture.
    pub(super) async fn report(&self, step: Step<4>) -> ControlFlow<Stopped> {
        let (done, of) = (step.done, step.of);
        let preview = match picture(preview(step.x0)).await {
            Ok(preview) => Uint8Array::from(preview.rgba()),
            Err(Error::Values(what)) => return ControlFlow::Break(Stopped::Values(what)),
            Err(error) => return ControlFlow::Break(Stopped::Device(error.to_string())),
        };
        let told = self.tell(done, of, &preview).await;
        match told.is_err() || self.signal.aborted() {
            true => ControlFlow::Break(Stopped::Asked),
            false => ControlFlow::Continue(()),
        }
    }

    async fn tell(&self, done: usize, of: usize, preview: &Uint8Array) -> Result<(), JsValue> {
        let index = JsValue::from((done - 1) as u32);
        let of = JsValue::from(of as u32);
        let answer = self.on_step.call3(&JsValue::NULL, &index, &of, preview)?;
        if let Ok(promise) = answer.dyn_into::<Promise>() {
            JsFuture::from(promise).await?;
        }
        Ok(())
    }
}
