//! An assessment enters; one list of what a tool should show leaves, most severe first: rule, message, remedy and place of each.
//!
//! Every format for code hosts and test readers is made from this list, so that they agree on what there is and how bad it is.
//! Texts in it are clean (nothing acts on a terminal, a log or a page) and of a length that readers take.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::Run;
use crate::assess::{Assessment, CheckInfo, FileLocation, ReasonInfo, WaiverInfo};
use crate::checklist::Level;
use crate::diagnostic::{Diagnostic, Severity, visible};
use crate::evaluate::Status;

/// The longest message that a finding carries, in characters.
const MAX_MESSAGE: usize = 2_000;
/// The longest title.
const MAX_TITLE: usize = 200;

/// How bad a finding is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It closes the gate, or it is input that cannot be read.
    Blocks,
    /// A gate would require it; there is no gate, for want of a manifest.
    Required,
    /// It costs points, or needs a look.
    Scored,
    /// It is accepted for now by a waiver that holds.
    Accepted,
}

/// One thing that a tool should show.
#[derive(Debug)]
pub(super) struct Finding<'a> {
    /// The id of a check, or the code of a reason or a message.
    pub(super) rule: String,
    /// What the rule is about, when it is no check.
    pub(super) about: Option<String>,
    /// What should hold.
    pub(super) title: String,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: String,
    /// How bad it is.
    pub(super) weight: Weight,
    /// The file, from the folder where the command was started. Not cleaned: each format escapes it in its own way.
    pub(super) path: String,
    /// Line, from 1.
    pub(super) line: usize,
    /// Column, from 1.
    pub(super) column: Option<usize>,
    /// The check, as it was judged.
    pub(super) check: Option<&'a CheckInfo>,
    /// The waiver that accepts it, or one that does not hold.
    pub(super) waiver: Option<&'a WaiverInfo>,
    /// Stable over moved lines and other wordings: made from rule and path. Unique in its list.
    pub(super) fingerprint: String,
}

/// Everything that a tool should show of an assessment, most severe first.
pub(super) fn findings<'a>(of: &'a Assessment, run: &Run<'_>) -> Vec<Finding<'a>> {
    let list = List { of, run };
    let reasons = of.gate.iter().flat_map(|gate| &gate.reasons);
    let mut all: Vec<Finding<'a>> = reasons.clone().map(|reason| list.reason(reason)).collect();
    let said: BTreeSet<&str> = reasons.filter(|r| is_about_check(r)).filter_map(|r| r.check.as_deref()).collect();
    let open = |c: &&CheckInfo| c.is_due && matches!(c.status, Status::Unmet | Status::Unknown | Status::Waived);
    let mut checks: Vec<&CheckInfo> = of.checks.iter().filter(open).filter(|c| !said.contains(c.id.as_str())).collect();
    checks.sort_by_key(|c| std::cmp::Reverse(c.weight));
    all.extend(checks.into_iter().map(|check| list.check(check)));
    all.extend(of.diagnostics.iter().filter(|d| list.is_news(d)).map(|d| list.message(d)));
    all.sort_by_key(|f| f.weight);
    unique(&mut all);
    all
}

/// A text for a reader that takes one line of some length: clean, and cut with a sign that it was cut.
pub(super) fn plain(text: &str, most: usize) -> String {
    let text = visible(text.trim());
    match text.char_indices().nth(most) {
        None => text.into_owned(),
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
    }
}

/// What a check wants and what it has: the words that the gate uses, too.
pub(super) fn missing(check: &CheckInfo) -> String {
    let needed = check.required.unwrap_or(Level::Documented);
    let because: Vec<&str> = check
        .unmet
        .iter()
        .filter(|u| u.level <= needed || u.level == Level::Contradicted)
        .map(|u| u.because.as_str())
        .collect();
    let because = if because.is_empty() { check.title.clone() } else { because.join("; ") };
    match (check.status, check.level) {
        (Status::Unknown, _) => because,
        (_, Level::Contradicted) => format!("contradicted: {because}"),
        (_, level) => format!("{level}, needs {needed}: {because}"),
    }
}

/// A reason that says how a check stands, and not that a waiver or the floor does not hold.
fn is_about_check(reason: &ReasonInfo) -> bool {
    reason.check.is_some() && reason.code.name().starts_with("required-")
}

struct List<'a, 'r> {
    of: &'a Assessment,
    run: &'r Run<'r>,
}

impl<'a> List<'a, '_> {
    fn reason(&self, reason: &ReasonInfo) -> Finding<'a> {
        let check = reason.check.as_ref().and_then(|id| self.of.checks.iter().find(|c| c.id == *id));
        let code = reason.code.name();
        let mut finding = match check.filter(|_| is_about_check(reason)) {
            Some(check) => self.check(check),
            None => {
                let at = self.place(reason.location.as_ref(), check);
                let subject = reason.check.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
                Finding {
                    about: Some(about(code).to_owned()),
                    title: format!("{}{subject}", about(code)),
                    waiver: reason.check.as_ref().and_then(|id| self.of.waivers.iter().find(|w| w.check == *id)),
                    check,
                    ..empty(code, at)
                }
            }
        };
        finding.weight = Weight::Blocks;
        finding.message = plain(&reason.message, MAX_MESSAGE);
        finding.help = plain(&reason.help, MAX_MESSAGE);
        finding
    }

    fn check(&self, check: &'a CheckInfo) -> Finding<'a> {
        let waived = check.status == Status::Waived;
        let weight = match check.required {
            _ if waived => Weight::Accepted,
            Some(_) => Weight::Required,
            None => Weight::Scored,
        };
        Finding {
            title: plain(&check.title, MAX_TITLE),
            message: plain(&missing(check), MAX_MESSAGE),
            help: plain(&check.fix, MAX_MESSAGE),
            weight,
            check: Some(check),
            waiver: self.of.waivers.iter().find(|w| waived && w.check == check.id),
            ..empty(&check.id, self.place(check.location.as_ref(), Some(check)))
        }
    }

    /// Whether a message says what no reason of the gate has said already.
    fn is_news(&self, message: &Diagnostic) -> bool {
        let said = |reason: &ReasonInfo| {
            reason.code.name() == message.code.id()
                && reason.check.as_ref().is_some_and(|id| message.message.contains(&format!("`{id}`")))
        };
        message.severity != Severity::Note && !self.of.gate.as_ref().is_some_and(|gate| gate.reasons.iter().any(said))
    }

    fn message(&self, message: &Diagnostic) -> Finding<'a> {
        let own = message.file().map(|path| {
            let position = message.at.as_ref().map(crate::diagnostic::At::position);
            FileLocation { path: path.to_owned(), line: position.map(|p| p.line), column: position.map(|p| p.column) }
        });
        Finding {
            about: Some(message.code.about().trim_end_matches('.').to_owned()),
            title: message.code.about().trim_end_matches('.').to_owned(),
            message: plain(&message.message, MAX_MESSAGE),
            help: plain(message.help.as_deref().unwrap_or_default(), MAX_MESSAGE),
            weight: if message.severity == Severity::Error { Weight::Blocks } else { Weight::Scored },
            ..empty(message.code.id(), self.place(own.as_ref(), None))
        }
    }

    /// Every finding has a place that a code host can open: its own line, else the first file it rests on, else the manifest,
    /// else the README of a repository that has no manifest.
    fn place(&self, own: Option<&FileLocation>, check: Option<&CheckInfo>) -> FileLocation {
        let opens = |path: &str| !path.is_empty() && !path.starts_with(['<', '/']) && !path.starts_with("..");
        let evidence = check.and_then(|c| c.evidence.first()).map(|e| FileLocation {
            path: e.path.clone(),
            line: e.line,
            column: None,
        });
        let top = |path: &str| Some(FileLocation { path: path.to_owned(), line: None, column: None });
        let readme = || self.of.checks.iter().flat_map(|c| &c.evidence).find(|e| is_readme(&e.path));
        let mut at = own
            .filter(|at| opens(&at.path))
            .cloned()
            .or_else(|| evidence.filter(|at| opens(&at.path)))
            .or_else(|| self.of.project.manifest.as_deref().filter(|path| opens(path)).and_then(top))
            .or_else(|| readme().and_then(|e| top(&e.path)))
            .unwrap_or_else(|| FileLocation { path: "README.md".to_owned(), line: None, column: None });
        at.path = self.run.below(&at.path);
        at
    }
}

fn is_readme(path: &str) -> bool {
    path.len() < 12 && path.to_ascii_lowercase().starts_with("readme")
}

/// A finding of a rule at a place, with nothing said yet.
fn empty<'a>(rule: &str, at: FileLocation) -> Finding<'a> {
    Finding {
        rule: rule.to_owned(),
        about: None,
        title: String::new(),
        message: String::new(),
        help: String::new(),
        weight: Weight::Scored,
        fingerprint: String::new(),
        line: at.line.unwrap_or(1).max(1),
        column: at.column,
        path: at.path,
        check: None,
        waiver: None,
    }
}

/// What a reason is about when it is not how a check stands.
fn about(code: &str) -> &'static str {
    match code {
        "below-floor" => "The weakest area is below the floor of the gate",
        "waiver-expired" => "A waiver that is needed has expired",
        "waiver-void" => "A waiver that is needed does not hold",
        "nothing-evaluated" => "Nothing was evaluated",
        _ => "The gate is closed",
    }
}

/// Gives each finding its fingerprint. Line and wording stay out of it: an edit above a finding does not make it a new one.
fn unique(findings: &mut [Finding<'_>]) {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for finding in findings {
        let nth = seen.entry((finding.rule.clone(), finding.path.clone())).or_default();
        let mut hash = Sha256::new();
        hash.update(finding.rule.as_bytes());
        hash.update([0]);
        hash.update(finding.path.as_bytes());
        if *nth > 0 {
            hash.update([0]);
            hash.update(nth.to_string().as_bytes());
        }
        *nth += 1;
        finding.fingerprint = hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_hostile_text_becomes_one_short_clean_line() {
        assert_eq!(plain(" a\nb\u{1b}[31m ", 100), "a b\\u{1b}[31m");
        assert_eq!(plain(&"ä".repeat(300), 10), format!("{}…", "ä".repeat(10)));
    }

    #[test]
    fn fingerprints_depend_on_rule_and_path_and_differ_within_a_list() {
        let at = |line| FileLocation { path: "aipp.yaml".to_owned(), line: Some(line), column: None };
        let of = |lines: [usize; 2]| {
            let mut list = vec![empty("pilot-long", at(lines[0])), empty("pilot-long", at(lines[1]))];
            unique(&mut list);
            list.into_iter().map(|f| f.fingerprint).collect::<Vec<_>>()
        };
        assert_eq!(of([1, 2]), of([7, 9]));
        assert_ne!(of([1, 2])[0], of([1, 2])[1]);
    }
}
