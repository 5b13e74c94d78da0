//! A clock that is set: the program's wall clock, while its monotonic clock goes on as it does on any machine.

use super::{Fault, Missing};
use crate::clock;
use crate::faketime::Faketime;
use crate::faults::scene::Scene;
use crate::program::Plan;
use anyhow::Context as _;
use async_trait::async_trait;
use std::time::Duration;
use tokio::time::sleep;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

/// What the clock is set to, one after the other; in the end it is right again.
struct Clock {
    name: &'static str,
    does: &'static str,
    /// By how many seconds it is wrong.
    steps: &'static [i64],
    /// How long each lasts.
    lasts: Duration,
    /// What sets it, once it is there.
    faketime: Option<Faketime>,
}

pub(super) fn all() -> Vec<Box<dyn Fault>> {
    let clock = |name, does, steps, seconds| {
        let (lasts, faketime) = (Duration::from_secs(seconds), None);
        Box::new(Clock { name, does, steps, lasts, faketime }) as Box<dyn Fault>
    };
    vec![
        clock(
            "clock forward",
            "The wall clock is set an hour forward, and 25 s later it is right again.",
            &[HOUR],
            25,
        ),
        clock(
            "clock back",
            "The wall clock is set an hour back, and 25 s later it is right again.",
            &[-HOUR],
            25,
        ),
        clock(
            "clock steps",
            "The wall clock is set by a minute four times, every 10 s: forward, forward, back, back.",
            &[MINUTE, 2 * MINUTE, MINUTE],
            10,
        ),
    ]
}

impl Clock {
    /// Sets the program's clock.
    fn set(&self, scene: &mut Scene, seconds: i64) -> anyhow::Result<()> {
        self.faketime.as_ref().context("the clock was not found")?.set(seconds)?;
        scene.offsets.set(clock::micros(), seconds * 1_000_000);
        Ok(())
    }
}

#[async_trait]
impl Fault for Clock {
    fn name(&self) -> String {
        self.name.into()
    }

    fn does(&self) -> String {
        self.does.into()
    }

    fn spares_others(&self) -> bool {
        true
    }

    async fn found(&mut self, plan: &mut Plan) -> anyhow::Result<()> {
        self.faketime = Some(Faketime::of(plan).map_err(|error| Missing(error.to_string()))?);
        Ok(())
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        self.set(scene, self.steps[0])
    }

    async fn meanwhile(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        sleep(self.lasts).await;
        for step in &self.steps[1..] {
            self.set(scene, *step)?;
            sleep(self.lasts).await;
        }
        Ok(())
    }

    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        self.set(scene, 0)
    }
}
