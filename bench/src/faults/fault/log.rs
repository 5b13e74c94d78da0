//! A log that nobody reads.

use super::Fault;
use crate::faults::log_reader::LogReader;
use crate::faults::scene::Scene;
use crate::program::Plan;
use async_trait::async_trait;
use std::sync::Arc;

/// Standard error is a pipe whose reader stops.
#[derive(Default)]
pub(super) struct Reader(Option<LogReader>);

#[async_trait]
impl Fault for Reader {
    fn name(&self) -> String {
        "log reader stopped".into()
    }

    fn does(&self) -> String {
        "Standard error is a pipe with a line for each call and attempt, and its reader stops reading. While nobody reads, the \
         program is stopped in order and started again; only then it is read again."
            .into()
    }

    fn spares_others(&self) -> bool {
        true
    }

    async fn found(&mut self, plan: &mut Plan) -> anyhow::Result<()> {
        let (reader, writer) = LogReader::start()?;
        plan.log_pipe = Some(Arc::new(writer));
        plan.set("DESKBELL_LOG__LEVEL", "info,calls=debug,attempts=debug");
        self.0 = Some(reader);
        Ok(())
    }

    async fn put_in(&mut self, _: &mut Scene) -> anyhow::Result<()> {
        self.reads(false);
        Ok(())
    }

    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        scene.stop().await?;
        scene.start().await?;
        self.reads(true);
        Ok(())
    }
}

impl Reader {
    fn reads(&self, on: bool) {
        if let Some(reader) = &self.0 {
            reader.reads(on);
        }
    }
}
