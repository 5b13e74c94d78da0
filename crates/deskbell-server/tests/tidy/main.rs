//! The rules of direction and of style, read off the manifests and the sources. Each rule first shows that it sees
//! an offence and lets its lawful twin pass; then it is held against the whole tree.

mod circles;
mod directions;
mod style;

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
            // In a second work tree `.git` is a file, and no more of the project than the folder is.
            if SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                walk(&path, root, found);
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
