//! Directions: who may know whom, and where what belongs.

use super::*;

#[test]
fn core_knows_no_runtime_no_http_and_no_sql() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const FOREIGN: [&str; 16] = [
            "tokio",
            "async-std",
            "smol",
            "futures",
            "http",
            "hyper",
            "hyper-util",
            "axum",
            "tower",
            "reqwest",
            "rustls",
            "hickory-resolver",
            "rusqlite",
            "sqlx",
            "postgres",
            "tokio-postgres",
        ];
        if !source.is_manifest_of("core") {
            return Vec::new();
        }
        let foreign = |name: &str| FOREIGN.contains(&name) || name.starts_with("deskbell-");
        let found = source.dependencies().into_iter().filter(|(_, name)| foreign(name));
        found.map(|(line, name)| (line, format!("core must not depend on {name}"))).collect()
    }
    catches(rule, "crates/deskbell-core/Cargo.toml", "[dependencies]\nserde = \"1\"\ntokio.workspace = true");
    catches(rule, "crates/deskbell-core/Cargo.toml", "[dependencies]\ndeskbell-store.workspace = true");
    permits(rule, "crates/deskbell-core/Cargo.toml", "[dependencies]\nserde = \"1\"");
    holds(rule);
}

/// The crates of ours that each crate may depend on. An arrow that is not here is not there.
const ARROWS: [(&str, &[&str]); 12] = [
    ("core", &[]),
    ("engine", &["core"]),
    ("store", &["core"]),
    ("otlp", &["core", "tls"]),
    ("tls", &["core"]),
    ("transport", &["core", "tls"]),
    ("ui", &[]),
    ("wire", &["core"]),
    ("http", &["core", "wire"]),
    ("api", &["core", "http", "wire"]),
    ("dashboard", &["api", "core", "http", "ui", "wire"]),
    ("cli", &["core", "tls"]),
];

#[test]
fn every_crate_depends_only_on_those_its_arrows_name() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        let Some((name, arrows)) = ARROWS.iter().find(|(name, _)| source.is_manifest_of(name)) else {
            return Vec::new();
        };
        let allowed = |dependency: &str| {
            dependency.strip_prefix("deskbell-").is_none_or(|dependency| arrows.contains(&dependency))
        };
        let found = source.dependencies().into_iter().filter(|(_, dependency)| !allowed(dependency));
        found.map(|(line, dependency)| (line, format!("{name} must not depend on {dependency}"))).collect()
    }
    let depends = |on: &str| format!("[dependencies]\ndeskbell-{on}.workspace = true");
    for (name, arrows) in ARROWS {
        let manifest = format!("crates/deskbell-{name}/Cargo.toml");
        catches(rule, &manifest, &depends("server"));
        for (other, _) in ARROWS.iter().filter(|(other, _)| *other != name && !arrows.contains(other)) {
            catches(rule, &manifest, &depends(other));
        }
        for arrow in arrows {
            permits(rule, &manifest, &depends(arrow));
        }
    }
    permits(rule, "crates/deskbell-server/Cargo.toml", &depends("transport"));
    permits(
        rule,
        "crates/deskbell-engine/Cargo.toml",
        "[dependencies]\ntokio = \"1\"\n[dev-dependencies]\ndeskbell-store.workspace = true",
    );
    holds(rule);
}

#[test]
fn every_crate_has_its_arrows_named() {
    let crates = fs::read_dir(root().join("crates")).expect("the crates").flatten();
    let names = crates
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_prefix("deskbell-").map(str::to_owned));
    let unnamed: Vec<String> =
        names.filter(|name| name != "server" && !ARROWS.iter().any(|(known, _)| known == name)).collect();
    assert!(unnamed.is_empty(), "a crate without a place in the order: {unnamed:?}");
}

#[test]
fn the_engine_needs_no_more_than_time_and_sync() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const ENGINE: [&str; 4] = ["deskbell-core", "futures", "tokio", "tracing"];
        if !source.is_manifest_of("engine") {
            return Vec::new();
        }
        let found = source.dependencies().into_iter().filter(|(_, name)| !ENGINE.contains(&name.as_str()));
        found.map(|(line, name)| (line, format!("engine must not depend on {name}"))).collect()
    }
    catches(rule, "crates/deskbell-engine/Cargo.toml", "[dependencies]\nhyper = \"1\"");
    permits(
        rule,
        "crates/deskbell-engine/Cargo.toml",
        "[dependencies]\ntokio = \"1\"\n[dev-dependencies]\nhyper = \"1\"",
    );
    holds(rule);
}

#[test]
fn core_and_engine_never_read_a_clock() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const CLOCKS: [&str; 4] = ["SystemTime", "Timestamp::now", "Zoned::now", "Instant::now"];
        if !source.is_in("core") && !source.is_in("engine") {
            return Vec::new();
        }
        // Tokio's clock stands still when a test says so; it measures intervals, never the time of day.
        let tokios = source.path.contains("engine") && source.text.contains("use tokio::time::");
        let words =
            if tokios && !source.text.contains("std::time::Instant") { &CLOCKS[..3] } else { &CLOCKS[..] };
        let mut found = source.naming(words, "ask the Clock door");
        found.retain(|(line, _)| {
            let text = source.text.lines().nth(line - 1).unwrap_or_default();
            !text.replace("tokio::time::Instant::now", "").is_empty()
                && words.iter().any(|word| text.replace("tokio::time::Instant::now", "").contains(word))
        });
        found
    }
    let engine = "crates/deskbell-engine/src/x.rs";
    catches(rule, engine, "//! x\nuse std::time::Instant;\nlet now = Instant::now();");
    catches(rule, engine, "//! x\nlet now = Timestamp::now();");
    catches(rule, "crates/deskbell-core/src/x.rs", "//! x\nlet now = std::time::SystemTime::now();");
    permits(rule, engine, "//! x\nlet due = tokio::time::Instant::now() + wait;");
    permits(rule, engine, "//! x\nuse tokio::time::Instant;\nlet now = Instant::now();");
    permits(rule, "crates/deskbell-server/src/door.rs", "//! x\nTimestamp::now()");
    holds(rule);
}

#[test]
fn the_engine_sees_of_the_store_its_queue_only() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        if !source.is_in("engine") {
            return Vec::new();
        }
        source.naming(&["Store", "Ledger"], "the engine is handed the queue")
    }
    catches(rule, "crates/deskbell-engine/src/x.rs", "//! x\nlet store: Arc<dyn Store>;");
    permits(rule, "crates/deskbell-engine/src/x.rs", "//! x\nlet queue: Arc<dyn Queue>;");
    permits(rule, "crates/deskbell-engine/tests/x.rs", "//! x\nlet store = MemoryStore::new();");
    holds(rule);
}

#[test]
fn the_memory_store_is_compiled_for_tests_only() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        if !source.path.ends_with("Cargo.toml") {
            return Vec::new();
        }
        let product = source.text.split("[dev-dependencies]").next().unwrap_or_default();
        let turned_on = |line: &str| line.starts_with("deskbell-store") && line.contains("\"memory\"");
        let lines = product.lines().enumerate().filter(|(_, line)| turned_on(line));
        lines.map(|(index, _)| (index + 1, "memory belongs in [dev-dependencies]".to_owned())).collect()
    }
    let on = "deskbell-store = { workspace = true, features = [\"memory\"] }";
    catches(rule, "crates/deskbell-server/Cargo.toml", &format!("[dependencies]\n{on}"));
    permits(rule, "crates/deskbell-server/Cargo.toml", &format!("[dependencies]\n[dev-dependencies]\n{on}"));
    holds(rule);
}

#[test]
fn sql_lives_in_the_store() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const SQL: [&str; 7] =
            ["SELECT ", "INSERT INTO", "DELETE FROM", "CREATE TABLE", "PRAGMA ", "rusqlite", "ON CONFLICT"];
        let manifests = source.path.starts_with("crates/") && source.path.ends_with("Cargo.toml");
        if manifests && !source.is_manifest_of("store") {
            let found = source
                .dependencies()
                .into_iter()
                .filter(|(_, name)| name == "rusqlite" || name.contains("postgres"));
            return found.map(|(line, name)| (line, format!("{name} belongs to the store"))).collect();
        }
        if source.is_product() && !source.is_in("store") {
            source.naming(&SQL, "SQL belongs to the store")
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-server/src/x.rs", "//! x\nlet sql = \"SELECT 1\";");
    catches(rule, "crates/deskbell-server/Cargo.toml", "[dependencies]\nrusqlite.workspace = true");
    permits(
        rule,
        "crates/deskbell-server/src/x.rs",
        "//! x\n// SELECT is not for here\n#[cfg(test)]\nmod tests {\n\"SELECT 1\"",
    );
    permits(rule, "crates/deskbell-store/src/x.rs", "//! x\nlet sql = \"SELECT 1\";");
    holds(rule);
}

#[test]
fn outbound_sockets_and_look_ups_live_in_the_transport() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const OUTBOUND: [&str; 9] = [
            "TcpStream::connect",
            "UnixStream::connect",
            "UdpSocket",
            "TcpSocket",
            "lookup_host",
            "ToSocketAddrs",
            "hickory",
            "hyper::client",
            "hyper_util::client",
        ];
        let why = "only the transport may reach out";
        if source.path.starts_with("crates/")
            && source.path.ends_with("Cargo.toml")
            && !source.is_manifest_of("transport")
        {
            const CLIENTS: [&str; 4] = ["hickory-resolver", "reqwest", "ureq", "curl"];
            let found =
                source.dependencies().into_iter().filter(|(_, name)| CLIENTS.contains(&name.as_str()));
            return found.map(|(line, name)| (line, format!("{name}: {why}"))).collect();
        }
        // The command line is a person's own process and calls where they say: it is not the server's way out. Spans go where the
        // operator says, and nowhere else.
        let as_told = source.is_in("cli") || source.is_in("otlp");
        if source.is_product() && !source.is_in("transport") && !as_told {
            source.naming(&OUTBOUND, why)
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-server/src/x.rs", "//! x\nTcpStream::connect(address)");
    catches(rule, "crates/deskbell-engine/src/x.rs", "//! x\nuse hyper::client::conn::http1;");
    catches(rule, "crates/deskbell-server/Cargo.toml", "[dependencies]\nreqwest = \"0.12\"");
    permits(rule, "crates/deskbell-transport/src/x.rs", "//! x\nTcpStream::connect(address)");
    permits(rule, "crates/deskbell-cli/src/client.rs", "//! x\nuse hyper_util::client::legacy;");
    permits(rule, "crates/deskbell-otlp/src/client.rs", "//! x\nuse hyper_util::client::legacy;");
    catches(rule, "crates/deskbell-api/src/x.rs", "//! x\nuse hyper_util::client::legacy;");
    permits(rule, "crates/deskbell-server/tests/x.rs", "//! x\nTcpStream::connect(address)");
    holds(rule);
}

#[test]
fn status_codes_stand_where_http_is_answered_and_shapes_in_wire() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const STATUS: [&str; 3] = ["StatusCode", "IntoResponse", "axum::Json"];
        let answers = ["wire", "http", "api", "dashboard"].into_iter().any(|home| source.is_in(home));
        let mut found = Vec::new();
        if source.is_product() && !answers {
            found.extend(source.naming(&STATUS, "whoever answers HTTP says it: wire, http, api, dashboard"));
        }
        if source.is_product() && !source.is_in("wire") {
            found.extend(source.naming(
                &["derive(ToSchema", ", ToSchema", "derive(IntoParams", ", IntoParams"],
                "a public shape belongs to wire",
            ));
        }
        found
    }
    catches(rule, "crates/deskbell-engine/src/x.rs", "//! x\nif status == StatusCode::OK {}");
    catches(rule, "crates/deskbell-server/src/cli.rs", "//! x\nStatusCode::CREATED");
    catches(rule, "crates/deskbell-api/src/webhook.rs", "//! x\n#[derive(Serialize, ToSchema)]");
    catches(rule, "crates/deskbell-api/src/webhook.rs", "//! x\n#[derive(IntoParams)]");
    permits(rule, "crates/deskbell-api/src/webhook.rs", "//! x\nStatusCode::CREATED");
    permits(rule, "crates/deskbell-http/src/listen.rs", "//! x\nStatusCode::CREATED");
    permits(rule, "crates/deskbell-wire/src/webhook.rs", "//! x\n#[derive(Serialize, ToSchema)]");
    holds(rule);
}

#[test]
fn http_in_knows_no_route() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        if source.is_in("http") {
            source.naming(&["\"/v2", "\"/in/"], "http knows no route")
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-http/src/x.rs", "//! x\npath.starts_with(\"/v2/\")");
    permits(rule, "crates/deskbell-api/src/x.rs", "//! x\npath.starts_with(\"/v2/\")");
    holds(rule);
}

#[test]
fn handlers_never_send() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        let handler = source.is_in("api") && !source.path.ends_with("/settings.rs");
        let words = ["deskbell_transport", "dyn Transport", "retry::Rules"];
        if handler {
            source.naming(&words, "a handler writes an intention and wakes the engine")
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-api/src/x.rs", "//! x\nuse deskbell_transport::Https;");
    permits(rule, "crates/deskbell-server/src/serve.rs", "//! x\nuse deskbell_transport::Https;");
    holds(rule);
}

#[test]
fn there_is_no_global_state() {
    /// The types of plain data: texts, numbers, and lists and tuples of them.
    fn is_plain(name: &str) -> bool {
        const PLAIN: [&str; 16] = [
            "str", "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
            "i128", "isize", "f64",
        ];
        let words = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '\'');
        let mut words = words.filter(|word| !word.is_empty() && *word != "'static");
        words.all(|word| {
            PLAIN.contains(&word)
                || word.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
        })
    }
    fn rule(source: &Source) -> Vec<(usize, String)> {
        if !source.is_product() {
            return Vec::new();
        }
        let global = |line: &str| {
            if line.contains("thread_local!") {
                return true;
            }
            let line = line.trim_start();
            let line = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
            let Some(named) = line.strip_prefix("static ") else { return false };
            // What is too long for a line, or has no type here, is no plain data either.
            // The language wants the allocator to be a static.
            if named.starts_with("ALLOCATOR: mimalloc::MiMalloc = ") {
                return false;
            }
            let plain = named.split_once(": ").and_then(|(_, rest)| Some(is_plain(rest.split_once(" =")?.0)));
            !plain.unwrap_or(false)
        };
        let found = source.code().filter(|(_, line)| global(line));
        found.map(|(number, line)| (number, format!("global state: {}", line.trim()))).collect()
    }
    let product = "crates/deskbell-server/src/x.rs";
    catches(rule, product, "//! x\nstatic STORE: OnceLock<Store> = OnceLock::new();");
    catches(rule, product, "//! x\n    pub static COUNT: AtomicU64 = AtomicU64::new(0);");
    catches(rule, product, "//! x\nstatic TURNS: Semaphore = Semaphore::const_new(1);");
    catches(rule, product, "//! x\nthread_local! {");
    permits(rule, product, "//! x\nstatic NAMES: [&str; 1] = [\"a\"];\nlet lock: OnceLock<u8>;");
    permits(rule, product, "//! x\nstatic PAIRS: &[(&'static str, u64); COUNT] = &[];");
    holds(rule);
}
