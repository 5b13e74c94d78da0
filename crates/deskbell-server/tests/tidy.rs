//! The rules of direction and of style, read off the manifests and the sources. Each rule first shows that it sees
//! an offence and lets its lawful twin pass; then it is held against the whole tree.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository; the path is relative to its root.
struct Source {
    path: String,
    text: String,
}

/// A rule gives the line and the reason of each offence.
type Rule = fn(&Source) -> Vec<(usize, String)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every text file of the repository, without what is built or fetched.
fn tree() -> Vec<Source> {
    const SKIPPED: [&str; 5] = [".git", "target", "node_modules", "data", "dist"];
    const TEXT: [&str; 14] =
        ["rs", "toml", "md", "json", "sql", "py", "sh", "ts", "tsx", "js", "css", "html", "yml", "txt"];
    fn walk(folder: &Path, root: &Path, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).expect("a folder of the repository").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                if !SKIPPED.contains(&name.as_str()) {
                    walk(&path, root, found);
                }
                continue;
            }
            let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
            if extension.is_none_or(|extension| TEXT.contains(&extension.as_str())) {
                // A file that an editor has just moved away, or that is not text, is nothing to judge.
                let Ok(text) = fs::read_to_string(&path) else { continue };
                let path = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
                found.push(Source { path, text });
            }
        }
    }
    let (root, mut found) = (root(), Vec::new());
    walk(&root, &root, &mut found);
    assert!(found.iter().filter(|source| source.is_rust()).count() > 50, "the tree was not found");
    found
}

/// Holds `rule` against the whole tree.
fn holds(rule: Rule) {
    let offences: Vec<String> = tree()
        .iter()
        .flat_map(|source| {
            rule(source).into_iter().map(move |(line, why)| format!("{}:{line}: {why}", source.path))
        })
        .collect();
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

fn judge(rule: Rule, path: &str, text: &str) -> Vec<(usize, String)> {
    rule(&Source { path: path.to_owned(), text: text.to_owned() })
}

fn catches(rule: Rule, path: &str, text: &str) {
    assert!(!judge(rule, path, text).is_empty(), "the rule is blind to {path}: {text}");
}

fn permits(rule: Rule, path: &str, text: &str) {
    assert_eq!(judge(rule, path, text), [], "the rule is too strict on {path}: {text}");
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Test code: suites, and the contract that every store must pass.
    fn is_suite(&self) -> bool {
        let named = |name: &str| {
            self.path.ends_with(&format!("/{name}.rs")) || self.path.contains(&format!("/{name}/"))
        };
        named("tests") || named("contract")
    }

    /// A source of the crate, its suites aside.
    fn is_in(&self, name: &str) -> bool {
        self.is_rust() && !self.is_suite() && self.path.starts_with(&format!("crates/deskbell-{name}/"))
    }

    /// A source of any crate under `crates/`, suites aside.
    fn is_product(&self) -> bool {
        self.is_rust() && !self.is_suite() && self.path.starts_with("crates/")
    }

    /// The numbered lines of code: no comments, nothing from a test module on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let end = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let last = self.text[..end].lines().count();
        lines.take(last).map(|(number, line)| (number, line.split("// ").next().unwrap_or(line))).filter(
            |(_, line)| {
                let line = line.trim_start();
                !line.starts_with("//")
            },
        )
    }

    /// The lines of code that hold one of `words`.
    fn naming(&self, words: &[&str], why: &str) -> Vec<(usize, String)> {
        let named = |line: &str| words.iter().copied().find(|word| line.contains(word));
        self.code().filter_map(|(number, line)| Some((number, format!("{}: {why}", named(line)?)))).collect()
    }

    /// The names in `[dependencies]` of a crate's manifest, with the line that each is in.
    fn dependencies(&self) -> Vec<(usize, String)> {
        let manifest: toml::Table = self.text.parse().expect("a manifest");
        let Some(names) = manifest.get("dependencies").and_then(|table| table.as_table()) else {
            return Vec::new();
        };
        let line = |name: &str| {
            self.text.lines().position(|line| line.starts_with(name)).map_or(1, |index| index + 1)
        };
        names.keys().map(|name| (line(name), name.clone())).collect()
    }

    fn is_manifest_of(&self, name: &str) -> bool {
        self.path == format!("crates/deskbell-{name}/Cargo.toml")
    }
}

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

#[test]
fn engine_store_and_transport_know_core_and_never_each_other() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const ENGINE: [&str; 4] = ["deskbell-core", "futures", "tokio", "tracing"];
        let Some(name) =
            ["engine", "store", "transport", "ui"].into_iter().find(|name| source.is_manifest_of(name))
        else {
            return Vec::new();
        };
        let allowed = |dependency: &str| match name {
            "engine" => ENGINE.contains(&dependency),
            _ => dependency == "deskbell-core" || !dependency.starts_with("deskbell-"),
        };
        let found = source.dependencies().into_iter().filter(|(_, dependency)| !allowed(dependency));
        found.map(|(line, dependency)| (line, format!("{name} must not depend on {dependency}"))).collect()
    }
    catches(rule, "crates/deskbell-engine/Cargo.toml", "[dependencies]\nhyper = \"1\"");
    catches(rule, "crates/deskbell-store/Cargo.toml", "[dependencies]\ndeskbell-transport.workspace = true");
    permits(
        rule,
        "crates/deskbell-engine/Cargo.toml",
        "[dependencies]\ntokio = \"1\"\n[dev-dependencies]\nhyper = \"1\"",
    );
    permits(rule, "crates/deskbell-server/Cargo.toml", "[dependencies]\ndeskbell-transport.workspace = true");
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
        // The command line is a person's own process and calls where they say: it is not the server's way out.
        let by_hand = source.path.starts_with("crates/deskbell-server/src/cli/");
        if source.is_product() && !source.is_in("transport") && !by_hand {
            source.naming(&OUTBOUND, why)
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-server/src/x.rs", "//! x\nTcpStream::connect(address)");
    catches(rule, "crates/deskbell-engine/src/x.rs", "//! x\nuse hyper::client::conn::http1;");
    catches(rule, "crates/deskbell-server/Cargo.toml", "[dependencies]\nreqwest = \"0.12\"");
    permits(rule, "crates/deskbell-transport/src/x.rs", "//! x\nTcpStream::connect(address)");
    permits(rule, "crates/deskbell-server/src/cli/client.rs", "//! x\nuse hyper_util::client::legacy;");
    catches(rule, "crates/deskbell-server/src/api/x.rs", "//! x\nuse hyper_util::client::legacy;");
    permits(rule, "crates/deskbell-server/tests/x.rs", "//! x\nTcpStream::connect(address)");
    holds(rule);
}

#[test]
fn status_codes_and_public_json_live_in_the_api() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const WIRE: [&str; 4] = ["StatusCode", "ToSchema", "IntoResponse", "axum::Json"];
        let home = ["api", "dashboard", "http", "inbox"].into_iter().any(|home| {
            let home = format!("crates/deskbell-server/src/{home}");
            source.path == format!("{home}.rs") || source.path.starts_with(&format!("{home}/"))
        });
        if source.is_product() && !home {
            source.naming(&WIRE, "belongs to server/src/api")
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-engine/src/x.rs", "//! x\nif status == StatusCode::OK {}");
    catches(rule, "crates/deskbell-server/src/cli.rs", "//! x\n#[derive(ToSchema)]");
    permits(rule, "crates/deskbell-server/src/api/webhook.rs", "//! x\nStatusCode::CREATED");
    permits(rule, "crates/deskbell-server/src/http.rs", "//! x\nStatusCode::CREATED");
    holds(rule);
}

#[test]
fn handlers_never_send() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        let handler = source.is_in("server") && source.path.contains("/src/api");
        let words = ["deskbell_transport", "dyn Transport", "retry::Rules"];
        if handler {
            source.naming(&words, "a handler writes an intention and wakes the engine")
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-server/src/api/x.rs", "//! x\nuse deskbell_transport::Https;");
    permits(rule, "crates/deskbell-server/src/serve.rs", "//! x\nuse deskbell_transport::Https;");
    holds(rule);
}

#[test]
fn there_is_no_global_state() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const CELLS: [&str; 6] = ["OnceLock", "LazyLock", "OnceCell", "Mutex", "RwLock", "Atomic"];
        if !source.is_product() {
            return Vec::new();
        }
        let global = |line: &str| {
            let line = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            line.starts_with("static ") && CELLS.iter().any(|cell| line.contains(cell))
                || line.contains("thread_local!")
        };
        let found = source.code().filter(|(_, line)| global(line));
        found.map(|(number, line)| (number, format!("global state: {}", line.trim()))).collect()
    }
    catches(
        rule,
        "crates/deskbell-server/src/x.rs",
        "//! x\nstatic STORE: OnceLock<Store> = OnceLock::new();",
    );
    catches(
        rule,
        "crates/deskbell-engine/src/x.rs",
        "//! x\n    pub static COUNT: AtomicU64 = AtomicU64::new(0);",
    );
    permits(
        rule,
        "crates/deskbell-engine/src/x.rs",
        "//! x\nstatic NAMES: [&str; 1] = [\"a\"];\nlet lock: OnceLock<u8>;",
    );
    holds(rule);
}

#[test]
fn no_file_is_too_long() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        let (lines, most) = (source.text.lines().count(), if source.is_suite() { 600 } else { 500 });
        if source.is_rust() && lines > most {
            vec![(lines, format!("more than {most} lines"))]
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-core/src/x.rs", &"//!\n".repeat(501));
    catches(rule, "crates/deskbell-core/src/x/tests.rs", &"//!\n".repeat(601));
    permits(rule, "crates/deskbell-core/src/x/tests.rs", &"//!\n".repeat(600));
    holds(rule);
}

#[test]
fn modules_are_named_for_what_they_own() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        const EMPTY: [&str; 6] = ["common", "util", "utils", "helper", "helpers", "types"];
        if !source.is_rust() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let parts = source.path.trim_end_matches(".rs").split('/');
        if let Some(name) = parts.clone().find(|part| EMPTY.contains(part)) {
            found.push((1, format!("{name} owns nothing: name the noun or the policy")));
        }
        if parts.clone().next_back() == Some("mod") {
            found.push((1, "name.rs beside name/, not mod.rs".to_owned()));
        }
        let module = |line: &str| {
            let name = line.trim_start().trim_start_matches("pub ").strip_prefix("mod ")?;
            EMPTY.into_iter().find(|empty| name.trim_end_matches([' ', '{', ';']) == *empty)
        };
        found.extend(
            source.code().filter_map(|(number, line)| Some((number, format!("a module {}", module(line)?)))),
        );
        found
    }
    catches(rule, "crates/deskbell-core/src/util.rs", "//! x");
    catches(rule, "crates/deskbell-core/src/helpers/x.rs", "//! x");
    catches(rule, "crates/deskbell-core/src/store/mod.rs", "//! x");
    catches(rule, "crates/deskbell-core/src/x.rs", "//! x\npub mod types {");
    permits(rule, "crates/deskbell-core/src/x.rs", "//! x\nmod typesetting;");
    holds(rule);
}

#[test]
fn every_file_says_what_it_owns() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        let says = source
            .text
            .lines()
            .next()
            .is_some_and(|line| line.strip_prefix("//! ").is_some_and(|said| said.len() > 8));
        if source.is_rust() && !says {
            vec![(1, "the first line is not `//! what this file owns`".into())]
        } else {
            Vec::new()
        }
    }
    catches(rule, "crates/deskbell-core/src/x.rs", "use std::fmt;");
    catches(rule, "crates/deskbell-core/src/x.rs", "//!\n");
    permits(rule, "crates/deskbell-core/src/x.rs", "//! Sign: the headers.\n");
    holds(rule);
}

#[test]
fn nothing_is_left_for_later() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        // Put together here, so that this file does not hold them.
        let words = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
        let ignored = format!("#[{}", "ignore");
        let words: Vec<&str> = words.iter().chain([&ignored]).map(String::as_str).collect();
        if source.is_rust() { source.naming(&words, "finish it or leave it out") } else { Vec::new() }
    }
    catches(rule, "crates/deskbell-core/src/x.rs", &format!("//! x\n{}!()", "todo"));
    catches(rule, "crates/deskbell-core/src/x/tests.rs", &format!("//! x\n{}!(x)", "dbg"));
    catches(rule, "crates/deskbell-core/tests/x.rs", &format!("//! x\n#[{}]", "ignore"));
    permits(rule, "crates/deskbell-core/src/x.rs", "//! x\nlet todo = 1;");
    holds(rule);
}

#[test]
fn the_text_speaks_of_the_project_only() {
    /// Each word in two parts, so that this list does not hold it: folders of one machine, names of writing tools, hosts
    /// of package registries (a lock file names its registry by itself).
    const WORDS: [(&str, &str); 16] = [
        ("/wo", "rk/"),
        ("../sha", "red"),
        ("clau", "de"),
        ("anthro", "pic"),
        ("chat", "gpt"),
        ("open", "ai"),
        ("copi", "lot"),
        ("gemi", "ni"),
        ("crates", ".io"),
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("npmjs", ".org"),
        ("npmjs", ".com"),
        ("debian", ".org"),
        ("proxy.golang", ".org"),
        ("maven", ".org"),
    ];
    fn rule(source: &Source) -> Vec<(usize, String)> {
        if source.path.ends_with(".lock") || source.path.ends_with("package-lock.json") {
            return Vec::new();
        }
        let words = WORDS.map(|(start, end)| format!("{start}{end}"));
        let lines = source.text.lines().enumerate();
        let named = |line: &str| words.iter().find(|word| line.contains(word.as_str()));
        lines.filter_map(|(index, line)| Some((index + 1, named(&line.to_lowercase())?.clone()))).collect()
    }
    for (start, end) in WORDS {
        catches(rule, "README.md", &format!("see {}{end}", start.to_uppercase()));
    }
    permits(rule, "README.md", "OpenAPI, the registry of crates, how it will work/behave");
    permits(rule, "Cargo.lock", &format!("https://{}{}", "crates", ".io"));
    holds(rule);
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    fn rule(source: &Source) -> Vec<(usize, String)> {
        if !source.path.ends_with(".md") {
            return Vec::new();
        }
        let folder = root().join(&source.path).parent().map(Path::to_path_buf).unwrap_or_default();
        let mut found = Vec::new();
        for (index, line) in source.text.lines().enumerate() {
            for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let file = link.split('#').next().unwrap_or_default();
                if !file.is_empty() && !link.contains("://") && !folder.join(file).exists() {
                    found.push((index + 1, format!("a link to nothing: {link}")));
                }
            }
        }
        found
    }
    catches(rule, "README.md", "see [it](docs/nowhere.md#there)");
    permits(rule, "README.md", "see [rows](docs/rows.md), [above](#above), [there](https://example.com/x)");
    holds(rule);
}
