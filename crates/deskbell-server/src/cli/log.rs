//! Logging to standard error, as text or JSON, with control characters escaped (T-43).

use crate::config::{Log, LogFormat};
use std::io::{self, Write};
use tracing_subscriber::EnvFilter;

/// Starts logging. What was started first stays.
pub(super) fn start(log: &Log) {
    let filter = EnvFilter::new(&log.level);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Escaped);
    // An error says that logging was started already, which is as good.
    let _ = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}

/// Standard error; takes a line at a time.
struct Escaped;

impl Write for Escaped {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(escape(line).as_bytes())?;
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
