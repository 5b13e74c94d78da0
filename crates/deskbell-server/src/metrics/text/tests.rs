//! The names of the metrics: those on the page, in the alerts, on the dashboard of Grafana and in the documentation are the same.

use crate::door::SystemClock;
use deskbell_api::disk::{Bounds, Disk};
use deskbell_api::metrics::Metrics;
use deskbell_http::Tls;
use deskbell_http::tls::Certificate;
use deskbell_store::MemoryStore;
use std::collections::BTreeSet;
use std::sync::Arc;

const ALERTS: &str = include_str!("../../../../../packaging/prometheus/alerts.yml");
const ALERTS_TEST: &str = include_str!("../../../../../packaging/prometheus/alerts_test.yml");
const DASHBOARD: &str = include_str!("../../../../../packaging/grafana/deskbell.json");
const OPERATING: &str = include_str!("../../../../../docs/operating.md");

/// The names of all series, on the page of a server that has all of them.
async fn series() -> BTreeSet<String> {
    let key = rcgen::KeyPair::generate().unwrap();
    let chain = rcgen::CertificateParams::new(vec!["a".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    let certificate = Certificate::of_pem(chain.as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let tls = Some(Tls::new(certificate).unwrap());
    let disk = Arc::new(Disk::new(Some(".".as_ref()), Bounds::default()));
    let metrics = Metrics::new(Arc::new(MemoryStore::new()), Arc::new(SystemClock), disk, None, tls);
    metrics.note_quota(Some(50.0));
    let text = super::render(metrics.snapshot().await.unwrap()).unwrap();
    let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let suffixes = |kind: &str| match kind {
        "counter" => &["_total"][..],
        "histogram" => &["_bucket", "_sum", "_count"],
        "info" => &["_info"],
        _ => &[""],
    };
    families
        .flat_map(|(name, kind)| suffixes(kind).iter().map(move |suffix| format!("{name}{suffix}")))
        .collect()
}

/// What `text` calls metrics.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("deskbell_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_metric_that_alerts_and_the_dashboard_name_is_on_the_page() {
    let series = series().await;
    for (file, text) in [("alerts", ALERTS), ("their test", ALERTS_TEST), ("dashboard", DASHBOARD)] {
        let missing: Vec<String> = named(text).difference(&series).cloned().collect();
        assert!(missing.is_empty() && !named(text).is_empty(), "{file}: {missing:?}");
    }
}

#[tokio::test]
async fn every_metric_is_documented_and_every_documented_one_is_there() {
    let histogram = |name: &String| {
        ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned)
    };
    let on_the_page: BTreeSet<String> =
        series().await.into_iter().map(|name| histogram(&name).unwrap_or(name)).collect();
    let table = OPERATING.lines().filter(|line| line.starts_with("| `deskbell_"));
    let documented: BTreeSet<String> =
        table.flat_map(|line| named(line.split('|').nth(1).unwrap_or_default())).collect();
    assert_eq!(documented, on_the_page);
}
