//! Throttles: so many made-up e-mail addresses that counters could forget whom they count.

use super::Way;
use crate::neighbours::Amounts;
use crate::neighbours::mean::{Caller, Mean, source};
use crate::seed::Seed;
use crate::tally::Tally;
use anyhow::ensure;
use async_trait::async_trait;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Networks that it calls from, each with its own caller.
const CALLERS: u8 = 8;
/// Tries from an address: as many as it has.
const TRIES: u32 = 20;
/// Between two tries in the window: what is measured there is what the counters do, not how many calls a machine can take.
const PAUSE: Duration = Duration::from_millis(20);
/// Whom it guesses at, who has been counted out before.
const VICTIM: &str = "email=victim%40mail.example&password=incorrect-horse-battery-staple";
/// Guesses until then, each from a network of its own: an e-mail address has 60 an hour, whoever guesses.
const GUESSES: u8 = 64;
/// Between two guesses after that.
const BETWEEN: Duration = Duration::from_millis(200);
/// Guesses that may be let through nevertheless: what is earned in the minute that this lasts.
const EARNED: u32 = 1;

#[derive(Default)]
pub(super) struct Throttles {
    made_up: u32,
}

#[async_trait]
impl Way for Throttles {
    fn name(&self) -> &'static str {
        "throttles"
    }

    fn does(&self) -> &'static str {
        "8 callers try to sign in under more e-mail addresses than counters hold, all made up, from ever new addresses, and go on at \
         50 a second each. Meanwhile it guesses at an e-mail address that was counted out before, each time from a new address."
    }

    async fn found(&mut self, _: &Seed, _: &Mean, amounts: Amounts) -> anyhow::Result<()> {
        self.made_up = amounts.made_up;
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        let mut guesser = mean.caller_from(source([30, 100, 1]), "");
        for host in 1..=GUESSES {
            guesser.move_to(source([30, 100, host]));
            guesser.form("before", "/sign-in", VICTIM.to_owned()).await;
        }
        ensure!(mean.tally().of("before", 429) > 0, "whom it guesses at is not counted out");
        let (done, mut all_done) = mpsc::channel::<()>(1);
        let first = self.made_up / u32::from(CALLERS);
        for network in 0..CALLERS {
            let (mut caller, done) = (mean.caller_from(source([31, network, 1]), ""), done.clone());
            mean.spawn(async move {
                for number in 0..first {
                    made_up(&mut caller, network, number).await;
                }
                drop(done);
                for number in first.. {
                    made_up(&mut caller, network, number).await;
                    sleep(PAUSE).await;
                }
            });
        }
        drop(done);
        // It ends when the last of them has dropped its end.
        let _none = all_done.recv().await;
        mean.spawn(async move {
            for host in (1..=254).cycle() {
                guesser.move_to(source([30, 101, host]));
                guesser.form("guesses", "/sign-in", VICTIM.to_owned()).await;
                sleep(BETWEEN).await;
            }
        });
        Ok(())
    }

    fn wrong(&self, tally: &Tally) -> Vec<String> {
        let through = tally.of("guesses", 403);
        let wrong =
            (through > EARNED).then(|| format!("{through} guesses at whom was counted out were let through"));
        wrong.into_iter().collect()
    }
}

/// A try whose password is too short to be one, so that it costs the counters and nothing else.
async fn made_up(caller: &mut Caller, network: u8, number: u32) {
    if number.is_multiple_of(TRIES) {
        let [_, _, high, low] = (number / TRIES).to_be_bytes();
        caller.move_to(source([32 + network, high, low]));
    }
    let fields = format!("email=nobody-{network}-{number}%40mail.example&password=short");
    caller.form("made up", "/sign-in", fields).await;
}
