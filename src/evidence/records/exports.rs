//! Exports of other tools (delivery metrics, SLI time series, an assessment of the project template) enter; facts leave.

use serde::Deserialize;
use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::documents::{has_ending, is_foreign};
use crate::evidence::tree::File;
use crate::evidence::{Found, View};
use crate::fact::{Node, Origin, Record};
use crate::manifest::value::Day;

use super::read::{Read, document, ending};
use super::table::{Table, day_of};

pub(super) fn collect(view: &View<'_>, found: &mut Found) {
    delivery(view, found);
    template(view, found);
    series(view, found);
}

/// The five figures of delivery, each by the words that name it.
const FIGURES: [&[&str]; 5] = [
    &["lead_time", "leadtime", "change_lead_time"],
    &["deployment_frequency", "deploy_frequency", "deployfrequency", "deploys_per", "deployments_per"],
    &["recovery", "restore", "mttr"],
    &["failure_rate", "fail_rate", "failurerate", "change_fail"],
    &["rework"],
];

const FIGURE_DATES: &[&str] =
    &["at", "date", "as_of", "to", "until", "period_end", "week", "month_end", "exported_at", "generated_at"];

fn delivery(view: &View<'_>, found: &mut Found) {
    let mut records = Vec::new();
    for file in view.tree.files().iter().filter(|file| is_delivery(file) && !view.tree.is_unfinished(file)) {
        let read = if ending(&file.path) == "csv" { delivery_table(view, file) } else { delivery_document(view, file) };
        match read {
            // A file that names none of the figures only has such a name.
            Ok((names, day)) if names.iter().any(|name| FIGURES.iter().any(|figure| is_figure(name, figure))) => {
                let complete = FIGURES.iter().all(|figure| names.iter().any(|name| is_figure(name, figure)));
                let mut record = Record::new([("complete", complete.into())]).from(&Origin::detected(&file.path, None));
                if let Some(day) = day {
                    record.set("date", day);
                }
                records.push(record);
            }
            Ok(_) => {}
            Err(error) => found.malformed.push(("delivery_metrics".to_owned(), *error)),
        }
    }
    found.facts.put("delivery_metrics", Node::events(records));
}

fn is_delivery(file: &File) -> bool {
    if !has_ending(&file.path, &["csv", "json", "yaml", "yml"]) || is_foreign(&file.path) {
        return false;
    }
    let folder = file.path.rsplit_once('/').map(|(folder, _)| folder.to_lowercase()).unwrap_or_default();
    let place = ["metrics", "records", "reports", "exports", "platform", "docs", "ops", "monitoring", "delivery"];
    let name = file.name().to_lowercase().replace(['_', ' '], "-");
    folder.split('/').all(|part| place.contains(&part))
        && (name.starts_with("delivery") || name.starts_with("dora") || name.starts_with("four-keys"))
}

fn is_figure(name: &str, figure: &[&str]) -> bool {
    figure.iter().any(|word| name.contains(word))
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', ' '], "_")
}

/// The names of the figures with a value in a table (one a column, or one a row), and the newest day in it.
fn delivery_table(view: &View<'_>, file: &File) -> Read<(Vec<String>, Option<Day>)> {
    let table = Table::read(view.tree, file)?;
    let day = table.rows.iter().filter_map(|row| table.text(row, table.column(FIGURE_DATES)).and_then(day_of)).max();
    let long = table.column(&["metric", "name", "figure"]);
    let names = match long {
        Some(column) => table.rows.iter().filter_map(|row| table.text(row, Some(column)).map(plain)).collect(),
        None => table
            .columns()
            .iter()
            .filter(|name| table.rows.iter().any(|row| table.text(row, table.column(&[name.as_str()])).is_some()))
            .cloned()
            .collect(),
    };
    Ok((names, day))
}

fn delivery_document(view: &View<'_>, file: &File) -> Read<(Vec<String>, Option<Day>)> {
    let text = view.tree.text(file).unwrap_or_default();
    let document = document(file, &text)?;
    let (mut names, mut day) = (Vec::new(), None);
    figures(&document.value, &mut names, &mut day, 0);
    Ok((names, day))
}

fn figures(value: &Value, names: &mut Vec<String>, day: &mut Option<Day>, depth: usize) {
    if depth > 8 || names.len() > 10_000 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| figures(item, names, day, depth + 1)),
        Value::Object(map) => {
            for (key, value) in map {
                let key = plain(key);
                match value {
                    Value::Null => {}
                    Value::String(text) if FIGURE_DATES.contains(&key.as_str()) => *day = (*day).max(day_of(text)),
                    Value::String(text) if ["metric", "name", "id"].contains(&key.as_str()) => names.push(plain(text)),
                    _ => {
                        names.push(key);
                        figures(value, names, day, depth + 1);
                    }
                }
            }
        }
        _ => {}
    }
}

/// An assessment as this tool writes it, as far as it is asked here.
#[derive(Deserialize)]
struct Assessment {
    kind: String,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    due: String,
    required: Option<String>,
    level: String,
}

fn template(view: &View<'_>, found: &mut Found) {
    let mut share = Node::absent();
    for file in view.tree.files().iter().filter(|file| is_template_assessment(file)) {
        // What this tool wrote is no evidence anywhere else; here it is asked for.
        let Some(text) = view.tree.draft(file) else { continue };
        if !text.contains("\"assessment\"") && !text.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Assessment>(&text) {
            Ok(assessment) if assessment.kind == "assessment" => share = template_share(&assessment.checks).into(),
            Ok(_) => {}
            Err(error) => {
                let message = format!("the assessment of the template cannot be read: {error}");
                let error = Diagnostic::error(Code::Malformed, message)
                    .path(&file.path)
                    .help("write it again with `aipp assess --format json`");
                found.malformed.push(("platform.template_share".to_owned(), error));
            }
        }
    }
    found.facts.put("platform.template_share", share);
}

/// `platform/template-assessment.json` and the like.
fn is_template_assessment(file: &File) -> bool {
    if !has_ending(&file.path, &["json"]) {
        return false;
    }
    let path = file.path.to_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    path.contains("template") && name.contains("assess") && !is_foreign(&path)
}

/// The share of the checks required by the harden gate that reach their level.
fn template_share(checks: &[Check]) -> Option<f64> {
    let level =
        |name: &str| ["contradicted", "none", "claimed", "documented", "verified"].iter().position(|l| *l == name);
    let due: Vec<(&Check, &str)> = checks
        .iter()
        .filter(|check| ["prove-value", "harden"].contains(&check.due.as_str()))
        .filter_map(|check| Some((check, check.required.as_deref()?)))
        .collect();
    let met = due.iter().filter(|(check, required)| level(&check.level) >= level(required)).count();
    (!due.is_empty()).then(|| met as f64 / due.len() as f64)
}

/// A range query of Prometheus.
#[derive(Deserialize)]
struct RangeAnswer {
    status: String,
    data: RangeData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RangeData {
    result_type: String,
    result: Vec<RangeSeries>,
}

#[derive(Deserialize)]
struct RangeSeries {
    #[serde(default)]
    values: Vec<(f64, String)>,
    value: Option<(f64, String)>,
}

fn series(view: &View<'_>, found: &mut Found) {
    let mut records = Vec::new();
    for file in view.tree.files().iter().filter(|file| is_series_place(file) && !view.tree.is_unfinished(file)) {
        let read = if ending(&file.path) == "csv" { series_table(view, file) } else { series_answer(view, file) };
        match read {
            Ok(Some((points, day))) => {
                let record = Record::new([("date", day.into()), ("points", points.into())]);
                records.push(record.from(&Origin::detected(&file.path, None)));
            }
            Ok(None) => {}
            Err(error) => found.malformed.push(("series_exports".to_owned(), *error)),
        }
    }
    found.facts.put("series_exports", Node::events(records));
}

/// JSON and CSV files in a folder of exports.
fn is_series_place(file: &File) -> bool {
    let folder = file.path.rsplit_once('/').map(|(folder, _)| folder.to_lowercase()).unwrap_or_default();
    has_ending(&file.path, &["json", "csv"])
        && folder
            .split('/')
            .any(|part| matches!(part, "exports" | "export" | "slo" | "slos" | "sli" | "slis" | "series"))
        && !is_foreign(&file.path)
}

/// Points and newest day.
type Series = Option<(usize, Option<Day>)>;

fn series_answer(view: &View<'_>, file: &File) -> Read<Series> {
    let Some(text) = view.tree.text(file) else { return Ok(None) };
    let malformed = |message: String| {
        let help = "export it again from the `query_range` address of Prometheus";
        Box::new(Diagnostic::error(Code::Malformed, message).path(&file.path).help(help))
    };
    if text.trim().is_empty() {
        return Err(malformed("the export is empty".to_owned()));
    }
    if !text.contains("\"resultType\"") {
        return Ok(None);
    }
    let answer: RangeAnswer =
        serde_json::from_str(&text).map_err(|e| malformed(format!("this is no answer of Prometheus: {e}")))?;
    if answer.status != "success" {
        return Err(malformed(format!("Prometheus answered with the status `{}`", answer.status)));
    }
    if !["matrix", "vector"].contains(&answer.data.result_type.as_str()) {
        return Ok(None);
    }
    let all = answer.data.result.iter().flat_map(|series| series.values.iter().chain(&series.value));
    let numbers = all.filter(|(_, value)| value.parse::<f64>().is_ok_and(|v| !v.is_nan()));
    let (mut points, mut newest) = (0_usize, f64::MIN);
    for (at, _) in numbers {
        points += 1;
        newest = newest.max(*at);
    }
    Ok(Some((points, (points > 0).then(|| day_of_seconds(newest)).flatten())))
}

/// The day of a time in seconds since 1970, in UTC.
fn day_of_seconds(seconds: f64) -> Option<Day> {
    let whole = seconds.is_finite().then_some(seconds.floor() as i64)?;
    let at = jiff::Timestamp::from_second(whole).ok()?;
    Some(Day(at.to_zoned(jiff::tz::TimeZone::UTC).date()))
}

/// A table of points: a time and one or more columns of numbers (`at,value`, or what Grafana exports).
fn series_table(view: &View<'_>, file: &File) -> Read<Series> {
    let table = Table::read(view.tree, file)?;
    let Some(time) = table.column(&["at", "time", "timestamp", "date"]) else { return Ok(None) };
    let day = |text: &str| {
        day_of(text).or_else(|| {
            // Seconds or milliseconds since 1970.
            let number: f64 = text.parse().ok()?;
            day_of_seconds(if number > 1e11 { number / 1000.0 } else { number })
        })
    };
    let mut newest = None;
    let mut points = 0_usize;
    for row in &table.rows {
        let Some(text) = table.text(row, Some(time)) else { continue };
        let Some(at) = day(text) else {
            let message = format!("`{text}` is not a time");
            return Err(table.error(row.line, message, "write for instance 2026-11-18T08:00:00Z"));
        };
        let numbers = table.columns().iter().filter(|name| {
            table
                .text(row, table.column(&[name.as_str()]))
                .is_some_and(|cell| cell != text && cell.parse::<f64>().is_ok_and(|number| !number.is_nan()))
        });
        let here = numbers.count();
        if here > 0 {
            points += here;
            newest = newest.max(Some(at));
        }
    }
    Ok(Some((points, newest)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::super::tests::{collected, collected_malformed};

    /// What `curl 'http://localhost:9090/api/v1/query_range?...'` answers, shortened.
    const RANGE: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"intake_latency_p95","job":"intake"},"values":[[1763424000,"0.41"],[1763427600,"NaN"],[1763431200,"0.39"]]}]}}"#;

    #[test]
    fn answers_of_prometheus_and_tables_are_series() {
        let facts = collected(&[
            ("monitoring/exports/latency.json", RANGE),
            (
                "monitoring/exports/accuracy.csv",
                "\"Time\",\"accuracy\",\"floor\"\n2026-11-17 08:00:00,0.97,0.95\n2026-11-18 08:00:00,0.98,0.95\n",
            ),
            ("monitoring/exports/dashboard.json", r#"{"panels": []}"#),
            ("src/latency.json", RANGE),
        ]);
        let exports = facts.at("series_exports").unwrap().items().to_vec();
        let read: Vec<(String, Option<&str>)> = exports
            .iter()
            .map(|e| (format!("{:?}", e.get("points").unwrap()), e.get("date").unwrap().text()))
            .collect();
        assert_eq!(read.len(), 2, "{read:?}");
        assert!(read[0].0.contains("Int(4)") && read[0].1 == Some("2026-11-18"), "{read:?}");
        assert!(read[1].0.contains("Int(2)") && read[1].1 == Some("2025-11-18"), "{read:?}");
    }

    #[test]
    fn broken_exports_are_no_exports() {
        let cut = &RANGE[..RANGE.len() - 4];
        let error =
            r#"{"status":"error","errorType":"bad_data","error":"x","data":{"resultType":"matrix","result":[]}}"#;
        for text in [cut, error, ""] {
            let malformed = collected_malformed(&[("monitoring/exports/latency.json", text)]);
            assert_eq!(malformed.len(), 1, "{text}");
            assert_eq!(malformed[0].0, "series_exports");
        }
        assert_eq!(collected_malformed(&[("slo/x.csv", "time,v\nyesterday,1\n")]).len(), 1);
    }

    #[test]
    fn delivery_metrics_are_complete_with_all_five() {
        let wide = "at,lead_time_hours,deployment_frequency,time_to_restore_minutes,change_failure_rate,rework_rate\n2026-10-31,20,3,40,0.1,0.05\n2026-11-10,18,4,30,0.1,0.04\n";
        let long = "metric,value,at\nLead time,20 h,2026-11-10\nDeployment frequency,3/week,2026-11-10\n";
        let json = r#"{"generated_at": "2026-11-09T00:00:00Z", "metrics": [{"name": "lead time", "value": 1}, {"name": "deployment frequency"}, {"name": "MTTR"}, {"name": "change failure rate"}, {"name": "rework"}]}"#;
        let complete = |path: &'static str, text: &str| {
            let facts = collected(&[(path, text)]);
            let first = facts.at("delivery_metrics").unwrap().items().first().cloned();
            first.map(|f| {
                (f.get("complete").unwrap().is_true(), f.get("date").and_then(|d| d.text().map(str::to_owned)))
            })
        };
        assert_eq!(complete("metrics/delivery.csv", wide), Some((true, Some("2026-11-10".into()))));
        assert_eq!(complete("metrics/dora.csv", long), Some((false, Some("2026-11-10".into()))));
        assert_eq!(complete("records/delivery-metrics.json", json), Some((true, Some("2026-11-09".into()))));
        assert_eq!(complete("metrics/delivery-addresses.csv", "street,city\na,b\n"), None);
        assert_eq!(complete("src/dora.csv", wide), None);
    }

    #[test]
    fn the_template_is_measured_by_an_assessment_of_it() {
        let check = |due: &str, required: &str, level: &str| {
            format!(r#"{{"id":"x","due":"{due}","required":{required},"level":"{level}"}}"#)
        };
        let checks = [
            check("prove-value", "\"documented\"", "verified"),
            check("harden", "\"verified\"", "documented"),
            check("harden", "null", "none"),
            check("scale", "\"verified\"", "none"),
            check("harden", "\"documented\"", "documented"),
            check("harden", "\"documented\"", "contradicted"),
        ]
        .join(",");
        let text = format!(r#"{{"format_version":1,"kind":"assessment","checks":[{checks}]}}"#);
        let facts = collected(&[("platform/template-assessment.json", &text)]);
        assert_eq!(facts.at("platform.template_share"), Some(&0.5.into()));
        let malformed =
            collected_malformed(&[("platform/template-assessment.json", r#"{"kind": "assessment", "checks": 1}"#)]);
        assert_eq!(malformed[0].0, "platform.template_share");
        assert_eq!(collected(&[]).at("platform.template_share"), Some(&crate::fact::Node::absent()));
    }
}
