//! A view enters; Markdown for documents and pull requests leaves. Everything untrusted is escaped.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Explanation, View, word};
use crate::assess::Assessment;
use crate::checklist::{Area, Check, Level};
use crate::diagnostic::{Look, visible};
use crate::evaluate::WaiverState;
use crate::gate::{Verdict, phase_name, short};
use crate::report::source_name;

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let text = match view {
        View::Assessment { of, .. } | View::Gate { of, .. } => report(of),
        View::Explanation(explanation) => explanation_page(explanation),
        View::Catalogue(checks) => catalogue(checks),
        View::Policy(policy) => super::policy::markdown(policy),
        View::Evidence { of, .. } => super::evidence::markdown(of),
        View::Diff { of, .. } => super::diff::markdown(of),
        View::Verification(of) => super::diff::verification_markdown(of),
        View::Report { of, .. } => super::report::page(of),
        View::Written(receipt) => super::receipt::markdown(receipt),
        View::Scaffold { of, .. } => super::scaffold::markdown(of),
        View::Plan { of, .. } => super::plan::markdown::page(of),
        View::Metrics { of, .. } => super::metrics::markdown(of),
        View::Rows { of, .. } => super::metrics::rows::markdown(of),
        View::Trail { of, .. } => super::metrics::trail::markdown(of),
        View::Kept(of) => format!("{}\n", escape(&of.said)),
        View::Export(_) => return Err(super::not_shown()),
    };
    out.write_all(text.as_bytes())
}

/// Text with everything that Markdown or HTML would act on escaped; it stays on one line. An escaped `@team` or `#12` is still a
/// mention to a code host, which reads the page after the escapes are gone; an invisible space keeps it from ringing anybody.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = visible(text);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
                if matches!(c, '@' | '#' | '!' | '~') && rest.peek().is_some_and(|n| n.is_alphanumeric()) {
                    out.push_str("&#8203;");
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// An assessment with its verdict, as a page.
pub(super) fn report(of: &Assessment) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# {}\n", escape(&of.project.name));
    if let Some(gate) = &of.gate {
        let verdict = match gate.verdict {
            Verdict::Open => "open".to_owned(),
            Verdict::Closed => format!("closed, {} reasons", gate.reasons.len()),
        };
        let _ = writeln!(text, "**Gate {} → {}: {verdict}** ({})\n", phase_name(gate.from), gate.to.name(), of.today);
        for reason in &gate.reasons {
            let name = reason.check.clone().unwrap_or_else(|| word(&reason.code));
            let _ = writeln!(text, "- `{name}` {}", escape(&reason.message));
        }
        if let Some(baseline) = &of.baseline {
            text.push_str(&super::diff::baseline_markdown(baseline));
        }
        text.push('\n');
        if let Some(base) = &of.base {
            let _ = writeln!(text, "Judged from {} ({}).\n", escape(&base.revision), escape(&base.commit));
            for proposal in &of.proposed {
                let _ = writeln!(text, "- proposed, does not count yet: {}", escape(&proposal.message));
            }
        }
    }
    let r = &of.readiness;
    let number = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), short);
    match (r.headline, r.evidence_score) {
        (None, Some(score)) => {
            let _ = writeln!(text, "No manifest: the repository alone shows {} of 100.\n", short(score));
        }
        _ => {
            let _ = writeln!(
                text,
                "Readiness {} of 100 (floor {}), stated {}, proven {}, gap {}.\n",
                number(r.headline),
                r.floor.map_or_else(|| "-".to_owned(), |f| f.to_string()),
                number(r.stated),
                number(r.mean),
                number(r.claim_gap)
            );
        }
    }
    text.push_str("| area | score | stated |\n|---|---:|---:|\n");
    for area in &of.areas {
        let _ = writeln!(text, "| {} | {} | {} |", area.id, number(area.score), number(area.stated));
    }
    text.push('\n');
    if !of.next_actions.is_empty() {
        text.push_str("## Do next\n\n");
        for (i, action) in of.next_actions.iter().take(5).enumerate() {
            let command = action.command.as_ref().map(|command| format!(" `{command}`")).unwrap_or_default();
            let _ = writeln!(
                text,
                "{}. {} (`{}`; {}, {} d, +{} {}): {}{command}",
                i + 1,
                escape(&action.title),
                action.check,
                escape(&action.owner),
                action.days,
                short(action.gain),
                action.area,
                escape(&action.because)
            );
        }
        text.push('\n');
    }
    let waived: Vec<_> = of.waivers.iter().filter(|w| w.state == WaiverState::Live).collect();
    if !waived.is_empty() {
        text.push_str("## Waived for now\n\n");
        for waiver in waived {
            let (by, why) = (escape(&waiver.approver), escape(&waiver.reason));
            let _ = writeln!(text, "- `{}` until {}, accepted by {by}: {why}", waiver.check, waiver.expires);
        }
        text.push('\n');
    }
    text.push_str("## Checks\n\n| check | level | required | status |\n|---|---|---|---|\n");
    for check in &of.checks {
        let required = check.required.map_or("-", Level::name);
        let _ = writeln!(text, "| `{}` | {} | {required} | {} |", check.id, check.level, check.status.name());
    }
    text
}

fn explanation_page(explanation: &Explanation<'_>) -> String {
    let mut text = check_section(explanation.check, "#");
    if let Some(info) = explanation.info() {
        let _ = writeln!(text, "\nStands at **{}** ({}).\n", info.level, info.status.name());
        for unmet in &info.unmet {
            let _ = writeln!(text, "- {}: {}", unmet.level, escape(&unmet.because));
        }
        if let Some(command) = &info.command {
            let _ = writeln!(text, "\nNext: `{command}`");
        }
    }
    text
}

fn catalogue(checks: &[&Check]) -> String {
    let mut text =
        String::from("# The checks\n\nThis page is made from `checklists/` by `aipp checks --format markdown`.\n");
    for area in Area::ALL {
        let of: Vec<&&Check> = checks.iter().filter(|c| c.section.is_none() && c.area() == area).collect();
        if !of.is_empty() {
            let _ = writeln!(text, "\n## {}\n", area.title());
            text.push_str("| check | due | weight | requires | evidence lasts |\n|---|---|---:|---|---|\n");
            for check in &of {
                let required = check.required.map_or("-", |r| r.level().name());
                let waivable = if check.waivable { "" } else { ", no waiver" };
                let age = check.max_age.map_or_else(|| "-".to_owned(), |d| format!("{} days", d.0));
                let _ = writeln!(
                    text,
                    "| [`{id}`](#{id}) | {} | {} | {required}{waivable} | {age} |",
                    phase_name(check.due()),
                    check.weight,
                    id = check.id
                );
            }
            for check in of {
                text.push('\n');
                text.push_str(&check_section(check, "###"));
            }
        }
    }
    let packed: Vec<&&Check> = checks.iter().filter(|c| c.section.is_some()).collect();
    for check in packed {
        text.push('\n');
        text.push_str(&check_section(check, "###"));
    }
    text
}

/// The prose of a checklist, which may hold code in backticks; only what HTML would act on is escaped.
fn prose(text: &str) -> String {
    visible(text.trim()).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn check_section(check: &Check, level: &str) -> String {
    format!("{level} {}\n\n{}", check.id, check_help(check))
}

/// What a check asks, why, what counts and how to get there.
pub(super) fn check_help(check: &Check) -> String {
    let mut text = format!("**{}.** {}\n", prose(check.title()), prose(&check.question));
    if !check.why.is_empty() {
        let _ = writeln!(text, "\n{}", prose(&check.why));
    }
    if let Some(when) = &check.applies_when {
        let _ = writeln!(text, "\nApplies when {}.", prose(when.trim_end_matches('.')));
    }
    text.push('\n');
    for (name, wants) in [
        ("claimed", &check.wants.claimed),
        ("documented", &check.wants.documented),
        ("verified", &check.wants.verified),
    ] {
        if !wants.is_empty() {
            let _ = writeln!(text, "- {name}: {}", prose(wants));
        }
    }
    let _ = writeln!(text, "\nFix: {}", prose(&check.fix));
    if !check.manifest.is_empty() {
        let _ = writeln!(
            text,
            "\nManifest: {}",
            check.manifest.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")
        );
    }
    let mut tags: Vec<String> = check.sign.iter().map(word).collect();
    tags.extend(check.playbook.iter().chain(&check.tags).cloned());
    if !tags.is_empty() {
        let _ = writeln!(text, "\nTags: {}", tags.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", "));
    }
    let references: Vec<String> = check
        .references
        .iter()
        .filter(|(_, of)| !of.is_empty())
        .map(|(source, of)| format!("{} {}", source_name(source), of.join(", ")))
        .collect();
    if !references.is_empty() {
        let _ = writeln!(text, "\nReferences: {}.", prose(&references.join("; ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_untrusted_acts() {
        let text = escape("<script>x</script> [a](javascript:b) `c` *d* | @team #1 \u{1b}[0m");
        for bad in ["<script", "[a](", "`c`", "*d*", " | ", " @team", "@team", "#1", "\u{1b}"] {
            assert!(!text.contains(bad), "{bad} in {text}");
        }
    }
}
