//! Circles: files of a crate may depend on each other in a circle only within one folder.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// The modules of a crate by their path, each with the modules it names.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The module path of a source of a crate: `booking::step` of `…/src/booking/step.rs`; empty for the crate's root.
fn module(path: &str) -> Option<(&str, String)> {
    let (name, file) = path.strip_prefix("crates/deskbell-")?.split_once("/src/")?;
    let module = file.strip_suffix(".rs")?;
    let module = if module == "lib" || module == "main" { String::new() } else { module.replace('/', "::") };
    Some((name, module))
}

/// The paths that a `use` tree names: `a::{b, c::{d, self}}` is `a::b`, `a::c::d` and `a::c`.
fn leaves(tree: &str, prefix: &str, found: &mut Vec<String>) {
    let mut rest = tree.trim();
    while !rest.is_empty() {
        let mut depth = 0;
        let end = rest.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            *c == ',' && depth == 0
        });
        let (item, behind) = end.map_or((rest, ""), |(at, _)| (&rest[..at], &rest[at + 1..]));
        let item = item.trim();
        match item.split_once('{') {
            Some((head, inner)) => {
                leaves(
                    inner.trim_end().strip_suffix('}').unwrap_or(inner),
                    &format!("{prefix}{head}"),
                    found,
                );
            }
            None => found.push(format!("{prefix}{}", item.split(" as ").next().unwrap_or(item).trim())),
        }
        rest = behind.trim();
    }
}

/// Every path in the code that may lead to another module: those of `use`, and those written out.
fn paths(source: &Source) -> Vec<String> {
    let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for statement in code.split("use ").skip(1) {
        leaves(statement.split(';').next().unwrap_or_default(), "", &mut found);
    }
    let named = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    found.extend(named.filter(|path| path.contains("::")).map(str::to_owned));
    found
}

/// The module that `path`, as `of` writes it, leads to.
fn target(of: &str, path: &str, modules: &BTreeSet<String>) -> Option<String> {
    let mut base: Vec<&str> = of.split("::").filter(|part| !part.is_empty()).collect();
    let mut parts = path.split("::").map(str::trim).peekable();
    match *parts.peek()? {
        "crate" => {
            base.clear();
            parts.next();
        }
        "self" => {
            parts.next();
        }
        "super" => {
            while parts.peek() == Some(&"super") {
                base.pop();
                parts.next();
            }
        }
        _ => {}
    }
    let mut best = None;
    for part in parts {
        base.push(part);
        let module = base.join("::");
        if modules.contains(&module) {
            best = Some(module);
        }
    }
    best.filter(|module| module != of)
}

/// The graphs of all crates.
fn graphs(tree: &[Source]) -> BTreeMap<String, Graph> {
    let product = || tree.iter().filter(|source| source.is_product());
    let mut modules: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, module) in product().filter_map(|source| module(&source.path)) {
        modules.entry(name).or_default().insert(module);
    }
    let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
    for source in product() {
        let Some((name, of)) = module(&source.path) else { continue };
        let known = &modules[name];
        let named = paths(source).into_iter().filter_map(|path| target(&of, &path, known));
        // The root lists all; whoever names it names no file of its own.
        if !of.is_empty() {
            let named = named.filter(|module| !module.is_empty()).collect();
            graphs.entry(name.to_owned()).or_default().insert(of, named);
        }
    }
    graphs
}

/// Everything that can be reached from `from`.
fn reached(graph: &Graph, from: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(module) = open.pop() {
        for next in graph.get(&module).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

/// The folder that a module belongs to: its own, where it has one, or else the crate's.
fn folder<'m>(module: &'m str, graph: &Graph) -> &'m str {
    let top = module.split("::").next().unwrap_or(module);
    let has_folder =
        graph.keys().any(|other| other.strip_prefix(top).is_some_and(|rest| rest.starts_with("::")));
    if has_folder { top } else { "" }
}

/// The pairs of modules that reach each other across two folders.
fn circles(graph: &Graph) -> Vec<(String, String)> {
    let reach: BTreeMap<&String, BTreeSet<String>> =
        graph.keys().map(|module| (module, reached(graph, module))).collect();
    let both = |one: &String, other: &String| reach[one].contains(other) && reach[other].contains(one);
    let mut found = Vec::new();
    for one in graph.keys() {
        for other in graph[one].iter().filter(|other| graph.contains_key(*other)) {
            if folder(one, graph) != folder(other, graph) && both(one, other) {
                found.push((one.clone(), other.clone()));
            }
        }
    }
    found
}

fn source(path: &str, text: &str) -> Source {
    Source { path: format!("crates/deskbell-x/src/{path}"), text: format!("//! x\n{text}\n") }
}

#[test]
fn a_circle_is_seen_across_folders_and_let_be_within_one() {
    let across = [
        source("a.rs", "mod b;"),
        source("a/b.rs", "use crate::{c, d::{self, D}};"),
        source("c.rs", "fn f() { crate::a::b::f() }"),
        source("d.rs", ""),
    ];
    let found = circles(&graphs(&across)["x"]);
    assert_eq!(found, [("a::b".to_owned(), "c".to_owned()), ("c".to_owned(), "a::b".to_owned())]);
    let within = [
        source("a.rs", "mod b;\nuse b::B;"),
        source("a/b.rs", "use super::A;\nuse crate::d;"),
        source("d.rs", ""),
    ];
    assert_eq!(circles(&graphs(&within)["x"]), []);
}

#[test]
fn no_circle_of_files_spans_two_folders() {
    let graphs = graphs(&tree());
    assert!(graphs["core"].values().any(|named| named.len() > 3), "the paths were not read");
    let found: Vec<String> = graphs
        .iter()
        .flat_map(|(name, graph)| {
            circles(graph).into_iter().map(move |(one, other)| format!("{name}: {one} -> {other}"))
        })
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}
