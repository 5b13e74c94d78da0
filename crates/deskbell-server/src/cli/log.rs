//! Logging to standard error, as text or JSON, with control characters escaped (T-43). Lines are written by a thread of their own:
//! where nobody reads them, they are dropped and counted, and nothing waits.

use crate::config::{Log, LogFormat};
use deskbell_core::printable;
use std::io::{self, Write};
use std::sync::{Arc, OnceLock};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines that wait to be written; further ones are dropped.
const WAITING: usize = 4_096;

/// The log, until it is dropped: then the lines that wait are written, for a second at most.
pub(super) struct Lines {
    lines: NonBlocking,
    _guard: WorkerGuard,
}

impl Lines {
    /// Says a line of its own, whatever the level of the log is.
    pub(super) fn note(&mut self, text: &str) {
        // It takes every line, or counts it as dropped.
        let _ = self.lines.write_all(format!("{text}\n").as_bytes());
    }
}

/// Starts logging. What was started first stays.
pub(super) fn start(log: &Log) -> Lines {
    let dropped = Arc::new(OnceLock::new());
    let errors = Escaped { format: log.format, dropped: Arc::clone(&dropped), told: 0 };
    let builder = NonBlockingBuilder::default().buffered_lines_limit(WAITING).thread_name("log");
    let (lines, guard) = builder.finish(errors);
    // Nothing else sets it.
    let _ = dropped.set(lines.error_counter());
    let filter = EnvFilter::new(&log.level);
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(lines.clone());
    // An error says that logging was started already, which is as good.
    let _ = match log.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    // A panic that is contained must not wait for the pipe either.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a bug of ours")));
    Lines { lines, _guard: guard }
}

/// Standard error; takes a line at a time.
struct Escaped {
    format: LogFormat,
    dropped: Arc<OnceLock<ErrorCounter>>,
    /// How many dropped lines the log has told of.
    told: usize,
}

impl Escaped {
    /// Lines that were dropped before this one and that the log has not told of.
    fn missing(&mut self) -> Option<String> {
        let dropped = self.dropped.get()?.dropped_lines();
        let lines = dropped.checked_sub(self.told).filter(|lines| *lines > 0)?;
        self.told = dropped;
        Some(match self.format {
            LogFormat::Text => format!(" WARN {lines} lines of the log were dropped: nobody read it\n"),
            LogFormat::Json => {
                format!(
                    "{{\"level\":\"WARN\",\"fields\":{{\"message\":\"lines of the log were dropped: nobody read it\",\"lines\":{lines}}}}}\n"
                )
            }
        })
    }
}

impl Write for Escaped {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let missing = self.missing().unwrap_or_default();
        io::stderr().lock().write_all((missing + &escape(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// All but the last line end in printable characters: nothing that a stranger sent can begin a line of its own, move the cursor of
/// whoever reads it or reorder what they read.
fn escape(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let (body, end) = text.strip_suffix('\n').map_or((text.as_ref(), ""), |body| (body, "\n"));
    printable::escape(body) + end
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_stranger_cannot_write_lines_or_move_the_cursor() {
        let line = "INFO name=\"a\nERROR forged\" \x1b[2J \u{9b}31m \x7f\tend \u{202e}\n";
        assert_eq!(
            super::escape(line.as_bytes()),
            "INFO name=\"a\\u000aERROR forged\" \\u001b[2J \\u009b31m \\u007f\\u0009end \\u202e\n",
            "T-43"
        );
    }
}
