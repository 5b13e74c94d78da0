//! Settings from every source: which wins, where it came from, what it means.

mod bad;

use super::*;
use std::ffi::OsString;

/// Loads from a settings file with this text (none when empty), these variables, these flags.
fn load(file: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Loaded, Problems> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deskbell.toml");
    let mut flags = flags;
    if !file.is_empty() {
        std::fs::write(&path, file).unwrap();
        flags.config = Some(path.to_str().unwrap().to_owned());
    }
    Config::load(&flags, variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

fn flag_listen(listen: &str) -> Flags {
    Flags { listen: Some(listen.to_owned()), ..Flags::default() }
}

fn origin(loaded: &Loaded, key: &str) -> String {
    loaded.settings.iter().find(|setting| setting.key == key).unwrap().origin.to_string()
}

#[test]
fn the_defaults_are_the_policies_own() {
    let config = Config::default();
    assert_eq!(config.rules(), deskbell_core::policy::retry::Rules::default());
    assert_eq!(config.deadlines(), deskbell_core::door::Deadlines::default());
    assert_eq!(config.api.max_webhooks, deskbell_core::policy::limit::WEBHOOKS_PER_ACCOUNT);
    assert_eq!(config.sandbox.abandon_after, deskbell_core::conversation::ABANDON_AFTER);
    assert_eq!(config.inbox.max_inboxes, deskbell_core::policy::limit::INBOXES_PER_ACCOUNT);
    assert_eq!(config.inbox.keep, deskbell_core::policy::limit::CAPTURES_PER_INBOX);
    assert_eq!(config.inbox.keep_mib, deskbell_core::policy::limit::CAPTURES_MIB_PER_ACCOUNT);
    assert_eq!(config.server.store, StoreAddress::Sqlite("./data/deskbell.db".into()));
    assert_eq!(config.delivery.user_agent, format!("Deskbell-Webhooks/{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(config.warnings(), Vec::<String>::new());
}

#[test]
fn the_concepts_say_for_how_long_events_are_kept() {
    let days = Config::default().retention.events.as_secs() / 86_400;
    let concepts = include_str!("../../../../docs/concepts.md");
    for sentence in
        [format!("are kept for {days} days (`retention.events`)"), format!("has {days} days for it")]
    {
        assert!(concepts.contains(&sentence), "docs/concepts.md does not say: {sentence}");
    }
}

#[test]
fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
    let file = "[server]\nlisten = '127.0.0.1:1'\ndata = '/f'\ndrain = '1s'\n[inbox]\nkeep = 7\n";
    let variables = [("DESKBELL_LISTEN", "127.0.0.1:2"), ("DESKBELL_SERVER__DATA", "/e"), ("HOME", "/root")];
    let loaded = load(file, &variables, flag_listen("127.0.0.1:3")).unwrap();
    let server = &loaded.config.server;
    assert_eq!(server.listen.port(), 3);
    assert_eq!(server.data, PathBuf::from("/e"));
    assert_eq!(server.store, StoreAddress::Sqlite("/e/deskbell.db".into()));
    assert_eq!(server.drain, Duration::from_secs(1));
    assert_eq!(loaded.config.inbox.keep, 7);
    assert_eq!(origin(&loaded, "server.listen"), "flag --listen");
    assert_eq!(origin(&loaded, "server.data"), "environment DESKBELL_SERVER__DATA");
    assert!(origin(&loaded, "inbox.keep").starts_with("file /"), "{}", origin(&loaded, "inbox.keep"));
    assert_eq!(origin(&loaded, "inbox.life"), "default");
    assert_eq!(origin(&loaded, "server.store"), "default, from server.data");
}

#[test]
fn the_password_of_a_database_is_used_and_never_printed() {
    let url = "postgres://ana:secret@127.0.0.1/deskbell";
    let loaded = load("", &[("DESKBELL_STORE", url)], Flags::default()).unwrap();
    let StoreAddress::Postgres(address) = &loaded.config.server.store else { panic!("it is a database") };
    assert_eq!(address.expose(), url);
    let printed = |key: &str| loaded.settings.iter().find(|setting| setting.key == key).unwrap().toml();
    assert_eq!(printed("server.store"), "\"postgres://ana:***@127.0.0.1/deskbell\"");
    let wrong = format!("{url}?sslmode=always");
    let refused = load("", &[("DESKBELL_STORE", &wrong)], Flags::default()).unwrap_err().to_string();
    assert!(refused.contains("postgres://ana:***@") && !format!("{refused}{loaded:?}").contains("secret"));
}

#[test]
fn what_headers_tell_a_collector_is_used_and_never_printed() {
    let of = |headers| load("", &[("DESKBELL_TRACES__HEADERS", headers)], Flags::default());
    let loaded = of("api-key=secret, x-tenant=a=secret").unwrap();
    let told: Vec<_> =
        loaded.config.traces.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(told, [("api-key", &b"secret"[..]), ("x-tenant", b"a=secret")]);
    let printed = loaded.settings.iter().find(|setting| setting.key == "traces.headers").unwrap().toml();
    assert_eq!(printed, "[\"api-key=***\", \"x-tenant=***\"]");
    assert!(!format!("{loaded:?}").contains("secret"));
    for wrong in ["thesecret", "api key=secret", "=secret", "api-key=\u{7}secret"] {
        let refused = of(wrong).unwrap_err().to_string();
        assert!(refused.contains("the name of a header") && !refused.contains("secret"), "{refused}");
    }
    let endpoint = [("DESKBELL_TRACES__ENDPOINT", "http://ana:secret@collector.example:4318")];
    let refused = load("", &endpoint, Flags::default()).unwrap_err().to_string();
    assert!(
        refused.contains("http://***@collector.example:4318") && !refused.contains("secret"),
        "{refused}"
    );
    let table = "[traces]\nheaders = { api-key = 'secret', x = 'secret' }\n";
    let refused = load(table, &[], Flags::default()).unwrap_err().to_string();
    assert!(refused.contains("traces.headers") && !refused.contains("secret"), "{refused}");
}

#[test]
fn the_file_can_be_named_by_the_environment() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("settings");
    std::fs::write(&path, "[delivery]\nallow_http = true\n").unwrap();
    let loaded = load("", &[("DESKBELL_CONFIG", path.to_str().unwrap())], Flags::default()).unwrap();
    assert!(loaded.config.delivery.allow_http);
}

#[test]
fn a_value_is_spelled_the_same_in_the_file_and_in_the_environment() {
    let file = "[delivery]\nretry_schedule = ['1s', '2s', '4s']\nallow_http = true\njitter = 0\n\
                allow_addresses = ['127.0.0.0/8', '::1']\nnameservers = ['192.0.2.53']\n";
    let variables = [
        ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "1s,2s, 4s"),
        ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"),
        ("DESKBELL_DELIVERY__JITTER", "0"),
        ("DESKBELL_DELIVERY__ALLOW_ADDRESSES", "127.0.0.0/8, ::1"),
        ("DESKBELL_DELIVERY__NAMESERVERS", "192.0.2.53:53"),
    ];
    let from_file = load(file, &[], Flags::default()).unwrap().config;
    let from_environment = load("", &variables, Flags::default()).unwrap().config;
    assert_eq!(from_file, from_environment);
    assert_eq!(from_file.delivery.retry_schedule, [1, 2, 4].map(Duration::from_secs));
    assert_eq!(from_file.delivery.allow_addresses.len(), 2);
}

#[test]
fn bounds_are_inclusive_and_profiles_have_names() {
    let variables = [
        ("DESKBELL_SERVER__DRAIN", "25s"),
        ("DESKBELL_DELIVERY__JITTER", "0.5"),
        ("DESKBELL_DELIVERY__TIMEOUT", "1000ms"),
        ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "hourly"),
        ("DESKBELL_INBOX__REQUESTS_PER_MINUTE", "0"),
        ("DESKBELL_INBOX__LIFE", "90d"),
        ("DESKBELL_LOG__LEVEL", "warn,deskbell_engine=debug"),
        ("DESKBELL_API__RATE_LIMIT", "off"),
    ];
    let config = load("", &variables, Flags::default()).unwrap().config;
    assert_eq!(config.delivery.retry_schedule.len(), 72);
    assert!(!config.api.rate_limit);
    assert_eq!(config.inbox.requests_per_minute, None);
    assert_eq!(config.deadlines().head, Duration::from_secs(1), "no phase outlives the attempt");
    let longest = format!("{}48h", "48h,".repeat(6));
    let schedule = [("DESKBELL_DELIVERY__RETRY_SCHEDULE", longest.as_str())];
    assert_eq!(load("", &schedule, Flags::default()).unwrap().config.rules().schedule.len(), 7, "14 days");
}

#[test]
fn weakened_settings_are_warned_of() {
    let variables = [
        ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"),
        ("DESKBELL_DELIVERY__ALLOW_ADDRESSES", "127.0.0.0/8"),
        ("DESKBELL_API__RATE_LIMIT", "off"),
        ("DESKBELL_SERVER__HOSTS", "hooks.example,*"),
        ("DESKBELL_DASHBOARD__ANONYMOUS_TESTER", "true"),
    ];
    let warnings = load("", &variables, Flags::default()).unwrap().config.warnings();
    for (warning, name) in
        warnings.iter().zip(["allow_http", "allow_addresses", "rate_limit", "hosts", "anonymous_tester"])
    {
        assert!(warning.contains(name), "T-45: {warning}");
    }
    assert_eq!(warnings.len(), 5);
}

#[test]
fn a_dashboard_that_others_reach_says_what_is_open() {
    let warnings = |variables: &[(&str, &str)], listen: &str| {
        load("", variables, flag_listen(listen)).unwrap().config.warnings()
    };
    assert!(warnings(&[], "127.0.0.1:0").is_empty());
    let open = warnings(&[], "0.0.0.0:8480");
    assert!(
        open[0].contains("dashboard.sign_up") && open[1].contains("public_url is not https"),
        "H-26: {open:?}"
    );
    assert_eq!(open.len(), 2);
    let (https, off) =
        (("DESKBELL_SERVER__PUBLIC_URL", "https://bell.example"), ("DESKBELL_DASHBOARD__SIGN_UP", "false"));
    assert!(warnings(&[https, off], "0.0.0.0:8480").is_empty());
}

#[test]
fn the_guard_knows_every_name_of_this_instance() {
    let mut config = Config::default();
    config.server.public_url = Some("https://hooks.example".parse().unwrap());
    let rules = config.ssrf_guard_rules("0.0.0.0:8480".parse().unwrap(), None);
    let own: Vec<_> = rules.own_urls.iter().map(Url::as_str).collect();
    assert_eq!(own, ["https://hooks.example/", "http://127.0.0.1:8480/", "http://localhost:8480/"]);
    config.server.public_url = None;
    assert_eq!(config.public_url("[fe80::1%3]:80".parse().unwrap()).as_str(), "http://[fe80::1]/");
}

#[test]
fn a_public_url_may_have_a_path() {
    let load = |text: &str| {
        let loaded = load("", &[("DESKBELL_SERVER__PUBLIC_URL", text)], Flags::default()).unwrap();
        loaded.config.public_url("127.0.0.1:1".parse().unwrap()).to_string()
    };
    assert_eq!(load("https://ops.example"), "https://ops.example/");
    for given in ["https://ops.example/a/hooks-2_x.y~z", "https://ops.example:443/a/hooks-2_x.y~z/"] {
        assert_eq!(load(given), "https://ops.example/a/hooks-2_x.y~z/", "{given}");
    }
}

#[test]
fn a_start_with_hosts_and_no_public_url_says_where_links_lead() {
    let note = |variables: &[(&str, &str)]| load("", variables, Flags::default()).unwrap().config.note();
    let (hosts, public_url) = (
        ("DESKBELL_SERVER__HOSTS", "bell.internal"),
        ("DESKBELL_SERVER__PUBLIC_URL", "https://bell.example"),
    );
    assert!(note(&[hosts]).unwrap().contains("server.public_url is not"));
    for unsaid in [note(&[]), note(&[public_url]), note(&[hosts, public_url])] {
        assert_eq!(unsaid, None);
    }
}

#[test]
fn what_is_printed_is_toml_that_gives_the_same_settings() {
    let variables = [
        ("DESKBELL_SERVER__HOSTS", "a.example,b.example"),
        ("DESKBELL_SERVER__PUBLIC_URL", "https://hooks.example"),
        ("DESKBELL_DATA", "/with \"quotes\""),
    ];
    let loaded = load("", &variables, Flags::default()).unwrap();
    let mut text = String::new();
    for setting in &loaded.settings {
        text += &format!("{} = {} # {}\n", setting.key, setting.toml(), setting.origin);
    }
    assert_eq!(load(&text, &[], Flags::default()).unwrap().config, loaded.config, "{text}");
}

#[test]
fn a_master_key_in_the_environment_is_read_and_never_shown() {
    let key = "0123456789abcdef".repeat(4);
    let loaded = load("", &[("DESKBELL_MASTER_KEY", key.as_str())], Flags::default()).unwrap();
    assert_eq!(loaded.master_key.as_ref().unwrap().bytes()[..3], [0x01, 0x23, 0x45]);
    assert!(!format!("{loaded:?}").contains("0123456789"));
}

#[test]
fn roles_and_names_are_of_a_process() {
    let all = load("", &[], Flags::default()).unwrap().config.server;
    assert_eq!((all.roles, all.name), (Roles::ALL, None));
    let postgres = ("DESKBELL_STORE", "postgres://db.example/deskbell");
    let flags =
        Flags { roles: Some("sweeps, engine".into()), name: Some("bell-1".into()), ..Flags::default() };
    let some = load("", &[postgres, ("DESKBELL_ROLES", "api")], flags).unwrap();
    assert_eq!(some.config.server.roles.written(), "engine,sweeps");
    assert_eq!(some.config.server.name.as_deref(), Some("bell-1"));
    assert_eq!(origin(&some, "server.roles"), "flag --roles");
    let same = [("DESKBELL_ROLES", "sweeps,api,engine"), ("DESKBELL_NAME", "one")];
    assert_eq!(load("", &same, Flags::default()).unwrap().config.server.roles, Roles::ALL, "on SQLite too");
}
