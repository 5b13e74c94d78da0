//! C-46: bad configurations, each refused with key, value, rule and source.

use super::{flag_listen, load};
use crate::config::{Flags, Loaded, Problems};

/// One bad setting in the environment: its variable behind `DESKBELL_`, the value, and the rule that must be named.
const VALUES: [(&str, &str, &str); 65] = [
    ("SERVER__LISTEN", "", "an IP address and a port"),
    ("SERVER__LISTEN", "8480", "an IP address and a port"),
    ("SERVER__LISTEN", "localhost:8480", "an IP address and a port"),
    ("SERVER__LISTEN", "127.0.0.1:65536", "an IP address and a port"),
    ("SERVER__LISTEN", "127.0.0.1", "an IP address and a port"),
    ("SERVER__DATA", "", "must be a path"),
    ("SERVER__STORE", "postgres://db/deskbell?sslmode=always", "sslmode is disable, prefer"),
    ("SERVER__STORE", "mysql:x", "must be sqlite:"),
    ("SERVER__STORE", "./deskbell.db", "must be sqlite:"),
    ("SERVER__STORE", "sqlite:", "the path of a file"),
    ("SERVER__STORE", "sqlite::memory:", "the path of a file"),
    ("SERVER__NAME", " bell-1", "1 to 100 printable characters"),
    ("SERVER__NAME", "bell\n1", "1 to 100 printable characters"),
    ("SERVER__NAME", "bell\u{202e}1", "1 to 100 printable characters"),
    ("SERVER__ROLES", "", "one or more of api, engine and sweeps"),
    ("SERVER__ROLES", "api,web", "one or more of api, engine and sweeps"),
    ("SERVER__ROLES", "api,api", "each once"),
    ("SERVER__ROLES", "api", "must be api,engine,sweeps, as server.store is an SQLite file"),
    ("SERVER__ROLES", "engine,sweeps", "which one process serves"),
    ("SERVER__PUBLIC_URL", "hooks.example", "http:// or https://"),
    ("SERVER__PUBLIC_URL", "ftp://hooks.example", "http:// or https://"),
    ("SERVER__PUBLIC_URL", "https://hooks.example/path?x", "nothing else"),
    ("SERVER__PUBLIC_URL", "https://hooks.example/a//b", "nothing else"),
    ("SERVER__PUBLIC_URL", "https://hooks.example/a;b", "letters, digits"),
    ("SERVER__PUBLIC_URL", "https://hooks.example/a b", "letters, digits"),
    ("SERVER__PUBLIC_URL", "https://u:p@hooks.example", "nothing else"),
    ("SERVER__HOSTS", "good.example,https://bad.example", "entry 2: must be a host name"),
    ("SERVER__HOSTS", "*.example", "must be a host name"),
    ("SERVER__TRUSTED_PROXIES", "10.0.0.0/33", "an IP address or a network"),
    ("SERVER__TRUSTED_PROXIES", "10.1.2.3/8", "the network is 10.0.0.0/8"),
    ("SERVER__MAX_CONNECTIONS", "0", "a whole number from 1 to 1000000"),
    ("SERVER__MAX_CONNECTIONS", "-1", "a whole number"),
    ("SERVER__MAX_CONNECTIONS", "1e4", "a whole number"),
    ("SERVER__MAX_CONNECTIONS_PER_NETWORK", "20000", "at most server.max_connections, 10000"),
    ("SERVER__DRAIN", "26s", "a duration from 0s to 25s"),
    ("API__RATE_LIMIT", "true", "must be on or off"),
    ("API__VENDOR_PER_SECOND", "99999999999999999999", "a whole number"),
    ("API__MAX_WEBHOOKS", "", "a whole number"),
    ("DELIVERY__RETRY_SCHEDULE", "", "step 1"),
    ("DELIVERY__RETRY_SCHEDULE", "1s,0s", "step 2"),
    ("DELIVERY__RETRY_SCHEDULE", "1s,-2s,4s", "step 2"),
    ("DELIVERY__RETRY_SCHEDULE", "1s,2s,49h", "step 3"),
    ("DELIVERY__RETRY_SCHEDULE", "fast", "vendor, hourly"),
    ("DELIVERY__RETRY_SCHEDULE", "48h,48h,48h,48h,48h,48h,48h,1s", "14d together"),
    ("DELIVERY__RETRY_WINDOW", "72", "a duration"),
    ("DELIVERY__JITTER", "0.6", "a number from 0 to 0.5"),
    ("DELIVERY__JITTER", "NaN", "a number from 0 to 0.5"),
    ("DELIVERY__IN_FLIGHT", "4", "at most delivery.in_flight, 4"),
    ("DELIVERY__REST_CEILING", "10ms", "at least delivery.rest_floor, 1s"),
    ("DELIVERY__ALLOW_HTTP", "yes", "must be true or false"),
    ("DELIVERY__TRUST_FILE", "/nowhere/roots.pem", "cannot be read"),
    ("DELIVERY__NAMESERVERS", "dns.example", "must be an IP address"),
    ("DELIVERY__TIMEOUT", "18446744073709551615d", "a duration from 1s to 30s"),
    ("DELIVERY__USER_AGENT", "a\r\nX-Evil: 1", "visible ASCII"),
    ("RETENTION__EVENTS", "6d", "a duration from 7d to 36500d"),
    ("RETENTION__EVENTS", "never", "or forever"),
    ("RETENTION__EVENTS", "", "or forever"),
    ("RETENTION__PAYLOADS", "59m", "a duration from 1h to 36500d"),
    ("RETENTION__PAYLOADS", "91d", "at most retention.events, 90d"),
    ("DISK__LOW_WATER_MIB", "0", "a whole number from 1 to 1000000"),
    ("DISK__RESERVE_MIB", "64MiB", "a whole number from 0 to 1000000"),
    ("METRICS__LISTEN", "9480", "an IP address and a port"),
    ("TRACES__ENDPOINT", "127.0.0.1:4318", "must be http:// or https://"),
    ("TRACES__RATIO", "2", "a number from 0 to 1"),
    ("LOG__LEVEL", "loud", "off, error, warn"),
];

/// A bad file: its text, and what the message must name.
const FILES: [(&str, &[&str]); 12] = [
    ("[server]\nlisten = 8480\n", &["server.listen", "8480", "an IP address and a port", "file "]),
    ("[server]\nlisten = { port = 1 }\n", &["server.listen", "port = 1", "must be text, a number"]),
    ("[server]\nmax_connections = 1.5\n", &["server.max_connections", "1.5", "a whole number"]),
    ("[api]\nrate_limit = true\n", &["api.rate_limit", "true", "on or off"]),
    ("[delivery]\nretry_schedule = [[1]]\n", &["delivery.retry_schedule", "[[1]]", "a list of text"]),
    ("[delivery]\ntimeout = 20\n", &["delivery.timeout", "20", "a duration"]),
    (
        "[delivery]\nretry_shedule = '1s'\n",
        &["delivery.retry_shedule", "no such setting", "delivery.retry_schedule?"],
    ),
    ("[delivry]\ntimeout = '1s'\n", &["delivry.timeout", "no such setting", "delivery.timeout?"]),
    ("listen = '127.0.0.1:1'\n", &["listen", "no such setting", "server.listen?"]),
    ("[tracing]\n", &["tracing", "no such setting"]),
    ("[server]\nlisten = 'a'\nlisten = 'b'\n", &["deskbell.toml", "line 3", "duplicate key"]),
    ("[server\n", &["deskbell.toml", "line 1"]),
];

/// A variable that means nothing, and what was meant.
const NAMES: [(&str, &str); 4] = [
    ("DESKBELL_SERVER_LISTEN", "DESKBELL_SERVER__LISTEN?"),
    ("DESKBELL_DELIVERY__ALLOW_HTPP", "DESKBELL_DELIVERY__ALLOW_HTTP?"),
    ("DESKBELL_MASTERKEY", "DESKBELL_MASTER_KEY?"),
    ("DESKBELL_delivery__timeout", "DESKBELL_DELIVERY__TIMEOUT?"),
];

fn refused(loaded: Result<Loaded, Problems>) -> String {
    match loaded {
        Ok(_) => panic!("C-46: a bad configuration was accepted"),
        Err(problems) => problems.to_string(),
    }
}

#[track_caller]
fn assert_names(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "C-46: {part:?} is not named in {message:?}");
    }
}

#[test]
fn sixty_bad_configurations_are_refused_by_key_value_rule_and_source() {
    for (name, value, rule) in VALUES {
        let variable = format!("DESKBELL_{name}");
        let message = refused(load("", &[(&variable, value)], Flags::default()));
        let key = match name {
            // Two settings that do not fit: the message is about the one that has the bound in its name.
            "DELIVERY__IN_FLIGHT" => "delivery.in_flight_per_webhook".to_owned(),
            _ => name.replace("__", ".").to_lowercase(),
        };
        assert_names(&message, &[&key, rule]);
        if name != "DELIVERY__IN_FLIGHT" {
            assert_names(&message, &[&format!("{value:?}"), &format!("environment {variable}")]);
        }
    }
    for (text, parts) in FILES {
        assert_names(&refused(load(text, &[], Flags::default())), parts);
    }
    for (name, meant) in NAMES {
        let message = refused(load("", &[(name, "canary")], Flags::default()));
        assert_names(&message, &[name, "environment", "no such setting", meant]);
        assert!(!message.contains("canary"), "a value that may be a secret is shown: {message}");
    }
    assert!(VALUES.len() + FILES.len() + NAMES.len() >= 60, "C-46");
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let file = "[server]\ndrain = '1y'\n[nothing]\nat = 1\n";
    let variables = [("DESKBELL_LOG__FORMAT", "xml"), ("DESKBELL_X", "1"), ("DESKBELL_MASTER_KEY", "canary")];
    let message = refused(load(file, &variables, flag_listen("here")));
    assert_names(
        &message,
        &["6 settings are wrong", "server.drain", "nothing.at", "log.format", "DESKBELL_X"],
    );
    assert_names(&message, &["server.listen = \"here\" (flag --listen)", "DESKBELL_MASTER_KEY"]);
    assert!(!message.contains("canary"), "C-46: a secret is shown: {message}");
}

#[test]
fn one_setting_under_two_names_is_refused() {
    let variables = [("DESKBELL_LISTEN", "127.0.0.1:1"), ("DESKBELL_SERVER__LISTEN", "127.0.0.1:1")];
    let message = refused(load("", &variables, Flags::default()));
    assert_names(&message, &["DESKBELL_LISTEN and DESKBELL_SERVER__LISTEN", "server.listen", "keep one"]);
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let flags = Flags { config: Some("/nowhere/deskbell.toml".to_owned()), ..Flags::default() };
    assert_names(&refused(load("", &[], flags)), &["/nowhere/deskbell.toml", "cannot be read"]);
}

#[test]
fn a_value_that_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = std::ffi::OsString::from_vec(vec![b'/', 0xff]);
    let loaded = crate::config::Config::load(&Flags::default(), [("DESKBELL_DATA".into(), value)]);
    assert_names(&refused(loaded), &["server.data", "must be UTF-8", "environment DESKBELL_DATA"]);
}
