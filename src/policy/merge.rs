//! One policy file after another enters; what they ask for together leaves: the strictest of each, with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::file::{EXITS, FileReference, Floors, PolicyFile};
use super::load::{at, beside};
use super::{Asked, Listed, Policy, PolicySource, Setting, SettingOrigin, TierPolicy, WaiverRules};
use crate::checklist::Required;
use crate::diagnostic::{At, Code, Diagnostic};
use crate::manifest::model::Tier;
use crate::manifest::value::Day;
use crate::manifest::{is_group, same_name};
use crate::rule::is_specific;
use crate::source::{Document, Source, segment};

/// The floors when no policy says anything.
const FLOORS: [u32; 4] = [40, 50, 60, 65];
/// The longest waiver.
const MAX_DAYS: u32 = 90;
const TIERS: [&str; 3] = ["experimental", "standard", "critical"];

/// A value and where it stands; nowhere when it is built in.
#[derive(Debug, Clone)]
struct Value<T> {
    value: T,
    at: Option<At>,
}

impl<T> Value<T> {
    /// Who says so, for a message.
    fn from(&self) -> String {
        self.at
            .as_ref()
            .map_or_else(|| "built in".to_owned(), |at| format!("{}:{}", at.source.name(), at.position().line))
    }
}

fn origin(at: &At) -> SettingOrigin {
    SettingOrigin { path: at.source.name().to_owned(), line: at.position().line }
}

/// What some policy files ask for together.
#[derive(Debug, Clone)]
pub(super) struct Effective {
    floors: [Value<u32>; 4],
    required: BTreeMap<String, Value<Required>>,
    tiers: [TierRules; 3],
    least_tier: Option<Value<Tier>>,
    max_days: Value<u32>,
    approvers: Option<Vec<Value<String>>>,
    checklists: Vec<Listed>,
    store: Option<Value<String>>,
    holidays: BTreeMap<Day, At>,
    capacity: BTreeMap<String, Value<f64>>,
    asked: Vec<Asked>,
}

#[derive(Debug, Clone, Default)]
struct TierRules {
    floors: [Option<Value<u32>>; 4],
    required: BTreeMap<String, Value<Required>>,
}

impl Default for Effective {
    fn default() -> Self {
        Self {
            floors: FLOORS.map(|value| Value { value, at: None }),
            required: BTreeMap::new(),
            tiers: Default::default(),
            least_tier: None,
            max_days: Value { value: MAX_DAYS, at: None },
            approvers: None,
            checklists: Vec::new(),
            store: None,
            holidays: BTreeMap::new(),
            capacity: BTreeMap::new(),
            asked: Vec::new(),
        }
    }
}

/// A file that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) file: &'a PolicyFile,
    pub(super) document: &'a Document,
    pub(super) path: &'a str,
}

impl Part<'_> {
    fn at(&self, pointer: &str) -> At {
        at(self.document, pointer)
    }

    /// The error about a value that means nothing.
    fn error(&self, pointer: &str, message: String, help: &str) -> Diagnostic {
        Diagnostic::error(Code::BadValue, message).at(self.at(pointer)).help(help)
    }

    /// What is wrong in the file by itself: a version of another format, sections without anything in them, impossible numbers.
    pub(super) fn check(&self) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        match self.file.aipp_policy {
            Some(1) => {}
            Some(version) => errors.push(self.error(
                "/aipp_policy",
                format!("this version of aipp reads policies of format 1, not {version}"),
                "write `aipp_policy: 1`, or use a newer aipp",
            )),
            None => errors.push(
                Diagnostic::error(Code::MissingKey, "`aipp_policy` is missing here")
                    .at(self.at(""))
                    .help("begin with `aipp_policy: 1`"),
            ),
        }
        errors.extend(self.empty());
        errors.extend(self.impossible());
        if self.file.store.as_deref().is_some_and(has_password) {
            let message = "`store` holds a password, and everyone who can read the repository can read it".to_owned();
            let help =
                "delete it and change it; passwords come from PGPASSWORD with PGHOST, a service file or a passfile";
            // The message ends up in logs: it shows the place without the line.
            let place = self.at("/store");
            let source = Source::excerpt(place.source.name(), "store: …", place.position().line);
            let end = "store".len();
            errors.push(
                Diagnostic::error(Code::BadValue, message)
                    .at(At { source: Arc::new(source), range: 0..end })
                    .help(help),
            );
        }
        errors
    }

    /// Sections without anything in them: they look like a rule and are none.
    fn empty(&self) -> Vec<Diagnostic> {
        let empty = |pointer: &str, is: bool| {
            let key = pointer.trim_start_matches('/').replace('/', ".");
            // What is wrong with the entries was said already.
            let written = match self.document.value.pointer(pointer) {
                Some(serde_json::Value::Object(map)) => !map.is_empty(),
                Some(serde_json::Value::Array(list)) => !list.is_empty(),
                _ => false,
            };
            (is && !written).then(|| {
                self.error(
                    pointer,
                    format!("`{key}` is empty, so it asks for nothing"),
                    "write what is meant, or delete the key",
                )
            })
        };
        let no_floors = |floors: Option<Floors>| floors.is_some_and(|f| f.all().iter().all(Option::is_none));
        let file = self.file;
        let mut errors: Vec<Diagnostic> = [
            empty("/extends", file.extends.as_ref().is_some_and(Vec::is_empty)),
            empty("/floors", no_floors(file.floors)),
            empty("/required", file.required.as_ref().is_some_and(BTreeMap::is_empty)),
            empty("/checklists", file.checklists.as_ref().is_some_and(Vec::is_empty)),
            empty("/waivers", file.waivers.as_ref().is_some_and(|w| w.max_days.is_none() && w.approvers.is_none())),
            empty("/waivers/approvers", file.waivers.iter().any(|w| w.approvers.as_ref().is_some_and(Vec::is_empty))),
            empty("/tiers", file.tiers.as_ref().is_some_and(|t| t.all().iter().all(|(_, rules)| rules.is_none()))),
            empty("/store", file.store.as_ref().is_some_and(|s| s.trim().is_empty())),
            empty("/calendar", file.calendar.as_ref().is_some_and(|c| c.holidays.is_none())),
            empty("/capacity", file.capacity.as_ref().is_some_and(BTreeMap::is_empty)),
        ]
        .into_iter()
        .flatten()
        .collect();
        for (name, rules) in file.tiers.iter().flat_map(|tiers| tiers.all()) {
            let Some(rules) = rules else { continue };
            let here = format!("/tiers/{name}");
            errors.extend(empty(&here, rules.floors.is_none() && rules.required.is_none()));
            errors.extend(empty(&format!("{here}/floors"), no_floors(rules.floors)));
            errors.extend(empty(&format!("{here}/required"), rules.required.as_ref().is_some_and(BTreeMap::is_empty)));
        }
        let keys = self.document.value.as_object().map_or(0, |map| map.keys().filter(|k| *k != "$schema").count());
        if keys == 1 && file.aipp_policy.is_some() {
            errors.push(self.error(
                "/aipp_policy",
                "the policy has no rule, so it asks for nothing".to_owned(),
                "write what is meant (for instance `floors: { harden: 55 }`), or delete the file",
            ));
        }
        errors
    }

    /// Numbers and names that cannot be.
    fn impossible(&self) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        let lists = [("extends", &self.file.extends), ("checklists", &self.file.checklists)];
        for (key, list) in lists {
            for (i, reference) in list.iter().flatten().enumerate().filter(|(_, r)| r.path().trim().is_empty()) {
                let pointer = match reference {
                    FileReference::Path(_) => format!("/{key}/{i}"),
                    FileReference::Pinned(_) => format!("/{key}/{i}/path"),
                };
                errors.push(self.error(
                    &pointer,
                    "a path is empty".to_owned(),
                    "write the path of a file, or delete the entry",
                ));
            }
        }
        for (i, name) in self.file.waivers.iter().flat_map(|w| w.approvers.iter().flatten()).enumerate() {
            let pointer = format!("/waivers/approvers/{i}");
            if !is_specific(name) {
                errors.push(self.error(&pointer, format!("`{name}` names nobody"), "write the name of a person"));
            } else if is_group(name) {
                let message = format!("`{name}` is a group; one person accepts a risk");
                errors.push(self.error(&pointer, message, "write the names of the people, one an entry"));
            }
        }
        for (role, days) in self.file.capacity.iter().flatten() {
            if !(*days > 0.0 && *days <= 7.0) {
                let message = format!("`{role}` cannot work {days} days a week");
                errors.push(self.error(
                    &format!("/capacity/{}", segment(role)),
                    message,
                    "write a number of days above 0, at most 7",
                ));
            }
        }
        errors
    }
}

/// The error about a value that asks for less than is asked already.
fn looser(at: At, message: String, other: &Value<impl Sized>, help: String) -> Diagnostic {
    let error = Diagnostic::error(Code::Loosened, message).at(at.clone()).help(help);
    match &other.at {
        Some(there) if there.source.name() == at.source.name() => error.context(there.clone(), "asked for here"),
        _ => error,
    }
}

impl Effective {
    /// Takes the strictest of this and another policy that is extended beside it.
    pub(super) fn join(&mut self, other: Self, from: &At) -> Option<Diagnostic> {
        for (own, its) in self.floors.iter_mut().zip(other.floors) {
            raise(own, its);
        }
        raise_levels(&mut self.required, other.required);
        for (own, its) in self.tiers.iter_mut().zip(other.tiers) {
            for (own, its) in own.floors.iter_mut().zip(its.floors) {
                raise_some(own, its, |a, b| a > b);
            }
            raise_levels(&mut own.required, its.required);
        }
        raise_some(&mut self.least_tier, other.least_tier, |a, b| *a as usize > *b as usize);
        if other.max_days.value < self.max_days.value {
            self.max_days = other.max_days;
        }
        for listed in other.checklists {
            if !self.checklists.iter().any(|known| known.path == listed.path) {
                self.checklists.push(listed);
            }
        }
        self.store = other.store.or(self.store.take());
        self.holidays.extend(other.holidays);
        self.capacity.extend(other.capacity);
        self.asked.extend(other.asked);
        let theirs = other.approvers?;
        let Some(own) = self.approvers.take() else {
            self.approvers = Some(theirs);
            return None;
        };
        let both: Vec<Value<String>> =
            own.into_iter().filter(|a| theirs.iter().any(|b| same_name(&a.value, &b.value))).collect();
        let nobody = both.is_empty().then(|| {
            Diagnostic::error(Code::Extends, "no person may approve a waiver under all of the extended policies")
                .at(from.clone())
                .help("name one person in all of them, or extend only one that has a list of approvers")
        });
        self.approvers = Some(both);
        nobody
    }

    /// Adds what a file asks for on top of what it builds on; what would be looser is an error.
    pub(super) fn add(&mut self, part: &Part<'_>) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        let file = part.file;
        self.add_floors(part, &mut errors);
        self.add_levels(part, &mut errors);
        self.add_tiers(part, &mut errors);
        if let Some(tier) = file.tier {
            let at = part.at("/tier");
            match &self.least_tier {
                Some(known) if known.value as usize > tier as usize => {
                    let (asks, known_name) = (TIERS[tier as usize], TIERS[known.value as usize]);
                    let message = format!("`tier` is {asks}, below {known_name} ({})", known.from());
                    let help = format!("a policy can only raise the tier: write {known_name}, or delete the line");
                    errors.push(looser(at, message, known, help));
                }
                _ => self.least_tier = Some(Value { value: tier, at: Some(at) }),
            }
        }
        self.add_waivers(part, &mut errors);
        for (i, reference) in file.checklists.iter().flatten().enumerate() {
            let at = part.at(&format!("/checklists/{i}"));
            let sha256 = reference.sha256().map(str::to_owned);
            self.checklists.push(Listed { path: beside(Some(part.path), reference.path()), sha256, at });
        }
        if let Some(store) = &file.store {
            self.store = Some(Value { value: store.clone(), at: Some(part.at("/store")) });
        }
        for (i, day) in file.calendar.iter().flat_map(|c| c.holidays.iter().flatten()).enumerate() {
            self.holidays.entry(*day).or_insert_with(|| part.at(&format!("/calendar/holidays/{i}")));
        }
        for (role, days) in file.capacity.iter().flatten() {
            let at = part.at(&format!("/capacity/{}", segment(role)));
            self.capacity.insert(role.clone(), Value { value: *days, at: Some(at) });
        }
        errors
    }

    fn add_floors(&mut self, part: &Part<'_>, errors: &mut Vec<Diagnostic>) {
        let floors = part.file.floors.unwrap_or_default().all();
        for ((known, floor), exit) in self.floors.iter_mut().zip(floors).zip(EXITS) {
            let Some(floor) = floor else { continue };
            let pointer = format!("/floors/{exit}");
            errors.extend(floor_error(part, &pointer, floor, known));
            raise(known, Value { value: floor, at: Some(part.at(&pointer)) });
        }
    }

    fn add_levels(&mut self, part: &Part<'_>, errors: &mut Vec<Diagnostic>) {
        for (check, level) in part.file.required.iter().flatten() {
            let at = part.at(&format!("/required/{}", segment(check)));
            errors.extend(self.required.get(check).and_then(|known| level_error(&at, check, *level, known)));
            self.asked.push(Asked { check: check.clone(), level: *level, at: at.clone() });
            raise_levels(&mut self.required, BTreeMap::from([(check.clone(), Value { value: *level, at: Some(at) })]));
        }
    }

    fn add_tiers(&mut self, part: &Part<'_>, errors: &mut Vec<Diagnostic>) {
        let rules = part.file.tiers.iter().flat_map(|tiers| tiers.all());
        for (tier, (name, rules)) in rules.enumerate() {
            let Some(rules) = rules else { continue };
            let floors = rules.floors.unwrap_or_default().all();
            for (i, (floor, exit)) in floors.into_iter().zip(EXITS).enumerate() {
                let Some(floor) = floor else { continue };
                let pointer = format!("/tiers/{name}/floors/{exit}");
                let known = self.tiers[tier].floors[i].as_ref().filter(|k| k.value > self.floors[i].value);
                errors.extend(floor_error(part, &pointer, floor, known.unwrap_or(&self.floors[i])));
                raise_some(
                    &mut self.tiers[tier].floors[i],
                    Some(Value { value: floor, at: Some(part.at(&pointer)) }),
                    |a, b| a > b,
                );
            }
            for (check, level) in rules.required.iter().flatten() {
                let at = part.at(&format!("/tiers/{name}/required/{}", segment(check)));
                let known = self.tiers[tier].required.get(check).into_iter().chain(self.required.get(check));
                errors.extend(known.filter_map(|known| level_error(&at, check, *level, known)).next());
                self.asked.push(Asked { check: check.clone(), level: *level, at: at.clone() });
                let value = Value { value: *level, at: Some(at) };
                raise_levels(&mut self.tiers[tier].required, BTreeMap::from([(check.clone(), value)]));
            }
        }
    }

    fn add_waivers(&mut self, part: &Part<'_>, errors: &mut Vec<Diagnostic>) {
        let Some(waivers) = &part.file.waivers else { return };
        if let Some(days) = waivers.max_days {
            let at = part.at("/waivers/max_days");
            if days == 0 {
                errors.push(part.error(
                    "/waivers/max_days",
                    "`max_days` is 0, so no waiver could ever hold".to_owned(),
                    "write at least 1, or mark the checks that must not be waived",
                ));
            } else if days > self.max_days.value {
                let message =
                    format!("`max_days` is {days}, longer than {} ({})", self.max_days.value, self.max_days.from());
                let help = format!(
                    "a policy can only shorten waivers: write {} or less, or delete the line",
                    self.max_days.value
                );
                errors.push(looser(at, message, &self.max_days, help));
            } else {
                self.max_days = Value { value: days, at: Some(at) };
            }
        }
        let Some(names) = &waivers.approvers else { return };
        let mut list: Vec<Value<String>> = Vec::new();
        for (i, name) in names.iter().enumerate() {
            let at = part.at(&format!("/waivers/approvers/{i}"));
            if let Some(known) = &self.approvers
                && !known.iter().any(|k| same_name(&k.value, name))
                && let Some(first) = known.first()
            {
                let message = format!("`{name}` may not approve waivers under {}", first.from());
                let help = "a policy can only shorten the list of approvers: delete the name, or add it there";
                errors.push(looser(at, message, first, help.to_owned()));
                continue;
            }
            if let Some(twice) = list.iter().find(|known| same_name(&known.value, name)) {
                let error = Diagnostic::error(Code::DuplicateId, format!("`{name}` stands twice"));
                errors.push(error.at(at).help(format!("delete one of the two ({})", twice.from())));
                continue;
            }
            list.push(Value { value: name.trim().to_owned(), at: Some(at) });
        }
        self.approvers = Some(list);
    }

    /// The policy in effect.
    pub(super) fn policy(self, files: Vec<PolicySource>) -> Policy {
        let (settings, places) = self.settings();
        let levels =
            |map: &BTreeMap<String, Value<Required>>| map.iter().map(|(id, v)| (id.clone(), v.value)).collect();
        let tiers = self.tiers.each_ref().map(|rules| TierPolicy {
            floors: rules.floors.each_ref().map(|floor| floor.as_ref().map_or(0, |f| f.value)),
            required: levels(&rules.required),
        });
        Policy {
            floors: self.floors.each_ref().map(|floor| floor.value),
            required: levels(&self.required),
            tiers,
            least_tier: self.least_tier.map(|tier| tier.value),
            waivers: WaiverRules {
                max_days: i64::from(self.max_days.value),
                approvers: self.approvers.into_iter().flatten().map(|name| name.value).collect(),
            },
            checklists: self.checklists,
            // A relative path is one from the folder of the file that names it; an address stays as it is.
            store: self.store.map(|store| match &store.at {
                Some(at) if !store.value.contains("://") => beside(Some(at.source.name()), &store.value),
                _ => store.value,
            }),
            holidays: self.holidays.into_keys().collect::<BTreeSet<_>>(),
            capacity: self.capacity.into_iter().map(|(role, days)| (role, days.value)).collect(),
            files,
            settings,
            places,
            asked: self.asked,
        }
    }

    /// Every value in effect, in the order of the file format.
    fn settings(&self) -> (Vec<Setting>, Vec<(String, At)>) {
        let (mut all, mut places) = (Vec::new(), Vec::new());
        let mut put = |key: String, value: String, at: Option<&At>| {
            places.extend(at.map(|at| (key.clone(), at.clone())));
            all.push(Setting { key, value, origin: at.map(origin) });
        };
        for (floor, exit) in self.floors.iter().zip(EXITS) {
            put(format!("floors.{exit}"), floor.value.to_string(), floor.at.as_ref());
        }
        for (check, level) in &self.required {
            put(format!("required.{check}"), level.value.level().to_string(), level.at.as_ref());
        }
        for listed in &self.checklists {
            put("checklists".to_owned(), listed.path.clone(), Some(&listed.at));
        }
        put("waivers.max_days".to_owned(), self.max_days.value.to_string(), self.max_days.at.as_ref());
        match &self.approvers {
            Some(names) => {
                names.iter().for_each(|n| put("waivers.approvers".to_owned(), n.value.clone(), n.at.as_ref()))
            }
            None => put("waivers.approvers".to_owned(), "anyone but the project's owner".to_owned(), None),
        }
        match &self.least_tier {
            Some(tier) => put("tier".to_owned(), TIERS[tier.value as usize].to_owned(), tier.at.as_ref()),
            None => put("tier".to_owned(), "as the manifest says".to_owned(), None),
        }
        for (rules, name) in self.tiers.iter().zip(TIERS) {
            for (floor, exit) in rules.floors.iter().zip(EXITS) {
                if let Some(floor) = floor {
                    put(format!("tiers.{name}.floors.{exit}"), floor.value.to_string(), floor.at.as_ref());
                }
            }
            for (check, level) in &rules.required {
                put(format!("tiers.{name}.required.{check}"), level.value.level().to_string(), level.at.as_ref());
            }
        }
        if let Some(store) = &self.store {
            put("store".to_owned(), store.value.clone(), store.at.as_ref());
        }
        for (day, at) in &self.holidays {
            put("calendar.holidays".to_owned(), day.to_string(), Some(at));
        }
        for (role, days) in &self.capacity {
            put(format!("capacity.{role}"), format!("{} days a week", days.value), days.at.as_ref());
        }
        (all, places)
    }
}

fn raise(own: &mut Value<u32>, other: Value<u32>) {
    if other.value > own.value {
        *own = other;
    }
}

fn raise_some<T>(own: &mut Option<Value<T>>, other: Option<Value<T>>, above: impl Fn(&T, &T) -> bool) {
    if let Some(other) = other
        && own.as_ref().is_none_or(|own| above(&other.value, &own.value))
    {
        *own = Some(other);
    }
}

fn raise_levels(own: &mut BTreeMap<String, Value<Required>>, other: BTreeMap<String, Value<Required>>) {
    for (check, level) in other {
        match own.get(&check) {
            Some(known) if known.value >= level.value => {}
            _ => {
                own.insert(check, level);
            }
        }
    }
}

fn floor_error(part: &Part<'_>, pointer: &str, floor: u32, known: &Value<u32>) -> Option<Diagnostic> {
    let key = pointer.trim_start_matches('/').replace('/', ".");
    if floor > 100 {
        let message = format!("`{key}` is {floor}; a score is at most 100");
        return Some(part.error(pointer, message, "write a number up to 100"));
    }
    (floor < known.value).then(|| {
        let message = format!("`{key}` is {floor}, below {} ({})", known.value, known.from());
        let help = format!("a policy can only raise a floor: write {} or more, or delete the line", known.value);
        looser(part.at(pointer), message, known, help)
    })
}

fn level_error(at: &At, check: &str, level: Required, known: &Value<Required>) -> Option<Diagnostic> {
    (level < known.value).then(|| {
        let (asks, more) = (level.level(), known.value.level());
        let message = format!("`{check}` would require {asks}, below {more} ({})", known.from());
        looser(at.clone(), message, known, format!("a policy can only raise a level: write {more}, or delete the line"))
    })
}

/// Whether an address holds a password: beside the user, or as an option. A name of an option that is written in a roundabout way
/// counts as one.
fn has_password(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let beside_user = place
        .rsplit_once('@')
        .and_then(|(who, _)| who.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty());
    let names = options.split('&').filter_map(|option| option.split('=').next());
    beside_user || names.into_iter().any(|name| name.contains('%') || name.eq_ignore_ascii_case("password"))
}
