//! A policy enters; every value in effect leaves, with where it comes from.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use super::markdown::escape;
use super::paint::{Brush, Tone, cut, pad, width};
use crate::policy::{Policy, PolicySource, Setting, SettingOrigin};

/// The policy as a JSON document.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    format_version: u32,
    kind: &'static str,
    files: &'a [PolicySource],
    settings: &'a [Setting],
}

impl<'a> Shown<'a> {
    pub(super) fn of(policy: &'a Policy) -> Self {
        Self { format_version: 1, kind: "policy", files: &policy.files, settings: &policy.settings }
    }
}

fn from(origin: Option<&SettingOrigin>) -> String {
    origin.map_or_else(|| "built in".to_owned(), |origin| format!("{}:{}", origin.path, origin.line))
}

pub(super) fn text(policy: &Policy, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", brush.paint(Tone::Bold, "Policy in effect"))?;
    if policy.files.is_empty() {
        let note = "No policy file: the built-in rules hold. Write aipp.policy.yaml to raise them.";
        writeln!(out, "{}", brush.paint(Tone::Dim, note))?;
    }
    for file in &policy.files {
        let digest = file.sha256.get(..12).unwrap_or_default();
        let room = brush.look.width.saturating_sub(24).max(20);
        writeln!(
            out,
            "  {}  {}",
            cut(&file.path, room, brush.look),
            brush.paint(Tone::Dim, &format!("sha256 {digest}"))
        )?;
    }
    writeln!(out)?;
    let widest = |least: usize, of: &dyn Fn(&Setting) -> usize| {
        policy.settings.iter().map(of).max().unwrap_or(0).clamp(least, 44)
    };
    let (keys, values) = (widest(16, &|s| width(&s.key)), widest(6, &|s| width(&s.value)));
    for setting in &policy.settings {
        let (key, value) = (cut(&setting.key, keys, brush.look), cut(&setting.value, values, brush.look));
        let from = from(setting.origin.as_ref());
        let tone = if setting.origin.is_some() { Tone::Plain } else { Tone::Dim };
        writeln!(
            out,
            "  {}  {}  {}",
            pad(&key, keys),
            pad(&value, values),
            brush.paint(tone, &cut(&from, 60, brush.look))
        )?;
    }
    Ok(())
}

pub(super) fn markdown(policy: &Policy) -> String {
    let mut text = String::from("# Policy in effect\n\n| key | value | from |\n|---|---|---|\n");
    for setting in &policy.settings {
        let (key, value) = (escape(&setting.key), escape(&setting.value));
        let _ = writeln!(text, "| {key} | {value} | {} |", escape(&from(setting.origin.as_ref())));
    }
    text
}
