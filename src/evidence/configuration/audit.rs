//! The text of a program enters; the places where it emits audit events leave.

use super::wording::words;

/// What emits events in a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sites {
    /// Places where an event is emitted.
    pub(super) calls: usize,
    /// The first of them.
    pub(super) line: Option<usize>,
    /// A wrapper that emits events is put around functions or tasks.
    pub(super) wrapped: bool,
}

/// Words of a name that say it emits.
const EMITS: [&str; 24] = [
    "emit", "log", "logs", "logger", "write", "record", "append", "publish", "send", "track", "start", "end", "finish",
    "complete", "event", "trail", "entry", "span", "task", "decision", "action", "audited", "trace", "insert",
];

/// Words of a name that say it does something else.
const OTHERWISE: [&str; 22] = [
    "get",
    "fetch",
    "read",
    "list",
    "load",
    "find",
    "query",
    "view",
    "render",
    "page",
    "config",
    "configure",
    "schema",
    "verify",
    "check",
    "path",
    "export",
    "table",
    "test",
    "parse",
    "setup",
    "npm",
];

/// Words that stand in front of a call, where other words make it a definition.
const BEFORE_CALL: [&str; 15] = [
    "return", "await", "yield", "new", "else", "throw", "raise", "go", "defer", "with", "async", "in", "and", "or",
    "not",
];

/// What every name of an audit has in it, whatever its case.
pub(super) const MARK: &str = "udit";

/// Looks for audit events in a program.
pub(super) fn sites(text: &str) -> Sites {
    let mut found = Sites::default();
    let mut seen = None;
    for (at, _) in text.match_indices(MARK) {
        let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        if seen.replace(start) == Some(start) {
            continue;
        }
        let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
        let code = line.trim_start();
        if code.starts_with('#') && !code.starts_with("#[")
            || ["//", "*", "--", "/*", "import ", "from ", "use "].iter().any(|c| code.starts_with(c))
        {
            continue;
        }
        if let Some(wraps) = in_line(line) {
            found.calls += 1;
            found.line = found.line.or_else(|| Some(super::wording::line_at(text, start)));
            found.wrapped |= wraps;
        }
    }
    found
}

/// Whether a line that emits an event does it by a wrapper; none when it emits nothing.
fn in_line(line: &str) -> Option<bool> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let mut result = None;
    for (at, _) in line.match_indices(MARK) {
        let start = line.get(..at)?.rfind(|c| !is_part(c)).map_or(0, |before| before + 1);
        let start = if line.is_char_boundary(start) { start } else { at };
        let rest = line.get(start..)?;
        let name: String = rest.chars().take_while(|c| is_part(*c)).collect();
        let after = rest.get(name.len()..)?.trim_start().chars().next();
        let before = line.get(..start)?.trim_end();
        let is_decorator = before.ends_with('@') || before.ends_with("#[");
        let parts = words(&name);
        if parts.iter().any(|word| OTHERWISE.contains(&word.as_str()))
            || !parts.iter().any(|w| w == "audit" || w == "audited" || w == "auditor")
        {
            continue;
        }
        if is_decorator {
            result = Some(true);
            continue;
        }
        if !matches!(after, Some('(' | '{')) {
            continue;
        }
        // `def emit_audit(`, `void auditLog(`: a word in front makes it a definition.
        let last: String = before
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        if (!last.is_empty() && !BEFORE_CALL.contains(&last.as_str()))
            || before.ends_with('>')
            || before.trim_start().starts_with("func (")
        {
            continue;
        }
        let wraps = parts.last().is_some_and(|word| word == "audited")
            || parts.starts_with(&["with".to_owned(), "audit".to_owned()]);
        let emits =
            parts.iter().any(|word| EMITS.contains(&word.as_str())) || parts.last().is_some_and(|word| word == "audit");
        if emits || wraps {
            result = Some(wraps);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_definitions_and_other_uses() {
        let python = "from app.audit import emit_audit\n# emit_audit(x)\ndef emit_audit(event):\n    sink.write(event)\n\ndef run():\n    emit_audit(start)\n    result = await audit.log(end)\n    x = get_audit_config()\n";
        assert_eq!(sites(python), Sites { calls: 2, line: Some(7), wrapped: false });
        assert_eq!(sites("@audited\ndef pay():\n    pass\n"), Sites { calls: 1, line: Some(1), wrapped: true });
        assert!(sites("result = audit.audited(task, actor, run)\n").wrapped);
        assert_eq!(sites("public void auditLog(String s) {\n  auditLog.record(new AuditEvent(s));\n}\n").calls, 1);
        assert_eq!(sites("func (a *Sink) EmitAudit(e Event) {}\n\tsink.EmitAudit(AuditEvent{Actor: x})\n").calls, 1);
        assert_eq!(sites("npm_audit()\nauditor.read(x)\nclass AuditLog:\n  pass\nauditory_cortex()\n").calls, 0);
        assert_eq!(sites("é audit_log(é)").calls, 0);
    }
}
