//! The profiles of devices, which say by a table what their numbers mean: of printers, whose inks are seen by it, and of
//! scanners, whose numbers nothing leads back to.

use super::*;
use moxcms::{
    DataColorSpace, LutDataType, LutStore, LutType, LutWarehouse, Matrix3d, ProfileClass,
};

/// A table with two points to an axis, as the profiles of devices have.
pub(super) fn table(inputs: u8, colours: Vec<u16>) -> LutWarehouse {
    let line = |channels: usize| LutStore::Store16([0, u16::MAX].repeat(channels));
    LutWarehouse::Lut(LutDataType {
        num_input_channels: inputs,
        num_output_channels: 3,
        num_clut_grid_points: 2,
        matrix: Matrix3d::IDENTITY,
        num_input_table_entries: 2,
        num_output_table_entries: 2,
        input_table: line(inputs.into()),
        clut_table: LutStore::Store16(colours),
        output_table: line(3),
        lut_type: LutType::Lut16,
    })
}

/// The profile of a device that says by a table which Lab its numbers are.
fn device(space: DataColorSpace, class: ProfileClass, table: &LutWarehouse) -> Vec<u8> {
    let mut profile = ColorProfile::default();
    profile.pcs = DataColorSpace::Lab;
    profile.color_space = space;
    profile.profile_class = class;
    profile.lut_a_to_b_perceptual = Some(table.clone());
    profile.lut_a_to_b_colorimetric = Some(table.clone());
    encoded(&profile)
}

/// A grey of this lightness, 0 to 100, in the Lab of such tables.
fn lightness(light: f64) -> [u16; 3] {
    [(light / 100.0 * 65_280.0) as u16, 0x8000, 0x8000]
}

#[test]
fn printing_inks_are_seen_by_their_profile_and_written_as_srgb() {
    // Every ink is a grey that takes a quarter of the lightness.
    let colours =
        (0..16u32).flat_map(|node| lightness(100.0 - 25.0 * f64::from(node.count_ones())));
    let table = table(4, colours.collect());
    let inks = device(DataColorSpace::Cmyk, ProfileClass::OutputDevice, &table);
    for kind in [
        jpeg_encoder::ColorType::Cmyk,
        jpeg_encoder::ColorType::CmykAsYcck,
    ] {
        let cyan = [255, 0, 0, 0].repeat(256);
        let photo = opened(&jpeg_with(&cyan, kind, &inks));
        // L* = 75.
        let found = first(photo.picture());
        assert!(near(found, [185; 3], 4), "{kind:?}: {found:?}");
        assert!(
            photo.profile().is_none(),
            "no profile of inks on RGB pixels"
        );
        // Without a profile, and with one of RGB, the inks are perfect.
        let p3 = encoded(&ColorProfile::new_display_p3());
        let photo = Original::decode(&jpeg_with(&cyan, kind, &p3)).expect("decodes");
        assert!(near(first(photo.picture()), [0, 255, 255], 3));
        assert_eq!(photo.remarks().len(), 1);
        assert!(photo.profile().is_none());
    }
}

#[test]
fn a_profile_that_leads_only_one_way_makes_the_photo_srgb() {
    let colours = (0..8u32).flat_map(|node| lightness(20.0 * f64::from(node.count_ones())));
    let table = table(3, colours.collect());
    let scanner = device(DataColorSpace::Rgb, ProfileClass::InputDevice, &table);
    let photo = opened(&png_with([255; 3], &[(b"iCCP", icc_chunk(&scanner))]));
    // L* = 60.
    assert!(
        near(first(photo.picture()), [145; 3], 4),
        "{:?}",
        first(photo.picture())
    );
    assert!(photo.profile().is_none());
}
