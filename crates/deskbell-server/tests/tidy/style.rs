//! Style: files, modules, words and links.

use super::*;

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
