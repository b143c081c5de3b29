//! Attacks that have a name, each as the bytes of a file. The corpus is made of these.

mod models;
mod pickles;
mod pictures;

/// A file that was made to do harm.
#[derive(Clone)]
pub struct Attack {
    /// The target that it is for.
    pub target: &'static str,
    /// What it does.
    pub name: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Those that are small enough to be kept as files.
pub fn small() -> Vec<Attack> {
    [models::attacks, pickles::attacks, pictures::attacks]
        .iter()
        .flat_map(|attacks| attacks())
        .collect()
}

/// Those of some megabytes, which are made when they are needed.
pub fn large() -> Vec<Attack> {
    [pickles::large(), models::large()].concat()
}

fn attack(target: &'static str, name: &'static str, bytes: impl Into<Vec<u8>>) -> Attack {
    Attack {
        target,
        name,
        bytes: bytes.into(),
    }
}

/// So many zeros, deflated.
fn deflated_zeros(bytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..bytes >> 16 {
        deflate.write_all(&[0; 1 << 16]).unwrap();
    }
    deflate.finish().unwrap()
}

/// A zip of one deflated member that says what it likes of its size.
fn zip_bomb(name: &str, deflated: &[u8], claims: u32, count: u16) -> Vec<u8> {
    let mut described = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0];
    described.extend(0u32.to_le_bytes());
    described.extend((deflated.len() as u32).to_le_bytes());
    described.extend(claims.to_le_bytes());
    described.extend((name.len() as u16).to_le_bytes());
    described.extend([0, 0]);
    let mut file = b"PK\x03\x04".to_vec();
    file.extend(&described);
    file.extend(name.as_bytes());
    file.extend(deflated);
    let at = (file.len() as u32).to_le_bytes();
    let mut directory = b"PK\x01\x02\x14\0".to_vec();
    directory.extend(&described);
    directory.extend([0; 14]);
    directory.extend(name.as_bytes());
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(at);
    file.extend([0, 0]);
    file
}
