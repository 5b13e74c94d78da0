//! Disk: how much room is left for the store, and what is done when it is little.
//!
//! Below the low-water mark requests to inboxes are refused, and the ledger goes on. A file beside the store holds room in reserve: it is
//! given up when all but nothing is left, so that what is recorded and deleted has some, and made again when there is room for it.

use rustix::fs::FallocateFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::sync::Notify;

/// The low-water mark, unless a setting says otherwise: so many bytes, or this part of a small disk.
const LOW_BYTES: u64 = 512 << 20;
const LOW_PART: u64 = 50;
/// The same for the reserve.
const RESERVE_BYTES: u64 = 64 << 20;
const RESERVE_PART: u64 = 100;
/// A reserve is given up when this part of it is left of the disk: SQLite's logs need room before they say that there is none.
const LEFT_PART: u64 = 4;
/// A smaller reserve would be of no use.
const LEAST_RESERVE_BYTES: u64 = 4 << 20;

/// Bounds that an operator set, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The low-water mark; `None` is 512 MiB, or a fiftieth of the disk where that is less.
    pub low: Option<u64>,
    /// The reserve, 0 is none; `None` is 64 MiB, or a hundredth of the disk where that is less.
    pub reserve: Option<u64>,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Enough.
    Enough,
    /// Less than the low-water mark.
    Low,
    /// All but nothing: the reserve was given up.
    GivenUp,
}

impl Room {
    const ALL: [Self; 3] = [Self::Enough, Self::Low, Self::GivenUp];
}

/// What has to be done with the reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Nothing,
    GiveUp,
    Make,
}

/// The disk of the store.
pub struct Disk {
    /// Where to look, and where the reserve is; nothing for a store that is not on a disk of ours.
    place: Option<Place>,
    bounds: Bounds,
    room: AtomicU8,
    given_up: Notify,
}

/// The directory of a store, and the file beside it that is the reserve.
struct Place {
    directory: PathBuf,
    reserve: PathBuf,
}

impl Place {
    fn of(store: &Path) -> Self {
        let directory = store.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut reserve = store.as_os_str().to_owned();
        reserve.push("-reserve");
        let directory = directory.map_or_else(|| ".".into(), PathBuf::from);
        Self { directory, reserve: reserve.into() }
    }
}

impl Disk {
    /// The disk that the file `store` lies on; the reserve is the file beside it. Of a store that is no file, nobody here knows how much
    /// room it has: there is always enough, until it says that it is full.
    pub fn new(store: Option<&Path>, bounds: Bounds) -> Self {
        Self { place: store.map(Place::of), bounds, room: AtomicU8::new(0), given_up: Notify::new() }
    }

    /// Bytes that are free; `None` when the system does not say.
    pub fn free_bytes(&self) -> Option<u64> {
        self.sizes().map(|(free, _)| free)
    }

    /// Bytes of the whole disk; `None` when the system does not say.
    pub fn size_bytes(&self) -> Option<u64> {
        self.sizes().map(|(_, all)| all)
    }

    /// How much room there was at the last [look](Self::look).
    pub fn room(&self) -> Room {
        Room::ALL.get(usize::from(self.room.load(Ordering::Relaxed))).copied().unwrap_or(Room::Low)
    }

    /// Waits until the reserve is given up.
    pub async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// Looks, and gives the reserve up or makes it. Blocks for as long as the file system takes for it.
    pub fn look(&self) -> Room {
        let Some(((free, all), Place { reserve, .. })) = self.sizes().zip(self.place.as_ref()) else {
            return self.room();
        };
        let bounds = self.bounds.of(all);
        let (step, room) = bounds.step(free, reserve.exists());
        let done = match step {
            Step::Nothing => Ok(()),
            Step::GiveUp => std::fs::remove_file(reserve),
            Step::Make => make(reserve, bounds.reserve),
        };
        if let Err(error) = done {
            // The next look tries again. What little there is does its work without.
            tracing::debug!(%error, ?step, "the reserve on the disk");
        } else if step == Step::GiveUp {
            self.given_up.notify_one();
        }
        let number = Room::ALL.iter().position(|one| *one == room).unwrap_or_default();
        self.room.store(u8::try_from(number).unwrap_or_default(), Ordering::Relaxed);
        room
    }

    fn sizes(&self) -> Option<(u64, u64)> {
        let system = rustix::fs::statvfs(&self.place.as_ref()?.directory).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(system.f_frsize);
        Some((bytes(system.f_bavail), bytes(system.f_blocks)))
    }
}

/// Makes the reserve, or nothing.
fn make(reserve: &Path, bytes: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(reserve)?;
    let filled = fill(&file, bytes).and_then(|()| file.sync_all());
    if filled.is_err() {
        let _ = std::fs::remove_file(reserve);
    }
    filled
}

/// Has the file system set so many bytes aside; where it cannot, they are written.
fn fill(mut file: &File, bytes: u64) -> io::Result<()> {
    if rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes).is_ok() {
        return Ok(());
    }
    let zeros = vec![0; 1 << 20];
    let mut left = bytes;
    while left > 0 {
        let some = usize::try_from(left).unwrap_or(zeros.len()).min(zeros.len());
        file.write_all(&zeros[..some])?;
        left -= some as u64;
    }
    Ok(())
}

/// The bounds on a disk of a known size, in bytes.
#[derive(Debug, Clone, Copy)]
struct Bytes {
    low: u64,
    reserve: u64,
}

impl Bounds {
    fn of(self, all: u64) -> Bytes {
        Bytes {
            low: self.low.unwrap_or(LOW_BYTES.min(all / LOW_PART)),
            reserve: self.reserve.unwrap_or(RESERVE_BYTES.min(all / RESERVE_PART)),
        }
    }
}

impl Bytes {
    /// What is to be done with so much free beside the reserve, if it is there; and how much room that is.
    fn step(self, free: u64, is_there: bool) -> (Step, Room) {
        let Self { low, reserve } = self;
        let step = match (is_there, reserve >= LEAST_RESERVE_BYTES) {
            (true, false) => Step::GiveUp,
            (true, true) if free < reserve / LEFT_PART => Step::GiveUp,
            (false, true) if free >= low.saturating_add(reserve) => Step::Make,
            _ => Step::Nothing,
        };
        let room = match step {
            // As a setting has it: nothing is wrong.
            Step::GiveUp if reserve < LEAST_RESERVE_BYTES && free >= low => Room::Enough,
            Step::GiveUp => Room::GivenUp,
            _ if free >= low => Room::Enough,
            Step::Nothing if !is_there && reserve >= LEAST_RESERVE_BYTES => Room::GivenUp,
            _ => Room::Low,
        };
        (step, room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn bounds_fit_the_disk_unless_they_are_set() {
        let of = |bounds: Bounds, all| {
            let Bytes { low, reserve } = bounds.of(all);
            (low / MIB, reserve / MIB)
        };
        assert_eq!(of(Bounds::default(), 1_000_000 * MIB), (512, 64));
        assert_eq!(of(Bounds::default(), 10_000 * MIB), (200, 64));
        assert_eq!(of(Bounds::default(), 100 * MIB), (2, 1));
        assert_eq!(of(Bounds { low: Some(7 * MIB), reserve: Some(0) }, 100 * MIB), (7, 0));
    }

    #[test]
    fn the_reserve_is_given_up_when_all_but_nothing_is_left_and_made_again_when_there_is_room() {
        let step = |free, is_there| Bytes { low: 512 * MIB, reserve: 64 * MIB }.step(free * MIB, is_there);
        assert_eq!(step(10_000, false), (Step::Make, Room::Enough));
        assert_eq!(step(10_000, true), (Step::Nothing, Room::Enough));
        assert_eq!(step(511, true), (Step::Nothing, Room::Low));
        assert_eq!(step(15, true), (Step::GiveUp, Room::GivenUp));
        assert_eq!(step(79, false), (Step::Nothing, Room::GivenUp));
        assert_eq!(step(575, false), (Step::Nothing, Room::Enough), "there is no room for it yet");
        assert_eq!(step(576, false), (Step::Make, Room::Enough));
        let without = |free, is_there| Bytes { low: 512 * MIB, reserve: 0 }.step(free * MIB, is_there);
        assert_eq!(without(0, false), (Step::Nothing, Room::Low));
        assert_eq!(without(10_000, true), (Step::GiveUp, Room::Enough), "it was set to nothing");
    }

    #[test]
    fn the_reserve_takes_its_room_and_gives_it_back() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("deskbell.db");
        let reserve = folder.path().join("deskbell.db-reserve");
        let disk = |low, bytes| Disk::new(Some(&store), Bounds { low: Some(low), reserve: Some(bytes) });
        assert_eq!(disk(0, 8 * MIB).look(), Room::Enough);
        let made = std::fs::metadata(&reserve).unwrap();
        assert_eq!((made.len(), made.mode() & 0o777), (8 * MIB, 0o600));
        assert!(made.blocks() * 512 >= 8 * MIB, "it is no hole");
        // With all of the disk as a reserve, all but nothing is left.
        let full = disk(0, 1 << 60);
        assert_eq!((full.look(), full.room()), (Room::GivenUp, Room::GivenUp));
        assert!(!reserve.exists());
        assert_eq!(disk(1 << 60, 0).look(), Room::Low);
    }
}
