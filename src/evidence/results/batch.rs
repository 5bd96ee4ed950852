//! A record of a timed batch run enters (`load/*.yaml` or JSON with date, minutes and full_size); a load-test run leaves.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::manifest::value::{Day, Quantity};

use super::load::Run;
use super::moment::Moment;
use super::outcome::{Input, Read};
use super::outline::Outline;
use super::record;
use super::versions::Named;

/// What such a record may hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchRun {
    date: Day,
    minutes: f64,
    #[serde(default, alias = "full-size")]
    full_size: bool,
    tool: Option<String>,
    rps: Option<f64>,
    p95_ms: Option<f64>,
    error_rate: Option<Quantity>,
    #[serde(rename = "what")]
    _what: Option<IgnoredAny>,
    #[serde(rename = "note")]
    _note: Option<IgnoredAny>,
    #[serde(rename = "by")]
    _by: Option<IgnoredAny>,
    #[serde(rename = "environment")]
    _environment: Option<IgnoredAny>,
    #[serde(rename = "source")]
    _source: Option<IgnoredAny>,
    #[serde(rename = "rows")]
    _rows: Option<IgnoredAny>,
    #[serde(rename = "items")]
    _items: Option<IgnoredAny>,
    #[serde(rename = "n")]
    _n: Option<IgnoredAny>,
    #[serde(rename = "documents")]
    _documents: Option<IgnoredAny>,
    #[serde(rename = "model")]
    _model: Option<IgnoredAny>,
    #[serde(rename = "models")]
    _models: Option<IgnoredAny>,
    #[serde(rename = "version")]
    _version: Option<IgnoredAny>,
    #[serde(rename = "versions")]
    _versions: Option<IgnoredAny>,
    #[serde(rename = "model_version")]
    _model_version: Option<IgnoredAny>,
    #[serde(rename = "commit")]
    _commit: Option<IgnoredAny>,
    #[serde(rename = "digest")]
    _digest: Option<IgnoredAny>,
    #[serde(rename = "image")]
    _image: Option<IgnoredAny>,
    #[serde(rename = "prompt_version")]
    _prompt_version: Option<IgnoredAny>,
}

/// Whether the top keys of a document are those of a batch run.
pub(super) fn is(outline: &Outline) -> bool {
    is_keys(outline.top())
}

/// Whether these keys are those of a batch run.
pub(super) fn is_keys<'k>(keys: impl Iterator<Item = &'k str>) -> bool {
    let keys: Vec<&str> = keys.collect();
    let has = |key: &str| keys.contains(&key);
    has("full_size") || has("full-size") || (has("date") && has("minutes") && !has("scenario") && !has("participants"))
}

/// Reads a record.
pub(super) fn read(input: &Input<'_>) -> Read {
    let (document, run) = match record::read::<BatchRun>(input, "record of a batch run") {
        Ok(read) => read,
        Err(outcome) => return Ok(outcome.under("load.results")),
    };
    let document: &Value = &Arc::new(document).value;
    Run {
        tool: run.tool.unwrap_or_else(|| "batch run".to_owned()),
        at: Moment::parse(&run.date.to_string()),
        rps: run.rps,
        p95_ms: run.p95_ms,
        error_rate: run.error_rate.map(|q| q.base()),
        minutes: Some(run.minutes),
        full_size: run.full_size,
        current: Named::of(document).current(input.deployed, document),
        by_hand: true,
    }
    .outcome(input)
}

#[cfg(test)]
mod tests {
    use crate::evidence::Proof;
    use crate::evidence::results::probe::{found, list, malformed};

    #[test]
    fn a_timed_run_over_the_full_size_is_read() {
        let text = "date: 2026-11-15\nminutes: 171\nfull_size: true\nrows: 410000\nmodel_version: 2026-08-r3\n";
        let batch = found(&[("load/2026-11-15-full.yaml", text)], "models: [{ name: scorer, version: 2026-08-r3 }]\n");
        assert_eq!(
            list(&batch, "load.results"),
            ["date=2026-11-15 current=true full_size=true minutes=171 tool=batch run"]
        );
        assert_eq!(batch.items[0].level, Proof::Documented);
        assert_eq!(batch.items[0].because, "batch run: 171 minutes, full size");
        let figures = "{ date: 2026-11-15, minutes: 10, rps: 3.5, p95_ms: 800, error_rate: 0.1%, full_size: true, what: nightly }\n";
        assert_eq!(
            list(&found(&[("load/run.yml", figures)], ""), "load.results"),
            [
                "date=2026-11-15 current=false error_rate=0.001 full_size=true minutes=10 p95_ms=800 rps=3.5 tool=batch run"
            ]
        );
        let dashed = found(&[("load/run.json", r#"{"date": "2026-11-15", "minutes": 10.5, "full-size": false}"#)], "");
        assert_eq!(
            list(&dashed, "load.results"),
            ["date=2026-11-15 current=false full_size=false minutes=10.5 tool=batch run"]
        );
    }

    #[test]
    fn a_record_that_is_wrong_is_malformed_and_other_yaml_is_not() {
        for text in [
            "date: soon\nminutes: 171\nfull_size: true\n",
            "date: 2026-11-15\nminutes: long\nfull_size: true\n",
            "date: 2026-11-15\nfull_size: true\n",
            "date: 2026-11-15\nminutes: 3\nfull_size: true\nminuts: 4\n",
            "full_size: true\ndate: [\n",
        ] {
            let found = found(&[("load/full.yaml", text)], "");
            assert_eq!(malformed(&found).first().map(String::as_str), Some("load.results load/full.yaml"), "{text}");
            assert!(list(&found, "load.results").is_empty());
        }
        let other = found(&[("load/artillery.yaml", "config:\n  target: https://x.example\nscenarios: []\n")], "");
        assert!(other.malformed.is_empty() && list(&other, "load.results").is_empty());
    }
}
