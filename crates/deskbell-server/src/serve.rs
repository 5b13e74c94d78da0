//! Wiring: the one place where the concrete parts meet. Opens the listener, starts the engine, serves, and drains.

use crate::config::Config;
use crate::door::SystemClock;
use crate::heartbeat::{self, Heartbeat};
use crate::instance::Instance;
use crate::traces::Traces;
use crate::{certificate, descriptors, metrics, pause, service_manager, sweep};
use anyhow::Context as _;
use deskbell_api::auth::EnterLink;
use deskbell_api::disk::Disk;
use deskbell_api::metrics::Metrics;
use deskbell_api::parts::{Given, Parts};
use deskbell_api::public_url::PublicUrl;
use deskbell_api::rate_limit::{self, Allowance, RateLimits};
use deskbell_api::settings;
use deskbell_api::signals::Signals;
use deskbell_core::Alarm;
use deskbell_core::node::{Role, Roles};
use deskbell_core::policy::ssrf_guard::SsrfGuard;
use deskbell_core::quota::UNBOUNDED;
use deskbell_core::vault::Secret;
use deskbell_engine::{Doors, Engine, Settings};
use deskbell_http::call_log::CallLog;
use deskbell_http::{Front, Limits, Served, Tls};
use deskbell_transport::{HttpTransport, OwnCertificate, Resolver};
use deskbell_wire::problem::Problem;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use url::Url;

/// This part of its disk is what an account may keep of events. What hangs on small events takes as much again with one webhook, and
/// more with more of them: an account that fills its quota has a quarter of the disk then, or half.
const QUOTA_PART: u64 = 8;

/// Connections to the metrics: whoever reads them needs one.
const SCRAPES: usize = 32;

/// What a server says of itself when it can be called.
#[derive(Debug)]
pub struct Ready {
    /// The address that was bound.
    pub bound: SocketAddr,
    /// The path and query that sign in the first account's owner for an hour. Shown to whoever started the server.
    pub enter: Secret,
}

/// A part of the server has panicked that has to run for as long as the server does. The log was told.
#[derive(Debug, thiserror::Error)]
#[error("{0} has panicked, which is a bug of ours: this process ends, to be started anew")]
pub struct Fallen(&'static str);

/// Serves until SIGTERM or SIGINT, then drains; a SIGINT while it drains ends it at once, as by a crash. `on_ready` is told where.
///
/// # Errors
/// When it was cut off so, when the address cannot be bound, a part does not start, or one has panicked: then everything is cut off at once, as by a crash,
/// for the next start to go on with.
pub async fn run(instance: Instance, config: Config, on_ready: impl FnOnce(Ready)) -> anyhow::Result<()> {
    // Before anything is announced: who reads the greeting may already ask for the end.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (stop, stopped) = oneshot::channel();
    let impatient = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // Whoever is gone has stopped already.
        let _ = stop.send(());
        interrupt.recv().await;
    };
    let stop = async move { drop(stopped.await) };
    tokio::select! {
        ended = run_until(instance, config, on_ready, stop) => ended,
        () = impatient => Err(anyhow::anyhow!("cut off by a second interrupt: what was under way runs again")),
    }
}

/// As [`run`], but stops when `stop` is over.
///
/// # Errors
/// As [`run`].
pub async fn run_until(
    instance: Instance,
    config: Config,
    on_ready: impl FnOnce(Ready),
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let tls = tls(&config)?;
    // Where there is none, a hang-up is nothing to die of either.
    let hangup = signal(SignalKind::hangup())?;
    let connections = descriptors::raise(&config);
    let listen = config.server.listen;
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("{listen} cannot be listened on"))?;
    let bound = listener.local_addr()?;
    let metrics_listener = metrics_listener(&config).await;
    let metrics_bound = metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok());
    let guard = Arc::new(SsrfGuard::new(config.ssrf_guard_rules(bound, metrics_bound)));
    let Instance { store, vault, clock, random, lock, alarm } = instance;
    if let Some(tls) = &tls {
        let host = config.server.public_url.as_ref().and_then(Url::host_str);
        if let Some(warning) = certificate::warning(&tls.shown(), host, clock.now()) {
            tracing::warn!("{warning}");
        }
    }

    let transport = transport_settings(&config, tls.as_ref(), &alarm)?;
    let transport = HttpTransport::new(Arc::clone(&guard), transport);
    let (stop_all, stopping) = watch::channel(false);
    let signals = Arc::new(Signals::new(stopping.clone()));
    let (told, hears) = (Arc::clone(&signals), Arc::clone(&signals));
    store.tell_of_others(Arc::new(move |elsewhere| hears.hear(elsewhere)));
    let disk = Arc::new(Disk::new(config.server.store.file(), config.disk));
    disk.look();
    store.set_quota(events_quota(&config, &disk)).await?;
    let metrics = Arc::new(Metrics::new(
        Arc::clone(&store),
        Arc::clone(&clock),
        Arc::clone(&disk),
        metrics_bound,
        tls.clone(),
    ));
    let (watch_clock, watched) = (Arc::clone(&clock), Arc::clone(&store));
    let roles = config.server.roles;
    // By its own clock, for it says how far that is ahead of the database's.
    let beat = Heartbeat::new(&config.server, bound, Arc::clone(&store), Arc::new(SystemClock), &*random);
    let gauge = beat.gauge();
    let traces = Traces::start(&config.traces, beat.name(), metrics.spans())?;
    let doors = Doors {
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        queue: traces.queue(store.clone(), Arc::clone(&clock)),
        transport: Arc::new(transport),
        recorded: Arc::new(move |account| told.announce_attempts(account)),
        alarm: alarm.clone(),
    };
    let engine = {
        let (store, vault, settings) = (Arc::clone(&store), Arc::clone(&vault), engine_settings(&config));
        async move {
            if !roles.has(Role::Engine) {
                return std::future::pending().await;
            }
            pause::over(&*store, &*doors.clock).await;
            let engine = Engine::start(doors, vault, settings);
            // It is set once, for there is one engine.
            let _ = gauge.set(engine.gauge());
            engine
        }
    };
    let (link, token) = EnterLink::new(&*random, &vault, clock.now());
    let calls = Arc::new(CallLog::new(Arc::clone(&clock)));
    let parts = Parts::new(Given {
        store,
        vault,
        clock,
        random: Arc::clone(&random),
        guard,
        limits: RateLimits::new(&rate_settings(&config)),
        signals,
        on_accepted: traces.on_accepted(),
        metrics: Arc::clone(&metrics),
        calls: Arc::clone(&calls),
        disk,
        link,
        settings: api_settings(&config, bound),
    });
    let abandon_after = config.sandbox.abandon_after;
    let mut sweeps = sweep::look(&parts, &alarm);
    if roles.has(Role::Sweeps) {
        sweep::start(&mut sweeps, &parts, abandon_after, config.retention, &alarm);
    }
    let (end, ends) = oneshot::channel::<()>();
    let beats = tokio::spawn(alarm.clone().over("the heartbeat", beat.run(async { _ = ends.await })));
    if let Some((files, tls)) = config.server.tls.clone().zip(tls.clone()) {
        let watch = certificate::Watch::new(files, tls, watch_clock);
        sweeps.spawn(alarm.clone().over("the certificate", watch.run(hangup)));
    }
    let limits = Limits { connections, ..limits(&config, bound) };
    let measured = Arc::clone(&metrics);
    let scrapes = Limits { connections: SCRAPES, ..limits.clone() };
    let drain = config.server.drain;
    let front = Front::with_fallback(router(parts, roles), Arc::clone(&random), &limits.served);
    let front = front.counted(metrics.requests(), metrics.usage()).noting(calls);
    on_ready(Ready { bound, enter: Secret::new(format!("/enter?token={}", token.expose())) });
    service_manager::ready();
    // Signs of life come after the word that it lives.
    sweeps.spawn(alarm.clone().over("the watchdog", service_manager::watch(watched)));

    let stopped = |mut stopping: watch::Receiver<bool>| async move {
        // An error means that the sender is gone, which is a stop too.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    // Calls in flight and attempts in flight end side by side: the whole stop takes one drain (C-51).
    let stop_began = OnceLock::new();
    let served = async {
        tokio::join!(
            async {
                stop.await;
                // It stops once.
                let _ = stop_began.set(Instant::now());
                service_manager::stopping();
                tracing::info!("stopping: calls and attempts in flight may finish");
                stop_all.send_replace(true);
            },
            metrics::serve(metrics_listener, metrics, random, scrapes, stopped(stopping.clone())),
            deskbell_http::serve(listener, tls, front, limits, stopped(stopping.clone())),
            async {
                tokio::select! {
                    engine = engine => {
                        stopped(stopping.clone()).await;
                        engine.drain(drain).await;
                    }
                    () = stopped(stopping.clone()) => {}
                }
            },
        );
    };
    let ended = tokio::select! {
        () = served => Ok(()),
        part = alarm.rung() => {
            let fallen = Fallen(part);
            tracing::error!("{fallen}");
            Err(fallen.into())
        }
    };
    drop(sweeps);
    if ended.is_ok() {
        let left = stop_began.get().map_or(drain, |began| drain.saturating_sub(began.elapsed()));
        traces.end(left).await;
        sweep::metrics::end(&measured).await;
        drop(end);
        heartbeat::end(beats).await;
    } else {
        beats.abort();
    }
    drop(lock);
    ended
}

/// What the listener speaks, where it has a certificate.
fn tls(config: &Config) -> anyhow::Result<Option<Tls>> {
    let Some(files) = &config.server.tls else { return Ok(None) };
    Ok(Some(Tls::new(certificate::read(files)?).context("TLS cannot be spoken")?))
}

/// Metrics are worth less than what they measure: where they cannot be served, the instance runs without (E-28).
async fn metrics_listener(config: &Config) -> Option<TcpListener> {
    let listen = config.metrics.listen?;
    let bound = TcpListener::bind(listen).await;
    bound.inspect_err(|error| tracing::warn!(%error, %listen, "the metrics cannot be served")).ok()
}

/// Bytes of events that an account may keep which has no quota of its own: as it is set, or a part of the disk that the store is on.
pub(crate) fn events_quota(config: &Config, disk: &Disk) -> u64 {
    config.quota.or_else(|| disk.size_bytes().map(|all| all / QUOTA_PART)).unwrap_or(UNBOUNDED)
}

/// Every path this process answers.
fn router(parts: Parts, roles: Roles) -> axum::Router {
    if !roles.has(Role::Api) {
        return deskbell_api::health_router()
            .with_state(parts)
            .fallback(|| async { Problem::unknown_route() });
    }
    let api = deskbell_api::router().with_state(parts.clone());
    let pages = deskbell_dashboard::router(api.clone()).with_state(parts);
    api.merge(pages).fallback(deskbell_dashboard::page::lost)
}

fn api_settings(config: &Config, bound: SocketAddr) -> settings::Settings {
    let (delivery, inbox) = (&config.delivery, &config.inbox);
    settings::Settings {
        public_url: PublicUrl::new(
            config.public_url(bound),
            config.server.public_url.is_some(),
            config.scheme(),
        ),
        trusted_proxies: config.server.trusted_proxies.clone(),
        loopback_exempt: config.api.loopback_exempt,
        max_webhooks: config.api.max_webhooks,
        delivery: settings::Delivery {
            rules: config.rules(),
            deadlines: config.deadlines(),
            allow_http: delivery.allow_http,
            allow_addresses: delivery.allow_addresses.clone(),
            user_agent: delivery.user_agent.clone(),
        },
        inbox: settings::Inbox {
            life: inbox.life,
            keep: inbox.keep,
            keep_mib: inbox.keep_mib,
            requests_per_minute: inbox.requests_per_minute,
            max_inboxes: inbox.max_inboxes,
        },
        sign_up: config.dashboard.sign_up,
        anonymous_tester: config.dashboard.anonymous_tester,
    }
}

fn engine_settings(config: &Config) -> Settings {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Settings {
        rules: config.rules(),
        deadlines: config.deadlines(),
        in_flight: config.delivery.in_flight,
        in_flight_per_webhook: config.delivery.in_flight_per_webhook,
        processors: u32::try_from(processors).unwrap_or(u32::MAX),
        user_agent: config.delivery.user_agent.clone(),
        ..Settings::default()
    }
}

pub(crate) fn transport_settings(
    config: &Config,
    tls: Option<&Tls>,
    alarm: &Alarm,
) -> anyhow::Result<deskbell_transport::Settings> {
    let delivery = &config.delivery;
    let extra_roots = match &delivery.trust_file {
        None => Vec::new(),
        Some(file) => {
            let unreadable = || format!("delivery.trust_file {} cannot be used", file.display());
            let pem = std::fs::read(file).with_context(unreadable)?;
            deskbell_transport::roots_of_pem(&pem).with_context(unreadable)?
        }
    };
    let resolver = match delivery.nameservers.as_slice() {
        [] => Resolver::System,
        servers => Resolver::Servers(servers.to_vec()),
    };
    let idle_connections = delivery.in_flight as usize;
    let own_certificate = tls.cloned().map(|tls| OwnCertificate::new(move |shown| tls.is_own(shown)));
    let alarm = alarm.clone();
    Ok(deskbell_transport::Settings { resolver, extra_roots, own_certificate, idle_connections, alarm })
}

fn limits(config: &Config, bound: SocketAddr) -> Limits {
    let server = &config.server;
    let mut hosts = server.hosts.clone();
    hosts.extend(config.public_url(bound).host_str().map(str::to_owned));
    Limits {
        connections_per_network: server.max_connections_per_network,
        trusted_proxies: server.trusted_proxies.clone(),
        drain: server.drain,
        served: Served {
            hosts,
            api: Some(deskbell_api::PATHS),
            open: Some(deskbell_api::OPEN_PATHS),
            strict_transport: config.is_strict_transport(),
        },
        ..Limits::default()
    }
}

fn rate_settings(config: &Config) -> rate_limit::Settings {
    let api = &config.api;
    if !api.rate_limit {
        return rate_limit::Settings::off();
    }
    let (second, five_minutes) = (Duration::from_secs(1), Duration::from_secs(300));
    let allowance = |calls, span, burst| Some(Allowance { calls, span, burst });
    rate_limit::Settings {
        vendor_account: allowance(api.vendor_per_second, second, api.vendor_per_second),
        vendor_address: allowance(api.vendor_per_five_minutes, five_minutes, api.vendor_per_five_minutes),
        own_account: allowance(api.own_per_second, second, api.own_per_second.saturating_mul(2)),
        new_inboxes: allowance(
            config.inbox.created_per_hour,
            Duration::from_secs(3_600),
            config.inbox.created_per_hour,
        ),
        new_testers: Some(rate_limit::NEW_TESTERS),
        tester_reads: Some(rate_limit::TESTER_READS),
        tester_captures: Some(rate_limit::TESTER_CAPTURES),
        loopback_exempt: api.loopback_exempt,
    }
}
