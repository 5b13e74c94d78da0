//! The collector of spans, where the settings name one: it is asked whether it takes any, and given none.

use super::Finding;
use crate::config::Config;
use crate::traces::settings;

const PART: &str = "traces";

pub(super) async fn check(config: &Config) -> Option<Finding> {
    let settings = settings(&config.traces, "checkup")?;
    Some(match deskbell_otlp::probe(&settings).await {
        Ok(()) => Finding::ok(PART, format!("{} takes spans", settings.endpoint)),
        Err(why) => Finding::warn(
            PART,
            format!("{}: {why}", settings.endpoint),
            "Spans are dropped until it takes them, and nothing else suffers. It has to speak OTLP over HTTP (port 4318 by custom; 4317 is gRPC).",
        ),
    })
}
