//! The facts enter; the dated records that a plan rests on leave: decisions and stages of traffic.

use crate::fact::{Node, Record, When};
use crate::facts;
use crate::manifest::model::DecisionKind;
use crate::manifest::value::Day;

/// Dated records that a plan rests on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// Decisions to go, stop or pivot.
    pub decisions: Vec<DecisionRecord>,
    /// Stages of traffic.
    pub stages: Vec<StageRecord>,
}

/// A recorded decision to go, stop or pivot.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRecord {
    /// What was decided.
    pub kind: DecisionKind,
    /// When.
    pub date: Day,
    /// Who decided.
    pub by: Option<String>,
}

/// A stage of traffic that was entered.
#[derive(Debug, Clone, PartialEq)]
pub struct StageRecord {
    /// When.
    pub date: Day,
    /// Share of the traffic, in percent.
    pub percent: f64,
    /// It was taken back.
    pub aborted: bool,
}

/// The decisions and traffic stages among the facts; those without a day are left out.
pub(super) fn records(root: &Record) -> Records {
    let dated = |path: &str| -> Vec<(Day, &Record)> {
        let maps = facts::nodes_at(root, path).into_iter().flat_map(Node::items);
        let records = maps.filter_map(|node| if let Node::Map(record) = node { Some(record) } else { None });
        records.filter_map(|r| if let When::Dated(day) = r.when() { Some((day, r)) } else { None }).collect()
    };
    let text = |record: &Record, name: &str| record.fields.get(name).and_then(Node::text).map(str::to_owned);
    let decisions = [("go", DecisionKind::Go), ("stop", DecisionKind::Stop), ("pivot", DecisionKind::Pivot)]
        .into_iter()
        .flat_map(|(name, kind)| dated(&format!("decisions.{name}")).into_iter().map(move |found| (kind, found)))
        .map(|(kind, (date, record))| DecisionRecord { kind, date, by: text(record, "by") })
        .collect();
    let stages = dated("stages")
        .into_iter()
        .filter_map(|(date, record)| {
            let percent = record.fields.get("percent").and_then(Node::number)?;
            Some(StageRecord { date, percent, aborted: record.fields.get("aborted").is_some_and(Node::is_true) })
        })
        .collect();
    Records { decisions, stages }
}
