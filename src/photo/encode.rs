//! Pictures into PNG files that are either complete or not there.

use super::PhotoError;
use crate::picture::Picture;
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// The picture as a PNG file; opaque pictures are written without an alpha channel.
pub fn png(picture: &Picture) -> Result<Vec<u8>, PhotoError> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    let (width, height) = (picture.width(), picture.height());
    if picture.is_opaque() {
        encoder.write_image(&picture.rgb(), width, height, ExtendedColorType::Rgb8)
    } else {
        encoder.write_image(picture.rgba(), width, height, ExtendedColorType::Rgba8)
    }
    .map_err(|error| PhotoError::Encode {
        reason: error.to_string(),
    })?;
    Ok(bytes)
}

/// Writes the picture as a PNG file; see [`write_atomically`].
pub fn save_png(picture: &Picture, path: &Path) -> Result<(), PhotoError> {
    let bytes = png(picture)?;
    write_atomically(path, &bytes).map_err(|source| PhotoError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file under a temporary name beside its place and then renames it, so that a full disk
/// or a killed program leaves the old file or the new one, never half of one.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    // Temporary files are private by default; this one ends up as an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    // Renaming over an existing folder would fail with a less helpful message.
    if fs::metadata(path).is_ok_and(|existing| existing.is_dir()) {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::{decode, open};

    fn gradient() -> Picture {
        let rgb: Vec<u8> = (0..60u8).map(|v| v * 4).collect();
        Picture::from_rgb(5, 4, &rgb).expect("fits")
    }

    #[test]
    fn png_is_lossless() {
        let picture = gradient();
        let bytes = png(&picture).expect("encodes");
        assert_eq!(decode(&bytes).expect("decodes"), picture);
        // Colour type 2: RGB without alpha.
        assert_eq!(bytes[25], 2);
        let glass = Picture::new(1, 1, vec![1, 2, 3, 4]).expect("fits");
        assert_eq!(png(&glass).expect("encodes")[25], 6);
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("out.png");
        fs::write(&path, b"old").expect("writes");
        save_png(&gradient(), &path).expect("saves");
        assert_eq!(open(&path).expect("opens"), gradient());
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let plain = folder.path().join("plain");
            fs::write(&plain, b"").expect("writes");
            let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
            assert_eq!(mode(&path), mode(&plain));
        }
    }

    #[test]
    fn a_failed_write_names_the_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let missing = folder.path().join("no/such/out.png");
        let error = save_png(&gradient(), &missing).expect_err("no folder");
        assert!(error.to_string().contains("no/such/out.png"), "{error}");
        let error = save_png(&gradient(), folder.path()).expect_err("a folder");
        assert!(error.to_string().contains("directory"), "{error}");
        let inside = folder.path().join("sub");
        fs::create_dir(&inside).expect("folder");
        save_png(&gradient(), &inside).expect_err("a folder");
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1);
    }
}
