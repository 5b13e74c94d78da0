//! The line on which notices go out and come in: one connection, kept for as long as the store is used. Behind a pooler that hands connections
//! on between transactions nothing comes in, or only what is said on the line itself. So a process listens for what it says elsewhere, and while
//! it does not hear that, everything is looked for by the clock.

use super::{Notice, Notices};
use crate::postgres::Database;
use crate::postgres::connections::Held;
use crate::postgres::fault::{Fault, Result};
use deskbell_core::store::Error;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_postgres::{Client, SimpleQueryMessage};

/// Before a line that broke is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// So often something is said on another connection, to hear whether the line is whole.
const PROBE: Duration = Duration::from_secs(5);
/// How long something said may take to be heard.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a statement may take.
const STATEMENT: Duration = Duration::from_secs(5);
/// Nobody waits long for it, nor it for the disk.
const SHORTLY: &str =
    "SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '5s';";

/// Keeps the line for as long as the store is used.
pub(in crate::postgres) async fn keep(notices: Arc<Notices>, database: Weak<Database>) {
    let mut said = false;
    loop {
        let Some(used) = database.upgrade() else { return };
        let address = Arc::clone(&used.address);
        drop(used);
        let opened = timeout(address.longest() + STATEMENT, async {
            let (client, heard) = address.connect().await?;
            let said = client.simple_query("LISTEN deskbell; SELECT gen_random_uuid()").await?;
            let own = said.iter().find_map(|said| match said {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            Ok::<_, Fault>((client, heard, own.unwrap_or_default()))
        });
        let ended = match opened.await {
            Ok(Ok((client, heard, own))) => {
                let Some(used) = database.upgrade() else { return };
                // What was told while nobody listened.
                used.hear(&Notice::anything());
                drop(used);
                let line = Line { client, own, probes: 0, unheard: None, last: Instant::now() };
                line.serve(&notices, &database, heard).await
            }
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(silent()),
        };
        notices.set_hears(false);
        match ended {
            Ok(()) => return,
            Err(fault) if !said => {
                tracing::warn!(%fault, "others are not told of what is written here at once; they find it by looking")
            }
            Err(_) => {}
        }
        said = true;
        sleep(AGAIN).await;
    }
}

fn silent() -> Fault {
    Error::Unavailable("the database does not answer".into()).into()
}

/// What a notice is.
enum Said {
    /// By this process, to hear itself: which time.
    Here(u64),
    /// By another one.
    Elsewhere(Notice),
}

struct Line {
    client: Client,
    /// By this it knows what it said itself.
    own: String,
    /// How often something was said to be heard here.
    probes: u64,
    /// What was said so and not heard, and when it was said.
    unheard: Option<Instant>,
    /// When the last notice went out.
    last: Instant,
}

impl Line {
    /// Serves until the store is not used any more.
    ///
    /// # Errors
    /// When the line breaks.
    async fn serve(
        mut self,
        notices: &Notices,
        database: &Weak<Database>,
        mut heard: UnboundedReceiver<String>,
    ) -> Result<()> {
        let (mut deaf, mut probe) = (false, interval(PROBE));
        probe.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while database.strong_count() > 0 {
            let unheard = self.unheard.map(|said| said + PATIENCE);
            tokio::select! {
                payload = heard.recv() => {
                    let payload = payload.ok_or_else(silent)?;
                    match self.read(&payload) {
                        Some(Said::Here(probe)) if probe == self.probes => {
                            self.unheard = None;
                            notices.set_hears(true);
                            deaf = false;
                        }
                        Some(Said::Elsewhere(notice)) => {
                            if let Some(used) = database.upgrade() {
                                used.hear(&notice);
                            }
                        }
                        Some(Said::Here(_)) | None => {}
                    }
                }
                () = notices.ready(self.last) => {
                    let notice = notices.take();
                    if let Err(fault) = self.send(&notice).await {
                        notices.tell(notice, true);
                        return Err(fault);
                    }
                }
                _ = probe.tick() => {
                    if let Some(used) = database.upgrade() {
                        self.probe(used);
                    }
                }
                () = sleep_until(unheard.unwrap_or(self.last)), if unheard.is_some() => {
                    self.unheard = None;
                    if notices.set_hears(false)
                        && let Some(used) = database.upgrade()
                    {
                        // What was told since it last heard.
                        used.hear(&Notice::anything());
                    }
                    if !deaf {
                        tracing::info!("the database passes no notices on, as behind a pooler in transaction mode: what others write is found by looking");
                    }
                    deaf = true;
                }
            }
        }
        Ok(())
    }

    /// Who said it and what it tells.
    fn read(&self, payload: &str) -> Option<Said> {
        let mut words = payload.split_ascii_whitespace();
        let (origin, probe) = (words.next()?, words.next()?.parse().ok()?);
        Some(if origin == self.own { Said::Here(probe) } else { Said::Elsewhere(Notice::read(words)) })
    }

    /// Says something on another connection, beside the line. That it cannot be said is as if it were not heard.
    fn probe(&mut self, database: Arc<Database>) {
        self.probes += 1;
        let say = format!("BEGIN; {SHORTLY} NOTIFY deskbell, '{} {}'; COMMIT", self.own, self.probes);
        tokio::spawn(timeout(PATIENCE, async move {
            let held = Held::of(database.connection().await?);
            held.conn()?.batch_execute(&say).await?;
            held.free();
            Ok::<_, Fault>(())
        }));
        self.unheard = self.unheard.or(Some(Instant::now()));
    }

    /// Sends a notice. What others may have to look for, for they hear nothing, gets a new generation. A crash may lose both, and then they
    /// look later: that is not worth a wait for the disk.
    async fn send(&mut self, notice: &Notice) -> Result<()> {
        let payload = format!("{} 0 {}", self.own, notice.written());
        let kinds = [notice.due.then_some("'due'"), (!notice.webhooks.is_none()).then_some("'webhooks'")];
        let kinds: Vec<&str> = kinds.into_iter().flatten().collect();
        let advance = match kinds.as_slice() {
            [] => String::new(),
            kinds => {
                let kinds = kinds.join(", ");
                format!("UPDATE changes SET generation = generation + 1 WHERE kind IN ({kinds});")
            }
        };
        let say = format!("BEGIN; {SHORTLY} {advance} NOTIFY deskbell, '{payload}'; COMMIT");
        self.last = Instant::now();
        Ok(timeout(STATEMENT, self.client.batch_execute(&say)).await.map_err(|_| silent())??)
    }
}
