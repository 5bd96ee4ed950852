//! The text of a file of a format that must be understood enters; what it proves leaves, or nothing.

use serde::Deserialize;

use super::super::tree::{File, Tree};
use super::place::{Class, Role, is_test_name, place};
use super::{pipeline, scores};

/// A format that is read by code; everything else is patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Format {
    /// A CI configuration that runs tests on a real trigger.
    CiTests,
    /// A list of owners with at least one that is not a placeholder.
    Owners,
    /// Numbers with the names of quality metrics.
    Scores,
    /// A version tag that triggers a pipeline.
    TagTrigger,
    /// Two or more shares of traffic between 0 and 100.
    TrafficSplit,
    /// A test that opens a file of real material which is in the tree.
    RealMaterial,
    /// A changelog with at least one version that is described.
    Versions,
    /// Headings that make a document a procedure: steps, commands or numbered lists under them.
    Procedure,
    /// A passage of some length under a heading about trouble.
    TroubleSection,
}

/// A file of records that is smaller was typed in for the test, in bytes.
const MIN_RECORDS: u64 = 24 * 1024;

/// What surrounds the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) tree: &'a Tree,
}

/// What a format proved.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Proven {
    /// The line of the proof.
    pub(super) line: Option<usize>,
    /// What to say of it.
    pub(super) said: Vec<String>,
    /// How much better this makes the file among its like, 0 to 100.
    pub(super) bonus: u32,
}

/// Reads a file as a format.
pub(super) fn read(format: Format, around: &Around<'_>, file: &File, text: &str) -> Option<Proven> {
    match format {
        Format::CiTests => pipeline::tests(around.tree, file, text),
        Format::Owners => owners(text),
        Format::Scores => scores::read(text, place(&format!("/{}", file.path.to_ascii_lowercase())).class),
        Format::TagTrigger => pipeline::tag_trigger(text),
        Format::TrafficSplit => traffic_split(text),
        Format::RealMaterial => real_material(around.tree, file, text),
        Format::Versions => versions(text),
        Format::Procedure => procedure(text),
        Format::TroubleSection => trouble_section(text),
    }
}

fn owners(text: &str) -> Option<Proven> {
    const PLACEHOLDERS: &[&str] = &[
        "@global-owner",
        "@octocat",
        "@octo-org",
        "@your-",
        "@js-owner",
        "@doctocat",
        "@example",
        "@username",
        "@org/",
        "@todo",
        "@owner",
    ];
    let mut line = None;
    let mut said: Vec<String> = Vec::new();
    for (number, row) in text.lines().enumerate() {
        let row = row.split('#').next().unwrap_or_default();
        for word in row.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@' && c != '/');
            let lower = word.to_ascii_lowercase();
            let named = (lower.starts_with('@') && lower.len() > 2) || (lower.contains('@') && lower.contains('.'));
            if named && !PLACEHOLDERS.iter().any(|p| lower.starts_with(p)) && !lower.ends_with("@example.com") {
                line = line.or(Some(number + 1));
                if said.len() < 3 && !said.iter().any(|s| s == word) {
                    said.push(word.chars().take(40).collect());
                }
            }
        }
    }
    line.map(|line| Proven { line: Some(line), said, bonus: 0 })
}

fn traffic_split(text: &str) -> Option<Proven> {
    let mut shares = Vec::new();
    let mut line = None;
    for (number, row) in text.lines().enumerate() {
        let row = row.trim().trim_start_matches("- ").to_ascii_lowercase();
        let Some((key, value)) = row.split_once([':', '=']) else { continue };
        let key = key.trim().trim_matches(['"', '\'']);
        if !matches!(
            key,
            "weight"
                | "setweight"
                | "percent"
                | "percentage"
                | "trafficweight"
                | "traffic_weight"
                | "stepweight"
                | "canarytrafficpercent"
        ) {
            continue;
        }
        if let Ok(share) = value.trim().trim_matches(['"', '\'', ',', '%', ' ']).parse::<u32>()
            && (1..100).contains(&share)
        {
            line = line.or(Some(number + 1));
            shares.push(share);
        }
    }
    let said = shares.iter().take(4).map(|s| format!("{s}%")).collect();
    // One share alone is the default of a template; steps of a canary are one each.
    let staged = text.contains("setWeight") || text.contains("stepWeight") || text.contains("canaryTrafficPercent");
    (shares.len() > 1 || staged && !shares.is_empty()).then_some(Proven { line, said, bonus: 10 })
}

/// A test file that names a file of real material (a recording, a picture, a document, a table) that is in the tree next to tests.
fn real_material(tree: &Tree, file: &File, text: &str) -> Option<Proven> {
    const MADE_UP: &[&str] = &[
        "mock",
        "dummy",
        "fake",
        "sample",
        "example",
        "synthetic",
        "test",
        "foo",
        "empty",
        "invalid",
        "blank",
        "stub",
        "small",
        "tiny",
        "logo",
        "icon",
        "placeholder",
        "simple",
        "fixture",
        "snapshot",
        "temp",
        "tmp",
        "hello",
        "lorem",
        "expected",
        "image.",
        "document.",
        "file.",
        "data.",
        "generated",
        "schema",
        "openapi",
        "swagger",
        "config",
        "package",
        "result",
        "response",
    ];
    if !is_test_name(&file.name().to_ascii_lowercase()) && !file.path.to_ascii_lowercase().contains("test") {
        return None;
    }
    let mut found: Vec<(usize, String)> = Vec::new();
    for (number, row) in text.lines().enumerate().take(5000) {
        for part in row.split(['"', '\'', '`']).skip(1).step_by(2) {
            let Some((_, extension)) = part.rsplit_once('.') else { continue };
            let extension = extension.to_ascii_lowercase();
            // Records are made up more often than recordings: only what is too long to be typed in counts.
            let is_record = matches!(extension.as_str(), "json" | "jsonl" | "csv" | "tsv" | "xml" | "gz" | "parquet");
            if !is_record
                && !matches!(
                    extension.as_str(),
                    "flac"
                        | "wav"
                        | "mp3"
                        | "m4a"
                        | "ogg"
                        | "mp4"
                        | "jpg"
                        | "jpeg"
                        | "pdf"
                        | "docx"
                        | "xlsx"
                        | "pptx"
                        | "eml"
                        | "tiff"
                )
            {
                continue;
            }
            let name = part.rsplit(['/', '\\']).next().unwrap_or(part);
            let lower = name.to_ascii_lowercase();
            if part.contains("://") || name.len() < 6 || MADE_UP.iter().any(|word| lower.contains(word)) {
                continue;
            }
            let there = tree.files().iter().any(|f| {
                f.size > if is_record { MIN_RECORDS } else { 4096 } && f.path.ends_with(name) && f.name() == name && {
                    let at = place(&format!("/{}", f.path.to_ascii_lowercase()));
                    let folder = f.path.rsplit('/').nth(1).unwrap_or_default();
                    let named = folder.len() > 3 && text.contains(folder);
                    let beside = matches!(at.role, Role::Data | Role::Example)
                        && (named || f.path.to_ascii_lowercase().contains("test"));
                    (at.class == Class::Binary || is_record)
                        && (beside || matches!(at.role, Role::Test | Role::Fixture))
                }
            });
            if there && !found.iter().any(|(_, n)| n == name) {
                found.push((number + 1, name.to_owned()));
            }
        }
    }
    let line = found.first().map(|(line, _)| *line)?;
    Some(Proven { line: Some(line), said: found.into_iter().take(3).map(|(_, name)| name).collect(), bonus: 0 })
}

/// Lines that head a version: `## [1.2.0] - 2026-01-05`, `v1.2.0 (2026-01-05)`, `1.2.0 / 2026-01-05`.
fn versions(text: &str) -> Option<Proven> {
    let mut line = None;
    let mut said = Vec::new();
    for (number, row) in text.lines().enumerate() {
        let trimmed = row.trim_start_matches(['#', '=', ' ', '*', '-', '[']);
        let heading =
            row.starts_with(['#', '=', '*', '[']) || row.starts_with(|c: char| c.is_ascii_digit() || c == 'v');
        let bare = trimmed
            .strip_prefix("Version ")
            .or_else(|| trimmed.strip_prefix("Release "))
            .unwrap_or(trimmed)
            .trim_start_matches(['v', 'V', '[']);
        let version: String =
            bare.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
        let numbers = version.split('.').take_while(|p| p.starts_with(|c: char| c.is_ascii_digit())).count();
        if heading && numbers >= 2 {
            line = line.or(Some(number + 1));
            if said.len() < 3 {
                said.push(version.chars().take(20).collect());
            }
        }
    }
    line.map(|line| Proven { line: Some(line), said, bonus: 0 })
}

/// At least three steps: numbered lines, bullets or commands.
fn procedure(text: &str) -> Option<Proven> {
    let steps = text
        .lines()
        .map(str::trim)
        .filter(|row| {
            row.starts_with("- ")
                || row.starts_with("* ")
                || row.starts_with("```")
                || row.starts_with('|')
                || row.starts_with('$')
                || row
                    .split_once(['.', ')'])
                    .is_some_and(|(n, _)| !n.is_empty() && n.len() < 3 && n.bytes().all(|b| b.is_ascii_digit()))
                || row.starts_with("<li")
        })
        .count();
    (steps >= 3).then(Proven::default)
}

/// A section about trouble that is longer than a few bullets.
fn trouble_section(text: &str) -> Option<Proven> {
    const WORDS: &[&str] = &[
        "troubleshoot",
        "trouble shooting",
        "common issues",
        "common problems",
        "known issues and",
        "runbook",
        "incident",
        "fehlerbehebung",
        "dépannage",
        "solución de problemas",
        "solução de problemas",
        "故障排",
        "トラブルシューティング",
    ];
    let mut section: Option<(usize, usize, String)> = None;
    let mut lines = 0usize;
    let mut best: Option<(usize, String)> = None;
    let mut fenced = false;
    for (number, row) in text.lines().enumerate() {
        if row.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let level = if fenced { 0 } else { row.len() - row.trim_start_matches('#').len() };
        if (1..=6).contains(&level) {
            let inside = section.as_ref().is_some_and(|(_, own, _)| level > *own);
            if !inside {
                let title = row.trim_start_matches('#').trim().to_lowercase();
                section = WORDS
                    .iter()
                    .any(|w| title.contains(w))
                    .then(|| (number + 1, level, row.trim_start_matches('#').trim().to_owned()));
                lines = 0;
                continue;
            }
        }
        if let Some((start, _, title)) = &section
            && !row.trim().is_empty()
        {
            lines += 1;
            if lines == 18 && best.is_none() {
                best = Some((*start, title.clone()));
            }
        }
    }
    best.map(|(line, title)| Proven {
        line: Some(line),
        said: vec![title.chars().filter(|c| !c.is_control()).take(40).collect()],
        bonus: 0,
    })
}
