//! Pictures, and what they say beside their pixels.

use std::sync::OnceLock;

use super::{Attack, attack, deflated_zeros};

/// Chunks as a PNG file.
fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in chunks {
        file.extend((data.len() as u32).to_be_bytes());
        let checked = [name.as_slice(), data].concat();
        file.extend(&checked);
        file.extend(crc32fast::hash(&checked).to_be_bytes());
    }
    file
}

/// The header of a PNG file.
fn header(width: u32, height: u32, [depth, colour, interlaced]: [u8; 3]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, colour, 0, 0, interlaced]);
    header
}

/// Zeros as zlib packs them.
fn zlib(zeros: usize) -> Vec<u8> {
    [&[0x78, 0xda], deflated_zeros(zeros).as_slice()].concat()
}

/// Two grey pixels.
pub(super) fn tiny_png() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| with_chunks(&[]))
}

const PIXELS: [u8; 14] = [0x78, 1, 1, 3, 0, 0xfc, 0xff, 0, 10, 200, 0, 0xdf, 0, 0xd3];

fn with_chunks(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let header = header(2, 1, [8, 0, 0]);
    let start: [(&[u8; 4], &[u8]); 1] = [(b"IHDR", &header)];
    let end: [(&[u8; 4], &[u8]); 2] = [(b"IDAT", &PIXELS), (b"IEND", b"")];
    png(&[&start, chunks, &end].concat())
}

/// EXIF data of these directories, each with entries (tag, type, count, value) and the place of the next.
fn exif(entries: &[[u32; 4]], next: u32) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((entries.len() as u16).to_le_bytes());
    for [tag, kind, count, value] in entries {
        bytes.extend((*tag as u16).to_le_bytes());
        bytes.extend((*kind as u16).to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(next.to_le_bytes());
    bytes
}

/// A grey JPEG file of 8 x 8 pixels with these segments behind its start.
fn jpeg(segments: &[&[u8]], [width, height]: [u16; 2]) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    for segment in segments {
        file.extend(*segment);
    }
    file.extend([0xff, 0xdb, 0, 67, 0]);
    file.extend([1; 64]);
    file.extend([0xff, 0xc0, 0, 11, 8]);
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    file.extend([1, 1, 0x11, 0]);
    // One code of one bit, for a difference of nothing and for the end of a block.
    for table in [0x00, 0x10] {
        file.extend([0xff, 0xc4, 0, 20, table, 1]);
        file.extend([0; 15]);
        file.push(0);
    }
    file.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x3f, 0xff, 0xd9]);
    file
}

/// A segment of a JPEG file.
fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&[0xff, marker], length.as_slice(), data].concat()
}

fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, data) in chunks {
        body.extend(*name);
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(*data);
        body.extend(vec![0; data.len() % 2]);
    }
    [b"RIFF", (body.len() as u32).to_le_bytes().as_slice(), &body].concat()
}

/// A profile of colours: its header, and a table of tags that says what it likes.
fn icc(tags: &[[u32; 3]], length: usize) -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile[..4].copy_from_slice(&(length as u32).to_be_bytes());
    profile[8] = 4;
    profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile.extend((tags.len() as u32).to_be_bytes());
    for tag in tags {
        profile.extend(tag.iter().flat_map(|word| word.to_be_bytes()));
    }
    profile.resize(length.max(profile.len()), 0);
    profile
}

pub(super) fn attacks() -> Vec<Attack> {
    let both = |name: &'static str, bytes: Vec<u8>| {
        [
            attack("picture", name, bytes.clone()),
            attack("beside", name, bytes),
        ]
    };
    let named = |data: &[u8]| [b"x\0\0", data].concat();
    let hundred = 65_535;
    let first_of_itself = exif(
        &[[0x8769, 4, 1, 8], [0x8825, 4, 1, 8], [0x010f, 2, 4, 0]],
        8,
    );
    let one_value_often = {
        let entries: Vec<[u32; 4]> = (0..1_000).map(|i| [0x010f + i % 7, 7, 8_000, 8]).collect();
        exif(&entries, 0)
    };
    let counts = exif(
        &[[0x010f, 5, u32::MAX, 26], [0x0110, 12, 0x2000_0000, 26]],
        0,
    );
    let jfif_exif = |data: &[u8]| jpeg(&[&segment(0xe1, &[b"Exif\0\0", data].concat())], [8, 8]);
    let word = |text: &[u8; 4]| u32::from_be_bytes(*text);
    let endless = icc(
        &[[word(b"A2B0"), 144, u32::MAX], [word(b"rTRC"), u32::MAX, 4]],
        200,
    );
    let pieces = |count: u8| -> Vec<u8> {
        let all = (1..=count).flat_map(|i| {
            segment(
                0xe2,
                &[b"ICC_PROFILE\0".as_slice(), &[i, count], &[0; 100]].concat(),
            )
        });
        all.collect()
    };
    let mut attacks: Vec<Attack> = [
        both("png", with_chunks(&[])),
        both("png-of-four-billion-rows", png(&[(b"IHDR", &header(1, u32::MAX >> 1, [8, 0, 0])), (b"IDAT", &zlib(1 << 20)), (b"IEND", b"")])),
        both("png-of-huge-size", png(&[(b"IHDR", &header(hundred, hundred, [16, 6, 0])), (b"IDAT", &PIXELS), (b"IEND", b"")])),
        both("png-interlaced-of-huge-size", png(&[(b"IHDR", &header(hundred, hundred, [16, 6, 1])), (b"IDAT", &PIXELS), (b"IEND", b"")])),
        both("png-pixels-that-inflate-for-ever", png(&[(b"IHDR", &header(2, 1, [8, 0, 0])), (b"IDAT", &zlib(16 << 20)), (b"IEND", b"")])),
        both("png-iccp-bomb", with_chunks(&[(b"iCCP", &named(&zlib(16 << 20)))])),
        both("png-ztxt-bomb", with_chunks(&[(b"zTXt", &named(&zlib(16 << 20)))])),
        both("png-itxt-bomb", with_chunks(&[(b"iTXt", &[b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(), &zlib(16 << 20)].concat())])),
        both("png-chunk-of-four-gigabytes", [&with_chunks(&[])[..33], &[0xff, 0xff, 0xff, 0xff], b"iCCP", &[0; 40]].concat()),
        both("png-chunk-without-its-checksum", with_chunks(&[(b"gAMA", &[0, 0, 0xb1, 0x8f])])[..33 + 12].to_vec()),
        both("png-exif-loop", with_chunks(&[(b"eXIf", &first_of_itself)])),
        both("png-exif-one-value-often", with_chunks(&[(b"eXIf", &one_value_often)])),
        both("png-exif-counts-that-overflow", with_chunks(&[(b"eXIf", &counts)])),
        both("png-palette-too-long", png(&[(b"IHDR", &header(2, 1, [8, 3, 0])), (b"PLTE", &[1; 900]), (b"tRNS", &[1; 900]), (b"IDAT", &PIXELS), (b"IEND", b"")])),
        both("png-gamma-of-nothing", with_chunks(&[(b"gAMA", &[0; 4]), (b"cHRM", &[0; 32])])),
        both("png-primaries-beyond-light", with_chunks(&[(b"gAMA", &45_455u32.to_be_bytes()), (b"cHRM", &[0xff; 32])])),
        both("png-cicp-of-nothing", with_chunks(&[(b"cICP", &[255, 255, 0, 1])])),
        both("png-icc-tags-past-the-end", with_chunks(&[(b"iCCP", &named(&{
            let mut stored = vec![0x78, 1, 1, endless.len() as u8, 0, !(endless.len() as u8), 0xff];
            stored.extend(&endless);
            stored
        }))])),
        both("jpeg", jpeg(&[], [8, 8])),
        both("jpeg-of-huge-size", jpeg(&[], [65_535, 65_535])),
        both("jpeg-without-height", jpeg(&[], [8, 0])),
        both("jpeg-fill-bytes", jpeg(&[&[0xff; 5_000]], [8, 8])),
        both("jpeg-fill-bytes-and-huge-size", jpeg(&[&[0xff; 100]], [65_535, 65_535])),
        both("jpeg-segment-of-no-length", jpeg(&[&[0xff, 0xe1, 0, 0]], [8, 8])),
        both("jpeg-segment-past-the-end", [&[0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff][..], b"Exif\0\0"].concat()),
        both("jpeg-exif-loop", jfif_exif(&first_of_itself)),
        both("jpeg-exif-one-value-often", jfif_exif(&one_value_often)),
        both("jpeg-exif-counts-that-overflow", jfif_exif(&counts)),
        both("jpeg-profile-in-pieces", jpeg(&[&pieces(100)], [8, 8])),
        both("jpeg-profile-tags-past-the-end", jpeg(&[&segment(0xe2, &[b"ICC_PROFILE\0\x01\x01".as_slice(), &endless].concat())], [8, 8])),
        both("jpeg-scans-without-end", {
            let whole = jpeg(&[], [8, 8]);
            let scan = whole.len() - 15;
            [&whole[..scan], &whole[scan..whole.len() - 2].repeat(200)].concat()
        }),
        both("webp-of-huge-size", webp(&[(b"VP8X", &[0x2c, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), (b"ICCP", &endless), (b"VP8L", b"\x2f\xff\xff\xff\x0f")])),
        both("webp-lossless-of-huge-size", webp(&[(b"VP8L", &[0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0])])),
        both("webp-chunk-past-the-end", [b"RIFF\xff\xff\xff\xffWEBPEXIF\xff\xff\xff\xff".as_slice(), &first_of_itself].concat()),
        both("webp-exif-loop", webp(&[(b"VP8X", &[8, 0, 0, 0, 1, 0, 0, 0, 0, 0]), (b"EXIF", &first_of_itself), (b"XMP ", b"digitalsourcetype/trainedAlgorithmicMedia")])),
        both("gif-of-huge-size", b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;".to_vec()),
        both("bmp-of-huge-size", [b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\xff\x7f\xff\xff\xff\x7f\x01\0\x18\0".as_slice(), &[0; 24]].concat()),
        both("avif-of-huge-size", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf\0\0\0\x24meta\0\0\0\0\0\0\0\x14ispe\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()),
        both("avif-brands-longer-than-the-file", b"\xff\xff\xff\xffftypavif".to_vec()),
        both("tiff-loop", first_of_itself.clone()),
    ]
    .into_iter()
    .flatten()
    .collect();
    attacks.push(attack(
        "picture",
        "svg",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
    ));
    attacks.extend([
        attack("metadata", "exif-loop", first_of_itself),
        attack("metadata", "exif-one-value-often", one_value_often),
        attack("metadata", "exif-counts-that-overflow", counts),
        attack(
            "metadata",
            "none",
            exif(
                &[
                    [0x010f, 2, 4, u32::from_le_bytes(*b"Cam\0")],
                    [0x0112, 3, 1, 6],
                ],
                0,
            ),
        ),
    ]);
    attacks
}
