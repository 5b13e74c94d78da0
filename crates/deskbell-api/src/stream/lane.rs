//! A lane: one kind of news on its way to a reader. When it is read next, what was read and is not told yet, and since
//! when it is behind. No lane waits for another.

use super::cursor::RowCursor;
use super::in_flight::InFlight;
use super::message::Message;
use deskbell_core::Timestamp;
use deskbell_wire::problem::Problem;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// After a signal a lane waits this long for more of the same, so that a burst costs few reads.
pub(super) const GATHER: Duration = Duration::from_millis(10);
/// After a read that failed.
const RETRY: Duration = Duration::from_millis(900);
/// A read asks for as many rows as tell about this much, and for at least one.
const BATCH_BYTES: usize = 512 << 10;
/// What the first read asks for.
const FIRST_ROWS: u32 = 8;

/// A message in its place.
pub(super) struct Line {
    /// Where the reader is behind it.
    pub place: RowCursor,
    pub message: Message,
}

/// What one read gave.
pub(super) struct Batch {
    pub lines: VecDeque<Line>,
    /// As many rows as were asked for, or as many bytes as may be read at once: there may be more.
    pub full: bool,
    /// When the last row was made; of none where nothing was read.
    pub made: Option<Timestamp>,
}

/// The next read: from when on, and since when what it reads waits.
#[derive(Clone, Copy)]
struct Due {
    at: Instant,
    since: Timestamp,
}

pub(super) struct Lane {
    reading: InFlight<Result<Batch, Problem>>,
    ready: VecDeque<Line>,
    due: Option<Due>,
    /// Since when that waits which is being read or told.
    since: Option<Timestamp>,
    /// Since when there was always something to read or to tell.
    busy: Option<Instant>,
    /// It was through with everything once.
    through: bool,
    rows: u32,
    most_rows: u32,
    failing: bool,
}

impl Lane {
    /// A lane that asks for at most `most_rows` at once.
    pub(super) fn new(most_rows: u32) -> Self {
        Self {
            reading: InFlight::NONE,
            ready: VecDeque::new(),
            due: None,
            since: None,
            busy: None,
            through: false,
            rows: FIRST_ROWS.min(most_rows),
            most_rows,
            failing: false,
        }
    }

    /// There may be something new, since `now`: it is read in a moment.
    pub(super) fn ring(&mut self, now: Timestamp) {
        self.busy.get_or_insert_with(Instant::now);
        self.due.get_or_insert_with(|| Due { at: Instant::now() + GATHER, since: now });
    }

    /// When the next read is due, if that is still to come.
    pub(super) fn alarm(&self, now: Instant) -> Option<Instant> {
        self.due.map(|due| due.at).filter(|at| *at > now)
    }

    /// Whether a read is due, and nothing that was read waits to be told.
    pub(super) fn may_read(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due.at <= now) && self.is_empty_handed()
    }

    /// Nothing is being read, and nothing that was read waits to be told.
    pub(super) fn is_empty_handed(&self) -> bool {
        self.ready.is_empty() && self.reading.since().is_none()
    }

    /// Begins the read that is due; `read` is told how many rows to ask for.
    pub(super) fn read<F>(&mut self, read: impl FnOnce(u32) -> F)
    where
        F: Future<Output = Result<Batch, Problem>> + Send + 'static,
    {
        self.since = self.due.take().map(|due| due.since);
        self.reading.begin(read(self.rows));
    }

    /// The end of the read that is on its way.
    pub(super) async fn answer(&mut self) -> Result<Batch, Problem> {
        self.reading.answer().await
    }

    /// Takes what a read gave. One that failed is made again after a pause: the reader hears what waits, not why.
    pub(super) fn take(&mut self, found: Result<Batch, Problem>) {
        let now = Instant::now();
        match found {
            Ok(batch) => {
                let bytes: usize = batch.lines.iter().map(|line| line.message.bytes()).sum();
                let fit = self.rows as usize * BATCH_BYTES / bytes.max(1);
                self.rows = u32::try_from(fit).unwrap_or(u32::MAX).clamp(1, self.most_rows);
                match batch.made.filter(|_| batch.full) {
                    // What is left was made after this.
                    Some(since) => {
                        self.since = Some(since);
                        self.due = Some(Due { at: now, since });
                    }
                    None => self.through = true,
                }
                self.ready = batch.lines;
                self.failing = false;
                self.settle();
            }
            Err(problem) => {
                if !self.failing {
                    tracing::warn!(error = %problem.message, "a stream falls behind: the store does not answer");
                }
                self.failing = true;
                let since = self.since.take().or(self.due.map(|due| due.since));
                self.due = since.map(|since| Due { at: now + RETRY, since });
            }
        }
    }

    /// Throws away what was read and not told: it is read again at once.
    pub(super) fn again(&mut self) {
        if let Some(since) = self.since.take() {
            self.due = Some(Due { at: Instant::now(), since });
        }
        self.reading = InFlight::NONE;
        self.ready.clear();
    }

    /// The next message.
    pub(super) fn next(&mut self) -> Option<Line> {
        let line = self.ready.pop_front();
        self.settle();
        line
    }

    /// All that was read is told.
    fn settle(&mut self) {
        if self.is_empty_handed() {
            self.since = None;
            // A full batch or a signal meanwhile: more is to come.
            if self.due.is_none() {
                self.busy = None;
            }
        }
    }

    /// How long there was always something to read or to tell.
    pub(super) fn busy(&self) -> Duration {
        self.busy.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// Whether it was through with everything once; also when there is nothing that it should read.
    pub(super) fn is_through(&self) -> bool {
        self.through || self.busy.is_none()
    }

    /// Since when its oldest untold news waits; none when everything is told.
    pub(super) fn behind_since(&self) -> Option<Timestamp> {
        self.since.or(self.due.map(|due| due.since))
    }
}
