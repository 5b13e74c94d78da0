//! Logging to standard error, as text or JSON, with control characters escaped (T-43). Lines are written by a thread of their own:
//! where nobody reads them, they are dropped and counted, and nothing waits.

use crate::config::{Log, LogFormat};
use std::io::{self, Write};
use std::sync::{Arc, OnceLock};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines that wait to be written; further ones are dropped.
const WAITING: usize = 4_096;

/// Starts logging, until what it gives is dropped: then the lines that wait are written, for a second at most. What was started
/// first stays.
pub(super) fn start(log: &Log) -> WorkerGuard {
    let dropped = Arc::new(OnceLock::new());
    let errors = Escaped { format: log.format, dropped: Arc::clone(&dropped), told: 0 };
    let builder = NonBlockingBuilder::default().buffered_lines_limit(WAITING).thread_name("log");
    let (lines, guard) = builder.finish(errors);
    // Nothing else sets it.
    let _ = dropped.set(lines.error_counter());
    let filter = EnvFilter::new(&log.level);
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(lines);
    // An error says that logging was started already, which is as good.
    let _ = match log.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    // A panic that is contained must not wait for the pipe either.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a bug of ours")));
    guard
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

/// Control characters but the last line end as `\u001b`, which JSON understands too: nothing that a stranger sent can
/// begin a line of its own or move the cursor of whoever reads it.
fn escape(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let (body, end) = text.strip_suffix('\n').map_or((text.as_ref(), ""), |body| (body, "\n"));
    let mut safe = String::with_capacity(text.len());
    for character in body.chars() {
        if character.is_control() {
            safe.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            safe.push(character);
        }
    }
    safe + end
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_stranger_cannot_write_lines_or_move_the_cursor() {
        let line = "INFO name=\"a\nERROR forged\" \x1b[2J \u{9b}31m \x7f\tend\n";
        assert_eq!(
            super::escape(line.as_bytes()),
            "INFO name=\"a\\u000aERROR forged\" \\u001b[2J \\u009b31m \\u007f\\u0009end\n",
            "T-43"
        );
    }
}
