//! The raw photo class: a person's photo, whose pixels stay in this instance's memory while faces
//! are found on it and edits are laid over it.

use std::borrow::Cow;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::WebError;
use super::object::{object, picture_object, screen_object};
use super::options::{Frame, parse};
use super::pixels::Pixels;
use super::view::{View, opaque};
use crate::face::{Detector, Face, Search};
use crate::photo::{
    self, Beside, Change, Compared, Description, Maker, Numbers, Original, Outside, Rows,
};
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

/// What a file says beside its pixels.
#[wasm_bindgen]
pub struct FileDescription(Description);

#[wasm_bindgen]
impl FileDescription {
    /// Reads the file's container; one of a kind that is not known here says nothing.
    #[wasm_bindgen(constructor)]
    pub fn new(file: &[u8]) -> Self {
        Self(Description::of(file))
    }

    /// What of the file to replace so that a browser leaves its numbers alone, as `{ from, to, bytes }` in their order;
    /// empty where the browser does better to convert.
    pub fn colourless(&self) -> Array {
        let part = |(at, bytes): &(std::ops::Range<usize>, Vec<u8>)| {
            object(&[
                ("from", (at.start as f64).into()),
                ("to", (at.end as f64).into()),
                ("bytes", Uint8Array::from(bytes.as_slice()).into()),
            ])
        };
        self.0.colourless().iter().map(part).collect()
    }
}

/// A photo. Internal: the package's photo worker owns it and calls one method at a time.
#[wasm_bindgen]
pub struct Photo {
    photo: Original,
    opaque: bool,
    view: Option<View>,
    search: Search,
    /// The photo as the detector sees it, while it looks; none where the photo itself is that.
    seen: Option<Picture>,
}

#[wasm_bindgen]
impl Photo {
    /// The photo whose pixels have been filled in, in the byte order that WebCodecs names `format`. `numbers` are the file's
    /// own (`file`), or have been converted (`srgb`, `display-p3`); a `dreamt` picture is no photo, but a model's.
    pub fn open(
        pixels: Pixels,
        format: &str,
        description: FileDescription,
        numbers: &str,
        dreamt: bool,
    ) -> Result<Self, JsValue> {
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
        let numbers = match numbers {
            "file" => Numbers::File,
            "display-p3" => Numbers::DisplayP3,
            "srgb" => Numbers::Srgb,
            other => {
                let message = format!("there are no numbers called {other}");
                return Err(WebError::new("internal", &message).into());
            }
        };
        let opaque = picture.is_opaque();
        let photo = Original::decoded(picture, description.0, numbers);
        Ok(Self {
            opaque,
            photo: match dreamt {
                true => photo.made_by(Maker::Model),
                false => photo,
            },
            view: None,
            search: Search::new(),
            seen: None,
        })
    }

    /// Whether the file says where the photo was taken.
    #[wasm_bindgen(getter, js_name = hasPlace)]
    pub fn has_place(&self) -> bool {
        self.photo.metadata().has_place()
    }

    /// Whether it says anything else of how the photo was taken.
    #[wasm_bindgen(getter, js_name = hasCamera)]
    pub fn has_camera(&self) -> bool {
        !self.photo.metadata().is_empty()
    }

    /// The first faces that are found, best first, as `{ score, bounds, eyes }` in the photo's
    /// pixels: large ones where there are any. None where there is no face at all.
    pub async fn faces(&mut self, finder: &FaceFinder) -> Result<Array, JsValue> {
        self.search = Search::new();
        self.seen = self.seen_by_models();
        while self.search.faces().is_empty() && !self.search.is_over() {
            self.look_on(finder).await?;
        }
        Ok(self.found())
    }

    /// All faces after a few looks more, in the same form; null once everything has been looked at.
    #[wasm_bindgen(js_name = moreFaces)]
    pub async fn more_faces(&mut self, finder: &FaceFinder) -> Result<Option<Array>, JsValue> {
        if self.search.is_over() {
            self.seen = None;
            return Ok(None);
        }
        if self.seen.is_none() {
            self.seen = self.seen_by_models();
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
    pub fn crop(&mut self, frame: JsValue, side: u32) -> Result<JsValue, JsValue> {
        let frame: Frame = parse(frame)?;
        self.seen = None;
        let seen = self.seen_by_models();
        let seen = seen.as_ref().unwrap_or(self.photo.picture());
        let crop = frame
            .similarity(seen, side)
            .and_then(|similarity| photo::frame(seen, &similarity, side));
        Ok(picture_object(&crop.map_err(WebError::from)?))
    }

    /// A view of the photo as it is; in Display P3 where the screen is told so by `wide`, else in sRGB.
    pub fn preview(&mut self, options: JsValue, wide: bool) -> Result<JsValue, JsValue> {
        self.look(options)?;
        let view = self.view.as_ref().map(View::picture);
        let view = view.unwrap_or(self.photo.picture());
        Ok(self.for_screen(view, wide))
    }

    /// A view of the photo with a change laid over it: the change from `before` to `after`, both
    /// RGBA of `side` x `side`, in the place of `frame`. With `changed`, how many pixels of the view
    /// beyond the frame differ from the photo's, and `compared`, of how many.
    pub fn composite(
        &mut self,
        frame: JsValue,
        side: u32,
        before: Vec<u8>,
        after: Vec<u8>,
        options: JsValue,
        wide: bool,
    ) -> Result<JsValue, JsValue> {
        self.look(options)?;
        let mut overlay = Overlay::new(self.photo.picture(), frame, side, before, after)?;
        let view = match &self.view {
            Some(view) => {
                overlay.photo_from_frame = view.similarity(&overlay.photo_from_frame);
                view.picture()
            }
            None => self.photo.picture(),
        };
        let change = overlay.change();
        let edited = self
            .photo
            .composite_on(view, &change)
            .map_err(WebError::from)?;
        let outside = photo::outside(view, &edited, &overlay.photo_from_frame, side);
        Ok(object(&[
            ("picture", self.for_screen(&edited, wide)),
            ("changed", (outside.changed as f64).into()),
            ("compared", (outside.compared as f64).into()),
        ]))
    }

    /// The whole photo as `bytes` of a file, `quality` 1 to 100 for a JPEG or none for a PNG; with a
    /// change laid over it where `frame` is not null, and then with `changed` and `compared` as in
    /// [`Photo::composite`]. The file tells where the photo was taken only if `place` says so.
    pub fn file(
        &mut self,
        frame: JsValue,
        side: u32,
        before: Vec<u8>,
        after: Vec<u8>,
        quality: Option<u8>,
        place: bool,
    ) -> Result<JsValue, JsValue> {
        self.seen = None;
        let photo = self.photo.picture();
        let (bytes, outside) = if frame.is_null() {
            (
                write(photo, self.photo.beside(), place, quality)?,
                Outside::default(),
            )
        } else {
            let overlay = Overlay::new(photo, frame, side, before, after)?;
            let edited = self.photo.edited(&overlay.change());
            let edited = edited.map_err(WebError::from)?;
            let beside = self.photo.beside_edited(&edited);
            let compared = Compared::new(&edited, photo, &overlay.photo_from_frame, side);
            let bytes = write(&compared, beside, place, quality)?;
            (bytes, compared.found())
        };
        Ok(object(&[
            ("bytes", Uint8Array::from(bytes.as_slice()).into()),
            ("changed", (outside.changed as f64).into()),
            ("compared", (outside.compared as f64).into()),
        ]))
    }
}

/// A file of these rows: a JPEG of this quality, or a PNG. Where the photo was taken is told only for `place`.
fn write(
    rows: &dyn Rows,
    beside: Beside<'_>,
    place: bool,
    quality: Option<u8>,
) -> Result<Vec<u8>, WebError> {
    let beside = Beside { place, ..beside };
    Ok(match quality {
        Some(quality) => photo::write_jpeg(rows, beside, quality)?,
        None => photo::write_png(rows, beside)?,
    })
}

impl Photo {
    /// One step of the search for faces.
    async fn look_on(&mut self, finder: &FaceFinder) -> Result<(), WebError> {
        let seen = self.seen.as_ref().unwrap_or(self.photo.picture());
        Ok(self.search.step(&finder.0, seen).await?)
    }

    /// The photo in sRGB and on white; none where it is that already.
    fn seen_by_models(&self) -> Option<Picture> {
        let photo = self.photo.srgb();
        match opaque(&photo, self.opaque) {
            Cow::Owned(seen) => Some(seen),
            Cow::Borrowed(_) => match photo {
                Cow::Owned(seen) => Some(seen),
                Cow::Borrowed(_) => None,
            },
        }
    }

    /// A view of the photo in what a screen understands, which its `colorSpace` names.
    fn for_screen(&self, view: &Picture, wide: bool) -> JsValue {
        let wide = wide && !self.photo.is_srgb();
        let space = if wide { "display-p3" } else { "srgb" };
        screen_object(&self.photo.shown(view, wide), space)
    }

    fn found(&self) -> Array {
        self.search.faces().iter().map(face_object).collect()
    }

    /// Makes the view that is asked for the current one.
    fn look(&mut self, options: JsValue) -> Result<(), WebError> {
        let kept = self.view.take();
        self.view = View::of(self.photo.picture(), self.opaque, parse(options)?, kept)?;
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

    fn change(&self) -> Change<'_> {
        Change {
            photo_from_frame: self.photo_from_frame,
            before: &self.before,
            after: &self.after,
        }
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
