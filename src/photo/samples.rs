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
