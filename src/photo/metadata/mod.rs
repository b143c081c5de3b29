//! What photos say of how they were taken, as far as it goes on into the files that are made of them: camera, lens,
//! exposure, time, author and rights, and the place if it is asked for. Everything else stays behind: the thumbnail, which
//! shows the face as it was, the maker's notes, serial numbers, names, comments, and XMP and IPTC data.

mod maker;
mod record;
#[cfg(feature = "image")]
#[cfg(test)]
mod tests;

pub use self::maker::Maker;
pub(super) use self::maker::{JPEG_NAME, PNG_NAME};
pub(super) use self::record::Record;

use exif::experimental::Writer;
use exif::{Context, Exif, Field, In, Reader, Tag, Value};
use std::io::Cursor;

/// The most EXIF data that is looked at: what fits into a JPEG file's segment.
const MAX_BLOCK: usize = 1 << 16;
/// The most bytes that a tag can hold and still goes on: all of them fit into a JPEG file's segment then.
const MAX_VALUE: usize = 512;

/// Tags of the first directory and of EXIF's own that go on.
const KEPT: [Tag; 51] = [
    // Camera and lens
    Tag::Make,
    Tag::Model,
    Tag::LensSpecification,
    Tag::LensMake,
    Tag::LensModel,
    // Time
    Tag::DateTime,
    Tag::DateTimeOriginal,
    Tag::DateTimeDigitized,
    Tag::SubSecTime,
    Tag::SubSecTimeOriginal,
    Tag::SubSecTimeDigitized,
    // Author and rights
    Tag::Artist,
    Tag::Copyright,
    // How large it is printed
    Tag::XResolution,
    Tag::YResolution,
    Tag::ResolutionUnit,
    // Exposure
    Tag::ExifVersion,
    Tag::ExposureTime,
    Tag::FNumber,
    Tag::ExposureProgram,
    Tag::PhotographicSensitivity,
    Tag::SensitivityType,
    Tag::StandardOutputSensitivity,
    Tag::RecommendedExposureIndex,
    Tag::ISOSpeed,
    Tag::ShutterSpeedValue,
    Tag::ApertureValue,
    Tag::BrightnessValue,
    Tag::ExposureBiasValue,
    Tag::MaxApertureValue,
    Tag::SubjectDistance,
    Tag::MeteringMode,
    Tag::LightSource,
    Tag::Flash,
    Tag::FocalLength,
    Tag::ExposureIndex,
    Tag::SensingMethod,
    Tag::FileSource,
    Tag::SceneType,
    Tag::CustomRendered,
    Tag::ExposureMode,
    Tag::WhiteBalance,
    Tag::DigitalZoomRatio,
    Tag::FocalLengthIn35mmFilm,
    Tag::SceneCaptureType,
    Tag::GainControl,
    Tag::Contrast,
    Tag::Saturation,
    Tag::Sharpness,
    Tag::SubjectDistanceRange,
    Tag::SpectralSensitivity,
];
/// Hours from Greenwich, which tell a part of the place.
const ZONES: [Tag; 3] = [
    Tag::OffsetTime,
    Tag::OffsetTimeOriginal,
    Tag::OffsetTimeDigitized,
];
/// The last tag of the directory of the place; there are no gaps before it.
const LAST_OF_PLACE: u16 = 0x1f;

/// What goes on of a photo's EXIF data.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    kept: Vec<Field>,
    place: Vec<Field>,
}

impl Metadata {
    /// What goes on of EXIF data, a TIFF file of its own. Of damaged data what can be read is taken.
    #[must_use]
    pub fn of(exif: &[u8]) -> Self {
        let block = exif.get(..MAX_BLOCK).unwrap_or(exif);
        let one = |tag: Tag| field(block, tag);
        let place = (0..=LAST_OF_PLACE).map(|number| Tag(Context::Gps, number));
        let place: Vec<Field> = place.filter_map(one).collect();
        // The version of that directory alone is no place.
        let anywhere = place.iter().any(|field| field.tag != Tag::GPSVersionID);
        Self {
            kept: KEPT.into_iter().filter_map(one).collect(),
            place: match anywhere {
                true => place
                    .into_iter()
                    .chain(ZONES.into_iter().filter_map(one))
                    .collect(),
                false => Vec::new(),
            },
        }
    }

    /// Whether the photo says where it was taken.
    #[must_use]
    pub fn has_place(&self) -> bool {
        !self.place.is_empty()
    }

    /// Whether anything goes on without the place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// EXIF data of an upright picture that says this; nothing where there is nothing to say.
    pub(super) fn exif(&self, with_place: bool) -> Option<Vec<u8>> {
        let place = self.place.iter().filter(|_| with_place);
        let fields: Vec<&Field> = self.kept.iter().chain(place).collect();
        if fields.is_empty() {
            return None;
        }
        let upright = Field {
            tag: Tag::Orientation,
            ifd_num: In::PRIMARY,
            value: Value::Short(vec![1]),
        };
        let mut writer = Writer::new();
        for field in fields.into_iter().chain([&upright]) {
            writer.push_field(field);
        }
        let mut bytes = Cursor::new(Vec::new());
        // Fails for values that were never read.
        writer.write(&mut bytes, false).ok()?;
        Some(bytes.into_inner())
    }
}

/// A tag of the picture itself, not of its thumbnail. Each is read from the data anew: the library keeps what it has read
/// of all tags, which can take many times the room of the data.
fn field(block: &[u8], tag: Tag) -> Option<Field> {
    let exif = read(block)?;
    let field = exif.get_field(tag, In::PRIMARY)?;
    (1..=MAX_VALUE)
        .contains(&size(&field.value))
        .then(|| field.clone())
}

fn read(block: &[u8]) -> Option<Exif> {
    let mut reader = Reader::new();
    let read = reader.continue_on_error(true).read_raw(block.to_vec());
    read.or_else(|error| error.distill_partial_result(|_| ()))
        .ok()
}

/// Bytes that a value takes in a file; 0 for one of no known type.
fn size(value: &Value) -> usize {
    match value {
        Value::Byte(values) => values.len(),
        Value::Ascii(texts) => texts.iter().map(|text| text.len() + 1).sum(),
        Value::Short(values) => 2 * values.len(),
        Value::Long(values) => 4 * values.len(),
        Value::Rational(values) => 8 * values.len(),
        Value::SByte(values) => values.len(),
        Value::Undefined(values, _) => values.len(),
        Value::SShort(values) => 2 * values.len(),
        Value::SLong(values) => 4 * values.len(),
        Value::SRational(values) => 8 * values.len(),
        Value::Float(values) => 4 * values.len(),
        Value::Double(values) => 8 * values.len(),
        Value::Unknown(..) => 0,
    }
}
