//! A Locust `*_stats.csv` enters; a load-test run leaves, from its last row, the total.

use csv::StringRecord;

use super::load::Run;
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
    Run {
        tool: "locust".to_owned(),
        rps,
        p95_ms: cell("95%")?,
        error_rate: (requests > 0.0).then(|| failures / requests),
        minutes: rps.filter(|r| *r > 0.0).map(|r| requests / r / 60.0),
        ..Run::default()
    }
    .outcome(input)
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
        let history = "Timestamp,User Count,Type,Name,Requests/s,Failures/s\n1700000000,10,,Aggregated,1.0,0.0\n";
        let found_history = found(&[("load/run_stats_history.csv", history)], "");
        assert!(list(&found_history, "load.results").is_empty() && found_history.malformed.is_empty());
        let bad = |text: &str| malformed(&found(&[("load/run_stats.csv", text)], ""));
        let torn = STATS.split(",Aggregated").next().unwrap_or_default();
        assert_eq!(bad(torn), ["load.results load/run_stats.csv"]);
        assert_eq!(bad(&STATS.replace(",Aggregated,6000,", ",Aggregated,six,")), ["load.results load/run_stats.csv"]);
        assert_eq!(bad(""), ["load.results load/run_stats.csv"]);
        let idle = STATS.replace(",Aggregated,6000,30,", ",Aggregated,0,0,");
        assert!(!list(&found(&[("a.csv", &idle)], ""), "load.results")[0].contains("error_rate"));
    }
}
