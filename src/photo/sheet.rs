//! Several pictures of one size side by side on white, for looking at results together.

use super::PhotoError;
use crate::picture::Picture;

/// Pixels of white between neighbours.
const GAP: usize = 4;

/// Lays pictures out row by row, `columns` to a row (at least one, at most all of them), with a
/// small white gap between them and none around.
///
/// # Errors
/// [`PhotoError::EmptySheet`], [`PhotoError::UnequalSheet`] or [`PhotoError::SheetTooLarge`].
pub fn contact_sheet(pictures: &[Picture], columns: usize) -> Result<Picture, PhotoError> {
    let Some(first) = pictures.first() else {
        return Err(PhotoError::EmptySheet);
    };
    let (width, height) = (first.width(), first.height());
    if let Some((index, odd)) = pictures
        .iter()
        .enumerate()
        .find(|(_, p)| (p.width(), p.height()) != (width, height))
    {
        return Err(PhotoError::UnequalSheet {
            index: index + 1,
            width: odd.width(),
            height: odd.height(),
            first_width: width,
            first_height: height,
        });
    }
    let too_large = || PhotoError::SheetTooLarge {
        count: pictures.len(),
        width,
        height,
    };
    let columns = columns.clamp(1, pictures.len());
    let rows = pictures.len().div_ceil(columns);
    let side = |pictures: usize, each: u32| {
        u64::from(each)
            .checked_add(GAP as u64)?
            .checked_mul(pictures as u64)
            .and_then(|sum| u32::try_from(sum - GAP as u64).ok())
    };
    let sheet_width = side(columns, width).ok_or_else(too_large)?;
    let sheet_height = side(rows, height).ok_or_else(too_large)?;
    let stride = sheet_width as usize * 4;
    let bytes = stride
        .checked_mul(sheet_height as usize)
        .ok_or_else(too_large)?;

    let mut sheet = vec![255; bytes];
    let picture_stride = width as usize * 4;
    for (index, picture) in pictures.iter().enumerate() {
        let top = index / columns * (height as usize + GAP);
        let left = index % columns * (width as usize + GAP) * 4;
        let target_rows = sheet.chunks_exact_mut(stride).skip(top);
        for (row, target) in picture.rgba().chunks_exact(picture_stride).zip(target_rows) {
            target[left..left + picture_stride].copy_from_slice(row);
        }
    }
    Ok(Picture::new(sheet_width, sheet_height, sheet)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(width: u32, height: u32, grey: u8) -> Picture {
        Picture::from_rgb(width, height, &vec![grey; (3 * width * height) as usize]).expect("fits")
    }

    #[test]
    fn pictures_keep_their_places() {
        let pictures: Vec<Picture> = [10, 20, 30].map(|grey| flat(5, 2, grey)).to_vec();
        let sheet = contact_sheet(&pictures, 2).expect("sheet");
        assert_eq!((sheet.width(), sheet.height()), (14, 8));
        let at = |x: usize, y: usize| sheet.rgba()[(y * 14 + x) * 4];
        assert_eq!((at(0, 0), at(4, 1), at(5, 0), at(8, 0)), (10, 10, 255, 255));
        assert_eq!((at(9, 0), at(13, 1), at(13, 2)), (20, 20, 255));
        assert_eq!((at(0, 6), at(4, 7), at(9, 6), at(0, 5)), (30, 30, 255, 255));
        // One picture, or more columns than pictures, or none asked for: no empty places.
        assert_eq!(
            contact_sheet(&pictures[..1], 7).expect("sheet"),
            pictures[0]
        );
        assert_eq!(contact_sheet(&pictures, 0).expect("sheet").height(), 14);
    }

    #[test]
    fn sheets_need_pictures_of_one_size() {
        assert!(matches!(contact_sheet(&[], 3), Err(PhotoError::EmptySheet)));
        let error = contact_sheet(&[flat(2, 2, 0), flat(2, 3, 0)], 2).expect_err("unequal");
        assert_eq!(
            error.to_string(),
            "picture 2 of the contact sheet is 2 x 3, but the first is 2 x 2; all must have one size"
        );
    }
}
