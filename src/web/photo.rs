//! The raw photo class: a person's photo, whose pixels stay in this instance's memory while faces
//! are found on it and edits are laid over it.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::WebError;
use super::object::{object, picture_object};
use super::options::{Frame, parse};
use super::pixels::Pixels;
use super::view::{View, opaque};
use crate::face::{Detector, Face, Search};
use crate::photo::{self, Change, PhotoError};
use crate::picture::Picture;

/// Finds faces. Internal: the package's photo worker owns it.
#[wasm_bindgen]
pub struct FaceFinder(Detector);

#[wasm_bindgen]
impl FaceFinder {
    /// Reads the detector's weights.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: &[u8]) -> Result<Self, JsValue> {
        Ok(Self(Detector::from_bytes(weights).map_err(WebError::from)?))
    }
}

/// A photo. Internal: the package's photo worker owns it and calls one method at a time.
#[wasm_bindgen]
pub struct Photo {
    picture: Picture,
    opaque: bool,
    view: Option<View>,
    search: Search,
}

#[wasm_bindgen]
impl Photo {
    /// The photo whose pixels have been filled in, in the byte order that WebCodecs names `format`.
    pub fn open(pixels: Pixels, format: &str) -> Result<Self, JsValue> {
        let Pixels {
            width,
            height,
            mut rgba,
        } = pixels;
        let (swap, fill) = match format {
            "RGBA" => (false, false),
            "RGBX" => (false, true),
            "BGRA" => (true, false),
            "BGRX" => (true, true),
            other => {
                let message = format!("pixels cannot be read in the format {other}");
                return Err(WebError::new("picture-invalid", &message).into());
            }
        };
        for pixel in rgba.chunks_exact_mut(4) {
            if swap {
                pixel.swap(0, 2);
            }
            if fill {
                pixel[3] = 255;
            }
        }
        let picture = Picture::new(width, height, rgba).map_err(WebError::from)?;
        Ok(Self {
            opaque: picture.is_opaque(),
            picture,
            view: None,
            search: Search::new(),
        })
    }

    /// The first faces that are found, best first, as `{ score, bounds, eyes }` in the photo's
    /// pixels: large ones where there are any. None where there is no face at all.
    pub async fn faces(&mut self, finder: &FaceFinder) -> Result<Array, JsValue> {
        self.search = Search::new();
        while self.search.faces().is_empty() && !self.search.is_over() {
            self.look_on(finder).await?;
        }
        Ok(self.found())
    }

    /// All faces after a few looks more, in the same form; null once everything has been looked at.
    #[wasm_bindgen(js_name = moreFaces)]
    pub async fn more_faces(&mut self, finder: &FaceFinder) -> Result<Option<Array>, JsValue> {
        if self.search.is_over() {
            return Ok(None);
        }
        self.look_on(finder).await?;
        Ok(Some(self.found()))
    }

    /// How often the network has looked at the photo in the present search.
    #[wasm_bindgen(getter)]
    pub fn looks(&self) -> u32 {
        self.search.looks() as u32
    }

    /// What the model sees of a framed face, `side` x `side`.
    pub fn crop(&self, frame: JsValue, side: u32) -> Result<JsValue, JsValue> {
        let frame: Frame = parse(frame)?;
        let seen = opaque(&self.picture, self.opaque);
        let crop = frame
            .similarity(&seen, side)
            .and_then(|similarity| photo::frame(&seen, &similarity, side));
        Ok(picture_object(&crop.map_err(WebError::from)?))
    }

    /// A view of the photo as it is.
    pub fn preview(&mut self, options: JsValue) -> Result<JsValue, JsValue> {
        self.look(options)?;
        let view = self.view.as_ref().map(View::picture);
        Ok(picture_object(view.unwrap_or(&self.picture)))
    }

    /// A view of the photo with a change laid over it: the change from `before` to `after`, both
    /// RGBA of `side` x `side`, in the place of `frame`.
    pub fn composite(
        &mut self,
        frame: JsValue,
        side: u32,
        before: Vec<u8>,
        after: Vec<u8>,
        options: JsValue,
    ) -> Result<JsValue, JsValue> {
        self.look(options)?;
        let mut overlay = Overlay::new(&self.picture, frame, side, before, after)?;
        let picture = match &self.view {
            Some(view) => {
                overlay.photo_from_frame = view.similarity(&overlay.photo_from_frame);
                view.picture()
            }
            None => &self.picture,
        };
        Ok(picture_object(&overlay.onto(picture)?))
    }

    /// The whole photo as a file, `quality` 1 to 100 for a JPEG or none for a PNG; with a change
    /// laid over it where `frame` is not null.
    pub fn file(
        &self,
        frame: JsValue,
        side: u32,
        before: Vec<u8>,
        after: Vec<u8>,
        quality: Option<u8>,
    ) -> Result<Uint8Array, JsValue> {
        let changed;
        let picture = if frame.is_null() {
            &self.picture
        } else {
            let overlay = Overlay::new(&self.picture, frame, side, before, after)?;
            changed = overlay.onto(&self.picture)?;
            &changed
        };
        let bytes = match quality {
            Some(quality) => photo::write_jpeg(picture, None, quality),
            None => photo::write_png(picture, None),
        };
        Ok(Uint8Array::from(bytes.map_err(WebError::from)?.as_slice()))
    }
}

impl Photo {
    /// One step of the search for faces.
    async fn look_on(&mut self, finder: &FaceFinder) -> Result<(), WebError> {
        let seen = opaque(&self.picture, self.opaque);
        Ok(self.search.step(&finder.0, &seen).await?)
    }

    fn found(&self) -> Array {
        self.search.faces().iter().map(face_object).collect()
    }

    /// Makes the view that is asked for the current one.
    fn look(&mut self, options: JsValue) -> Result<(), WebError> {
        let kept = self.view.take();
        self.view = View::of(&self.picture, self.opaque, parse(options)?, kept)?;
        Ok(())
    }
}

/// A change and where it belongs.
struct Overlay {
    photo_from_frame: photo::Similarity,
    before: Picture,
    after: Picture,
}

impl Overlay {
    fn new(
        photo: &Picture,
        frame: JsValue,
        side: u32,
        before: Vec<u8>,
        after: Vec<u8>,
    ) -> Result<Self, WebError> {
        let frame: Frame = parse(frame)?;
        Ok(Self {
            photo_from_frame: frame.similarity(photo, side)?,
            before: Picture::new(side, side, before)?,
            after: Picture::new(side, side, after)?,
        })
    }

    fn onto(&self, photo: &Picture) -> Result<Picture, WebError> {
        let change = Change {
            photo_from_frame: self.photo_from_frame,
            before: &self.before,
            after: &self.after,
        };
        photo::composite(photo, &change).map_err(PhotoError::into)
    }
}

fn face_object(face: &Face) -> JsValue {
    let point = |[x, y]: [f64; 2]| object(&[("x", x.into()), ("y", y.into())]);
    let [x, y, width, height] = face.bounds;
    let bounds = [
        ("x", x.into()),
        ("y", y.into()),
        ("width", width.into()),
        ("height", height.into()),
    ];
    let eyes = Array::of2(&point(face.eyes.left), &point(face.eyes.right));
    object(&[
        ("score", face.score.into()),
        ("bounds", object(&bounds)),
        ("eyes", eyes.into()),
    ])
}
