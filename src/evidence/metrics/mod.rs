//! The manifest's metric table and the files it names enter; facts about baselines, samples and benefits leave.

mod observations;
mod samples;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::fact::{Node, Origin, Record};
use crate::manifest::model::{Aggregate, Baseline, Benefit, Direction, Metric};
use crate::manifest::value::{Day, Quantity};
use crate::quantity::Dimension;
use crate::series::definition::unit_of;
use crate::series::measured::{DAY_MS, Points, day_of, start_of};
use crate::series::{Standing, State};

use super::people::who::{People, is_placeholder};
use super::{Family, Found, View};
use observations::{Observations, close, file_of, is_gap_free, newest};
use samples::Samples;

/// This family.
pub(super) const FAMILY: Family = Family { name: "metrics", provides: &["metrics", "benefits", "expansion"], collect };

/// The ids under which adoption can be recorded although they are no metrics of the manifest.
pub const ADOPTION_IDS: [&str; 3] = [samples::ADOPTION[0].0, samples::ADOPTION[1].0, samples::ADOPTION[2].0];

/// More measurements than these are not listed.
const MAX_SAMPLES: usize = 1000;

/// Fewer observations than these are an anecdote.
const ENOUGH: usize = 30;

/// More lessons than these are not looked up in git.
const MAX_LESSONS: usize = 50;

fn collect(view: &View<'_>) -> Found {
    let mut found = Found::default();
    let people = People::of(view.manifest);
    let metrics = view.manifest.metrics.iter().map(|metric| metric_facts(view, &people, metric, &mut found)).collect();
    found.facts.put("metrics", Node::records(metrics));
    let benefits = view.manifest.benefits.iter().map(|benefit| benefit_facts(view, &people, &benefit.0)).collect();
    found.facts.put("benefits", Node::records(benefits));
    expansion(view, &mut found);
    let adoption = samples::adoption(view);
    if !adoption.is_empty() {
        found.facts.put("adoption", Node::events(adoption));
    }
    found.diagnostics.extend(unknown(view));
    found
}

/// Where the metrics stand, without anything else that a repository says. The first list is what cannot be used, the second what is
/// worth saying.
#[must_use]
pub fn standings(view: &View<'_>) -> (Vec<Standing>, Vec<Diagnostic>, Vec<Diagnostic>) {
    let mut found = Found::default();
    for metric in &view.manifest.metrics {
        let moved = samples::moved(view, metric);
        if !moved.is_empty() {
            found.diagnostics.push(samples::moved_silently(metric, &moved));
        }
        sample_facts(view, metric, unit_of(metric), None, &mut Record::default(), &mut found);
    }
    found.diagnostics.extend(unknown(view));
    (found.standings, found.malformed.into_iter().map(|(_, diagnostic)| diagnostic).collect(), found.diagnostics)
}

/// The samples of one metric, recorded and from its file, in its unit.
///
/// # Errors
/// What cannot be used.
pub fn points(view: &View<'_>, metric: &Metric) -> Result<Points, Box<Diagnostic>> {
    Samples::of(view, metric).map(|samples| samples.points)
}

/// Values that were recorded for metrics that the manifest does not have.
fn unknown(view: &View<'_>) -> Option<Diagnostic> {
    let known = |id: &str| ADOPTION_IDS.contains(&id) || view.manifest.metrics.iter().any(|metric| metric.id == id);
    let unknown: Vec<&str> =
        view.measured.series.iter().filter(|(id, s)| !s.is_empty() && !known(id)).map(|(id, _)| id.as_str()).collect();
    let listed = unknown.iter().take(5).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let more = unknown.len().saturating_sub(5);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!unknown.is_empty()).then(|| {
        Diagnostic::new(
            Code::UnknownMetric,
            Severity::Note,
            format!("values are recorded for metrics that the manifest does not have: {listed}{more}"),
        )
        .path(view.measured.place.clone())
        .help("give the metric its old id again, or leave it: nothing rests on these values")
    })
}

fn is_said(text: Option<&String>) -> bool {
    text.is_some_and(|text| !is_placeholder(text))
}

fn metric_facts(view: &View<'_>, people: &People, metric: &Metric, found: &mut Found) -> Record {
    let unit = unit_of(metric);
    let baseline = metric.baseline.as_ref().map(|b| &b.0);
    let value = baseline.and_then(|b| b.value.as_ref()).zip(unit).and_then(|(v, unit)| v.in_unit_of(unit));
    let target = metric.target.as_ref().zip(unit).and_then(|(t, unit)| t.in_unit_of(unit));
    let pilot = view.manifest.pilot.as_ref().and_then(|pilot| pilot.start);
    let deadline = metric.deadline.or_else(|| metric.timeline.as_ref()?.after(pilot?));
    let owner = is_said(metric.owner.as_ref()) || (metric.owner.is_none() && people.owner().is_some());
    let dated = metric.deadline.is_some() || metric.timeline.is_some();
    let derived = value.zip(target).and_then(|(from, to)| match from.total_cmp(&to) {
        std::cmp::Ordering::Greater => Some(Direction::Decrease),
        std::cmp::Ordering::Less => Some(Direction::Increase),
        std::cmp::Ordering::Equal => None,
    });
    let direction = samples::direction_word(metric);
    let guardrail = metric.guardrail.as_ref().is_some_and(|g| is_said(g.limit.as_ref()) && is_said(g.action.as_ref()));
    let mut facts = Record::new([
        ("id", metric.id.as_str().into()),
        ("complete", (value.is_some() && target.is_some() && dated && owner).into()),
        ("direction", direction.into()),
        ("direction_agrees", (derived.is_some() && metric.direction.is_none_or(|d| Some(d) == derived)).into()),
        ("baseline", value.into()),
        ("target", target.into()),
        ("deadline", deadline.into()),
        ("unit_cost", is_unit_cost(metric, unit).into()),
        ("guardrail", guardrail.into()),
        // Rules and evaluation gates are read elsewhere.
        ("guardrail_in_rule", false.into()),
        ("comparison", is_said(metric.comparison.as_ref()).into()),
    ]);
    baseline_facts(view, metric, value.zip(unit), pilot, &mut facts, found);
    let moved = samples::moved(view, metric);
    facts.set("baseline_moved", !moved.is_empty());
    if !moved.is_empty() {
        found.diagnostics.push(samples::moved_silently(metric, &moved));
    }
    sample_facts(view, metric, unit, deadline, &mut facts, found);
    facts
}

/// Whether a metric measures what one unit of work costs: declared, or money for one thing by its name or unit.
fn is_unit_cost(metric: &Metric, unit: Option<&Quantity>) -> bool {
    if let Some(declared) = metric.unit_cost {
        return declared;
    }
    let name = format!("{} {}", metric.id, metric.name.as_deref().unwrap_or_default()).to_lowercase();
    let has = |words: &[&str]| name.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    match unit.map(Quantity::dimension) {
        Some(Dimension::Money(_)) => has(&["cost", "costs", "price"]) && has(&["unit", "per", "each"]),
        Some(Dimension::Rate(over, under)) => {
            matches!(**over, Dimension::Money(_))
                && !matches!(**under, Dimension::Time)
                && !has(&["revenue", "income", "saving", "savings"])
        }
        _ => false,
    }
}

/// Says what is wrong with a file, and makes the facts that rest on it unknown.
fn refuse(facts: &mut Record, names: &[&str], path: &str, diagnostic: Diagnostic, found: &mut Found) {
    let why = format!("{} cannot be read: {}", diagnostic.file().unwrap_or("a file"), diagnostic.message);
    for name in names {
        facts.set(*name, Node::unknown(why.clone()));
    }
    found.malformed.push((path.to_owned(), diagnostic));
}

fn baseline_facts(
    view: &View<'_>,
    metric: &Metric,
    value: Option<(f64, &Quantity)>,
    pilot: Option<Day>,
    facts: &mut Record,
    found: &mut Found,
) {
    let none = Baseline::default();
    let baseline = metric.baseline.as_ref().map_or(&none, |b| &b.0);
    let by_definition = is_said(baseline.by_definition.as_ref()) && value.is_some_and(|(v, _)| v == 0.0);
    let file = file_of(view.tree, baseline.source.as_deref());
    let complete = value.is_some() && baseline.window.is_some() && baseline.n.is_some_and(|n| n > 0) && file.is_some();
    let before = baseline.window.zip(pilot).is_some_and(|(window, start)| window.to < start);
    facts.set("by_definition", by_definition);
    facts.set("baseline_documented", by_definition || complete);
    facts.set("baseline_before_pilot", before);
    facts.set("baseline_reconstructed", is_said(baseline.reconstructed.as_ref()));
    let (mut recomputes, mut cases, mut samples) = (false, 0_usize, Vec::new());
    if let (Some(file), Some((declared, unit))) = (file, value) {
        match Observations::read(view.tree, file, unit) {
            Ok(all) => {
                let last = newest(&all.all);
                let counted = all.within(baseline.window);
                recomputes = counted.recompute(baseline.aggregate.unwrap_or(Aggregate::Mean), declared);
                cases = counted.cases();
                // Rows outside the window make no baseline, and are still what the file says.
                if let Some(day) = newest(&counted.all).or(last) {
                    let line = counted.all.iter().find(|o| o.at == day).map(|o| o.line);
                    let sample = Record::new([("date", day.into()), ("recomputes", recomputes.into())]);
                    samples.push(sample.from(&Origin::detected(&file.path, line)));
                }
            }
            Err(error) => {
                let names = ["baseline_recomputes", "baseline_n", "baseline_enough", "baseline_samples"];
                refuse(facts, &names, "metrics[].baseline_samples", *error, found);
                return;
            }
        }
    }
    facts.set("baseline_recomputes", recomputes);
    facts.set("baseline_n", cases);
    facts.set("baseline_enough", cases >= ENOUGH || (baseline.whole_population == Some(true) && cases > 0));
    facts.set("baseline_samples", Node::events(samples));
}

fn sample_facts(
    view: &View<'_>,
    metric: &Metric,
    unit: Option<&Quantity>,
    deadline: Option<Day>,
    facts: &mut Record,
    found: &mut Found,
) {
    const NAMES: [&str; 6] = ["samples", "points", "gap_free", "within_budget", "overdue", "on_track"];
    let read = Samples::of(view, metric);
    let none = Points::default();
    // Half of the values would say something else than all of them.
    let whole = read.as_ref().ok().filter(|_| view.measured.unknown.is_none());
    found.standings.push(samples::standing(view, metric, whole.map_or(&none, |samples| &samples.points)));
    let samples = match read {
        Ok(samples) => samples,
        Err(error) => return refuse(facts, &NAMES, "metrics[].samples", *error, found),
    };
    if let Some(why) = &view.measured.unknown {
        // Not looked at is not the same as not measured.
        if let Some(standing) = found.standings.last_mut() {
            standing.because = format!("could not be looked at: {why}");
        }
        NAMES.iter().for_each(|name| facts.set(*name, Node::unknown(why.clone())));
        return;
    }
    let pilot = view.manifest.pilot.as_ref().and_then(|pilot| pilot.start);
    let until = view.measured.until(view.today);
    let (at, values) = samples.points.between(pilot.map_or(i64::MIN, start_of), until);
    // Newest first.
    let mut days: Vec<Day> = at.iter().rev().map(|at| day_of(*at).min(view.today)).collect();
    let newest = days.first().copied();
    facts.set("points", days.len());
    days.dedup();
    facts.set("gap_free", is_gap_free(&days));
    let overdue = |deadline: Day| deadline < view.today && newest.is_none_or(|newest| newest < deadline);
    facts.set("overdue", deadline.is_some_and(overdue));
    facts.set("within_budget", is_within_budget(view, unit, values.last().copied()));
    let standing = found.standings.last();
    let arrives = standing.is_some_and(|s| s.projected.is_some_and(|day| s.deadline.is_none_or(|until| day <= until)));
    let fresh = standing.is_some_and(|s| !matches!(s.state, State::Stale | State::Regressed | State::NoData));
    facts.set("on_track", standing.is_some_and(|s| s.state == State::Met) || (fresh && arrives));
    // A measurement of tomorrow is no measurement; its record is refused where all are.
    facts.set("samples", Node::events(samples.records(&view.measured.place, pilot, until, view.today, MAX_SAMPLES)));
}

/// Whether the newest measurement is at most `cost.unit_budget`.
fn is_within_budget(view: &View<'_>, unit: Option<&Quantity>, newest: Option<f64>) -> bool {
    let budget = view.manifest.cost.as_ref().and_then(|cost| cost.unit_budget.as_ref());
    let budget = budget.zip(unit).and_then(|(budget, unit)| budget.in_unit_of(unit));
    budget.zip(newest).is_some_and(|(budget, newest)| newest <= budget)
}

fn benefit_facts(view: &View<'_>, people: &People, benefit: &Benefit) -> Record {
    let outside = benefit
        .confirmed_by
        .as_deref()
        .is_some_and(|by| !is_placeholder(by) && people.has_owner() && !people.is_owner(by) && !people.is_builder(by));
    Record::new([
        ("recomputes", recomputes(view, benefit).unwrap_or(false).into()),
        ("confirmed_outside", outside.into()),
    ])
}

/// Whether a benefit follows from the measurements of its period: their sum (hours saved), the mean improvement over the baseline,
/// or, where each measurement says how many cases it stands for, the improvement times the cases (money saved).
fn recomputes(view: &View<'_>, benefit: &Benefit) -> Option<bool> {
    let id = benefit.metric.as_deref()?;
    let metric = view.manifest.metrics.iter().find(|metric| metric.id == id)?;
    let unit = unit_of(metric)?;
    let declared = money_or_same(benefit.value.as_ref()?, unit)?;
    let (period, samples) = (benefit.period?, Samples::of(view, metric).ok()?);
    let (_, values) = samples.points.between(start_of(period.from), start_of(period.to) + DAY_MS - 1);
    if values.is_empty() {
        return Some(false);
    }
    let sum: f64 = values.iter().sum();
    let mean = sum / values.len() as f64;
    let before = metric.baseline.as_ref().and_then(|b| b.value.as_ref()?.in_unit_of(unit));
    let gained = before.map(|before| (before - mean).abs());
    let weighted = before.and_then(|before| {
        let rows = samples.rows.iter().filter(|o| (period.from..=period.to).contains(&o.at));
        let parts: Option<Vec<f64>> = rows.map(|o| Some((before - o.value) * o.weight?)).collect();
        parts.map(|parts| parts.iter().sum::<f64>().abs())
    });
    Some([Some(sum), gained, weighted].into_iter().flatten().any(|figure| close(figure, declared.abs())))
}

/// A benefit in the metric's unit: `$84,000` follows from `$3.40` and from `$3.40/document`.
fn money_or_same(value: &Quantity, unit: &Quantity) -> Option<f64> {
    value.in_unit_of(unit).or_else(|| match unit.dimension() {
        Dimension::Rate(over, _) if **over == *value.dimension() => Some(value.number()),
        _ => None,
    })
}

fn expansion(view: &View<'_>, found: &mut Found) {
    let lessons: Vec<_> = view
        .manifest
        .expansion
        .iter()
        .flat_map(|expansion| &expansion.lessons)
        .filter(|lesson| is_said(lesson.text.as_ref()) || lesson.commit.is_some())
        .collect();
    found.facts.put("expansion.lessons", lessons.len());
    let mut linked =
        Node::from(!lessons.is_empty() && view.git.is_checkout() && lessons.iter().all(|l| l.commit.is_some()));
    if linked.is_true() {
        for commit in lessons.iter().take(MAX_LESSONS).filter_map(|lesson| lesson.commit.as_deref()) {
            match view.git.has_commit(commit.trim()) {
                Ok(true) => {}
                Ok(false) => {
                    linked = false.into();
                    break;
                }
                Err(why) => linked = Node::unknown(why),
            }
        }
    }
    found.facts.put("expansion.lessons_linked", linked);
}

#[cfg(test)]
mod tests;
