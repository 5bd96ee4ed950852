//! Documents, resources and programs enter; dashboards leave, with what they show.

use std::sync::Arc;

use serde_json::Value;

use super::code::Code;
use super::paths;
use super::regions::each_text;
use super::survey::Survey;
use super::yaml::{Doc, at, list};
use crate::evidence::{Item, Proof};
use crate::fact::{Node, Origin, Record};

/// One dashboard.
#[derive(Debug)]
pub(super) struct Dashboard {
    path: String,
    line: Option<usize>,
    /// What it is, in a few words.
    because: String,
    /// Its panels were read and at least one of them has a query.
    complete: bool,
    panels: usize,
    /// Everything it says, for a search of series.
    pub(super) text: String,
}

/// Looks everywhere where dashboards are declared.
pub(super) fn all(survey: &Survey<'_>, code: &Code) -> Vec<Dashboard> {
    let mut found = Vec::new();
    for doc in &survey.docs {
        document(doc, &mut found);
    }
    for resource in survey.declared.resources.iter() {
        let title = match resource.kind.as_str() {
            "aws_cloudwatch_dashboard" | "AWS::CloudWatch::Dashboard" => "CloudWatch dashboard",
            "google_monitoring_dashboard" => "Google Cloud dashboard",
            "grafana_dashboard" => "Grafana dashboard",
            "datadog_dashboard" | "datadog_dashboard_json" | "datadog_timeboard" => "Datadog dashboard",
            "newrelic_one_dashboard" | "newrelic_one_dashboard_json" => "New Relic dashboard",
            "azurerm_portal_dashboard" | "azurerm_dashboard" => "Azure dashboard",
            "azurerm_application_insights_workbook" => "Azure workbook",
            kind if kind.eq_ignore_ascii_case("Microsoft.Portal/dashboards") => "Azure dashboard",
            kind if kind.eq_ignore_ascii_case("Microsoft.Insights/workbooks") => "Azure workbook",
            _ => continue,
        };
        found.push(Dashboard {
            path: resource.path.to_string(),
            line: resource.line,
            because: format!("{title} `{}`", resource.name),
            complete: false,
            panels: 0,
            text: said(&resource.body),
        });
    }
    for program in &code.programs {
        let Some(at) = ["cloudwatch.Dashboard(", "cw.Dashboard(", "new Dashboard("]
            .iter()
            .find_map(|call| program.text.find(call))
        else {
            continue;
        };
        found.push(plain(
            &program.path,
            Some(super::wording::line_at(&program.text, at)),
            "dashboard in a program",
            &program.text,
        ));
    }
    for text in &survey.jsonnet {
        if text.text.contains("grafana")
            && (text.text.contains("dashboard.new") || text.text.contains("dashboard.with"))
        {
            found.push(plain(&text.path, Some(1), "Grafana dashboard in Jsonnet", &text.text));
        }
    }
    for text in &survey.templated {
        if text.text.contains("grafana_dashboard") || text.text.contains("kind: GrafanaDashboard") {
            found.push(plain(&text.path, Some(1), "Grafana dashboard in a template", &text.text));
        }
    }
    found.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    found
}

fn plain(path: &str, line: Option<usize>, because: &str, text: &str) -> Dashboard {
    Dashboard {
        path: path.to_owned(),
        line,
        because: because.to_owned(),
        complete: false,
        panels: 0,
        text: text.to_owned(),
    }
}

/// All texts of a value.
fn said(value: &Value) -> String {
    let mut text = String::new();
    each_text(
        value,
        &mut |part| {
            text.push_str(part);
            text.push('\n');
        },
        0,
    );
    text
}

fn document(doc: &Doc, found: &mut Vec<Dashboard>) {
    match doc.text("kind") {
        Some("ConfigMap") => {
            for (name, value) in doc.value.get("data").and_then(Value::as_object).into_iter().flatten() {
                let text = value.as_str().filter(|text| name.ends_with(".json") && text.contains("\"panels\""));
                if let Some(board) = text.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
                    found.extend(grafana(doc, &board, doc.line(&format!("/data/{}", crate::source::segment(name)))));
                }
            }
            return;
        }
        Some("GrafanaDashboard") => {
            let board = doc.text("spec.json").and_then(|text| serde_json::from_str::<Value>(text).ok());
            let known = board.as_ref().and_then(|board| grafana(doc, board, doc.line("/spec/json")));
            found.push(
                known.unwrap_or_else(|| plain(&doc.path, doc.line(""), "Grafana dashboard object", &said(&doc.value))),
            );
            return;
        }
        // Dashboards of Perses, and of Grafana in its newer form.
        Some("Dashboard" | "PersesDashboard")
            if at(&doc.value, "spec.panels").or(at(&doc.value, "spec.elements")).is_some() =>
        {
            found.push(plain(&doc.path, doc.line(""), "dashboard object", &said(&doc.value)));
            return;
        }
        _ => {}
    }
    let boards = match doc.value.get("dashboard") {
        Some(inner) if inner.is_object() => inner,
        _ => &doc.value,
    };
    if let Some(board) = grafana(doc, boards, doc.line("").or(Some(1))) {
        found.push(board);
    } else if let Some(widgets) =
        doc.value.get("widgets").and_then(Value::as_array).filter(|widgets| !widgets.is_empty())
    {
        let is_datadog =
            doc.value.get("layout_type").is_some() && widgets.iter().any(|widget| widget.get("definition").is_some());
        let is_cloudwatch = widgets.iter().any(|widget| {
            widget.get("properties").is_some_and(|p| p.get("metrics").is_some() || p.get("query").is_some())
        });
        if is_datadog || is_cloudwatch {
            let name = if is_datadog { "Datadog" } else { "CloudWatch" };
            found.push(Dashboard {
                path: doc.path.to_string(),
                line: Some(1),
                because: format!("{name} dashboard with {}", count(widgets.len(), "widget")),
                complete: true,
                panels: widgets.len(),
                text: said(&doc.value),
            });
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A dashboard of Grafana: panels, in rows or not, and a title.
fn grafana(doc: &Doc, board: &Value, line: Option<usize>) -> Option<Dashboard> {
    let rows = list(board.get("rows")).iter().flat_map(|row| list(row.get("panels")));
    let panels: Vec<&Value> = list(board.get("panels")).iter().chain(rows).collect();
    let is_board = board.get("schemaVersion").is_some()
        || board.get("templating").is_some()
        || board.get("title").and_then(Value::as_str).is_some();
    let all: Vec<&Value> = panels
        .iter()
        .copied()
        .chain(panels.iter().flat_map(|panel| list(panel.get("panels"))))
        .filter(|panel| panel.get("type").and_then(Value::as_str) != Some("row"))
        .collect();
    if !is_board
        || all.is_empty()
        || !all.iter().all(|panel| panel.is_object())
        || !all.iter().any(|panel| panel.get("type").is_some())
    {
        return None;
    }
    let asks = |panel: &Value| {
        list(panel.get("targets")).iter().any(|target| {
            ["expr", "query", "rawSql", "target", "queryText", "rawQuery", "metricName", "expression"].iter().any(
                |key| {
                    target.get(key).is_some_and(|query| {
                        query.as_str().is_some_and(|text| !text.trim().is_empty()) || query.is_object()
                    })
                },
            )
        })
    };
    let asking = all.iter().filter(|panel| asks(panel)).count();
    let title = board.get("title").and_then(Value::as_str).unwrap_or("without a title");
    let mut because = format!("Grafana dashboard `{title}` with {}", count(all.len(), "panel"));
    if asking == 0 {
        because.push_str(", none with a query");
    }
    Some(Dashboard {
        path: doc.path.to_string(),
        line,
        because,
        complete: asking > 0,
        panels: all.len(),
        text: said(board),
    })
}

/// The fact `dashboards`, and an item for each.
pub(super) fn facts(survey: &Survey<'_>, dashboards: &[Dashboard]) -> (Node, Vec<Item>) {
    const KIND: &str = "monitoring-dashboards";
    let running = |board: &&Dashboard| !paths::is_aside(&board.path) || survey.is_declared(KIND, &board.path);
    let records = dashboards
        .iter()
        .filter(running)
        .map(|board| {
            Record::new([("path", board.path.as_str().into())]).from(&Origin::detected(board.path.clone(), board.line))
        })
        .collect();
    let only_examples = !dashboards.iter().any(|board| running(&board));
    let items = dashboards
        .iter()
        .filter(|board| running(board) || (only_examples && paths::is_example(&board.path)))
        .take(200)
        .map(|board| Item {
            kind: KIND,
            origin: Arc::new(Origin {
                path: board.path.clone(),
                line: board.line,
                declared: survey.is_declared(KIND, &board.path),
            }),
            level: if board.complete && !only_examples { Proof::Verified } else { Proof::Documented },
            rank: u32::try_from(board.panels).unwrap_or(u32::MAX),
            date: None,
            because: if only_examples { format!("{}, an example", board.because) } else { board.because.clone() },
        })
        .collect();
    (Node::records(records), items)
}
