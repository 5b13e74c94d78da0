//! `make machines-kill`, `make fail-over` and `make apart`: three programs over one PostgreSQL of the drill's own, under load. They are killed;
//! or their database is, and its standby takes its place; or they are stopped, cut off from it, or have wrong clocks. Both ledgers are
//! outside of all of them (catalogue C-27, C-29 to C-33).

use anyhow::{Context as _, ensure};
use clap::{Parser, Subcommand};
use deskbell_bench::clock;
use deskbell_bench::faketime::Faketime;
use deskbell_bench::figures::{Percentiles, float};
use deskbell_bench::kill::{Randomness, SCHEDULE};
use deskbell_bench::machines::{
    self, Became, DATABASE, Fault, Machines, Node, Piece, Proxy, after, late, lost, name, overlaps, takeovers,
};
use deskbell_bench::program::{Plan, beside, signal};
use deskbell_bench::report::Report;
use deskbell_core::attempt::Outcome;
use deskbell_core::policy::retry;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Events a second, of all together.
const RATE: u64 = 300;
/// How many there are.
const COUNT: usize = 3;
/// How long a machine goes on before one is killed, in milliseconds.
const LIFE: (u64, u64) = (500, 4_000);
/// How long it is gone, in milliseconds.
const GONE: (u64, u64) = (0, 2_000);
/// In how many of 100 kills it is not the only one.
const MORE: u64 = 20;
/// How long a machine is stopped, cut off, or wrong: longer than an epoch lasts.
const APART: Duration = Duration::from_secs(36);
/// Load between two faults.
const BETWEEN: Duration = Duration::from_secs(5);
/// Load before a fail-over, and after it until the next standby is made.
const BEFORE: (u64, u64) = (3_000, 6_000);
const AFTER: Duration = Duration::from_secs(3);
/// What the take-over of a dead machine's work may last, in seconds.
const TAKE_OVER: f64 = 35.0;
/// After how long events are accepted again when the standby has been promoted, in seconds.
const AGAIN: f64 = 10.0;

/// Several machines over one database, under load.
#[derive(Parser)]
struct Options {
    /// The program.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Events a second, of all together.
    #[arg(long, default_value_t = RATE)]
    rate: u64,
    /// Decides the moments, whose they are, and the receivers' moods.
    #[arg(long)]
    seed: Option<u64>,
    /// Where the run's folder is made.
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// Write the evidence too: of this run, and of those before it in `target`.
    #[arg(long)]
    report: bool,
    #[command(subcommand)]
    drill: Drill,
}

impl Options {
    fn program(&self) -> anyhow::Result<PathBuf> {
        self.binary.clone().map_or_else(beside, Ok)
    }

    /// Whether the program is built as it is shipped: by the profile of that name.
    fn is_shipped(&self) -> anyhow::Result<bool> {
        Ok(self.program()?.parent().is_some_and(|folder| folder.ends_with("dist")))
    }
}

#[derive(Subcommand, Clone, Copy)]
enum Drill {
    /// Machines are killed and started again.
    Kill {
        /// How often.
        #[arg(long, default_value_t = 50)]
        kills: u64,
    },
    /// The database is killed, and its standby takes its place.
    FailOver {
        /// How often.
        #[arg(long, default_value_t = 10)]
        times: u64,
    },
    /// Machines are stopped, cut off from the database, and have wrong clocks.
    Apart {
        /// How often each.
        #[arg(long, default_value_t = 1)]
        rounds: u64,
    },
}

/// What happened to whom, and what came of it.
struct Story {
    became: Became,
    faults: Vec<Fault>,
    /// Counts and longest times of this drill alone.
    own: Piece,
}

impl Drill {
    /// The evidence's name and its title.
    fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::Kill { .. } => ("machines-kill", "Three machines on one PostgreSQL, killed under load"),
            Self::FailOver { .. } => ("fail-over", "PostgreSQL fails over to its standby"),
            Self::Apart { .. } => {
                ("apart", "Three machines on one PostgreSQL, stopped, cut off, and with wrong clocks")
            }
        }
    }

    /// The command that does it.
    fn command(self, rate: u64, shipped: bool) -> String {
        let (target, program) = match self {
            Self::Kill { kills } => (format!("machines-kill KILLS={kills}"), format!("kill --kills {kills}")),
            Self::FailOver { times } => {
                (format!("fail-over TIMES={times}"), format!("fail-over --times {times}"))
            }
            Self::Apart { rounds } => (format!("apart ROUNDS={rounds}"), format!("apart --rounds {rounds}")),
        };
        if rate == RATE && shipped {
            format!("make {target}")
        } else {
            format!("machines --report --rate {rate} {program}")
        }
    }

    /// What is done.
    fn says(self) -> String {
        match self {
            Self::Kill { kills } => format!(
                "One of the three, in {MORE} % more of them, was killed with `kill -9` {kills} times a run, {}–{} ms after the last of them was ready, \
                 and started again up to {} ms later.",
                LIFE.0, LIFE.1, GONE.1
            ),
            Self::FailOver { times } => format!(
                "The primary was killed with `kill -9` {times} times a run, its synchronous standby promoted at once, and a new standby made of \
                 that. The machines' URL names both."
            ),
            Self::Apart { rounds } => format!(
                "{rounds} times a run, one of the three at a time: stopped (SIGSTOP, SIGCONT), cut off from the database but not from receivers and \
                 callers, with what was on its way arriving after that or its connections gone, and with its clock set 30 s and an hour \
                 forward and back; each for {} s, longer than an epoch.",
                APART.as_secs()
            ),
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(clock::micros);
    let ((file, title), command) =
        (options.drill.named(), options.drill.command(options.rate, options.is_shipped()?));
    let folder = options.folder.join(format!("{file}-{seed}"));
    std::fs::create_dir_all(&folder)?;
    show(&format!("seed {seed}, folder {}", folder.display()));
    let begun = Instant::now();
    let run = Run { options: &options, seed, folder: &folder };
    let Story { became, faults, own } = match options.drill {
        Drill::Kill { kills } => run.kill(kills).await?,
        Drill::FailOver { times } => run.fail_over(times).await?,
        Drill::Apart { rounds } => run.apart(rounds).await?,
    };
    let apart = matches!(options.drill, Drill::Apart { .. });
    let piece = piece(&became, &faults, own, (apart, begun.elapsed()));
    let of = (options.rate, options.is_shipped()?);
    let draft = told(Report::draft(file, title, &command), options.drill, of, 1, &piece);
    show(draft.text());
    ensure!(piece.clean(), "seed {seed}: what must be 0 is not; the ledgers are in {}", folder.display());
    if options.report {
        let (count, all) = piece.add_to(&options.folder.join(format!("{file}.pieces")))?;
        let report = told(Report::new(file, title, &command), options.drill, of, count, &all);
        show(&format!("runs in it: {count}; written to {}", report.write()?.display()));
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// What both ledgers, the API and the drill say.
fn piece(became: &Became, faults: &[Fault], own: Piece, (apart, took): (bool, Duration)) -> Piece {
    let Became { counts, receipts, tries, owed, .. } = became;
    let number = |count: usize| float(count as u64);
    let lost_in_all = tries.iter().filter(|attempt| attempt.outcome == Outcome::Lost).count();
    let took_over = takeovers(receipts, tries, faults);
    let seconds: Vec<f64> = took_over.iter().map(Duration::as_secs_f64).collect();
    let late = late(receipts, tries, faults, (&SCHEDULE, retry::Rules::default().jitter));
    let mut all = Piece::default();
    let mut fault = |name: &str, count: usize| all.faults.push((name.to_owned(), number(count)));
    for (name, count) in counts.faults() {
        fault(name, count);
    }
    fault("two machines sending one delivery at the same time", overlaps(receipts));
    fault("sent after another machine had delivered it", after(receipts, faults));
    fault("attempts lost without a reason", lost(tries, faults));
    fault("take-overs of 35 s and more", seconds.iter().filter(|took| **took >= TAKE_OVER).count());
    if apart {
        fault("held for more than a second beyond their wait", late.held);
    }
    all.faults.extend(own.faults);
    all.seen.extend(own.seen);
    let ended = |status: &str| owed.iter().filter(|owed| owed.status == status).count();
    all.seen.extend(
        [
            ("events acknowledged", counts.acknowledged),
            ("calls left without an answer", counts.unknown),
            ("events given up after refusals", counts.refused),
            ("deliveries received", counts.received),
            ("arrivals", receipts.len()),
            ("attempts on record", tries.len()),
            ("deliveries taken over, looked at", seconds.len()),
            ("duplicates", counts.duplicates),
            ("lost attempts on record", lost_in_all),
            ("tries after failures, looked at", late.tries),
            ("of these more than a second late", late.held),
            ("deliveries that ended delivered", ended("delivered")),
            ("deliveries that ended quarantined", ended("quarantined")),
            ("deliveries that ended failed", ended("failed")),
        ]
        .map(|(name, count)| (name.to_owned(), number(count))),
    );
    all.seen.push(("seconds".into(), took.as_secs_f64().round()));
    let middle = Percentiles::of(took_over.iter().map(|took| took.as_millis() as u64 * 1_000).collect());
    all.worst.push(("take-over".into(), seconds.last().copied().unwrap_or_default()));
    all.worst.push(("take-over, median of a run".into(), middle.p50 / 1e3));
    all.worst.push(("a try beyond its wait".into(), late.worst.as_secs_f64()));
    all.worst.extend(own.worst);
    all
}

fn told(
    mut report: Report,
    drill: Drill,
    (rate, shipped): (u64, bool),
    runs: usize,
    piece: &Piece,
) -> Report {
    report.say(&format!(
        "{COUNT} processes {}, on one PostgreSQL that waits for its disk, under {rate} events a second from 24 callers, each of \
         whom turns to the next machine when one does not answer, to 5 webhooks, of which some fail, some are slow and some say 503. {} \
         Every call is in the client's ledger before it is made, every arrival in the receiver's before it is answered, with an fsync, and \
         with the name of its sender. Then the faults end, what is left is delivered, and the ledgers are compared with each other and with \
         what the API lists. How long anything waits is told of webhooks that keep up; those that fail or rest often do not. {runs} run{} in all; load and databases were on the same two cores.",
        if shipped { "as they are shipped" } else { "of another build than is shipped" },
        drill.says(),
        if runs == 1 { "" } else { "s" }
    ));
    piece.tell(&mut report);
    report
}

struct Run<'r> {
    options: &'r Options,
    seed: u64,
    folder: &'r Path,
}

impl Run<'_> {
    fn plans(&self, urls: &[String]) -> anyhow::Result<Vec<Plan>> {
        machines::plans(&self.options.program()?, self.folder, urls)
    }

    async fn start(&self, plans: Vec<Plan>) -> anyhow::Result<Machines> {
        Machines::start(plans, self.folder, self.options.rate, self.seed).await
    }

    async fn kill(&self, kills: u64) -> anyhow::Result<Story> {
        let node = Node::new().await?;
        node.ask("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
        let urls = vec![machines::url(&[node.address()]); COUNT];
        let mut machines = self.start(self.plans(&urls)?).await?;
        let (randomness, begun, mut faults) = (Randomness::new(self.seed, 0), Instant::now(), Vec::new());
        let mut killed = 0;
        while killed < kills {
            sleep(Duration::from_millis(randomness.between(LIFE.0, LIFE.1))).await;
            let mut dead = vec![randomness.between(0, COUNT as u64) as usize];
            while randomness.chance(MORE) && dead.len() < COUNT {
                let next = (dead[0] + dead.len()) % COUNT;
                dead.push(next);
            }
            let mut ends = Vec::new();
            for machine in &dead {
                machines.kill(*machine).await?;
                ends.push(clock::micros());
                killed += 1;
            }
            for (machine, from) in dead.into_iter().zip(ends) {
                sleep(Duration::from_millis(randomness.between(GONE.0, GONE.1))).await;
                machines.start_again(machine).await?;
                faults.push(Fault { machine: name(machine), from, to: clock::micros() });
            }
            machines.check()?;
            show(&format!("{killed} of {kills} kills after {:.0?}", begun.elapsed()));
        }
        let became = machines.end().await?;
        let own = Piece {
            faults: vec![("held by nobody in the end".into(), orphans(&node).await?)],
            seen: vec![("kills".into(), float(killed))],
            worst: Vec::new(),
        };
        Ok(Story { became, faults, own })
    }

    async fn fail_over(&self, times: u64) -> anyhow::Result<Story> {
        let mut primary = Node::new().await?;
        primary.ask("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
        // The machines' URL names two doors, behind which the servers change.
        let mut standby = primary.standby().await?;
        primary.wait_for_standby().await?;
        let mut doors = [Proxy::to(primary.address()).await?, Proxy::to(standby.address()).await?];
        let url = machines::url(&[doors[0].address(), doors[1].address()]);
        let machines = self.start(self.plans(&vec![url; COUNT])?).await?;
        let randomness = Randomness::new(self.seed, 0);
        let (mut promotions, mut longest) = (Vec::new(), (0.0f64, 0.0f64, 0.0f64));
        for time in 1..=times {
            sleep(Duration::from_millis(randomness.between(BEFORE.0, BEFORE.1))).await;
            let killed = clock::micros();
            primary.kill().await?;
            standby.promote().await?;
            let promoted = clock::micros();
            promotions.push((killed, promoted));
            std::mem::swap(&mut primary, &mut standby);
            doors.swap(0, 1);
            sleep(AFTER).await;
            standby = primary.standby().await?;
            primary.wait_for_standby().await?;
            doors[1].lead_to(standby.address());
            machines.check()?;
            show(&format!("{time} of {times} fail-overs; promoted after {} ms", (promoted - killed) / 1_000));
        }
        let published = machines.published()?;
        let became = machines.end().await?;
        let acknowledged: Vec<u64> =
            published.iter().filter(|line| line.event.is_some()).map(|line| line.at).collect();
        let mut late = 0;
        for (killed, promoted) in &promotions {
            // Whoever was answered in the moment of the kill was so by the old one.
            let again = acknowledged.iter().filter(|at| **at > *promoted).min();
            let again = again.context("nothing was accepted after a promotion")?;
            let since = |from: u64| Duration::from_micros(again.saturating_sub(from)).as_secs_f64();
            late += usize::from(since(*promoted) >= AGAIN);
            longest.0 = longest.0.max(since(*promoted));
            longest.1 = longest.1.max(since(*killed));
            longest.2 = longest.2.max(Duration::from_micros(promoted - killed).as_secs_f64());
        }
        // What hung on the database is nobody's fault: each fail-over counts for all of them.
        let all = |(from, to): &(u64, u64)| {
            (0..COUNT)
                .map(|machine| Fault { machine: name(machine), from: *from, to: *to + 5_000_000 })
                .collect::<Vec<_>>()
        };
        let faults = promotions.iter().flat_map(all).collect();
        let own = Piece {
            faults: vec![
                ("accepting 10 s after the promotion or later".into(), float(late as u64)),
                ("held by nobody in the end".into(), orphans(&primary).await?),
            ],
            seen: vec![("fail-overs".into(), float(times))],
            worst: vec![
                ("from the promotion until events are accepted".into(), longest.0),
                ("from the kill until events are accepted".into(), longest.1),
                ("from the kill until the standby is promoted".into(), longest.2),
            ],
        };
        Ok(Story { became, faults, own })
    }

    async fn apart(&self, rounds: u64) -> anyhow::Result<Story> {
        let node = Node::new().await?;
        node.ask("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
        let (mut networks, mut clocks) = (Vec::new(), Vec::new());
        for _ in 0..COUNT {
            networks.push(Proxy::to(node.address()).await?);
        }
        let urls: Vec<String> = networks.iter().map(|network| machines::url(&[network.address()])).collect();
        let mut plans = self.plans(&urls)?;
        for plan in &mut plans {
            clocks.push(Faketime::of(plan)?);
        }
        let machines = self.start(plans).await?;
        let (randomness, mut faults) = (Randomness::new(self.seed, 0), Vec::new());
        for round in 0..rounds {
            for kind in Kind::ALL {
                sleep(BETWEEN).await;
                let machine = randomness.between(0, COUNT as u64) as usize;
                let from = clock::micros();
                show(&format!("round {}: {} {kind:?}", round + 1, name(machine)));
                let process = machines.process(machine)?;
                match kind {
                    Kind::Stopped => signal("STOP", process).await?,
                    Kind::Cut | Kind::CutForGood => networks[machine].cut(),
                    Kind::Clock(seconds) => clocks[machine].set(seconds)?,
                }
                sleep(APART).await;
                match kind {
                    Kind::Stopped => signal("CONT", process).await?,
                    Kind::Cut => networks[machine].heal(),
                    Kind::CutForGood => networks[machine].renew(),
                    Kind::Clock(_) => clocks[machine].set(0)?,
                }
                // A wrong clock is no excuse for anything.
                if !matches!(kind, Kind::Clock(_)) {
                    faults.push(Fault { machine: name(machine), from, to: clock::micros() });
                }
                machines.check()?;
            }
        }
        sleep(BETWEEN).await;
        let became = machines.end().await?;
        let own = Piece {
            faults: vec![("held by nobody in the end".into(), orphans(&node).await?)],
            seen: vec![("faults".into(), float(rounds * Kind::ALL.len() as u64))],
            worst: Vec::new(),
        };
        Ok(Story { became, faults, own })
    }
}

/// What befalls a machine.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Stopped,
    Cut,
    CutForGood,
    /// By so many seconds.
    Clock(i64),
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Stopped,
        Self::Cut,
        Self::Clock(30),
        Self::CutForGood,
        Self::Clock(-30),
        Self::Clock(3_600),
        Self::Clock(-3_600),
    ];
}

/// Deliveries that are held in the end, when no machine is there.
async fn orphans(node: &Node) -> anyhow::Result<f64> {
    let held = node.ask(DATABASE, "SELECT count(*) FROM deliveries WHERE leased > 0").await?;
    held.parse().with_context(|| format!("no count: {held}"))
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
