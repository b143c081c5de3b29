//! What a file is that was given in place of a readable picture.

use image::ImageFormat;

/// Names the kind of file that was given instead of a readable picture.
pub(super) fn describe(bytes: &[u8], guess: Option<ImageFormat>) -> &'static str {
    // Text comes first: the two-letter signatures of BMP and PNM also begin words.
    if let Some(text) = leading_text(bytes) {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let is_markup = text.starts_with('<');
        return if is_markup && text.contains("<svg") {
            "an SVG drawing"
        } else if is_markup {
            "a web page or XML file"
        } else {
            "a text file"
        };
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        // The brands of an ISO container: AVIF files may also list HEIF's general ones.
        let length = bytes.first_chunk().map_or(0, |&b| u32::from_be_bytes(b));
        let brands = bytes.get(8..bytes.len().min(length as usize));
        let has = |names: &[&[u8; 4]]| {
            brands
                .into_iter()
                .flat_map(|b| b.chunks_exact(4))
                .any(|brand| names.iter().any(|name| brand == name.as_slice()))
        };
        return if has(&[b"avif", b"avis"]) {
            "an AVIF picture"
        } else if has(&[
            b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1",
        ]) {
            "a HEIC picture"
        } else {
            "a video"
        };
    }
    match guess {
        Some(ImageFormat::Gif) => "a GIF picture",
        Some(ImageFormat::Tiff) => "a TIFF picture or a camera's raw file",
        Some(ImageFormat::Bmp) => "a BMP picture",
        Some(ImageFormat::Ico) => "an icon file",
        Some(_) => "a picture of a rarely used kind",
        None if bytes.starts_with(b"%PDF") => "a PDF document",
        None if bytes.starts_with(b"PK\x03\x04") => "a ZIP archive",
        None if bytes.starts_with(b"8BPS") => "a Photoshop file",
        None if bytes.starts_with(b"\0\0\0\x0cjP  ") || bytes.starts_with(b"\xff\x4f\xff\x51") => {
            "a JPEG 2000 picture"
        }
        None if bytes.starts_with(&[0xff, 0x0a]) || bytes.get(4..8) == Some(b"JXL ") => {
            "a JPEG XL picture"
        }
        None => "a file of unknown kind",
    }
}

/// The first kilobyte, if it reads as text.
fn leading_text(bytes: &[u8]) -> Option<&str> {
    let head = bytes.get(..1024).unwrap_or(bytes);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut in two at the end of the kilobyte.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    (!text.is_empty() && text.chars().all(is_text)).then_some(text)
}
