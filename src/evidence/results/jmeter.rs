//! JMeter results enter (a JTL log as CSV or XML, or `statistics.json` of its report); a load-test run leaves. Rate, p95 and share
//! of failures of a log are computed from its samples.

use serde_json::Value;

use super::fields::number_at;
use super::load::Run;
use super::moment::Moment;
use super::outcome::{Input, Read, Wrong};
use super::outline::Outline;
use super::xml::{Step, walk};

const MEND: &str = "run JMeter again with `-l results.jtl`, with timeStamp, elapsed and success among the saved fields";

/// How the message of a transaction begins; it stands for the samples below it, which have rows of their own.
const TRANSACTION: &str = "Number of samples in transaction";

/// One sample.
#[derive(Debug, Clone, Copy)]
struct Sample {
    /// Start, in milliseconds since 1970.
    start: f64,
    /// Duration in milliseconds.
    elapsed: f64,
    ok: bool,
}

/// Whether the header of a CSV file is that of a JTL log.
pub(super) fn is_log(header: &str) -> bool {
    let has = |name: &str| header.split(',').any(|column| column.trim() == name);
    has("timeStamp") && has("elapsed") && has("label")
}

/// Whether a JSON file is the statistics of a report.
pub(super) fn is_statistics(outline: &Outline) -> bool {
    outline.all(&["Total", "Total.sampleCount", "Total.throughput"])
}

/// Reads a CSV log.
pub(super) fn log(input: &Input<'_>) -> Read {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input.text.as_bytes());
    let header = reader.headers().map_err(|e| Wrong::new(format!("it is not valid CSV: {e}"), MEND))?.clone();
    let column = |name: &str| header.iter().position(|h| h.trim() == name);
    let (Some(at), Some(elapsed), Some(success)) = (column("timeStamp"), column("elapsed"), column("success")) else {
        return Err(Wrong::new("one of the columns timeStamp, elapsed and success is missing", MEND));
    };
    let message = column("responseMessage");
    let mut samples = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|e| Wrong::new(format!("it is not valid CSV: {e}"), MEND))?;
        let line = row.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or_default());
        let cell = |at: usize| row.get(at).map_or("", str::trim);
        let bad = |name: &str, at: usize| {
            Wrong::new(format!("`{}` in the column `{name}` cannot be used", cell(at)), MEND).at(line, 1)
        };
        if message.is_some_and(|at| cell(at).starts_with(TRANSACTION)) {
            continue;
        }
        samples.push(Sample {
            start: start(cell(at)).ok_or_else(|| bad("timeStamp", at))?,
            elapsed: cell(elapsed).parse().map_err(|_| bad("elapsed", elapsed))?,
            ok: match cell(success).to_ascii_lowercase().as_str() {
                "true" => true,
                "false" => false,
                _ => return Err(bad("success", success)),
            },
        });
    }
    run(&samples)?.outcome(input)
}

/// Reads an XML log: the samples of the first level, without the requests inside them.
pub(super) fn xml_log(input: &Input<'_>) -> Read {
    let mut samples = Vec::new();
    walk(input.text, &mut |step, depth| {
        if let Step::Open(element) = step
            && depth == 1
            && matches!(element.name(), "httpSample" | "sample")
        {
            let number = |name: &str| element.attribute(name).and_then(|t| t.parse::<f64>().ok());
            let bad = || Wrong::new("a sample has no `ts`, `t` or `s` that can be used", MEND);
            samples.push(Sample {
                start: number("ts").ok_or_else(bad)?,
                elapsed: number("t").ok_or_else(bad)?,
                ok: element.attribute("s").ok_or_else(bad)? == "true",
            });
        }
        Ok(())
    })?;
    run(&samples)?.outcome(input)
}

/// Reads `statistics.json`. Its percentiles are 90, 95 and 99 unless they were changed in JMeter's settings.
pub(super) fn statistics(input: &Input<'_>, value: &Value) -> Read {
    let total = &value["Total"];
    let (Some(count), Some(errors)) = (number_at(total, &["sampleCount"]), number_at(total, &["errorCount"])) else {
        return Err(Wrong::new("`Total` has no sampleCount or errorCount", MEND));
    };
    let rps = number_at(total, &["throughput"]);
    Run {
        tool: "jmeter".to_owned(),
        rps,
        p95_ms: number_at(total, &["pct2ResTime"]),
        error_rate: (count > 0.0).then(|| errors / count),
        minutes: rps.filter(|r| *r > 0.0).map(|r| count / r / 60.0),
        ..Run::default()
    }
    .outcome(input)
}

/// A start in milliseconds since 1970, or as a date with a time, which JMeter writes when it is told to.
fn start(text: &str) -> Option<f64> {
    if let Ok(ms) = text.parse::<f64>() {
        return Moment::epoch(ms).map(|_| ms);
    }
    let text = text.replace('/', "-");
    let (text, milliseconds) = text.split_once('.').unwrap_or((&text, "0"));
    let time: jiff::civil::DateTime = text.replacen(' ', "T", 1).parse().ok()?;
    let seconds = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    let seconds = seconds as f64;
    Some(seconds * 1000.0 + milliseconds.get(..3).unwrap_or(milliseconds).parse::<f64>().ok()?)
}

/// The figures of samples: p95 is the nearest rank.
fn run(samples: &[Sample]) -> Result<Run, Wrong> {
    if samples.is_empty() {
        return Err(Wrong::new("there is no sample in it", MEND));
    }
    #[expect(clippy::cast_precision_loss, reason = "a file of 4 MiB has far fewer samples")]
    let share = |n: usize| n as f64 / samples.len() as f64;
    let mut elapsed: Vec<f64> = samples.iter().map(|s| s.elapsed).collect();
    elapsed.sort_by(f64::total_cmp);
    let rank = (samples.len() * 95).div_ceil(100).saturating_sub(1);
    let begin = samples.iter().map(|s| s.start).fold(f64::INFINITY, f64::min);
    let end = samples.iter().map(|s| s.start + s.elapsed).fold(f64::NEG_INFINITY, f64::max);
    let seconds = (end - begin) / 1000.0;
    #[expect(clippy::cast_precision_loss, reason = "a file of 4 MiB has far fewer samples")]
    let count = samples.len() as f64;
    Ok(Run {
        tool: "jmeter".to_owned(),
        at: Moment::epoch(end),
        rps: (seconds > 0.0).then(|| count / seconds),
        p95_ms: elapsed.get(rank).copied(),
        error_rate: Some(share(samples.iter().filter(|s| !s.ok).count())),
        minutes: (seconds > 0.0).then_some(seconds / 60.0),
        ..Run::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const LOG: &str = include_str!("../../../tests/samples/jmeter/results.jtl");
    const STATISTICS: &str = include_str!("../../../tests/samples/jmeter/statistics.json");

    fn results(path: &'static str, text: &str) -> Vec<String> {
        list(&found(&[(path, text)], ""), "load.results")
    }

    #[test]
    fn a_log_is_computed_without_its_transactions() {
        // Ten requests from 08:00:00.000 to 08:00:05.000, one failed; the row of the transaction does not count.
        assert_eq!(
            results("load/results.jtl", LOG),
            [
                "date=2026-11-15 current=false error_rate=0.1 full_size=false minutes=0.08333 p95_ms=900 rps=2 tool=jmeter"
            ]
        );
        let dated =
            "timeStamp,elapsed,label,success\n2026/11/15 08:00:00.500,250,a,true\n2026/11/15 08:00:01.000,500,a,TRUE\n";
        assert_eq!(
            results("a.csv", dated),
            ["date=2026-11-15 current=false error_rate=0 full_size=false minutes=0.01667 p95_ms=500 rps=2 tool=jmeter"]
        );
    }

    #[test]
    fn an_xml_log_counts_samples_of_the_first_level() {
        let text = r#"<?xml version="1.0" encoding="UTF-8"?><testResults version="1.2">
<httpSample t="400" it="0" lt="390" ct="20" ts="1794729600000" s="true" lb="POST /extract" rc="200" rm="OK">
  <httpSample t="100" ts="1794729600000" s="false" lb="redirect"/></httpSample>
<sample t="1000" ts="1794729601000" s="false" lb="queue" rc="500"/></testResults>"#;
        assert_eq!(
            results("results.jtl", text),
            [
                "date=2026-11-15 current=false error_rate=0.5 full_size=false minutes=0.03333 p95_ms=1000 rps=1 tool=jmeter"
            ]
        );
    }

    #[test]
    fn the_statistics_of_a_report_are_read_from_their_total() {
        assert_eq!(
            results("report/statistics.json", STATISTICS),
            ["current=false error_rate=0.0125 full_size=false minutes=2 p95_ms=780 rps=20 tool=jmeter"]
        );
    }

    #[test]
    fn what_cannot_be_computed_is_malformed() {
        let bad = |text: &str| malformed(&found(&[("load/results.jtl", text)], ""));
        let expected = ["load.results load/results.jtl"];
        assert_eq!(bad(""), expected);
        assert_eq!(bad("timeStamp,elapsed,label,success\n"), expected);
        assert_eq!(bad("timeStamp,elapsed,label\n1794729600000,1,a\n"), expected);
        assert_eq!(bad("timeStamp,elapsed,label,success\n1794729600000,fast,a,true\n"), expected);
        assert_eq!(bad("timeStamp,elapsed,label,success\n12,10,a,true\n"), expected);
        assert_eq!(bad("timeStamp,elapsed,label,success\n1794729600000,10,a,maybe\n"), expected);
        assert_eq!(bad("<testResults><sample t='1' ts='1794729600000'/></testResults>"), expected);
        let found = found(
            &[(
                "load/results.jtl",
                "timeStamp,elapsed,label,success\n1794729600000,10,a,true\n1794729600000,x,a,true\n",
            )],
            "",
        );
        assert_eq!(found.malformed[0].1.at.as_ref().map(|at| at.position().line), Some(3));
    }
}
