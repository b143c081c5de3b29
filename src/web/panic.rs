//! Panics. One traps the whole instance and leaves its promises unsettled for ever, so its message
//! is handed to JS first, where the worker reports it and is replaced.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static REPORT: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Calls `report` with the text of a panic, before the trap; the console gets it too.
#[wasm_bindgen]
pub fn set_panic_hook(report: Function) {
    REPORT.set(Some(report));
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        REPORT.with_borrow(|report| {
            if let Some(report) = report {
                // There is nowhere to report a failing report to.
                let _ = report.call1(&JsValue::NULL, &info.to_string().into());
            }
        });
    }));
}
