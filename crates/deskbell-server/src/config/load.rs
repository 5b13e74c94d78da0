//! Loading: lays the sources over each other, reads each setting, and checks those that depend on one another.

use super::layers::{FILE, Layers, MASTER_KEY};
use super::problem::{Problem, Problems};
use super::setting::{ENDPOINT, HEADERS, Setting, SettingSource, shown};
use super::store::StoreAddress;
use super::value::{self, net};
use super::{
    Api, Config, Dashboard, Delivery, Inbox, Log, LogFormat, Metrics, Sandbox, Server, TlsFiles, Traces,
};
use crate::master_key::MasterKey;
use deskbell_api::disk::Bounds;
use deskbell_core::door::USER_AGENT;
use deskbell_core::duration;
use deskbell_core::node::Roles;
use deskbell_core::policy::limit::{EVENTS_KEPT, PAYLOADS_KEPT, QUOTA_MIB};
use deskbell_core::quota::UNBOUNDED;
use deskbell_core::retention::Keep;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);
const MANY: u32 = 1_000_000;

/// What the command line says about settings.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`: the settings file.
    pub config: Option<String>,
    /// `--listen`: what `server.listen` is to be.
    pub listen: Option<String>,
    /// `--data`: what `server.data` is to be.
    pub data: Option<String>,
    /// `--store`: what `server.store` is to be.
    pub store: Option<String>,
    /// `--name`: what `server.name` is to be.
    pub name: Option<String>,
    /// `--roles`: what `server.roles` is to be.
    pub roles: Option<String>,
}

/// The settings in force, and how they came to be.
#[derive(Debug)]
pub struct Loaded {
    /// The settings, each parsed and within its bounds.
    pub config: Config,
    /// Each setting as text with its origin, sorted by key.
    pub settings: Vec<Setting>,
    /// The master key, when the environment gives it.
    pub master_key: Option<MasterKey>,
}

impl Config {
    /// Reads all sources: the defaults, the file that `flags` or the environment name, the environment, `flags`.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(
        flags: &Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Loaded, Problems> {
        let variables: BTreeMap<_, _> = environment.into_iter().collect();
        let mut layers = Layers::defaults();
        let file = flags.config.as_ref().map(OsString::from);
        if let Some(path) = file.as_ref().or_else(|| variables.get(&OsString::from(FILE))) {
            layers.file(&PathBuf::from(path));
        }
        layers.environment(&variables);
        layers.flag("server.listen", "--listen", flags.listen.as_ref());
        layers.flag("server.data", "--data", flags.data.as_ref());
        layers.flag("server.store", "--store", flags.store.as_ref());
        layers.flag("server.name", "--name", flags.name.as_ref());
        layers.flag("server.roles", "--roles", flags.roles.as_ref());

        let mut reader = Reader { settings: layers.settings, problems: layers.problems };
        let config = reader.config();
        let master_key =
            variables.get(&OsString::from(MASTER_KEY)).map(|text| MasterKey::parse(text.to_str()?));
        if let Some(None) = master_key {
            reader.problems.push(Problem::MasterKey);
        }
        if !reader.problems.is_empty() {
            return Err(Problems(reader.problems));
        }
        let settings = reader.settings.into_values().map(|setting| config.derived(setting)).collect();
        Ok(Loaded { config, settings, master_key: master_key.flatten() })
    }

    /// A setting that is empty because it follows from others, filled in.
    fn derived(&self, mut setting: Setting) -> Setting {
        let derived = match setting.key.as_str() {
            "server.store" => Some((self.server.store.written(), "server.data")),
            "server.public_url" if self.server.listen.port() != 0 => {
                let origin = self.public_url(self.server.listen).origin();
                Some((origin.ascii_serialization(), "server.listen"))
            }
            "retention.payloads" => Some((value::written_kept(self.retention.payloads), "retention.events")),
            "delivery.user_agent" => Some((self.delivery.user_agent.clone(), "the version")),
            _ => None,
        };
        // What is printed has no secret in it.
        setting.text = shown(&setting.key, &setting.text);
        if let Some((text, from)) = derived.filter(|_| setting.text.is_empty()) {
            (setting.text, setting.origin) = (text, SettingSource::Follows(from));
        }
        setting
    }
}

impl Default for Config {
    /// The compiled-in defaults.
    fn default() -> Self {
        Self::load(&Flags::default(), [])
            .unwrap_or_else(|problems| unreachable!("default.toml: {problems}"))
            .config
    }
}

/// Reads the settings one by one and gathers what is wrong with them.
struct Reader {
    settings: BTreeMap<String, Setting>,
    problems: Vec<Problem>,
}

impl Reader {
    /// The setting as `parse` reads it. The default stands in for a bad value only so that reading goes on to the next
    /// one: the problem it leaves behind ends the load.
    fn value<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        let setting = self.settings.get(key).unwrap_or_else(|| unreachable!("default.toml lacks {key}"));
        let (parsed, default) = (parse(&setting.text), setting.default_text());
        parsed.unwrap_or_else(|rule| {
            self.problem(key, rule);
            parse(&default).unwrap_or_else(|rule| unreachable!("default.toml, {key}: {rule}"))
        })
    }

    fn problem(&mut self, key: &str, rule: String) {
        if let Some(setting) = self.settings.get(key) {
            let (value, origin) = (shown(key, &setting.text), setting.origin.clone());
            self.problems.push(Problem::Value { key: key.to_owned(), value, rule, origin });
        }
    }

    fn config(&mut self) -> Config {
        let before = self.problems.len();
        let config = Config {
            server: self.server(),
            api: self.api(),
            delivery: self.delivery(),
            retention: self.retention(),
            quota: self.quota(),
            disk: self.disk(),
            inbox: self.inbox(),
            sandbox: Sandbox {
                abandon_after: self.value("sandbox.abandon_after", duration::within(SECOND, DAY)),
            },
            dashboard: Dashboard {
                sign_up: self.value("dashboard.sign_up", value::truth),
                anonymous_tester: self.value("dashboard.anonymous_tester", value::truth),
            },
            metrics: Metrics { listen: self.value("metrics.listen", value::optional(net::socket)) },
            traces: Traces {
                endpoint: self.value(ENDPOINT, value::optional(net::collector)),
                headers: self.value(HEADERS, value::list(value::header)),
                ratio: self.value("traces.ratio", value::fraction(0.0, 1.0)),
            },
            log: Log {
                level: self.value("log.level", value::filter),
                format: self.value(
                    "log.format",
                    value::choice([("text", LogFormat::Text), ("json", LogFormat::Json)]),
                ),
            },
        };
        // A stand-in must not be blamed for what it does not fit.
        if self.problems.len() == before {
            self.check_pairs(&config);
        }
        config
    }

    fn server(&mut self) -> Server {
        let data = self.value("server.data", value::path);
        let store = self.value("server.store", value::optional(value::store));
        Server {
            listen: self.value("server.listen", net::socket),
            store: store.unwrap_or_else(|| StoreAddress::within(&data)),
            data,
            name: self.value("server.name", value::optional(value::name)),
            roles: self.value("server.roles", value::roles),
            public_url: self.value("server.public_url", value::optional(net::public_url)),
            hosts: self.value("server.hosts", value::list(net::host)),
            tls: self.tls(),
            trusted_proxies: self.value("server.trusted_proxies", value::list(net::network)),
            max_connections: self.value("server.max_connections", value::size(1, MANY)),
            max_connections_per_network: self
                .value("server.max_connections_per_network", value::size(1, MANY)),
            drain: self.value("server.drain", duration::within(Duration::ZERO, 25 * SECOND)),
        }
    }

    /// One file is nothing without the other.
    fn tls(&mut self) -> Option<TlsFiles> {
        let files = ["server.tls_certificate", "server.tls_key"]
            .map(|key| (key, self.value(key, value::optional(value::path))));
        match files {
            [(_, Some(certificate)), (_, Some(key))] => Some(TlsFiles { certificate, key }),
            [(_, None), (_, None)] => None,
            [(given, one), (other, _)] => {
                let (empty, given) = if one.is_some() { (other, given) } else { (given, other) };
                self.problem(empty, format!("must be a file too, as {given} is set"));
                None
            }
        }
    }

    fn api(&mut self) -> Api {
        Api {
            rate_limit: self.value("api.rate_limit", value::choice([("on", true), ("off", false)])),
            vendor_per_second: self.value("api.vendor_per_second", value::number(1, MANY)),
            vendor_per_five_minutes: self.value("api.vendor_per_five_minutes", value::number(1, MANY)),
            own_per_second: self.value("api.own_per_second", value::number(1, MANY)),
            loopback_exempt: self.value("api.loopback_exempt", value::truth),
            max_webhooks: self.value("api.max_webhooks", value::number(1, 10_000)),
        }
    }

    fn delivery(&mut self) -> Delivery {
        let agent = self.value("delivery.user_agent", value::optional(value::user_agent));
        Delivery {
            retry_schedule: self.value("delivery.retry_schedule", value::schedule),
            retry_window: self.value("delivery.retry_window", duration::within(SECOND, 14 * DAY)),
            jitter: self.value("delivery.jitter", value::fraction(0.0, 0.5)),
            in_flight: self.value("delivery.in_flight", value::number(1, 65_536)),
            in_flight_per_webhook: self.value("delivery.in_flight_per_webhook", value::number(1, 65_536)),
            rest_floor: self.value("delivery.rest_floor", duration::within(Duration::from_millis(1), DAY)),
            rest_ceiling: self
                .value("delivery.rest_ceiling", duration::within(Duration::from_millis(1), DAY)),
            allow_http: self.value("delivery.allow_http", value::truth),
            allow_addresses: self.value("delivery.allow_addresses", value::list(net::network)),
            trust_file: self.value("delivery.trust_file", value::optional(value::pem_file)),
            nameservers: self.value("delivery.nameservers", value::list(net::nameserver)),
            timeout: self.value("delivery.timeout", duration::within(SECOND, 30 * SECOND)),
            user_agent: agent.unwrap_or_else(|| USER_AGENT.to_owned()),
        }
    }

    fn retention(&mut self) -> Keep {
        let events = self.value("retention.events", value::kept(EVENTS_KEPT));
        let payloads = self.value("retention.payloads", value::optional(value::kept(PAYLOADS_KEPT)));
        Keep { events, payloads: payloads.unwrap_or(events) }
    }

    fn quota(&mut self) -> Option<u64> {
        let mib = self.value("quota.events_mib", value::optional(value::number(0, QUOTA_MIB)));
        mib.map(|mib| if mib == 0 { UNBOUNDED } else { u64::from(mib) << 20 })
    }

    fn disk(&mut self) -> Bounds {
        let mut bytes = |key: &str, least| {
            let mib = self.value(key, value::optional(value::number(least, MANY)));
            mib.map(|mib| u64::from(mib) << 20)
        };
        Bounds { low: bytes("disk.low_water_mib", 1), reserve: bytes("disk.reserve_mib", 0) }
    }

    fn inbox(&mut self) -> Inbox {
        let per_minute = self.value("inbox.requests_per_minute", value::number(0, MANY));
        Inbox {
            life: self.value("inbox.life", duration::within(SECOND, 90 * DAY)),
            keep: self.value("inbox.keep", value::number(1, 500)),
            keep_mib: self.value("inbox.keep_mib", value::number(2, MANY)),
            requests_per_minute: std::num::NonZeroU32::new(per_minute),
            max_inboxes: self.value("inbox.max_inboxes", value::number(1, 10_000)),
            created_per_hour: self.value("inbox.created_per_hour", value::number(1, MANY)),
        }
    }

    /// The rules over two settings.
    fn check_pairs(&mut self, config: &Config) {
        let (server, delivery) = (&config.server, &config.delivery);
        if server.max_connections_per_network > server.max_connections {
            let rule = format!("must be at most server.max_connections, {}", server.max_connections);
            self.problem("server.max_connections_per_network", rule);
        }
        if server.store.file().is_some() && server.roles != Roles::ALL {
            let rule = format!(
                "must be {}, as server.store is an SQLite file, which one process serves",
                Roles::ALL.written()
            );
            self.problem("server.roles", rule);
        }
        if server.tls.is_some() && server.public_url.as_ref().is_some_and(|url| url.scheme() != "https") {
            let rule = "must begin with https://, as server.tls_certificate is set".to_owned();
            self.problem("server.public_url", rule);
        }
        if delivery.in_flight_per_webhook > delivery.in_flight {
            let rule = format!("must be at most delivery.in_flight, {}", delivery.in_flight);
            self.problem("delivery.in_flight_per_webhook", rule);
        }
        if config.retention.payloads > config.retention.events {
            let rule =
                format!("must be at most retention.events, {}", value::written_kept(config.retention.events));
            self.problem("retention.payloads", rule);
        }
        if delivery.rest_ceiling < delivery.rest_floor {
            let rule =
                format!("must be at least delivery.rest_floor, {}", duration::written(delivery.rest_floor));
            self.problem("delivery.rest_ceiling", rule);
        }
    }
}
