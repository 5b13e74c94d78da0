//! What a service manager is told, by the protocol of systemd: a test plays its part.

use crate::server::deskbell;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that was started by a service manager, and what that one hears.
struct Service {
    child: Child,
    socket: UnixDatagram,
    dir: TempDir,
}

impl Service {
    fn start(watchdog: Option<Duration>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut command = deskbell();
        command.args(["--listen", "127.0.0.2:0"]).env("NOTIFY_SOCKET", &path).current_dir(dir.path());
        command.envs(watchdog.map(|after| ("WATCHDOG_USEC", after.as_micros().to_string())));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, socket, dir }
    }

    /// The next message that has `wanted`; what came before.
    fn hears(&self, wanted: &str) -> Vec<String> {
        let (mut heard, mut message) = (Vec::new(), [0; 1_024]);
        loop {
            let length = self.socket.recv(&mut message).expect("a message");
            let text = String::from_utf8_lossy(&message[..length]).into_owned();
            if text.contains(wanted) {
                return heard;
            }
            heard.push(text);
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_is_told_of_the_start_the_life_and_the_stop() {
    let mut service = Service::start(Some(Duration::from_millis(300)));
    assert!(service.hears("READY=1\nSTATUS=ready").is_empty(), "nothing is said before it can be called");
    service.hears("WATCHDOG=1");
    service.hears("WATCHDOG=1");
    // What a new start would not mend is told of, and no sign of life is missing.
    let (file, away) = (service.dir.path().join("data/deskbell.db"), service.dir.path().join("away"));
    std::fs::rename(&file, &away).unwrap();
    let before = service.hears("STATUS=not ready: ");
    assert!(before.iter().all(|said| said.trim_end() == "WATCHDOG=1"), "{before:?}");
    service.hears("WATCHDOG=1");
    std::fs::rename(&away, &file).unwrap();
    service.hears("STATUS=ready");
    service.signal("-TERM");
    service.hears("STOPPING=1");
    assert!(service.child.wait().unwrap().success());
}

#[test]
fn without_a_watchdog_it_gives_no_signs_of_life() {
    let mut service = Service::start(None);
    service.hears("READY=1");
    service.signal("-TERM");
    assert!(service.hears("STOPPING=1").is_empty());
    assert!(service.child.wait().unwrap().success());
}
