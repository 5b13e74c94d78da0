//! The files as an operator may leave them, and what a look at them comes to.

use super::*;
use rcgen::{CertificateParams, KeyPair};
use std::fs::{Permissions, set_permissions, write};
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

/// Seconds since the epoch.
struct Seconds(AtomicI64);

impl Clock for Seconds {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// A certificate for `localhost` that ends with that year, and its key.
fn pair(year: i32) -> (String, String) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

struct Files {
    dir: TempDir,
    files: TlsFiles,
}

impl Files {
    fn new((chain, key): &(String, String)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = TlsFiles { certificate: dir.path().join("chain.pem"), key: dir.path().join("key.pem") };
        let files = Self { dir, files };
        files.put("chain.pem", chain, 0o644);
        files.put("key.pem", key, 0o600);
        files
    }

    /// Moves a new file to this name, as tools that renew certificates do.
    fn put(&self, name: &str, text: &str, mode: u32) {
        let draft = self.dir.path().join("draft");
        write(&draft, text).unwrap();
        set_permissions(&draft, Permissions::from_mode(mode)).unwrap();
        std::fs::rename(draft, self.dir.path().join(name)).unwrap();
    }

    fn error(&self) -> String {
        let error = read(&self.files).unwrap_err().to_string();
        error.replace(self.dir.path().to_str().unwrap(), "…")
    }

    fn watch(&self, now: i64) -> (Watch, Arc<Seconds>) {
        let clock = Arc::new(Seconds(AtomicI64::new(now)));
        let tls = Tls::new(read(&self.files).unwrap()).unwrap();
        (Watch::new(self.files.clone(), tls, clock.clone()), clock)
    }
}

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

#[test]
fn every_mistake_names_its_file_and_what_to_do() {
    let (one, other) = (pair(2030), pair(2031));
    let files = Files::new(&one);
    assert_eq!(read(&files.files).unwrap().ends().to_string(), "2030-01-01T00:00:00Z");
    for mode in [0o400, 0o440, 0o640] {
        files.put("key.pem", &one.1, mode);
        assert!(read(&files.files).is_ok(), "{mode:o}: its group may read it");
    }
    for mode in [0o644, 0o660, 0o604, 0o666] {
        files.put("key.pem", &one.1, mode);
        assert_eq!(
            files.error(),
            format!(
                "server.tls_key …/key.pem is open to others (mode {mode:04o}): run chmod 640 on it, or 600"
            )
        );
    }
    files.put("key.pem", &other.1, 0o600);
    assert_eq!(files.error(), "server.tls_key …/key.pem: the key does not fit the first certificate");
    files.put("key.pem", "nothing", 0o600);
    assert!(files.error().starts_with("server.tls_key …/key.pem: there is no private key in it"));
    files.put("chain.pem", "nothing", 0o644);
    assert!(files.error().starts_with("server.tls_certificate …/chain.pem: there is no certificate in it"));
    std::fs::remove_file(&files.files.key).unwrap();
    assert!(files.error().starts_with("server.tls_key …/key.pem cannot be read: No such file"));
    std::fs::remove_file(&files.files.certificate).unwrap();
    assert!(files.error().starts_with("server.tls_certificate …/chain.pem cannot be read: No such file"));
}

#[test]
fn the_end_is_told_two_weeks_before_and_a_foreign_host_at_any_time() {
    let files = Files::new(&pair(2030));
    let certificate = read(&files.files).unwrap();
    let warned = |host, now: &str| warning(&certificate, host, now.parse().unwrap());
    assert_eq!(warned(Some("localhost"), "2029-12-17T23:59:00Z"), None);
    let ends = "server.tls_certificate ends on 2030-01-01T00:00:00Z";
    assert_eq!(warned(None, "2029-12-18T01:00:00Z"), Some(format!("{ends}, in 13 days: renew it")));
    assert_eq!(warned(None, "2029-12-31T00:30:00Z"), Some(format!("{ends}, in 23 hours: renew it")));
    let ended = "server.tls_certificate has ended on 2030-01-01T00:00:00Z: clients refuse it";
    assert_eq!(warned(Some("bell.example"), "2030-01-01T00:00:00Z").as_deref(), Some(ended));
    let foreign =
        "server.tls_certificate is not for bell.example, the host of server.public_url: clients refuse it";
    assert_eq!(warned(Some("bell.example"), "2026-01-01T00:00:00Z").as_deref(), Some(foreign));
}

#[test]
fn a_changed_pair_is_shown_and_a_bad_one_changes_nothing() {
    let (one, two, three) = (pair(2030), pair(2031), pair(2032));
    let files = Files::new(&one);
    let (mut watch, _) = files.watch(at("2026-01-01T00:00:00Z"));
    let mut look = |is_asked| {
        watch.look(is_asked);
        (watch.tls.shown().ends().strftime("%Y").to_string(), watch.bad.map(|(_, told)| told))
    };
    let shows = |year: &str, bad| (year.to_owned(), bad);
    assert_eq!(look(false), shows("2030", None));
    // Between the two files nothing fits: that is told of only when it stays so, and once.
    files.put("chain.pem", &two.0, 0o644);
    assert_eq!(look(false), shows("2030", Some(false)));
    files.put("key.pem", &two.1, 0o600);
    assert_eq!(look(false), shows("2031", None));
    files.put("key.pem", "nothing", 0o600);
    assert_eq!(look(false), shows("2031", Some(false)));
    assert_eq!(look(false), shows("2031", Some(true)));
    assert_eq!(look(false), shows("2031", Some(true)));
    // Who asks is answered at once.
    files.put("key.pem", "nothing else", 0o600);
    assert_eq!(look(true), shows("2031", Some(true)));
    files.put("key.pem", &three.1, 0o644);
    files.put("chain.pem", &three.0, 0o644);
    assert_eq!(look(true), shows("2031", Some(true)), "the key is open to others");
    set_permissions(&files.files.key, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(look(false), shows("2032", None), "it was closed, and nothing else was changed");
}

#[test]
fn one_that_has_ended_does_not_replace_one_that_has_not() {
    let files = Files::new(&pair(2030));
    let (mut watch, clock) = files.watch(at("2026-01-01T00:00:00Z"));
    let ended = pair(2025);
    files.put("chain.pem", &ended.0, 0o644);
    files.put("key.pem", &ended.1, 0o600);
    watch.look(true);
    assert_eq!(watch.tls.shown().ends().to_string(), "2030-01-01T00:00:00Z");
    clock.0.store(at("2030-01-01T00:00:00Z"), Ordering::Relaxed);
    watch.look(false);
    assert_eq!(watch.tls.shown().ends().to_string(), "2025-01-01T00:00:00Z", "neither is good any more");
}

#[test]
fn it_warns_once_a_day() {
    let files = Files::new(&pair(2030));
    let (mut watch, clock) = files.watch(at("2029-12-20T00:00:00Z"));
    let mut warned = |text: &str| {
        clock.0.store(at(text), Ordering::Relaxed);
        watch.look(false);
        watch.warned.unwrap().to_string()
    };
    assert_eq!(warned("2029-12-20T23:59:59Z"), "2029-12-20T00:00:00Z", "the start did");
    assert_eq!(warned("2029-12-21T00:00:00Z"), "2029-12-21T00:00:00Z");
    assert_eq!(warned("2029-12-21T12:00:00Z"), "2029-12-21T00:00:00Z");
}
