//! The certificate of our own listener: its two files, judged at the start, read anew when they change or somebody asks for it
//! (SIGHUP), and its end told in time. What cannot be used changes nothing.

use crate::config::TlsFiles;
use deskbell_core::{Clock, Timestamp};
use deskbell_http::Tls;
use deskbell_http::tls::{BadCertificate, Certificate};
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;
use tokio::time::{MissedTickBehavior, interval};
use zeroize::Zeroizing;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// So long before the certificate ends it is warned of, once a day.
const NOTICE: Duration = Duration::from_hours(14 * 24);
const DAY: Duration = Duration::from_hours(24);
/// More than any chain has.
const FILE_BYTES: u64 = 1 << 20;
/// What nobody may do with the key: others nothing, and its group no more than read it, as that of Debian's `ssl-cert` does.
const FORBIDDEN: u32 = 0o037;

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// One of them cannot be read.
    #[error("server.{setting} {} cannot be read: {cause}", path.display())]
    Io {
        /// The key of the setting in its section.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The key is open to others.
    #[error("server.tls_key {} is open to others (mode {mode:04o}): run chmod 640 on it, or 600", path.display())]
    Open {
        /// The key's file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// What they hold cannot be used.
    #[error("server.{setting} {}: {cause}", path.display())]
    Bad {
        /// The key of the setting in its section.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: BadCertificate,
    },
    /// It has ended, and the one that is shown has not.
    #[error("server.tls_certificate {} has ended on {ends}", path.display())]
    Ended {
        /// The certificate's file.
        path: PathBuf,
        /// When it did.
        ends: Timestamp,
    },
}

/// Reads both files.
///
/// # Errors
/// [`CertificateError`]. A certificate that has ended, or is for other names, is none: [`warning`] tells of it.
pub fn read(files: &TlsFiles) -> Result<Certificate, CertificateError> {
    let read = |setting, path: &Path| {
        let fault = |cause| CertificateError::Io { setting, path: path.to_owned(), cause };
        let file = File::open(path).map_err(fault)?;
        let mode = file.metadata().map_err(fault)?.permissions().mode() & 0o7777;
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(FILE_BYTES).read_to_end(&mut bytes).map_err(fault)?;
        Ok((bytes, mode))
    };
    let (chain, _) = read("tls_certificate", &files.certificate)?;
    let (key, mode) = read("tls_key", &files.key)?;
    if mode & FORBIDDEN != 0 {
        return Err(CertificateError::Open { path: files.key.clone(), mode });
    }
    Certificate::of_pem(&chain, &key).map_err(|cause| {
        let (setting, path) = match cause {
            BadCertificate::NoCertificate | BadCertificate::Unreadable(_) => {
                ("tls_certificate", &files.certificate)
            }
            BadCertificate::NoKey | BadCertificate::Mismatch | BadCertificate::Key(_) => {
                ("tls_key", &files.key)
            }
        };
        CertificateError::Bad { setting, path: path.clone(), cause }
    })
}

/// What an operator should know of a certificate that ends soon, has ended, or is not for `host`.
pub fn warning(certificate: &Certificate, host: Option<&str>, now: Timestamp) -> Option<String> {
    let (ends, hour) = (certificate.ends(), 3_600);
    let left = ends.as_second() - now.as_second();
    if left <= 0 {
        return Some(format!("server.tls_certificate has ended on {ends}: clients refuse it"));
    }
    if left < i64::try_from(NOTICE.as_secs()).unwrap_or(i64::MAX) {
        let left = match left / hour {
            hours @ 0..48 => format!("{hours} hours"),
            hours => format!("{} days", hours / 24),
        };
        return Some(format!("server.tls_certificate ends on {ends}, in {left}: renew it"));
    }
    let host = host.filter(|host| !certificate.is_for(host.trim_matches(['[', ']'])))?;
    Some(format!(
        "server.tls_certificate is not for {host}, the host of server.public_url: clients refuse it"
    ))
}

/// What tells a file from the one that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let of = |file: Metadata| Self {
            file: (file.dev(), file.ino()),
            bytes: file.len(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        };
        std::fs::metadata(path).ok().map(of)
    }
}

/// Both files as they stand; none of one that is not there.
type Stamps = [Option<Stamp>; 2];

fn stamps(files: &TlsFiles) -> Stamps {
    [&files.certificate, &files.key].map(|path| Stamp::of(path))
}

/// Looks after the certificate that a listener shows.
pub struct Watch {
    files: TlsFiles,
    tls: Tls,
    clock: Arc<dyn Clock>,
    /// What was last found to be good.
    good: Stamps,
    /// What was last found to be bad, and whether the log was told.
    bad: Option<(Stamps, bool)>,
    warned: Option<Timestamp>,
}

impl Watch {
    /// Looks after `tls`, whose certificate was just read from `files`, and warned of if need be. What was changed since then is found by
    /// the first look.
    pub fn new(files: TlsFiles, tls: Tls, clock: Arc<dyn Clock>) -> Self {
        let warned = Some(clock.now());
        Self { files, tls, clock, good: [None; 2], bad: None, warned }
    }

    /// Looks every few seconds, and at each hang-up, until it is dropped.
    pub async fn run(mut self, mut hangup: Signal) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_asked = tokio::select! {
                _ = looks.tick() => false,
                asked = hangup.recv() => match asked {
                    Some(()) => true,
                    None => std::future::pending().await,
                },
            };
            // Files may lie where reading takes long.
            let looked = tokio::task::spawn_blocking(move || {
                self.look(is_asked);
                self
            });
            match looked.await {
                Ok(watch) => self = watch,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
    }

    /// Shows what the files hold, if they are not what they were, or `is_asked`. Whoever writes two files is between them for a moment:
    /// what cannot be used is told of when it is found so twice.
    fn look(&mut self, is_asked: bool) {
        let now = self.clock.now();
        let found = stamps(&self.files);
        if is_asked || found != self.good {
            match read(&self.files).and_then(|read| self.is_no_worse(read, now)) {
                Ok(certificate) => {
                    let is_new = !certificate.is_same(&self.tls.shown());
                    if is_new || is_asked {
                        tracing::info!(ends = %certificate.ends(), is_new, "the certificate was read anew");
                    }
                    if is_new {
                        self.tls.show(certificate);
                        self.warned = None;
                    }
                    (self.good, self.bad) = (found, None);
                }
                Err(error) => {
                    let again = self.bad.filter(|(bad, _)| *bad == found);
                    let told = again.is_some_and(|(_, told)| told);
                    let tell = is_asked || (again.is_some() && !told);
                    if tell {
                        tracing::error!(%error, "the certificate stays as it was");
                    }
                    self.bad = Some((found, told || tell));
                }
            }
        }
        self.warn(now);
    }

    fn is_no_worse(&self, read: Certificate, now: Timestamp) -> Result<Certificate, CertificateError> {
        if read.ends() <= now && self.tls.shown().ends() > now {
            return Err(CertificateError::Ended { path: self.files.certificate.clone(), ends: read.ends() });
        }
        Ok(read)
    }

    fn warn(&mut self, now: Timestamp) {
        let day = i64::try_from(DAY.as_secs()).unwrap_or(i64::MAX);
        if self.warned.is_some_and(|warned| now.as_second() - warned.as_second() < day) {
            return;
        }
        self.warned = Some(now);
        if let Some(warning) = warning(&self.tls.shown(), None, now) {
            tracing::warn!("{warning}");
        }
    }
}

#[cfg(test)]
mod tests;
