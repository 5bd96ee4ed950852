//! A view enters; one JSON document leaves, with a line end.

use std::io::{self, Write};

use serde::Serialize;

use super::{Explanation, View};
use crate::assess::CheckInfo;
use crate::checklist::Check;
use crate::diagnostic::Look;

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    match view {
        View::Assessment { of, .. } | View::Gate { of, .. } => print(of, out),
        View::Explanation(explanation) => print(&Explained::of(explanation), out),
        View::Evidence { of, .. } => print(of, out),
        View::Diff { of, .. } => print(of, out),
        View::Verification(of) => print(of, out),
        View::Report(of) => print(of, out),
        View::Catalogue(checks) => print(&Listed { format_version: 1, kind: "catalogue", checks }, out),
    }
}

fn print<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Listed<'a> {
    format_version: u32,
    kind: &'static str,
    checks: &'a [&'a Check],
}

#[derive(Serialize)]
struct Explained<'a> {
    format_version: u32,
    kind: &'static str,
    check: &'a Check,
    standing: Option<&'a CheckInfo>,
}

impl<'a> Explained<'a> {
    fn of(explanation: &'a Explanation<'a>) -> Self {
        Self { format_version: 1, kind: "explanation", check: explanation.check, standing: explanation.info() }
    }
}
