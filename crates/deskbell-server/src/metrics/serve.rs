//! `GET /metrics`, on a listener of its own: what operates the instance is not on the public one (H-18).

use super::text;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use deskbell_api::metrics::Metrics;
use deskbell_core::Random;
use deskbell_http::{Front, Limits};
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves `metrics` on `listener` until `stop` is done; without a listener, waits for that.
pub async fn serve(
    listener: Option<TcpListener>,
    metrics: Arc<Metrics>,
    random: Arc<dyn Random>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let Some(listener) = listener else { return stop.await };
    let router = Router::new().route("/metrics", get(scrape)).with_state(metrics);
    deskbell_http::serve(listener, None, Front::new(router, random), limits, stop).await;
}

/// An answer to Prometheus: its content type, and the text.
type Page = ([(&'static str, &'static str); 1], String);

async fn scrape(State(metrics): State<Arc<Metrics>>) -> Result<Page, Problem> {
    let text = text::render(metrics.snapshot().await?).map_err(|_| Problem::internal())?;
    Ok(([("content-type", text::CONTENT_TYPE)], text))
}
