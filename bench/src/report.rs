//! The written evidence: a Markdown file that names its command, its day and its machine.

use crate::{clock, machine};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where the evidence goes, seen from the root of the repository.
const EVIDENCE: &str = "docs/evidence";

/// Where reports go that are no evidence: of a short run, or of two programs.
const DRAFTS: &str = "target";

/// A report under way.
pub struct Report {
    file: PathBuf,
    text: String,
}

impl Report {
    /// Begins `docs/evidence/<name>.md`, made by `command`.
    pub fn new(name: &str, title: &str, command: &str) -> Self {
        Self::begin(EVIDENCE, name, title, command)
    }

    /// Begins `target/<name>.md`, made by `command`.
    pub fn draft(name: &str, title: &str, command: &str) -> Self {
        Self::begin(DRAFTS, name, title, command)
    }

    fn begin(folder: &str, name: &str, title: &str, command: &str) -> Self {
        let file = Path::new(folder).join(format!("{name}.md"));
        let text = format!(
            "# {title}\n\nMade by `{command}` on {}. Machine: {}.\n",
            clock::today(),
            machine::shape()
        );
        Self { file, text }
    }

    /// Adds a paragraph.
    pub fn say(&mut self, paragraph: &str) {
        self.text.push('\n');
        self.text.push_str(paragraph);
        self.text.push('\n');
    }

    /// Adds a table; the first row is its head. Columns after the first are figures, set to the right.
    pub fn table(&mut self, rows: &[Vec<String>]) {
        self.text.push('\n');
        for (index, row) in rows.iter().enumerate() {
            let _ = writeln!(self.text, "| {} |", row.join(" | "));
            if index == 0 {
                let _ = writeln!(self.text, "| --- |{}", " ---: |".repeat(row.len().saturating_sub(1)));
            }
        }
    }

    /// Writes the picture `name`, an SVG, into a folder beside the report that has its name. Gives where it is, seen from the
    /// report.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn picture(&self, name: &str, svg: &str) -> std::io::Result<String> {
        let folder = self.file.with_extension("");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(name).with_extension("svg"), svg)?;
        let folder = folder.file_name().unwrap_or_default().to_string_lossy();
        Ok(format!("{folder}/{name}.svg"))
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Writes the file; the folder is made when missing.
    ///
    /// # Errors
    /// When it cannot be written: the command is run from the root of the repository.
    pub fn write(&self) -> std::io::Result<&Path> {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&self.file, &self.text)?;
        Ok(&self.file)
    }
}
