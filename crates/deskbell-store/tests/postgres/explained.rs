//! How the database went about each statement of one of its databases, from its own log: plans as they were run, with what they read.

use crate::cluster::{Cluster, Database};
use serde_json::Value;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

/// A database whose statements are written to the log with their plans.
pub(crate) struct Explained {
    pub(crate) database: Database,
}

/// The cluster's log.
pub(crate) fn log() -> PathBuf {
    Cluster::shared().folder.join("log")
}

/// The end of the log.
pub(crate) fn mark() -> u64 {
    std::fs::metadata(log()).unwrap().len()
}

/// A statement that was run.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    plan: Value,
    /// Whether it was compiled before it was run, which takes tens of milliseconds.
    pub(crate) is_compiled: bool,
}

impl Explained {
    /// Explains what is run in the database on connections that are made from now on.
    pub(crate) fn of(database: Database) -> Self {
        for (setting, value) in [
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_format", "json"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_buffers", "on"),
            ("auto_explain.log_timing", "off"),
        ] {
            Cluster::shared().run(&format!("ALTER DATABASE {} SET {setting} = '{value}'", database.name));
        }
        Self { database }
    }

    /// What was run in the database since then.
    pub(crate) fn since(&self, mark: u64) -> Vec<Statement> {
        let mut log = File::open(log()).unwrap();
        log.seek(SeekFrom::Start(mark)).unwrap();
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        let ours = format!("[{}] ", self.database.name);
        let mut statements = Vec::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if !(line.contains(&ours) && line.ends_with("plan:")) {
                continue;
            }
            let mut plan = String::new();
            // What belongs to one message is indented.
            while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
                plan += more;
                plan.push('\n');
            }
            let mut plan: Value = serde_json::from_str(&plan).unwrap();
            let text = plan["Query Text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            let is_compiled = !plan["JIT"].is_null();
            statements.push(Statement { text, plan: plan["Plan"].take(), is_compiled });
        }
        statements
    }
}

impl Statement {
    /// Pages of tables and indexes that it looked at.
    pub(crate) fn pages(&self) -> u64 {
        let count = |kind: &str| self.plan[kind].as_u64().unwrap_or_default();
        count("Shared Hit Blocks") + count("Shared Read Blocks")
    }

    /// Tables that it walked, with how many of their rows it saw.
    pub(crate) fn walks(&self) -> Vec<(String, u64)> {
        let mut found = Vec::new();
        walks(&self.plan, &mut found);
        found
    }
}

fn walks(node: &Value, found: &mut Vec<(String, u64)>) {
    if node["Node Type"] == "Seq Scan" {
        let count = |kind: &str| node[kind].as_f64().unwrap_or_default();
        let rows = (count("Actual Rows") + count("Rows Removed by Filter")) * count("Actual Loops");
        found.push((node["Relation Name"].as_str().unwrap_or("?").to_owned(), rows as u64));
    }
    for inner in node["Plans"].as_array().into_iter().flatten() {
        walks(inner, found);
    }
}
