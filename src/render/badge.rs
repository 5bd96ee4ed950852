//! An assessment enters; a badge for a README leaves, as an SVG image or as JSON for shields.io. It claims no more than is known.

use std::io::{self, Write};

use quick_xml::escape::escape;
use serde::Serialize;

use super::findings::plain;
use super::{Run, View, json, not_shown};
use crate::assess::Assessment;
use crate::diagnostic::Look;
use crate::evaluate::Status;
use crate::gate::{Verdict, short};

const LABEL: &str = "AI readiness";
/// How wide a letter of the badge's 11 px type is, on average and generously: the text is then fitted to its field.
const LETTER: usize = 7;
const PADDING: usize = 10;
const HEIGHT: usize = 20;

struct Badge {
    message: String,
    /// The same in a sentence, with the project and the day.
    title: String,
    color: Color,
}

#[derive(Clone, Copy)]
enum Color {
    Open,
    Closed,
    Unknown,
}

impl Color {
    /// Each has a contrast of at least 4.5 to white text.
    const fn hex(self) -> &'static str {
        match self {
            Self::Open => "#1a7f37",
            Self::Closed => "#b62324",
            Self::Unknown => "#57606a",
        }
    }
}

/// The endpoint schema of shields.io: <https://shields.io/badges/endpoint-badge>.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint<'a> {
    schema_version: u32,
    label: &'a str,
    message: &'a str,
    color: &'a str,
    is_error: bool,
}

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (of, run) = view.judged().ok_or_else(not_shown)?;
    out.write_all(svg(&badge(of, run)).as_bytes())
}

pub(super) fn endpoint(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (of, run) = view.judged().ok_or_else(not_shown)?;
    let badge = badge(of, run);
    let color = badge.color.hex().trim_start_matches('#');
    let is_error = run.exit_code >= 2;
    json::print(&Endpoint { schema_version: 1, label: LABEL, message: &badge.message, color, is_error }, out)
}

fn badge(of: &Assessment, run: &Run<'_>) -> Badge {
    let waived = of.checks.iter().filter(|c| c.status == Status::Waived).count();
    let waived = match waived {
        0 => String::new(),
        n => format!(", {n} waived"),
    };
    let (message, color) = match (&of.gate, of.readiness.headline) {
        // What could not be read might have changed everything else.
        _ if run.exit_code >= 2 => ("unknown: unreadable input".to_owned(), Color::Unknown),
        (Some(gate), headline) => {
            let score = headline.map(|h| format!("{}/100 · ", short(h))).unwrap_or_default();
            match gate.verdict {
                Verdict::Open => (format!("{score}{} open{waived}", gate.to.name()), Color::Open),
                Verdict::Closed => (format!("{score}{} closed", gate.to.name()), Color::Closed),
            }
        }
        (None, _) => ("no manifest".to_owned(), Color::Unknown),
    };
    let title = format!("{}: {LABEL} {message}, assessed on {}", plain(&of.project.name, 100), of.today);
    Badge { message, title, color }
}

fn svg(badge: &Badge) -> String {
    let width = |text: &str| text.chars().count() * LETTER;
    let (left, right) = (width(LABEL) + PADDING, width(&badge.message) + PADDING);
    let total = left + right;
    let field = |text: &str, from: usize, wide: usize| {
        format!(
            "<text x=\"{}\" y=\"14\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            from + wide / 2,
            wide - PADDING,
            escape(text)
        )
    };
    let title = escape(badge.title.as_str());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total}\" height=\"{HEIGHT}\" viewBox=\"0 0 {total} {HEIGHT}\" \
         role=\"img\" aria-label=\"{title}\">\n  <title>{title}</title>\n  \
         <rect width=\"{total}\" height=\"{HEIGHT}\" rx=\"3\" fill=\"{}\"/>\n  \
         <path d=\"M3 0h{}v{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z\" fill=\"#32383f\"/>\n  \
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" font-size=\"11\">\n    \
         {}\n    {}\n  </g>\n</svg>\n",
        badge.color.hex(),
        left - 3,
        field(LABEL, 0, left),
        field(&badge.message, left, right),
    )
}
