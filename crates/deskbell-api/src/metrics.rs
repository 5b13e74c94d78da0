//! Metrics: what this process counts and measures of itself, for the operator's page and for whoever exports it.
//!
//! The counters are those of the store ([`Meter`]) and of HTTP ([`Requests`]); the gauges are read from the store when
//! somebody asks. Nothing a tenant chose is ever part of a metric (catalogue 6.7).

mod kept;
mod ring;

pub use ring::{DataPoint, Ring, STEP};

use crate::disk::Disk;
use deskbell_core::meter::{Meter, Reading};
use deskbell_core::store::{self, Condition};
use deskbell_core::throughput::Throughput;
use deskbell_core::time::{from_millis, millis, until};
use deskbell_core::trace::SpanCount;
use deskbell_core::usage::Usage;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_http::Tls;
use deskbell_http::request_count::Requests;
use kept::Untold;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is measured of this process, and told the store of it.
pub struct Metrics {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    meter: Arc<Meter>,
    requests: Arc<Requests>,
    spans: Arc<SpanCount>,
    ring: Mutex<Ring>,
    untold: Mutex<Untold>,
    started: Timestamp,
    /// Where it is served, if it is.
    address: Option<SocketAddr>,
    /// What our own listener speaks, if it does.
    tls: Option<Tls>,
    /// What has to hold what is accepted.
    disk: Arc<Disk>,
    /// The greatest part of its quota of events that an account keeps, in hundredths; `None` until somebody has looked.
    quota_percent: Mutex<Option<f64>>,
}

/// Everything at one time.
#[derive(Debug)]
pub struct Snapshot {
    /// The counters of the work.
    pub reading: Reading,
    /// The state of the store.
    pub condition: Condition,
    /// How long the oldest due delivery waits; `None` when nothing is due.
    pub oldest_due: Option<Duration>,
    /// Bytes that are free for the store; `None` when the system does not say.
    pub free_bytes: Option<u64>,
    /// The greatest part of its quota of events that any account keeps, in hundredths; `None` when none has a quota and keeps something.
    pub quota_percent: Option<f64>,
    /// HTTP answers: the route's template, the first digit of the status, and how many.
    pub requests: Vec<(String, u8, u64)>,
    /// How many spans the collector has, and how many were dropped.
    pub spans: (u64, u64),
    /// When the process began to serve.
    pub started: Timestamp,
    /// When the certificate of our own listener ends; `None` where it speaks no TLS.
    pub certificate_ends: Option<Timestamp>,
}

impl Metrics {
    /// Counters at rest, over `store`, whose files lie on `disk`; served at `address`, if at all. Calls come over `tls`, where it is
    /// given.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        disk: Arc<Disk>,
        address: Option<SocketAddr>,
        tls: Option<Tls>,
    ) -> Self {
        let (meter, started) = (store.meter(), clock.now());
        Self {
            meter,
            requests: Arc::default(),
            spans: Arc::default(),
            ring: Mutex::default(),
            untold: Mutex::default(),
            started,
            address,
            tls,
            disk,
            quota_percent: Mutex::default(),
            store,
            clock,
        }
    }

    /// Where Prometheus can read them; `None` when that is off.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Where HTTP answers are counted.
    pub fn requests(&self) -> Arc<Requests> {
        Arc::clone(&self.requests)
    }

    /// Where spans are counted.
    pub fn spans(&self) -> Arc<SpanCount> {
        Arc::clone(&self.spans)
    }

    /// Where it is counted what each account has of what all share.
    pub fn usage(&self) -> Arc<Usage> {
        Arc::clone(self.meter.usage())
    }

    /// Somebody looked at what all accounts keep: the greatest part of a quota, in hundredths.
    pub fn note_quota(&self, percent: Option<f64>) {
        *self.quota_percent() = percent;
    }

    fn quota_percent(&self) -> MutexGuard<'_, Option<f64>> {
        self.quota_percent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn snapshot(&self) -> store::Result<Snapshot> {
        let now = self.clock.now();
        let condition = self.store.condition(now).await?;
        Ok(Snapshot {
            reading: self.meter.read(),
            oldest_due: condition.oldest_due.map(|due| until(due, now)),
            condition,
            free_bytes: self.disk.free_bytes(),
            quota_percent: *self.quota_percent(),
            requests: self.requests.read(),
            spans: self.spans.read(),
            started: self.started,
            certificate_ends: self.tls.as_ref().map(|tls| tls.shown().ends()),
        })
    }

    /// Adds a data point to the last hour, begins a new minute of [usage](Self::usage) when it is time, and each minute tells the store what
    /// was done; called once each [`STEP`].
    ///
    /// # Errors
    /// As [`Metrics::snapshot`]; then the data point is left out, and the next one covers its time too. When the store does not take what
    /// was done, it is told later.
    pub async fn sample(&self) -> store::Result<()> {
        self.meter.usage().turn(self.clock.now());
        let (snapshot, now) = (self.snapshot().await?, self.clock.now());
        self.untold().note(now, snapshot.oldest_due, snapshot.reading.clone());
        self.ring().push(now, snapshot.oldest_due, snapshot.reading);
        let done = self.untold().take(now);
        self.tell(done).await
    }

    /// Tells the store the rest of what was done; called once, when nothing more is.
    ///
    /// # Errors
    /// When the store does not take it: it is forgotten.
    pub async fn end(&self) -> store::Result<()> {
        let now = self.clock.now();
        self.untold().note(now, None, self.meter.read());
        let rest = self.untold().rest(now);
        self.tell(rest).await
    }

    async fn tell(&self, done: Vec<Throughput>) -> store::Result<()> {
        let mut untold = done.into_iter();
        while let Some(done) = untold.next() {
            if let Err(error) = self.store.add_throughput(&done).await {
                std::iter::once(done).chain(untold).for_each(|done| self.untold().add(done));
                return Err(error);
            }
        }
        Ok(())
    }

    /// What all processes did in the last `range`, in spans of `span`, oldest first; the present one is not over.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn throughput(&self, range: Duration, span: Duration) -> store::Result<Vec<Throughput>> {
        let (now, long) =
            (millis(self.clock.now()), |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        // The first span is whole: it begins behind what lies a range back.
        let first = now - now.rem_euclid(long(span).max(1)) - long(range) + long(span);
        self.store.throughput(from_millis(first), span).await
    }

    /// The data points of the last hour, oldest first.
    pub fn last_hour(&self) -> Vec<DataPoint> {
        self.ring().points().cloned().collect()
    }

    fn untold(&self) -> MutexGuard<'_, Untold> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Bounds;
    use deskbell_core::Queue as _;
    use deskbell_core::time::from_millis;
    use deskbell_core::usage::Resource;
    use deskbell_store::MemoryStore;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// Minutes since the epoch.
    struct Minutes(AtomicI64);

    impl Clock for Minutes {
        fn now(&self) -> Timestamp {
            from_millis(self.0.load(Ordering::Relaxed) * 60_000)
        }
    }

    #[tokio::test]
    async fn what_was_done_outlives_the_process_by_quarters_of_an_hour() {
        let (clock, store) = (Arc::new(Minutes(AtomicI64::new(0))), Arc::new(MemoryStore::new()));
        let process = || {
            let disk = Arc::new(Disk::new(Some(".".as_ref()), Bounds::default()));
            Metrics::new(store.clone(), clock.clone(), disk, None, None)
        };
        let accept = |events: u64| {
            let mut tally = deskbell_core::meter::Tally::default();
            (0..events).for_each(|_| tally.accepted(1));
            store.meter().add(&tally);
        };
        let metrics = process();
        for (minute, events) in [(0, 5), (1, 2), (14, 1), (15, 4), (16, 0)] {
            clock.0.store(minute, Ordering::Relaxed);
            accept(events);
            metrics.sample().await.unwrap();
        }
        accept(6);
        metrics.end().await.unwrap();
        drop(metrics);
        let [day, quarter] = [24 * 3_600, 900].map(Duration::from_secs);
        let told = process().throughput(day, quarter).await.unwrap();
        let told: Vec<_> = told.iter().map(|done| (done.start, done.accepted)).collect();
        assert_eq!(told, [(from_millis(0), 8), (from_millis(900_000), 10)]);
        clock.0.store(24 * 60, Ordering::Relaxed);
        let told = process().throughput(day, quarter).await.unwrap();
        assert_eq!(told.iter().map(|done| done.accepted).collect::<Vec<_>>(), [10], "the first is a day ago");
    }

    #[tokio::test]
    async fn what_was_used_is_forgotten_after_an_hour_though_nobody_asks() {
        let clock = Arc::new(Minutes(AtomicI64::new(0)));
        let disk = Arc::new(Disk::new(Some(".".as_ref()), Bounds::default()));
        let metrics = Metrics::new(Arc::new(MemoryStore::new()), clock.clone(), disk, None, None);
        for (minute, bytes) in [(0, 5), (30, 7)] {
            clock.0.store(minute, Ordering::Relaxed);
            metrics.sample().await.unwrap();
            metrics.usage().note(Resource::BytesOut, None, bytes);
        }
        let used = |minute: i64| {
            metrics.usage().last_hour(from_millis(minute * 60_000)).all().sum(Resource::BytesOut)
        };
        assert_eq!([used(59), used(60), used(89), used(90)], [12, 7, 7, 0]);
    }
}
