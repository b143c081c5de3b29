//! Plain JS objects as the boundary hands them out.

#[cfg(feature = "web-model")]
use js_sys::Uint8Array;
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

#[cfg(feature = "web-model")]
use crate::picture::Picture;

/// A picture as `{ width, height, rgba }`.
#[cfg(feature = "web-model")]
pub(super) fn picture_object(picture: &Picture) -> JsValue {
    object(&[
        ("width", picture.width().into()),
        ("height", picture.height().into()),
        ("rgba", Uint8Array::from(picture.rgba()).into()),
    ])
}

/// The same with the name of its colour space, as canvases call it.
#[cfg(feature = "web-photo")]
pub(super) fn screen_object(picture: &Picture, colour_space: &str) -> JsValue {
    object(&[
        ("width", picture.width().into()),
        ("height", picture.height().into()),
        ("rgba", Uint8Array::from(picture.rgba()).into()),
        ("colorSpace", colour_space.into()),
    ])
}

pub(super) fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from(*name), value);
    }
    object.into()
}
