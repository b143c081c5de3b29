//! A source that answers for any run of its bytes, as a browser's file does, read like a file: with a window that
//! spares small reads their own question each.

use std::io::{self, Error, Read, Seek, SeekFrom};

use crate::weights::ReadAt;

/// Bytes that are asked for where reading has just begun. A container's directory is read in many places, a few bytes
/// at each.
const SMALL: u64 = 16 << 10;
/// Bytes that are asked for where reading goes on.
const LARGE: u64 = 1 << 20;

/// Reads a source through a window.
#[derive(Debug)]
pub struct Windowed<S> {
    source: S,
    at: u64,
    start: u64,
    window: Vec<u8>,
}

impl<S: ReadAt> Windowed<S> {
    /// Stands at the start of `source`.
    pub fn new(source: S) -> Self {
        Self {
            source,
            at: 0,
            start: 0,
            window: Vec::new(),
        }
    }

    /// What is left of the window from here on.
    fn rest(&self) -> &[u8] {
        let skipped = self.at.checked_sub(self.start);
        let skipped = skipped.and_then(|skipped| usize::try_from(skipped).ok());
        (skipped.and_then(|skipped| self.window.get(skipped..))).unwrap_or_default()
    }
}

impl<S: ReadAt> Read for Windowed<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.rest().is_empty() {
            let left = self.source.size().saturating_sub(self.at);
            let goes_on =
                !self.window.is_empty() && self.at == self.start + self.window.len() as u64;
            let length = left.min(if goes_on { LARGE } else { SMALL });
            if length == 0 || into.is_empty() {
                return Ok(0);
            }
            self.window = (self.source.read_at(self.at, length as usize)).map_err(Error::other)?;
            self.start = self.at;
        }
        let rest = self.rest();
        let length = rest.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl<S: ReadAt> Seek for Windowed<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| Error::other("a place before the start of the file"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Bytes that count what is asked of them.
    struct Counted<'a>(&'a [u8], &'a Cell<usize>);

    impl ReadAt for Counted<'_> {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
            self.1.set(self.1.get() + length);
            self.0.read_at(offset, length)
        }
    }

    fn bytes() -> Vec<u8> {
        (0..3_000_000u32).map(|i| (i % 251) as u8).collect()
    }

    #[test]
    fn any_place_reads_as_in_a_file() {
        let bytes = bytes();
        let mut file = io::Cursor::new(&bytes);
        let asked = Cell::new(0);
        let mut windowed = Windowed::new(Counted(&bytes, &asked));
        for (place, length) in [
            (SeekFrom::Start(10), 5),
            (SeekFrom::Current(7), 40_000),
            (SeekFrom::End(-30), 30),
            (SeekFrom::Start(1_000_000), 1_500_000),
            (SeekFrom::Current(-1_400_000), 3),
            (SeekFrom::Start(0), 2_999_999),
        ] {
            assert_eq!(windowed.seek(place).unwrap(), file.seek(place).unwrap());
            let (mut there, mut here) = (vec![0; length], vec![0; length]);
            file.read_exact(&mut there).unwrap();
            windowed.read_exact(&mut here).unwrap();
            assert_eq!(here, there, "{place:?}");
        }
        windowed.seek(SeekFrom::End(0)).unwrap();
        assert_eq!(windowed.read(&mut [0; 4]).unwrap(), 0);
        windowed.seek(SeekFrom::End(5)).unwrap();
        assert_eq!(windowed.read(&mut [0; 4]).unwrap(), 0);
        assert!(windowed.seek(SeekFrom::Current(-9_000_000)).is_err());
    }

    #[test]
    fn little_is_read_of_many_places_and_nothing_twice_in_a_row() {
        let bytes = bytes();
        let asked = Cell::new(0);
        let mut windowed = Windowed::new(Counted(&bytes, &asked));
        for place in [100, 1_000_000, 2_000_000] {
            windowed.seek(SeekFrom::Start(place)).unwrap();
            windowed.read_exact(&mut [0; 30]).unwrap();
        }
        assert_eq!(asked.get(), 3 * SMALL as usize);
        asked.set(0);
        windowed.rewind().unwrap();
        windowed.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(asked.get(), bytes.len());
    }
}
