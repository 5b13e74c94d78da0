//! The master key: a file made on the first run, or 64 hexadecimal digits in the environment (C-47, T-14).

use deskbell_core::Random;
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const BYTES: usize = 32;
const DIGITS: usize = 2 * BYTES;

/// The instance's master key. Prints as a placeholder and is wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; BYTES]);

/// Why there is no master key to work with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A new key would open nothing of what the store holds, so none is made.
    #[error(
        "the store {} exists but its master key {} does not: put the file back, or give the key in \
         DESKBELL_MASTER_KEY",
        store, path.display()
    )]
    Missing {
        /// Where the key belongs.
        path: PathBuf,
        /// The store that needs it.
        store: String,
    },
    /// Not 64 hexadecimal digits.
    #[error("the master key {} is damaged: it must be 64 hexadecimal digits and a line end", .0.display())]
    Damaged(PathBuf),
    /// Readable or writable by others than its owner.
    #[error("the master key {} is open to others (mode {mode:04o}): run chmod 600 on it", path.display())]
    Open {
        /// The file that holds the key.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The system refuses to read or write it.
    #[error("the master key {} cannot be {verb}: {cause}", path.display())]
    Io {
        /// The file that holds the key, or is to hold it.
        path: PathBuf,
        /// What was tried.
        verb: &'static str,
        /// What the system says.
        cause: io::Error,
    },
}

impl MasterKey {
    /// Reads 64 hexadecimal digits, with or without a line end.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('\n').unwrap_or(text).as_bytes();
        if digits.len() != DIGITS {
            return None;
        }
        let mut key = Self([0; BYTES]);
        for (byte, pair) in key.0.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(key)
    }

    /// The key itself.
    pub fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// Reads the key of `store`, which exists.
    pub(crate) fn read(path: &Path, store: &dyn Display) -> Result<Self, KeyError> {
        let fault = |cause| KeyError::Io { path: path.to_owned(), verb: "read", cause };
        let file = File::open(path).map_err(|cause| match cause.kind() {
            ErrorKind::NotFound => KeyError::Missing { path: path.to_owned(), store: store.to_string() },
            _ => fault(cause),
        })?;
        let mode = file.metadata().map_err(fault)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { path: path.to_owned(), mode });
        }
        // One byte more than a key has, to see that there is no more.
        let mut text = Zeroizing::new(Vec::with_capacity(DIGITS + 2));
        file.take(DIGITS as u64 + 2).read_to_end(&mut text).map_err(fault)?;
        let key = std::str::from_utf8(&text).ok().and_then(Self::parse);
        key.ok_or_else(|| KeyError::Damaged(path.to_owned()))
    }

    /// Reads the key, or makes it when there is none; for a store that does not exist yet.
    pub(crate) fn read_or_make(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        if !path.exists() {
            match Self::make(path, random) {
                // Another process made it at the same moment: its key is the one.
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(KeyError::Io { path: path.to_owned(), verb: "made", cause }),
                Ok(()) => {}
            }
        }
        Self::read(path, &path.display())
    }

    /// Makes a key file. It appears under its name whole and on disk, or not at all: a link never replaces a file.
    fn make(path: &Path, random: &dyn Random) -> io::Result<()> {
        let mut key = Self([0; BYTES]);
        random.fill(&mut key.0);
        let mut name = [0u8; 8];
        random.fill(&mut name);
        let draft = path.with_extension(format!("{:016x}.new", u64::from_be_bytes(name)));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        let written = file.write_all(key.text().as_bytes()).and_then(|()| file.sync_all());
        let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
        std::fs::remove_file(&draft)?;
        linked?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn text(&self) -> Zeroizing<String> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let mut text = Zeroizing::new(String::with_capacity(DIGITS + 1));
        text.extend(digits.map(|digit| char::from(HEX[usize::from(digit)])));
        text.push('\n');
        text
    }
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[master key]")
    }
}
