//! A Locust `*_stats.csv` enters; a load-test run leaves, from its last row, the total.

use csv::StringRecord;

use super::load::Run;
use super::moment::Moment;
use super::outcome::{Input, Read, Wrong};

const MEND: &str = "run Locust again with `--csv PREFIX` until it ends by itself, and keep PREFIX_stats.csv";

/// Whether a header is that of Locust's request statistics (its history has other columns first).
pub(super) fn is(header: &str) -> bool {
    header.starts_with("Type,Name,Request Count,Failure Count")
}

/// Reads the total.
pub(super) fn read(input: &Input<'_>) -> Read {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input.text.as_bytes());
    let header = reader.headers().map_err(|e| Wrong::new(format!("it is not valid CSV: {e}"), MEND))?.clone();
    let mut total = None;
    for row in reader.records() {
        let row = row.map_err(|e| Wrong::new(format!("it is not valid CSV: {e}"), MEND))?;
        if matches!(row.get(1), Some("Aggregated" | "Total")) {
            total = Some(row);
        }
    }
    let Some(total) = total else {
        return Err(Wrong::new("the last row, `Aggregated`, is missing", MEND));
    };
    let cell = |name: &str| cell(&header, &total, name);
    let (Some(requests), Some(failures)) = (cell("Request Count")?, cell("Failure Count")?) else {
        return Err(Wrong::new("the columns `Request Count` and `Failure Count` have no number in the last row", MEND));
    };
    let rps = cell("Requests/s")?;
    let history = input
        .path
        .strip_suffix("_stats.csv")
        .and_then(|prefix| input.tree.text(input.tree.get(&format!("{prefix}_stats_history.csv"))?));
    Run {
        tool: "locust".to_owned(),
        at: history.as_deref().and_then(end),
        rps,
        p95_ms: cell("95%")?,
        error_rate: (requests > 0.0).then(|| failures / requests),
        minutes: rps.filter(|r| *r > 0.0).map(|r| requests / r / 60.0),
        ..Run::default()
    }
    .outcome(input)
}

/// Whether a header is that of Locust's history of a run, one row a second.
pub(super) fn is_history(header: &str) -> bool {
    header.starts_with("Timestamp,User Count,Type,Name")
}

/// Reads the end of a history that is kept alone: its last total.
pub(super) fn history(input: &Input<'_>) -> Read {
    let beside = input.path.strip_suffix("_stats_history.csv").map(|prefix| format!("{prefix}_stats.csv"));
    if beside.is_some_and(|path| input.tree.get(&path).is_some()) {
        return Ok(super::outcome::Outcome::default());
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input.text.as_bytes());
    let header = reader.headers().map_err(|e| Wrong::new(format!("it is not valid CSV: {e}"), MEND))?.clone();
    let (mut first, mut total) = (None, None);
    for row in reader.records() {
        let row = row.map_err(|e| Wrong::new(format!("it is not valid CSV: {e}"), MEND))?;
        if matches!(row.get(3), Some("Aggregated" | "Total")) {
            first = first.or_else(|| row.get(0).and_then(|at| at.parse::<f64>().ok()));
            total = Some(row);
        }
    }
    let Some(total) = total else { return Err(Wrong::new("it has no row `Aggregated`", MEND)) };
    let cell = |name: &str| cell(&header, &total, name);
    let (Some(requests), Some(failures)) = (cell("Total Request Count")?, cell("Total Failure Count")?) else {
        return Err(Wrong::new("its last row `Aggregated` has no numbers of requests and failures", MEND));
    };
    let last = cell("Timestamp")?;
    let seconds = last.zip(first).map(|(last, first)| last - first).filter(|seconds| *seconds > 0.0);
    Run {
        tool: "locust".to_owned(),
        at: end(input.text),
        rps: seconds.map(|seconds| requests / seconds),
        // The percentiles of a history are those of its last seconds, not of the run.
        p95_ms: None,
        error_rate: (requests > 0.0).then(|| failures / requests),
        minutes: seconds.map(|seconds| seconds / 60.0),
        ..Run::default()
    }
    .outcome(input)
}

/// When a run ended, by the last row of its history: seconds since 1970.
fn end(history: &str) -> Option<Moment> {
    let last = history.lines().rev().find(|line| !line.trim().is_empty())?;
    Moment::epoch(last.split(',').next()?.trim().parse().ok()?)
}

/// A number of a row by the name of its column; `N/A` is none.
fn cell(header: &StringRecord, row: &StringRecord, name: &str) -> Result<Option<f64>, Wrong> {
    let Some(at) = header.iter().position(|column| column == name) else {
        return Err(Wrong::new(format!("it has no column `{name}`"), MEND));
    };
    match row.get(at).map(str::trim) {
        None | Some("" | "N/A") => Ok(None),
        Some(text) => match text.parse::<f64>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => {
                let line = row.position().map_or(0, csv::Position::line);
                let line = usize::try_from(line).unwrap_or_default();
                Err(Wrong::new(format!("`{text}` in the column `{name}` is not a number"), MEND).at(line, 1))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const STATS: &str = include_str!("../../../tests/samples/locust/run_stats.csv");

    #[test]
    fn the_total_counts_and_not_the_single_requests() {
        let found = found(&[("load/run_stats.csv", STATS)], "");
        assert_eq!(
            list(&found, "load.results"),
            ["current=false error_rate=0.005 full_size=false minutes=5 p95_ms=1600 rps=20 tool=locust"]
        );
        assert_eq!(found.items[0].because, "locust: 20 requests a second, p95 1600 ms, 0.5 % failed");
    }

    #[test]
    fn histories_and_torn_files() {
        let history = concat!(
            "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,95%,100%,Total Request Count,Total Failure Count\n",
            "1795132500,0,,Aggregated,0.000000,0.000000,N/A,N/A,N/A,0,0\n",
            "1795132800,10,GET,/,20.0,0.1,90,1500,2900,6000,30\n",
            "1795132800,10,,Aggregated,20.0,0.1,90,1500,2900,6000,30\n",
        );
        let alone = found(&[("load/run_stats_history.csv", history)], "");
        let run = "date=2026-11-20 current=false error_rate=0.005 full_size=false minutes=5 rps=20 tool=locust";
        assert_eq!(list(&alone, "load.results"), [run]);
        let both = found(&[("load/run_stats_history.csv", history), ("load/run_stats.csv", STATS)], "");
        let run =
            "date=2026-11-20 current=false error_rate=0.005 full_size=false minutes=5 p95_ms=1600 rps=20 tool=locust";
        assert_eq!(list(&both, "load.results"), [run]);
        let cut = history.replace(",Aggregated,", ",other,");
        assert_eq!(malformed(&found(&[("a_stats_history.csv", &cut)], "")), ["load.results a_stats_history.csv"]);
        let bad = |text: &str| malformed(&found(&[("load/run_stats.csv", text)], ""));
        let torn = STATS.split(",Aggregated").next().unwrap_or_default();
        assert_eq!(bad(torn), ["load.results load/run_stats.csv"]);
        assert_eq!(bad(&STATS.replace(",Aggregated,6000,", ",Aggregated,six,")), ["load.results load/run_stats.csv"]);
        assert_eq!(bad(""), ["load.results load/run_stats.csv"]);
        let idle = STATS.replace(",Aggregated,6000,30,", ",Aggregated,0,0,");
        assert!(!list(&found(&[("a.csv", &idle)], ""), "load.results")[0].contains("error_rate"));
    }
}
