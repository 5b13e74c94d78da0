//! Settings: what an operator may choose, read from the defaults, a file, the environment and flags.
//!
//! `config/default.toml` names every setting with its meaning, unit and bounds. All problems are reported at once, and a
//! bad value never falls back to a default (C-46).

mod convert;
mod layers;
mod load;
mod problem;
mod setting;
mod store;
pub(crate) mod value;

pub use load::{Flags, Loaded};
pub use problem::{Problem, Problems};
pub use setting::{Setting, SettingSource};
pub use store::{DatabaseUrl, StoreAddress};

use deskbell_api::disk::Bounds;
use deskbell_core::node::Roles;
use deskbell_core::retention::Keep;
use http::{HeaderName, HeaderValue};
use ipnet::IpNet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// The settings in force. Each is described in `config/default.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Listening, and where things are kept.
    pub server: Server,
    /// Rate limits, and how many webhooks an account may have.
    pub api: Api,
    /// How attempts are made: retries, rests, deadlines, and what may be called.
    pub delivery: Delivery,
    /// The section `retention`: for how long what happened is kept.
    pub retention: Keep,
    /// The section `quota`: bytes of events that an account may keep which has no quota of its own; `None` is a part of the disk.
    pub quota: Option<u64>,
    /// The section `disk`: how much room there has to be.
    pub disk: Bounds,
    /// How long the tester's inboxes live, and how much they take.
    pub inbox: Inbox,
    /// When the sandbox gives a conversation up.
    pub sandbox: Sandbox,
    /// What people may do without an account.
    pub dashboard: Dashboard,
    /// Where Prometheus reads what is measured.
    pub metrics: Metrics,
    /// The section `traces`: who is told what becomes of events.
    pub traces: Traces,
    /// What is logged, and how it is written.
    pub log: Log,
}

/// The section `server`.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The directory of the master key and, by default, of the store.
    pub data: PathBuf,
    /// Where everything is kept.
    pub store: StoreAddress,
    /// What it is called among those that serve; `None` is the host's name and the port.
    pub name: Option<String>,
    /// What it does; all of it on SQLite.
    pub roles: Roles,
    /// How clients reach this instance, when the operator says so; its path ends with a slash. See [`Config::public_url`].
    pub public_url: Option<Url>,
    /// Further host names (lower case, without a port) that requests may carry; `*` takes all.
    pub hosts: Vec<String>,
    /// What the listener speaks TLS with; plain HTTP without.
    pub tls: Option<TlsFiles>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Connections open at once.
    pub max_connections: usize,
    /// Connections open at once from one network (an IPv4 /24 or an IPv6 /56).
    pub max_connections_per_network: usize,
    /// How long attempts in flight may take to end after SIGTERM; at most 25 s.
    pub drain: Duration,
}

/// The files of the listener's certificate, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The setting `tls_certificate`: its own certificate, and then the chain behind it.
    pub certificate: PathBuf,
    /// The setting `tls_key`: its private key.
    pub key: PathBuf,
}

/// The section `api`.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// Whether calls are rate limited at all.
    pub rate_limit: bool,
    /// Calls of one account a second on the vendor's paths.
    pub vendor_per_second: u32,
    /// Calls from one address in five minutes on the vendor's paths.
    pub vendor_per_five_minutes: u32,
    /// Calls of one account a second on our own paths.
    pub own_per_second: u32,
    /// The limit by address leaves out calls from this machine itself.
    pub loopback_exempt: bool,
    /// Webhooks an account may have.
    pub max_webhooks: u32,
}

/// The section `delivery`.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The waits between the tries.
    pub retry_schedule: Vec<Duration>,
    /// No try starts later than this after the first.
    pub retry_window: Duration,
    /// Each wait is longer or shorter by up to this share of it; 0 to 0.5.
    pub jitter: f64,
    /// Attempts in flight in this process.
    pub in_flight: u32,
    /// Attempts in flight to one webhook; at most `in_flight`.
    pub in_flight_per_webhook: u32,
    /// How long a webhook that is overloaded rests at first.
    pub rest_floor: Duration,
    /// Its rests grow up to this; at least `rest_floor`.
    pub rest_ceiling: Duration,
    /// Webhooks may use plain http.
    pub allow_http: bool,
    /// Networks that may be called although they are not public.
    pub allow_addresses: Vec<IpNet>,
    /// A PEM file with further root certificates.
    pub trust_file: Option<PathBuf>,
    /// The name servers to ask; empty means the system's.
    pub nameservers: Vec<SocketAddr>,
    /// How long an attempt may take in all; 1 to 30 s.
    pub timeout: Duration,
    /// The `User-Agent` header of attempts.
    pub user_agent: String,
}

/// The section `inbox`.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbox {
    /// How long an inbox takes requests.
    pub life: Duration,
    /// Requests an inbox keeps.
    pub keep: u32,
    /// MiB of requests that all inboxes of an account keep.
    pub keep_mib: u32,
    /// Requests one inbox takes in a minute; `None` when they are not counted.
    pub requests_per_minute: Option<std::num::NonZeroU32>,
    /// Inboxes an account may have.
    pub max_inboxes: u32,
    /// Inboxes that one address may make in an hour.
    pub created_per_hour: u32,
}

/// The section `sandbox`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sandbox {
    /// A conversation without input for longer than this is abandoned.
    pub abandon_after: Duration,
}

/// The section `dashboard`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dashboard {
    /// Anybody may make an account of their own.
    pub sign_up: bool,
    /// Anybody may make an inbox without an account, for a day.
    pub anonymous_tester: bool,
}

/// The section `metrics`.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    /// Where `GET /metrics` is served; port 0 takes a free one. `None` turns it off.
    pub listen: Option<SocketAddr>,
}

/// The section `traces`.
#[derive(Debug, Clone, PartialEq)]
pub struct Traces {
    /// The collector, which takes OTLP over HTTP; `None` tells nobody.
    pub endpoint: Option<Url>,
    /// Headers of each request to it. Their values are secrets, and marked as such.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Which share of the events that came without a trace is told; 0 to 1.
    pub ratio: f64,
}

/// The section `log`.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// What is logged, in the syntax of `tracing_subscriber::EnvFilter`; it was parsed once and is good.
    pub level: String,
    /// How it is written.
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: one line an event.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

#[cfg(test)]
mod tests;
