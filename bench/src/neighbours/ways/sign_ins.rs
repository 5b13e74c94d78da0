//! Sign-ins: passwords to be hashed, right and wrong ones, from ever new addresses.

use super::Way;
use crate::neighbours::Amounts;
use crate::neighbours::mean::{Mean, source};
use crate::seed::Seed;
use async_trait::async_trait;

/// Networks that it calls from, each with its own caller.
const CALLERS: u8 = 12;
/// Tries that an e-mail address has: one makes the account, and the others are right and wrong in turns.
const TRIES: u32 = 10;

#[derive(Default)]
pub(super) struct SignIns;

#[async_trait]
impl Way for SignIns {
    fn name(&self) -> &'static str {
        "sign-ins"
    }

    fn does(&self) -> &'static str {
        "12 callers sign up and sign in, with right and wrong passwords, and go on from another address before either they or the \
         e-mail address are counted out."
    }

    async fn found(&mut self, _: &Seed, _: &Mean, _: Amounts) -> anyhow::Result<()> {
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        for network in 0..CALLERS {
            let mut caller = mean.caller_from(source([20, network, 1]), "");
            mean.spawn(async move {
                for host in (1..=254).cycle() {
                    caller.move_to(source([20, network, host]));
                    let fields = |password: &str| {
                        format!("email=mean-{network}-{host}%40mail.example&password={password}")
                    };
                    caller.form("sign-ups", "/sign-up", fields("correct-horse-battery-staple")).await;
                    for number in 1..TRIES {
                        let (what, password) = if number % 2 == 0 {
                            ("right", "correct-horse-battery-staple")
                        } else {
                            ("wrong", "incorrect-horse-battery-staple")
                        };
                        caller.form(what, "/sign-in", fields(password)).await;
                    }
                }
            });
        }
        Ok(())
    }
}
