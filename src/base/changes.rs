//! Manifest, policy and checklists before and after a change enter; what it adds and what it takes away leave.

use crate::checklist::{Catalogue, Check, Level};
use crate::diagnostic::{At, Code, Diagnostic};
use crate::manifest::Loaded;
use crate::manifest::model::{Direction, Metric, Tier};
use crate::policy::Policy;
use crate::policy::file::EXITS;

use super::{BaseInfo, Proposal, Sides, Taken, proposal, standing};

type Found = (Vec<(Proposal, Diagnostic)>, Vec<Taken>);

/// Everything that a change adds to the rules, and everything that it takes away.
pub(super) fn found(sides: &Sides<'_>, info: &BaseInfo) -> Found {
    let mut changes = Changes { info, proposals: Vec::new(), taken: Vec::new() };
    if let (Some(before), Some(after)) = (sides.fork.loaded, sides.head.loaded) {
        changes.project(before, after);
        for metric in &before.manifest.metrics {
            changes.metric(metric, after);
        }
    }
    changes.policy(sides.fork.policy, sides.head.policy);
    changes.checks(sides.fork.catalogue, sides.head.catalogue);
    (changes.proposals, changes.taken)
}

struct Changes<'a> {
    info: &'a BaseInfo,
    proposals: Vec<(Proposal, Diagnostic)>,
    taken: Vec<Taken>,
}

impl Changes<'_> {
    fn lower(&mut self, message: String, at: Place) {
        let help = "take it back, or have it merged by somebody who may overrule the gate: until then the base counts";
        let diagnostic = at.on(Diagnostic::warning(Code::Lowered, message).help(help));
        self.taken.push(Taken { diagnostic, check: None, metric: None, closes: true });
    }

    fn propose(&mut self, kind: &'static str, message: String, at: Place) {
        let (proposal, diagnostic) = match at {
            Place::At(at) => proposal(kind, None, message, Some(at), self.info),
            Place::Path(_) => proposal(kind, None, message, None, self.info),
        };
        self.proposals.push((proposal, diagnostic));
    }

    fn project(&mut self, before: &Loaded, after: &Loaded) {
        let ((tier, phase), (new_tier, new_phase)) = (standing(before), standing(after));
        if (new_tier as usize) < tier as usize {
            let message = format!("the change lowers the tier from {} to {}", tier.name(), new_tier.name());
            self.lower(message, Place::At(after.at("/project/tier")));
        }
        if new_phase < phase {
            let message = format!("the change moves the phase back from {} to {}", phase.name(), new_phase.name());
            self.lower(message, Place::At(after.at("/project/phase")));
        }
        let kind = |loaded: &Loaded| {
            let project = loaded.manifest.project.as_ref().map(|p| p.0.clone()).unwrap_or_default();
            (project.system.unwrap_or_default(), project.serving.unwrap_or_default())
        };
        let ((system, serving), (new_system, new_serving)) = (kind(before), kind(after));
        if system != new_system || serving != new_serving {
            let word = |value: serde_json::Result<serde_json::Value>| {
                value.ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
            };
            let [was, is] = [(system, serving), (new_system, new_serving)].map(|(system, serving)| {
                format!("{}, {}", word(serde_json::to_value(system)), word(serde_json::to_value(serving)))
            });
            let message = format!(
                "the change makes it a project of another kind ({is} instead of {was}), which other rules apply to"
            );
            let key = if system == new_system { "/project/serving" } else { "/project/system" };
            self.lower(message, Place::At(after.at(key)));
        }
        let name = |loaded: &Loaded| loaded.manifest.project.as_ref().and_then(|p| p.name.clone());
        if let (Some(old), Some(new)) = (name(before), name(after))
            && old.trim() != new.trim()
        {
            let message = format!("the manifest is that of `{new}`, and in its base that of `{old}`");
            self.lower(message, Place::At(after.at("/project/name")));
        }
    }

    fn policy(&mut self, before: &Policy, after: &Policy) {
        let place = |key: &str| policy_place(after, before, key);
        for (i, exit) in EXITS.into_iter().enumerate() {
            self.number(&format!("floors.{exit}"), before.floors[i], after.floors[i], place(&format!("floors.{exit}")));
            for tier in [Tier::Experimental, Tier::Standard, Tier::Critical] {
                let key = format!("tiers.{}.floors.{exit}", tier.name());
                let of = |policy: &Policy| policy.tiers[tier as usize].floors[i].max(policy.floors[i]);
                if of(before) - before.floors[i] > 0 || of(after) - after.floors[i] > 0 {
                    self.number(&key, of(before), of(after), place(&key));
                }
            }
        }
        let levels = |policy: &Policy| {
            let mut all: Vec<(String, crate::checklist::Required)> =
                policy.required.iter().map(|(id, level)| (format!("required.{id}"), *level)).collect();
            for tier in [Tier::Experimental, Tier::Standard, Tier::Critical] {
                let of = policy.tiers[tier as usize].required.iter();
                all.extend(of.map(|(id, level)| (format!("tiers.{}.required.{id}", tier.name()), *level)));
            }
            all
        };
        let (old, new) = (levels(before), levels(after));
        for (key, level) in &old {
            let now = new.iter().find(|(k, _)| k == key).map(|(_, l)| *l);
            if now < Some(*level) {
                let now = now.map_or_else(|| "nothing".to_owned(), |l| l.level().to_string());
                self.lower(
                    format!("the change lowers the policy's `{key}` from {} to {now}", level.level()),
                    place(key),
                );
            }
        }
        for (key, level) in &new {
            if old.iter().find(|(k, _)| k == key).is_none_or(|(_, l)| l < level) {
                self.propose("policy", format!("`{key}`: {}", level.level()), place(key));
            }
        }
        self.policy_people(before, after);
    }

    fn policy_people(&mut self, before: &Policy, after: &Policy) {
        let place = |key: &str| policy_place(after, before, key);
        let least = |policy: &Policy| policy.least_tier.map_or(0, |tier| tier as usize);
        if least(after) < least(before) {
            self.lower("the change lowers the policy's lowest `tier`".to_owned(), place("tier"));
        } else if least(after) > least(before) {
            self.propose("policy", "a higher `tier`".to_owned(), place("tier"));
        }
        let (old, new) = (before.waivers.max_days, after.waivers.max_days);
        if new > old {
            let message = format!("the change lengthens the policy's `waivers.max_days` from {old} to {new}");
            self.lower(message, place("waivers.max_days"));
        } else if new < old {
            self.propose("policy", format!("`waivers.max_days`: {new}"), place("waivers.max_days"));
        }
        let (old, new) = (&before.waivers.approvers, &after.waivers.approvers);
        if new.is_empty() && !old.is_empty() {
            let message = "the change deletes the policy's list of approvers, so that anyone could approve a waiver";
            self.lower(message.to_owned(), place("waivers.approvers"));
        }
        for name in new.iter().filter(|name| !old.contains(name)) {
            self.propose("policy", format!("`{name}` may approve waivers"), place("waivers.approvers"));
        }
    }

    fn number(&mut self, key: &str, old: u32, new: u32, at: Place) {
        if new < old {
            self.lower(format!("the change lowers the policy's `{key}` from {old} to {new}"), at);
        } else if new > old {
            self.propose("policy", format!("`{key}`: {new} instead of {old}"), at);
        }
    }

    /// Checks of an organization's own lists; the built-in ones are in the program.
    fn checks(&mut self, before: &Catalogue, after: &Catalogue) {
        for check in &before.checks {
            let place = || Place::Path("the checklists".to_owned());
            match after.checks.iter().find(|other| other.id == check.id) {
                None => self.lower(format!("the change takes the check `{}` out of the checklists", check.id), place()),
                Some(other) => {
                    let (weaker, differs) = weaker(check, other);
                    if let Some(why) = weaker {
                        self.lower(format!("the change weakens the check `{}`: {why}", check.id), place());
                    } else if differs {
                        self.propose("checklist", format!("`{}` asks for something else", check.id), place());
                    }
                }
            }
        }
        for check in after.checks.iter().filter(|check| !before.checks.iter().any(|b| b.id == check.id)) {
            self.propose("checklist", format!("a new check `{}`", check.id), Place::Path(String::new()));
        }
    }

    fn metric(&mut self, old: &Metric, after: &Loaded) {
        let metrics = &after.manifest.metrics;
        let Some((index, new)) = metrics.iter().enumerate().find(|(_, m)| m.id == old.id) else {
            let at = after.at("/metrics");
            return self.eased(format!("the change deletes the metric `{}`", old.id), at);
        };
        let at = |key: &str| after.at(&format!("/metrics/{index}{key}"));
        let value = |metric: &Metric| metric.baseline.as_ref().and_then(|b| b.0.value.clone());
        match (value(old), value(new)) {
            (Some(_), None) => {
                self.moved(&old.id, format!("the change removes the baseline of `{}`", old.id), at(""));
            }
            (Some(was), Some(is)) if was.in_unit_of(&is) != Some(is.number()) => {
                let message =
                    format!("the change moves the baseline of `{}` from {} to {}", old.id, was.text(), is.text());
                self.moved(&old.id, message, at("/baseline"));
            }
            _ => {}
        }
        match (&old.target, &new.target) {
            (Some(_), None) => {
                self.eased(format!("the change removes the target of `{}`", old.id), at(""));
            }
            (Some(was), Some(is)) => {
                let easier = match (was.in_unit_of(is), falls(old)) {
                    (Some(was), Some(true)) => is.number() > was,
                    (Some(was), Some(false)) => is.number() < was,
                    (Some(was), None) => (is.number() - was).abs() > f64::EPSILON,
                    (None, _) => true,
                };
                if easier {
                    let message =
                        format!("the change loosens the target of `{}` from {} to {}", old.id, was.text(), is.text());
                    self.eased(message, at("/target"));
                }
            }
            (None, _) => {}
        }
        if let (Some(was), Some(is)) = (old.deadline, new.deadline)
            && is > was
        {
            let message = format!("the change moves the deadline of `{}` from {was} to {is}", old.id);
            let help = "say why in the pull request; a deadline that moves with the work is none";
            let diagnostic = Diagnostic::warning(Code::BaselineChanged, message).at(at("/deadline")).help(help);
            self.taken.push(Taken { diagnostic, check: None, metric: Some(old.id.clone()), closes: false });
        }
    }

    fn moved(&mut self, metric: &str, message: String, at: At) {
        let help = format!(
            "take it back; a baseline that was measured anew is recorded with its reason (`aipp metrics rebaseline {metric}`)"
        );
        let diagnostic = Diagnostic::warning(Code::BaselineChanged, message).at(at).help(help);
        self.taken.push(Taken { diagnostic, check: None, metric: Some(metric.to_owned()), closes: true });
    }

    /// A goal that is given up, or made easier: no row in the history makes that right.
    fn eased(&mut self, message: String, at: At) {
        let help = "take it back, or have it merged by somebody who may overrule the gate; then it counts";
        let diagnostic = Diagnostic::warning(Code::BaselineChanged, message).at(at).help(help);
        self.taken.push(Taken { diagnostic, check: None, metric: None, closes: true });
    }
}

/// Whether a metric is to fall: as declared, or as baseline and target say; none when nothing says so.
fn falls(metric: &Metric) -> Option<bool> {
    if let Some(direction) = metric.direction {
        return Some(direction == Direction::Decrease);
    }
    let baseline = metric.baseline.as_ref()?.0.value.as_ref()?;
    let target = metric.target.as_ref()?;
    let from = baseline.in_unit_of(target)?;
    if from > target.number() {
        Some(true)
    } else if from < target.number() {
        Some(false)
    } else {
        None
    }
}

/// Why a check is weaker than before, and whether it differs at all.
fn weaker(before: &Check, after: &Check) -> (Option<String>, bool) {
    let level = |check: &Check| check.required.map_or(Level::None, crate::checklist::Required::level);
    let why = if level(after) < level(before) {
        Some(format!("it requires {} instead of {}", level(after), level(before)))
    } else if after.due() > before.due() {
        Some(format!("it is due in {} instead of {}", after.due().name(), before.due().name()))
    } else if after.waivable && !before.waivable {
        Some("it can be waived".to_owned())
    } else if after.weight < before.weight {
        Some(format!("it weighs {} instead of {}", after.weight, before.weight))
    } else {
        None
    };
    // The examples and the prose may be mended at will; what is asked may not.
    let asked = |check: &Check| {
        let mut value = serde_json::to_value(check).unwrap_or_default();
        if let Some(map) = value.as_object_mut() {
            for prose in [
                "title",
                "action",
                "begin",
                "question",
                "why",
                "wants",
                "fix",
                "references",
                "tags",
                "examples",
                "playbook",
            ] {
                map.shift_remove(prose);
            }
        }
        value
    };
    (why, asked(before) != asked(after))
}

/// Where something was taken away: the place of what stands there now, or the file.
enum Place {
    At(At),
    Path(String),
}

impl Place {
    fn on(self, diagnostic: Diagnostic) -> Diagnostic {
        match self {
            Self::At(at) => diagnostic.at(at),
            Self::Path(path) => diagnostic.path(path),
        }
    }
}

/// Where a policy's value stands now, or stood.
fn policy_place(after: &Policy, before: &Policy, key: &str) -> Place {
    let setting = |policy: &Policy| policy.place(key);
    match setting(after) {
        Some(at) => Place::At(at),
        None => match (after.files.last(), setting(before)) {
            (Some(file), _) => Place::Path(file.path.clone()),
            (None, Some(at)) => Place::Path(at.source.name().to_owned()),
            (None, None) => Place::Path("aipp.policy.yaml".to_owned()),
        },
    }
}
