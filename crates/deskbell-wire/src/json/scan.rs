//! Scan: one pass over JSON that is sound, which builds nothing and copies nothing. What it does not take has something that the
//! strict reader refuses, or is rare enough to be left to it: [`super::parse`] judges that, and says why.
//!
//! What it takes, `parse` takes too: the same rules hold ([`super::strict`]), and the tests hold one against the other.

use deskbell_core::policy::limit::{JSON_DEPTH, JSON_KEYS};
use memchr::memchr2;
use std::mem;

/// Digits and letters of a number that is surely within the range of a double.
const NUMBER_BYTES: usize = 200;
/// Digits of an exponent that surely is.
const EXPONENT_DIGITS: usize = 2;

/// A value as it stands in the text, without white space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scanned<'a> {
    /// Its bytes, as they came.
    pub(crate) text: &'a str,
    /// How many of them are insignificant white space.
    pub(crate) white_space: usize,
}

/// Reads a text from its beginning. Every step is `None` when the text is not what it asks for, and then the scan is over.
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// White space passed so far.
    white_space: usize,
    /// Arrays and objects around what comes next, within the present document.
    depth: usize,
    /// Keys of the present document.
    keys: usize,
    /// Keys of the objects that are open.
    open: Vec<&'a str>,
}

impl<'a> Scan<'a> {
    /// A scan of `bytes`, if they are UTF-8.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        Some(Self { text, at: 0, white_space: 0, depth: 0, keys: 0, open: Vec::new() })
    }

    /// A document within this one, judged as if it stood alone: its depth and keys are counted from its own beginning.
    pub(crate) fn document(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let around = (mem::take(&mut self.depth), mem::take(&mut self.keys));
        read(self)?;
        (self.depth, self.keys) = around;
        Some(())
    }

    /// Nothing but white space is left.
    pub(crate) fn end(mut self) -> Option<()> {
        self.skip();
        (self.at == self.text.len()).then_some(())
    }

    /// An object: `member` is handed each key and reads its value.
    pub(crate) fn object(&mut self, mut member: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        let first = self.open.len();
        self.list(b'{', b'}', |scan| {
            let key = scan.string()?;
            scan.keys += 1;
            // A key with an escape may be the same as one without: that is left to whoever resolves it.
            if scan.keys > JSON_KEYS || key.contains('\\') {
                return None;
            }
            scan.open.push(key);
            scan.skip();
            scan.take(b':')?;
            member(scan, key)
        })?;
        let own = &mut self.open[first..];
        own.sort_unstable();
        let once = own.windows(2).all(|pair| pair[0] != pair[1]);
        self.open.truncate(first);
        once.then_some(())
    }

    /// An array: `item` reads each element.
    pub(crate) fn array(&mut self, item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.list(b'[', b']', item)
    }

    /// Any value.
    pub(crate) fn value(&mut self) -> Option<Scanned<'a>> {
        self.skip();
        let (start, white_space) = (self.at, self.white_space);
        match self.peek()? {
            b'{' => self.object(|scan, _| scan.value().map(drop))?,
            b'[' => self.array(|scan| scan.value().map(drop))?,
            b'"' => self.string().map(drop)?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => self.number()?,
        }
        Some(Scanned { text: self.text.get(start..self.at)?, white_space: self.white_space - white_space })
    }

    /// What stands between `opening` and `closing`, with commas between.
    fn list(
        &mut self,
        opening: u8,
        closing: u8,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.skip();
        self.take(opening)?;
        if self.depth == JSON_DEPTH {
            return None;
        }
        self.depth += 1;
        self.skip();
        let mut is_over = self.take(closing).is_some();
        while !is_over {
            self.skip();
            item(self)?;
            self.skip();
            is_over = self.take(closing).is_some();
            if !is_over {
                self.take(b',')?;
            }
        }
        self.depth -= 1;
        Some(())
    }

    /// A string, without its quotes and with its escapes as they came.
    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let (bytes, start) = (self.text.as_bytes(), self.at);
        loop {
            let rest = &bytes[self.at..];
            let plain = &rest[..memchr2(b'"', b'\\', rest)?];
            // All are looked at, whatever the first is: so many are looked at together.
            if plain.iter().fold(false, |control, byte| control | (*byte < 0x20)) {
                return None;
            }
            self.at += plain.len();
            match bytes[self.at] {
                b'"' => break,
                _ => self.escape()?,
            }
        }
        self.at += 1;
        self.text.get(start..self.at - 1)
    }

    /// An escape that stands for one character, and not for U+0000.
    fn escape(&mut self) -> Option<()> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        self.at += match rest.first()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => match hex(rest.get(1..5)?)? {
                0 | 0xDC00..0xE000 => return None,
                0xD800..0xDC00 => {
                    let low = rest.get(5..11)?.strip_prefix(b"\\u")?;
                    (0xDC00..0xE000).contains(&hex(low)?).then_some(12)?
                }
                _ => 6,
            },
            _ => return None,
        };
        Some(())
    }

    /// A number that a double can hold.
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            (self.digits()? <= EXPONENT_DIGITS).then_some(())?;
        }
        (self.at - start <= NUMBER_BYTES).then_some(())
    }

    /// One digit or more; how many.
    fn digits(&mut self) -> Option<usize> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(count)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn skip(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += count;
        self.white_space += count;
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// Four hexadecimal digits.
fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
pub(crate) mod tests;
