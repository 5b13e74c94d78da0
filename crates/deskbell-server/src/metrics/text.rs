//! A snapshot as Prometheus reads it: the OpenMetrics text format 1.0.0.

use deskbell_api::metrics::Snapshot;
use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::latency::BOUNDS_US;
use deskbell_core::meter::Times;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use std::fmt::{Error, Result};

/// What the text is, for the answer's `Content-Type`.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The snapshot as text.
pub(super) fn render(snapshot: Snapshot) -> std::result::Result<String, Error> {
    let mut registry = Registry::with_prefix("deskbell");
    registry.register_collector(Box::new(Exposition(snapshot)));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// A snapshot on its way to Prometheus.
#[derive(Debug)]
struct Exposition(Snapshot);

impl Collector for Exposition {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result {
        let (mut page, snapshot) = (Page(encoder), &self.0);
        page.work(snapshot)?;
        page.state(snapshot)?;
        page.requests(snapshot)
    }
}

struct Page<'e>(DescriptorEncoder<'e>);

impl Page<'_> {
    fn work(&mut self, snapshot: &Snapshot) -> Result {
        let reading = &snapshot.reading;
        self.counter("events_accepted", "Events accepted", reading.events)?;
        self.counter("deliveries_created", "Deliveries created", reading.deliveries)?;
        let help = "Deliveries set aside because they, their event or its bytes cannot be read";
        self.counter("deliveries_set_aside", help, reading.set_aside)?;
        let mut attempts = self.family("attempts", "Attempts recorded, by outcome", MetricType::Counter)?;
        for outcome in Outcome::ALL {
            let count = ConstCounter::new(reading.attempts(*outcome));
            count.encode(attempts.encode_family(&[("outcome", outcome.as_str())])?)?;
        }
        self.times("attempt", "How long attempts took, lost ones apart", &reading.attempt_time)?;
        let wait = "From the acceptance of an event to the start of the first attempt of a delivery";
        self.times("first_attempt_wait", wait, &reading.first_attempt_wait)?;
        self.times("store_commit", "How long commits of the store took", &reading.commit_time)?;
        let (exported, dropped) = snapshot.spans;
        self.counter("spans_exported", "Spans that the collector of [traces] took", exported)?;
        let help = "Spans that found no room on the way to it, or that it did not take";
        self.counter("spans_dropped", help, dropped)
    }

    fn state(&mut self, snapshot: &Snapshot) -> Result {
        let condition = &snapshot.condition;
        let oldest = snapshot.oldest_due.unwrap_or_default().as_secs_f64();
        let help = "How long the oldest due delivery waits, those of resting webhooks apart";
        let mut gauge =
            self.0.encode_descriptor("oldest_due", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        gauge.encode_gauge(&oldest)?;
        self.gauge("leased", "Deliveries that this process holds a lease of", snapshot.reading.leased)?;
        self.gauge("queue_depth", "Deliveries in the queue, leased ones too", condition.queued)?;
        let help = "1 while this instance was restored and sends nothing before it is resumed, else 0";
        self.gauge("paused", help, u64::from(condition.paused.is_some()))?;
        self.gauge("webhooks", "Webhooks that are rung", condition.webhooks)?;
        self.gauge("webhooks_resting", "Webhooks that rest", condition.resting)?;
        let help = "Bytes of the database files, with their logs";
        let mut sizes = self.0.encode_descriptor("database", help, Some(&Unit::Bytes), MetricType::Gauge)?;
        for (file, bytes) in [("main", condition.database_bytes), ("tester", condition.tester_bytes)] {
            ConstGauge::new(bytes).encode(sizes.encode_family(&[("file", file)])?)?;
        }
        if let Some(free) = snapshot.free_bytes {
            let help = "Bytes free for the database";
            let free = ConstGauge::new(free);
            free.encode(self.0.encode_descriptor("free", help, Some(&Unit::Bytes), MetricType::Gauge)?)?;
        }
        if let Some(percent) = snapshot.quota_percent {
            let help = "The greatest part of its quota of events that any account keeps";
            let used = ConstGauge::new(percent / 100.0);
            used.encode(self.0.encode_descriptor(
                "quota_used",
                help,
                Some(&Unit::Other("ratio".into())),
                MetricType::Gauge,
            )?)?;
        }
        let help = "When this process began to serve, in seconds since the epoch";
        self.time("start_time", help, snapshot.started)?;
        if let Some(ends) = snapshot.certificate_ends {
            let help = "When the certificate of the server's own listener ends, in seconds since the epoch";
            self.time("certificate_end_time", help, ends)?;
        }
        let mut build = self.family("build", "What is running", MetricType::Info)?;
        build.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
    }

    fn requests(&mut self, snapshot: &Snapshot) -> Result {
        let help = "HTTP answers, by the template of the route and the class of the status";
        let mut requests = self.family("http_requests", help, MetricType::Counter)?;
        for (route, class, count) in &snapshot.requests {
            let class = format!("{class}xx");
            let labels = [("route", route.as_str()), ("class", class.as_str())];
            ConstCounter::new(*count).encode(requests.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn family<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        kind: MetricType,
    ) -> std::result::Result<MetricEncoder<'s>, Error> {
        self.0.encode_descriptor(name, help, None, kind)
    }

    fn counter(&mut self, name: &str, help: &str, count: u64) -> Result {
        ConstCounter::new(count).encode(self.family(name, help, MetricType::Counter)?)
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> Result {
        ConstGauge::new(value).encode(self.family(name, help, MetricType::Gauge)?)
    }

    fn time(&mut self, name: &str, help: &str, at: Timestamp) -> Result {
        let at = ConstGauge::new(at.as_second());
        at.encode(self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?)
    }

    fn times(&mut self, name: &str, help: &str, times: &Times) -> Result {
        let bounds = BOUNDS_US.iter().map(|us| seconds(*us)).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(times.buckets.0).collect();
        let (sum, count) = (seconds(times.sum_us), times.buckets.count());
        let mut histogram =
            self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        histogram.encode_histogram::<[(&str, &str); 0]>(sum, count, &buckets, None)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a sum of microseconds is exact up to 285 years")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests;
