//! An assessment enters; what a GitHub workflow takes leaves: annotations for the log, a page for the step summary, outputs.
//!
//! Workflow commands are lines: `::error file=..,line=..,title=..::message`. What stands in them is escaped as the runner unescapes
//! it (`%`, CR, LF, and in properties `:` and `,`), so that no value ends its command or begins another.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::findings::{Finding, Weight, findings, plain};
use super::{View, markdown, not_shown};
use crate::diagnostic::{Diagnostic, Look, Severity, visible};
use crate::gate::{Verdict, short};

/// GitHub shows ten annotations of a kind for one step.
const MOST: usize = 10;
/// A step summary that is larger is not shown at all (1 MiB).
const MAX_SUMMARY: usize = 1_000_000;

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (of, run) = view.judged().ok_or_else(not_shown)?;
    let found = findings(of, run);
    let open: Vec<&Finding<'_>> = found.iter().filter(|f| f.weight != Weight::Accepted).collect();
    for finding in open.iter().take(MOST) {
        annotation(finding, out)?;
    }
    if open.len() > MOST {
        writeln!(out, "::notice title=aipp::{} more are in the report", open.len() - MOST)?;
    }
    let waived = found.len() - open.len();
    if waived > 0 {
        writeln!(out, "::notice title=aipp::{waived} accepted by waiver")?;
    }
    if let Some(gate) = &of.gate {
        writeln!(out, "Gate to {}: {}", gate.to.name(), verdict_name(gate.verdict))?;
    }
    Ok(())
}

fn annotation(finding: &Finding<'_>, out: &mut dyn Write) -> io::Result<()> {
    let level = if finding.weight == Weight::Blocks { "error" } else { "warning" };
    let column = finding.column.map(|c| format!(",col={c}")).unwrap_or_default();
    let help = if finding.help.is_empty() { String::new() } else { format!("\nFix: {}", finding.help) };
    writeln!(
        out,
        "::{level} file={},line={}{column},title={}::{}",
        property(&visible(&finding.path)),
        finding.line,
        property(&format!("{}: {}", finding.rule, finding.title)),
        data(&format!("{}{help}", finding.message)),
    )
}

/// Messages about input that cannot be used, as annotations: there is no assessment then to show.
#[must_use]
pub fn messages(messages: &[Diagnostic]) -> Vec<u8> {
    let line = |message: &Diagnostic| {
        let level = if message.severity == Severity::Error { "error" } else { "warning" };
        let place = message.file().filter(|path| !path.starts_with('<')).map(|path| {
            let position = message.at.as_ref().map(crate::diagnostic::At::position);
            let line = position.map(|p| format!("line={},col={},", p.line, p.column)).unwrap_or_default();
            format!("file={},{line}", property(&visible(path)))
        });
        let title = property(message.code.id());
        let help = message.help.as_ref().map(|help| format!("\nFix: {}", plain(help, 2_000))).unwrap_or_default();
        let text = data(&format!("{}{help}", plain(&message.message, 2_000)));
        format!("::{level} {}title={title}::{text}\n", place.unwrap_or_default())
    };
    messages.iter().take(MOST).map(line).collect::<String>().into_bytes()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Open => "open",
        Verdict::Closed => "closed",
    }
}

/// What is to be appended to the file that `GITHUB_STEP_SUMMARY` names: the report as Markdown. Empty for a view without a verdict.
#[must_use]
pub fn summary(view: &View<'_>) -> Vec<u8> {
    let Some((of, _)) = view.judged() else { return Vec::new() };
    let mut text = markdown::report(of);
    if text.len() > MAX_SUMMARY {
        let end = (0..=MAX_SUMMARY).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let line = text[..end].rfind('\n').map_or(end, |at| at + 1);
        text.truncate(line);
        text.push_str("\nThe rest is too long for a step summary.\n");
    }
    text.push('\n');
    text.into_bytes()
}

/// What is to be appended to the file that `GITHUB_OUTPUT` names: `verdict` (open, closed, or nothing without a manifest) and
/// `headline`, each between delimiters that its value does not hold.
#[must_use]
pub fn outputs(view: &View<'_>) -> Vec<u8> {
    let Some((of, _)) = view.judged() else { return Vec::new() };
    let verdict = of.gate.as_ref().map_or("", |gate| verdict_name(gate.verdict));
    let headline = of.readiness.headline.map(short).unwrap_or_default();
    let mut text = output("verdict", verdict);
    text.push_str(&output("headline", &headline));
    text.into_bytes()
}

fn output(name: &str, value: &str) -> String {
    let value = plain(value, 1_000);
    let digest: String = Sha256::digest(value.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("{name}<<aipp_{digest}\n{value}\naipp_{digest}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_its_command() {
        assert_eq!(data("a%\r\n::error::b"), "a%25%0D%0A::error::b");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }

    #[test]
    fn outputs_stand_between_delimiters() {
        let text = output("headline", "25");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[1]), (3, "25"));
        assert_eq!(lines[0], format!("headline<<{}", lines[2]));
    }
}
