//! Picture files put together byte by byte for the tests.

/// A PNG file of these chunks.
pub(super) fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in chunks {
        bytes.extend((data.len() as u32).to_be_bytes());
        let checked = [name.as_slice(), data].concat();
        bytes.extend(&checked);
        let crc = checked.iter().fold(!0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        });
        bytes.extend((!crc).to_be_bytes());
    }
    bytes
}

/// Pixels in rows of one width, as the contents of an IDAT chunk that deflates nothing.
pub(super) fn idat(rows: &[&[u8]]) -> Vec<u8> {
    let filtered: Vec<u8> = rows.iter().flat_map(|row| [&[0], *row].concat()).collect();
    let length = u16::try_from(filtered.len()).expect("a small picture");
    let (mut a, mut b) = (1u32, 0u32);
    for &byte in &filtered {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let mut bytes = vec![0x78, 1, 1];
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(filtered);
    bytes.extend(((b << 16) | a).to_be_bytes());
    bytes
}

/// An entry of a TIFF directory: tag, type, count, and the bytes of the value.
pub(super) type Entry<'a> = (u16, u16, u32, &'a [u8]);

/// Little-endian EXIF data: the first directory, EXIF's own, that of the place, and a thumbnail.
pub(super) fn exif(
    first: &[Entry<'_>],
    own: &[Entry<'_>],
    place: &[Entry<'_>],
    thumbnail: &[u8],
) -> Vec<u8> {
    let length = |entries: usize| 2 + 12 * entries as u32 + 4;
    let own_at = 8 + length(first.len() + 2);
    let place_at = own_at + length(own.len());
    let thumbnail_at = place_at + length(place.len());
    let values_at = thumbnail_at + length(2);
    let [own_word, place_word] = [own_at, place_at].map(u32::to_le_bytes);
    let pointers: [Entry<'_>; 2] = [(0x8769, 4, 1, &own_word), (0x8825, 4, 1, &place_word)];
    let [at, size] = [values_at, thumbnail.len() as u32].map(u32::to_le_bytes);
    let shown: [Entry<'_>; 2] = [(0x0201, 4, 1, &at), (0x0202, 4, 1, &size)];
    let directories = [
        (&[first, &pointers].concat(), thumbnail_at),
        (&own.to_vec(), 0),
        (&place.to_vec(), 0),
        (&shown.to_vec(), 0),
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let mut values = thumbnail.to_vec();
    for (entries, next) in directories {
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(count.to_le_bytes());
            if value.len() <= 4 {
                bytes.extend(value.iter().chain(&[0; 4]).take(4));
            } else {
                bytes.extend((values_at + values.len() as u32).to_le_bytes());
                values.extend_from_slice(value);
            }
        }
        bytes.extend(next.to_le_bytes());
    }
    bytes.extend(values);
    bytes
}

/// EXIF data as a phone writes it, with all that is nobody's business in it.
pub(super) fn phones_exif() -> Vec<u8> {
    let rational =
        |pairs: &[u32]| -> Vec<u8> { pairs.iter().flat_map(|v| v.to_le_bytes()).collect() };
    exif(
        &[
            (0x010e, 2, 10, b"At grandma"),
            (0x010f, 2, 6, b"Maker\0"),
            (0x0110, 2, 8, b"Phone 9\0"),
            (0x0112, 3, 1, &[6, 0]),
            (0x0132, 2, 20, b"2024:05:06 07:08:09\0"),
            (0x8298, 2, 12, b"(c) Somebody"),
        ],
        &[
            (0x829a, 5, 1, &rational(&[1, 125])),
            (0x8827, 3, 1, &[200, 0]),
            (0x9003, 2, 20, b"2024:05:06 07:08:09\0"),
            (0x9011, 2, 7, b"+02:00\0"),
            (0x927c, 7, 12, b"makers notes"),
            (0x9286, 7, 12, b"user comment"),
            (0xa431, 2, 9, b"SERIAL-1\0"),
            (0xa434, 2, 8, b"Lens 50\0"),
        ],
        &[
            (0x0000, 1, 4, &[2, 3, 0, 0]),
            (0x0001, 2, 2, b"N\0"),
            (0x0002, 5, 3, &rational(&[48, 1, 51, 1, 24, 1])),
            (0x0003, 2, 2, b"E\0"),
            (0x0004, 5, 3, &rational(&[2, 1, 21, 1, 3, 1])),
            (0x001d, 2, 11, b"2024:05:06\0"),
        ],
        b"thumbnail of the face as it was",
    )
}
