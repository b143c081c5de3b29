//! Opening zip files: their directories are read whole, each entry takes several times the room in memory that it takes in
//! the file, and a file can hold any number of them. So only so much of a directory is read.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zip::ZipArchive;
use zip::result::ZipResult;

/// Opens a zip file, of which at most `most` bytes are read to find and read its directory.
pub(crate) fn open<R: Read + Seek>(source: R, most: u64) -> ZipResult<ZipArchive<Bounded<R>>> {
    let left = Arc::new(AtomicU64::new(most));
    let archive = ZipArchive::new(Bounded {
        source,
        left: Arc::clone(&left),
    })?;
    // Members are read within limits of their own.
    left.store(UNBOUNDED, Ordering::Relaxed);
    Ok(archive)
}

const UNBOUNDED: u64 = u64::MAX;

/// A source of which only so many bytes are read until the directory is.
#[derive(Debug, Clone)]
pub(crate) struct Bounded<R> {
    source: R,
    /// Shared, since an opened archive lets nobody at its source.
    left: Arc<AtomicU64>,
}

impl<R> Bounded<R> {
    /// The source itself.
    #[cfg(feature = "import")]
    pub(crate) fn into_inner(self) -> R {
        self.source
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        let left = self.left.load(Ordering::Relaxed);
        if left != UNBOUNDED {
            let left = left
                .checked_sub(read as u64)
                .ok_or_else(|| io::Error::other("it is larger than any that is read"))?;
            self.left.store(left, Ordering::Relaxed);
        }
        Ok(read)
    }
}

impl<R: Seek> Seek for Bounded<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn a_directory_longer_than_is_read_is_refused_and_a_long_member_is_not() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file("long", stored).unwrap();
        writer.write_all(&[7; 400_000]).unwrap();
        for i in 0..2_000 {
            writer.start_file(format!("{i:060}"), stored).unwrap();
        }
        let file = writer.finish().unwrap().into_inner();
        assert!(open(Cursor::new(&file), 100_000).is_err());
        let mut archive = open(Cursor::new(&file), 300_000).unwrap();
        let mut read = Vec::new();
        let mut member = archive.by_name("long").unwrap();
        member.read_to_end(&mut read).unwrap();
        assert_eq!(read, [7; 400_000]);
    }
}
