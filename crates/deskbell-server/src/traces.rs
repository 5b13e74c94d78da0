//! Traces: a collector is told what becomes of events, where the settings name one. Without one there is nothing of it.

use crate::config;
use deskbell_api::publisher::OnAccepted;
use deskbell_core::trace::SpanCount;
use deskbell_core::{Clock, Queue};
use deskbell_otlp::{Exporter, Settings, Spans, TracedQueue};
use std::sync::Arc;
use std::time::Duration;

/// How long a stop waits at most for the collector to take the last spans, while the drain has so much left.
const FLUSH: Duration = Duration::from_secs(2);

/// Who tells, where anybody is told.
pub(crate) struct Traces(Option<(Spans, Exporter)>);

impl Traces {
    /// Starts to tell the collector that `config` names, as the process of that name. Spans are counted in `count`.
    ///
    /// # Errors
    /// When the collector cannot be called at all; that it is not there is no error.
    pub(crate) fn start(config: &config::Traces, name: &str, count: Arc<SpanCount>) -> anyhow::Result<Self> {
        let start = |settings| {
            Spans::start(&settings, count).map_err(|why| anyhow::anyhow!("traces.endpoint: {why}"))
        };
        Ok(Self(settings(config, name).map(start).transpose()?))
    }

    /// The queue that the engine is to have.
    pub(crate) fn queue(&self, queue: Arc<dyn Queue>, clock: Arc<dyn Clock>) -> Arc<dyn Queue> {
        match &self.0 {
            Some((spans, _)) => Arc::new(TracedQueue::new(queue, clock, spans.clone())),
            None => queue,
        }
    }

    /// Who is to be told of accepted events.
    pub(crate) fn on_accepted(&self) -> Option<OnAccepted> {
        let spans = self.0.as_ref()?.0.clone();
        Some(Arc::new(move |event, ended| spans.accepted(event, ended)))
    }

    /// Sends what is left, within what is `left` of the drain.
    pub(crate) async fn end(self, left: Duration) {
        if let Some((_, exporter)) = self.0 {
            exporter.end(left.min(FLUSH)).await;
        }
    }
}

/// Where spans go, and how many of them; `None` for nowhere.
pub(crate) fn settings(config: &config::Traces, name: &str) -> Option<Settings> {
    let endpoint = config.endpoint.clone()?;
    Some(Settings {
        endpoint,
        headers: config.headers.clone(),
        ratio: config.ratio,
        instance: name.to_owned(),
    })
}
