//! Log reader: the other end of the program's standard error, which can stop reading.

use std::io::PipeWriter;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;
use tokio::sync::watch;

/// A task that reads until nobody can write any more, or this is dropped.
pub(super) struct LogReader(watch::Sender<bool>);

impl LogReader {
    /// Gives the end to write to as well.
    pub(super) fn start() -> std::io::Result<(Self, PipeWriter)> {
        let (reader, writer) = std::io::pipe()?;
        let reader = Receiver::from_owned_fd(reader.into())?;
        let (reads, told) = watch::channel(true);
        tokio::spawn(read(reader, told));
        Ok((Self(reads), writer))
    }

    /// Nothing is read any more, or everything again.
    pub(super) fn reads(&self, on: bool) {
        self.0.send_replace(on);
    }
}

async fn read(mut pipe: Receiver, mut reads: watch::Receiver<bool>) {
    let mut bytes = vec![0; 64 << 10];
    while reads.wait_for(|on| *on).await.is_ok() && matches!(pipe.read(&mut bytes).await, Ok(1..)) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::unix::pipe::Sender;

    #[tokio::test]
    async fn a_pipe_that_nobody_reads_is_full_and_has_room_when_it_is_read_again() {
        let (reader, writer) = LogReader::start().unwrap();
        let writer = Sender::from_owned_fd(writer.into()).unwrap();
        // Before the task has run for the first time.
        reader.reads(false);
        writer.writable().await.unwrap();
        while writer.try_write(&[b'x'; 4096]).is_ok() {}
        tokio::task::yield_now().await;
        assert!(writer.try_write(b"x").is_err(), "somebody reads");
        reader.reads(true);
        writer.writable().await.unwrap();
        writer.try_write(b"x").unwrap();
    }
}
