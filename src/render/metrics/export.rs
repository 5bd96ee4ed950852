//! Everything that was measured enters; CSV, or OpenMetrics text of where the metrics stand, leaves.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::history::Row;
use crate::history::report::Export;
use crate::series::{Standing, State};

/// The columns, which `aipp metrics import` reads again without a mapping.
const COLUMNS: [&str; 9] = ["metric", "at", "value", "unit", "by", "note", "source", "recorded", "id"];

pub(in crate::render) fn csv(of: &Export, out: &mut dyn Write) -> io::Result<()> {
    let mut table = ::csv::WriterBuilder::new().terminator(::csv::Terminator::Any(b'\n')).from_writer(out);
    table.write_record(COLUMNS).map_err(io::Error::other)?;
    for row in &of.samples {
        let Row::Sample(sample) = row else { continue };
        let texts = [&sample.unit, &sample.by, sample.note.as_deref().unwrap_or_default(), &sample.source].map(cell);
        let [unit, by, note, source] = texts;
        let fields = [
            cell(&sample.metric),
            sample.at.to_string(),
            sample.value.to_string(),
            unit,
            by,
            note,
            source,
            sample.recorded.to_string(),
            sample.id.to_string(),
        ];
        table.write_record(fields).map_err(io::Error::other)?;
    }
    table.flush()
}

/// A text that a spreadsheet shows and does not calculate.
fn cell(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let text = crate::diagnostic::visible(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.into_owned() }
}

/// One family of OpenMetrics: its name, what it is, and the number of a metric.
type Gauge = (&'static str, &'static str, fn(&Standing) -> Option<f64>);

const GAUGES: &[Gauge] = &[
    ("aipp_metric_value", "Newest measurement, in the unit of the label.", |s| s.now),
    ("aipp_metric_baseline", "Value before the pilot.", |s| s.baseline),
    ("aipp_metric_target", "Value to be reached.", |s| s.target),
    ("aipp_metric_progress_ratio", "Share of the way from baseline to target.", |s| s.share),
    ("aipp_metric_samples", "Measurements since the pilot began.", |s| Some(s.samples as f64)),
];

const STATES: [State; 7] =
    [State::Met, State::OnTrack, State::AtRisk, State::OffTrack, State::Regressed, State::Stale, State::NoData];

/// The exposition format of OpenMetrics 1.0, which is also the text format of Prometheus.
pub(in crate::render) fn openmetrics(of: &Export, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for (name, help, number) in GAUGES {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for standing in &of.standings {
            if let Some(value) = number(standing) {
                let _ = writeln!(
                    text,
                    "{name}{{metric=\"{}\",unit=\"{}\"}} {value}",
                    label(&standing.id),
                    label(&standing.unit)
                );
            }
        }
    }
    let name = "aipp_metric_state";
    let _ = writeln!(text, "# HELP {name} One for the state of the metric, zero for the others.\n# TYPE {name} gauge");
    for standing in &of.standings {
        for state in STATES {
            let (id, is) = (label(&standing.id), u8::from(standing.state == state));
            let _ = writeln!(text, "{name}{{metric=\"{id}\",state=\"{}\"}} {is}", state.name());
        }
    }
    text.push_str("# EOF\n");
    out.write_all(text.as_bytes())
}

/// A label's value: backslash, quote and line end are escaped.
fn label(text: &str) -> String {
    crate::diagnostic::visible(text).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
