//! A position in the bytes of a pickle; every read is checked against what is left.

pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn byte(&mut self) -> Result<u8, String> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| ENDS.to_owned())
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(length).ok_or(ENDS)?;
        let bytes = self.bytes.get(self.at..end).ok_or(ENDS)?;
        self.at = end;
        Ok(bytes)
    }

    /// An unsigned integer of `N` bytes, at most 8.
    pub(super) fn little_endian<const N: usize>(&mut self) -> Result<u64, String> {
        let mut padded = [0; 8];
        for (to, from) in padded.iter_mut().zip(self.take(N)?) {
            *to = *from;
        }
        Ok(u64::from_le_bytes(padded))
    }

    /// The bytes that follow their own number, itself an unsigned integer of `N` bytes.
    pub(super) fn prefixed<const N: usize>(&mut self) -> Result<&'a [u8], String> {
        let length = self.little_endian::<N>()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The text before the next line feed, which is taken too.
    pub(super) fn line(&mut self) -> Result<&'a str, String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(ENDS)?;
        let line = self.take(length)?;
        self.take(1)?;
        std::str::from_utf8(line).map_err(|_| "the name of a global is not UTF-8".to_owned())
    }
}

const ENDS: &str = "the pickle ends in the middle of an opcode or before its STOP";
