//! A check and the facts enter; the level it reaches leaves, with what is missing above it and when it expires.
//!
//! Age is not written into rules. A rung that rests on dated records is asked again with only the records that are young
//! enough: so a rung that needs several records is as old as its oldest one, whatever its expression looks like.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::{Check, Condition, Level};
use crate::fact::{Node, Origin, Record, When};
use crate::facts::{event_noun, nodes_at};
use crate::manifest::value::Day;
use crate::rule::{Answer, Asker, Events, Rule, Scope};

/// The facts on which checks are judged, on one day.
pub struct Ground<'f> {
    root: &'f Record,
    asker: Asker<'f>,
    all: Scope<'f>,
    /// With only some of the dated records; many checks ask the same ones.
    scopes: RefCell<Vec<(Events, Rc<Scope<'f>>)>>,
    today: Day,
    /// Critical projects let evidence age twice as fast.
    halved: bool,
    /// The newest change of what is served.
    changed: Option<Day>,
}

/// What stands between a check and a rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The rung.
    pub level: Level,
    /// What is missing.
    pub because: String,
}

/// A file that a check rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Where.
    pub origin: Arc<Origin>,
    /// When, for a dated record.
    pub date: Option<Day>,
}

/// How far a check came.
#[derive(Debug, Clone, PartialEq)]
pub struct Climb {
    /// Whether the check applies to this project.
    pub applies: bool,
    /// The level it reaches.
    pub level: Level,
    /// What is missing for the rungs above.
    pub unmet: Vec<Unmet>,
    /// What disproves the claim.
    pub disproofs: Vec<String>,
    /// What could not be looked at, by the rung that rests on it.
    pub unknown: Vec<Unmet>,
    /// Conditions that could not be evaluated: expression and message.
    pub errors: Vec<(String, String)>,
    /// The last day on which the level holds, when it rests on dated records.
    pub expires: Option<Day>,
    /// The files it rests on, newest first.
    pub evidence: Vec<Proof>,
}

impl Climb {
    /// A check that applies and is at a level, and nothing else about it.
    pub(crate) const fn at(level: Level) -> Self {
        Self {
            applies: true,
            level,
            unmet: Vec::new(),
            disproofs: Vec::new(),
            unknown: Vec::new(),
            errors: Vec::new(),
            expires: None,
            evidence: Vec::new(),
        }
    }
}

/// How a rung stands.
#[derive(Debug, Clone, PartialEq)]
enum Standing {
    Holds {
        until: Option<Day>,
    },
    /// It held, and its records are too old for the rung; it counts one level less for a while.
    Aged {
        until: Day,
        because: String,
    },
    /// It held once.
    Stale(String),
    Fails(Vec<String>),
    Unknown(Vec<String>),
}

impl<'f> Ground<'f> {
    /// Facts, the day, and whether evidence ages twice as fast.
    #[must_use]
    pub fn new(root: &'f Record, today: Day, halved: bool) -> Self {
        let asker = Asker::new(root);
        let all = asker.with(Events::All);
        let changed = nodes_at(root, "repository.serving_changed").first().and_then(|n| n.text()).and_then(Day::parse);
        Self { root, asker, all, scopes: RefCell::default(), today, halved, changed }
    }

    /// Judges a check.
    #[must_use]
    pub fn climb(&self, check: &Check) -> Climb {
        let mut climb = Climb::at(Level::None);
        if !self.applies(check, &mut climb) {
            climb.applies = false;
            return climb;
        }
        climb.evidence = self.evidence(check);
        match self.stand(check, &check.documented, &mut climb.errors) {
            Standing::Unknown(why) => climb.unknown.extend(at(Level::Documented, &why)),
            // Proof is asked only on top of a document, and a claim only when nothing better holds.
            Standing::Fails(missing) => {
                climb.unmet.extend(at(Level::Documented, &missing));
                if self.claimed(check, &mut climb.errors) {
                    climb.level = Level::Claimed;
                }
            }
            documented => {
                let verified = match check.verified.as_slice() {
                    [] => None,
                    conditions => Some(self.stand(check, conditions, &mut climb.errors)),
                };
                settle(&mut climb, documented, verified);
            }
        }
        self.disprove(check, &mut climb);
        climb
    }

    /// Asks whether a check applies; a condition that cannot be answered means that it does.
    fn applies(&self, check: &Check, climb: &mut Climb) -> bool {
        match check.applies_rule() {
            None => true,
            Some(Err(error)) => {
                climb.errors.push((check.applies.clone().unwrap_or_default(), error.to_string()));
                true
            }
            Some(Ok(rule)) => match self.all.ask(rule) {
                Answer::Holds | Answer::Unknown(_) => true,
                Answer::Fails => false,
                Answer::Error(error) => {
                    climb.errors.push((check.applies.clone().unwrap_or_default(), error));
                    true
                }
            },
        }
    }

    fn disprove(&self, check: &Check, climb: &mut Climb) {
        for disproof in &check.contradicted {
            match disproof.rule().map_err(ToString::to_string).map(|rule| self.all.ask(rule)) {
                Ok(Answer::Holds) => climb.disproofs.push(disproof.because.clone()),
                Ok(Answer::Fails) => {}
                Ok(Answer::Unknown(why)) => climb.unknown.push(Unmet { level: Level::Contradicted, because: why }),
                Ok(Answer::Error(error)) | Err(error) => climb.errors.push((disproof.that.clone(), error)),
            }
        }
        if !climb.disproofs.is_empty() {
            climb.level = Level::Contradicted;
            climb.expires = None;
        }
    }

    /// Whether any manifest key that the check names is there, or its own conditions for a claim hold.
    fn claimed(&self, check: &Check, errors: &mut Vec<(String, String)>) -> bool {
        let said = |node: &&Node| match node {
            Node::Leaf(crate::fact::Leaf::Known(_)) => true,
            Node::Leaf(_) => false,
            Node::List { items, .. } => !items.is_empty(),
            Node::Map(record) => !record.fields.is_empty(),
        };
        let key = check.manifest.iter().any(|path| nodes_at(self.root, &format!("manifest.{path}")).iter().any(said));
        key || (!check.claimed.is_empty() && {
            matches!(self.stand(check, &check.claimed, errors), Standing::Holds { .. })
        })
    }

    /// How a rung stands today.
    fn stand(&self, check: &Check, conditions: &[Condition], errors: &mut Vec<(String, String)>) -> Standing {
        let rules: Vec<(&Rule, &Condition)> = conditions
            .iter()
            .filter_map(|condition| match condition.rule() {
                Ok(rule) => Some((rule, condition)),
                Err(error) => {
                    errors.push((condition.that.clone(), error.to_string()));
                    None
                }
            })
            .collect();
        if rules.len() < conditions.len() {
            return Standing::Unknown(vec!["a condition of this check is broken".to_owned()]);
        }
        let standing = self.ask(&rules, &self.all, errors);
        if !matches!(standing, Standing::Holds { .. }) {
            return standing;
        }
        let Some(days) = check.max_age else { return standing };
        let asked: BTreeSet<&String> = rules.iter().flat_map(|(rule, _)| rule.asked()).collect();
        let events: Vec<(&str, &Record)> = asked
            .iter()
            .flat_map(|path| nodes_at(self.root, path).into_iter().map(move |node| (path.as_str(), node)))
            .filter_map(
                |(path, node)| if let Node::List { items, events: true } = node { Some((path, items)) } else { None },
            )
            .flat_map(|(path, items)| items.iter().map(move |item| (path, item)))
            .filter_map(|(path, item)| if let Node::Map(record) = item { Some((path, record)) } else { None })
            .collect();
        if events.is_empty() { standing } else { self.age(check, f64::from(days.0), &rules, &events) }
    }

    /// The facts with only some of the dated records.
    fn scope(&self, events: Events) -> Rc<Scope<'f>> {
        let mut scopes = self.scopes.borrow_mut();
        if let Some((_, known)) = scopes.iter().find(|(of, _)| *of == events) {
            return Rc::clone(known);
        }
        let scope = Rc::new(self.asker.with(events));
        if scopes.len() < MAX_SCOPES {
            scopes.push((events, Rc::clone(&scope)));
        }
        scope
    }

    /// How a rung that holds stands once the age of its records is asked.
    fn age(&self, check: &Check, max_age: f64, rules: &[(&Rule, &Condition)], events: &[(&str, &Record)]) -> Standing {
        let max = if self.halved { max_age / 2.0 } else { max_age };
        let holds = |events: Events| {
            let scope = self.scope(events);
            matches!(self.ask(rules, &scope, &mut Vec::new()), Standing::Holds { .. })
        };
        // A rung that holds without any dated record does not rest on them.
        if holds(Events::Since(Day(jiff::civil::Date::MAX))) {
            return Standing::Holds { until: None };
        }
        let mut days: Vec<Day> =
            events.iter().filter_map(|(_, r)| if let When::Dated(day) = r.when() { Some(day) } else { None }).collect();
        days.sort_unstable_by(|a, b| b.cmp(a));
        days.dedup();
        let newest = days.iter().take(MAX_DAYS).copied().find(|day| holds(Events::Since(*day)));
        let unknown =
            || events.iter().find_map(|(_, r)| if let When::Unknown(why) = r.when() { Some(why) } else { None });
        let age = newest.map(|day| f64::from(self.today.0.since(day.0).map_or(0, |span| span.get_days())));
        if age.is_none_or(|age| age > max)
            && let Some(why) = unknown()
            && holds(Events::DatedOrUnknown)
        {
            return Standing::Unknown(vec![format!("when it happened: {why}")]);
        }
        let (Some(newest), Some(age)) = (newest, age) else {
            let path = events.iter().find_map(|(_, r)| r.origin.as_ref()).map_or("a record", |o| o.path.as_str());
            return Standing::Fails(vec![format!(
                "{path} has no date that can be trusted: write one inside it, or commit it"
            )]);
        };
        let path = events.iter().find(|(_, r)| r.when() == When::Dated(newest)).map_or("", |(path, _)| path);
        let noun = event_noun(path);
        let newer = days.first().is_some_and(|day| *day > newest);
        let which = if newer { format!("{noun} that counts") } else { noun.to_owned() };
        let last = |days: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "an age in days is small")]
            let days = days.floor() as i64;
            Day(newest.0.saturating_add(jiff::Span::new().days(days)))
        };
        let because = format!("the newest {which} is {age} days old; at most {max}");
        if age > 2.0 * max {
            return Standing::Stale(because);
        }
        if age > max {
            return Standing::Aged { until: last(2.0 * max), because };
        }
        if let Some(changed) = self.changed
            && check.stale_after_change
            && !holds(Events::SinceOrCurrent(changed))
        {
            return Standing::Aged {
                until: last(max),
                because: format!(
                    "the newest {which} ({newest}) is older than the last change of what is served ({changed})"
                ),
            };
        }
        Standing::Holds { until: Some(last(max)) }
    }

    fn ask(&self, rules: &[(&Rule, &Condition)], scope: &Scope<'_>, errors: &mut Vec<(String, String)>) -> Standing {
        let (mut missing, mut unknown) = (Vec::new(), Vec::new());
        for (rule, condition) in rules {
            match scope.ask(rule) {
                Answer::Holds => {}
                Answer::Fails => missing.push(condition.otherwise.clone()),
                Answer::Unknown(why) => unknown.push(why),
                Answer::Error(error) => {
                    unknown.push("a condition of this check could not be evaluated".to_owned());
                    errors.push((condition.that.clone(), error));
                }
            }
        }
        if !missing.is_empty() || (rules.is_empty() && unknown.is_empty()) {
            Standing::Fails(missing)
        } else if !unknown.is_empty() {
            Standing::Unknown(unknown)
        } else {
            Standing::Holds { until: None }
        }
    }

    /// The files behind the facts that a check asks for, newest dated first, then those of the documented rung, then by path.
    fn evidence(&self, check: &Check) -> Vec<Proof> {
        let documented = self.behind(&check.documented);
        let is_document = |proof: &Proof| documented.iter().any(|d| d.origin == proof.origin);
        let mut proofs: Vec<Proof> = documented.iter().cloned().chain(self.behind(&check.verified)).collect();
        proofs.sort_by(|a, b| {
            let key = |proof: &Proof| (std::cmp::Reverse(proof.date), !is_document(proof));
            key(a).cmp(&key(b)).then_with(|| a.origin.cmp(&b.origin))
        });
        let mut seen = std::collections::HashSet::new();
        proofs.retain(|proof| seen.insert(proof.origin.path.clone()));
        proofs.truncate(MAX_PROOFS);
        proofs
    }

    /// The files behind the facts that conditions ask for.
    fn behind(&self, conditions: &[Condition]) -> Vec<Proof> {
        let asked: BTreeSet<&String> =
            conditions.iter().filter_map(|condition| condition.rule().ok()).flat_map(Rule::asked).collect();
        let mut proofs: Vec<Proof> = Vec::new();
        // What the manifest says is where the check stands, not what it rests on.
        for path in asked.iter().filter(|p| !p.starts_with("manifest")) {
            // `evidence.runbook.present` rests on the items of that kind.
            let kind = path.strip_prefix("evidence.").and_then(|rest| rest.split('.').next());
            let items = kind.map(|kind| format!("evidence.{kind}.items"));
            for node in nodes_at(self.root, items.as_deref().unwrap_or(path)) {
                gather(node, &mut proofs);
            }
        }
        proofs
    }
}

/// The level of a check whose documents are there, whatever their age. Verified is as old as the older of the two rungs; what
/// has aged counts one level less, and a document that has not aged stays a document.
fn settle(climb: &mut Climb, documented: Standing, verified: Option<Standing>) {
    let alone = match &documented {
        Standing::Holds { until } => (Level::Documented, *until),
        _ => (Level::Claimed, None),
    };
    let both = match (&documented, &verified) {
        (Standing::Holds { until: first }, Some(Standing::Holds { until: second })) => {
            (Level::Verified, [*first, *second].into_iter().flatten().min())
        }
        (Standing::Aged { until, .. }, Some(Standing::Holds { .. })) => (Level::Documented, Some(*until)),
        (Standing::Aged { until: first, .. }, Some(Standing::Aged { until: second, .. })) => {
            (Level::Documented, Some(*first.min(second)))
        }
        _ => (Level::Claimed, None),
    };
    (climb.level, climb.expires) = if both.0 > alone.0 { both } else { alone };
    if let Standing::Aged { because, .. } | Standing::Stale(because) = documented {
        let level = if climb.level >= Level::Documented { Level::Verified } else { Level::Documented };
        climb.unmet.push(Unmet { level, because });
    }
    match verified {
        Some(Standing::Aged { because, .. } | Standing::Stale(because)) => {
            climb.unmet.push(Unmet { level: Level::Verified, because });
        }
        Some(Standing::Fails(missing)) => climb.unmet.extend(at(Level::Verified, &missing)),
        Some(Standing::Unknown(why)) => climb.unknown.extend(at(Level::Verified, &why)),
        Some(Standing::Holds { .. }) | None => {}
    }
    // One old record can age both rungs; it is said once.
    climb.unmet.dedup_by(|later, first| later.because == first.because);
}

/// More files than these are not listed for one check.
const MAX_PROOFS: usize = 8;

/// More cuts of the records than these are not kept; each holds all of them.
const MAX_SCOPES: usize = 16;

/// More days than these are not tried to find the newest on which a rung holds.
const MAX_DAYS: usize = 256;

fn at(level: Level, reasons: &[String]) -> Vec<Unmet> {
    reasons.iter().map(|because| Unmet { level, because: because.clone() }).collect()
}

fn gather(node: &Node, proofs: &mut Vec<Proof>) {
    match node {
        Node::Map(record) => {
            if let Some(origin) = &record.origin {
                let date = if let When::Dated(day) = record.when() { Some(day) } else { None };
                proofs.push(Proof { origin: Arc::clone(origin), date });
            }
        }
        Node::List { items, .. } => items.iter().take(64).for_each(|item| gather(item, proofs)),
        Node::Leaf(_) => {}
    }
}

#[cfg(test)]
mod tests;
