//! Answers enter; the text of a manifest leaves, commented for the person who goes on writing it.

use std::fmt::Write as _;

use super::{Answers, Detected, Topic};
use crate::yaml::scalar;

/// The manifest. What nobody answered is left as a comment that shows what belongs there. `schema` is the path of the JSON Schema,
/// from the manifest.
#[must_use]
pub fn manifest_text(answers: &Answers, detected: &Detected, schema: &str) -> String {
    let mut out = format!(
        "# yaml-language-server: $schema={schema}\n\
         # This project's own statement. `aipp assess` holds it against the repository; what is only said earns nothing.\n\
         # Every section is optional. `aipp explain CHECK` says what a check wants; an editor completes the keys.\n\
         aipp: 1\n\nproject:\n"
    );
    project(answers, &mut out);
    business_case(answers, &mut out);
    use_case(answers, &mut out);
    pilot(answers, &mut out);
    metrics(answers, detected, &mut out);
    people(answers, &mut out);
    governance(answers, &mut out);
    found(detected, &mut out);
    out
}

/// Writes are to a text and cannot fail.
macro_rules! line {
    ($out:expr, $($text:tt)*) => { let _ = writeln!($out, $($text)*); };
}

fn project(answers: &Answers, out: &mut String) {
    match answers.get(Topic::Name) {
        Some(name) => {
            line!(out, "  name: {}", scalar(name));
        }
        None => {
            line!(out, "  # name: Contract triage");
        }
    }
    for (topic, key, default, words) in [
        (Topic::Tier, "tier", "standard", "experimental | standard | critical"),
        (Topic::Phase, "phase", "prove-value", "prove-value | harden | scale | expand"),
        (Topic::System, "system", "llm-app", "agent | llm-app | ml-model"),
        (Topic::Serving, "serving", "online", "online | batch"),
    ] {
        line!(out, "  {key}: {} # {words}", scalar(answers.get(topic).unwrap_or(default)));
    }
}

fn business_case(answers: &Answers, out: &mut String) {
    line!(out, "\n# One sentence: what falls (or rises) from where to where by which day. At most 40 words.");
    match answers.get(Topic::BusinessCase) {
        Some(sentence) => {
            line!(out, "business_case: {}", scalar(sentence));
        }
        None => {
            line!(out, "# business_case: Cut first review of a contract from 90 min to 20 min by 2027-03-31.");
        }
    }
}

fn use_case(answers: &Answers, out: &mut String) {
    line!(out, "\n# Exactly one use case is worked on; the others were parked or declined (`aipp log decision`).");
    match (answers.get(Topic::Process), answers.get(Topic::Name)) {
        (Some(process), name) => {
            line!(out, "use_case:\n  name: {}", scalar(name.unwrap_or("The first use case")));
            line!(out, "  process: {}\n  status: active", scalar(process));
        }
        (None, _) => {
            line!(
                out,
                "# use_case: {{ name: Contract triage, process: \"Supplier contracts, from arrival to signature\", status: active }}"
            );
        }
    }
}

fn pilot(answers: &Answers, out: &mut String) {
    let (start, end) = (answers.get(Topic::PilotStart), answers.get(Topic::PilotEnd));
    line!(out, "\n# At most eight weeks, and what decides at the end, with numbers.");
    let mark = if start.is_none() && end.is_none() { "# " } else { "" };
    line!(out, "{mark}pilot:");
    match start {
        Some(day) => {
            line!(out, "  start: {}", scalar(day));
        }
        None => {
            line!(out, "#   start: 2026-11-02");
        }
    }
    match end {
        Some(day) => {
            line!(out, "  end: {}", scalar(day));
        }
        None => {
            line!(out, "#   end: 2026-12-18");
        }
    }
    line!(out, "#   go_criteria: [90% of clauses found in 200 contracts]");
    line!(out, "#   stop_criteria: [more than 2 missed liabilities]");
}

fn metrics(answers: &Answers, detected: &Detected, out: &mut String) {
    line!(out, "\n# Each with a measured baseline, a target and a day. The long form of a baseline names its proof:");
    line!(
        out,
        "#   baseline: {{ value: 90 min, window: 2026-08-01/2026-10-15, n: 140, source: metrics/baseline-review-time.csv }}"
    );
    let given =
        [Topic::Metric, Topic::Baseline, Topic::Target, Topic::Deadline].iter().any(|t| answers.get(*t).is_some());
    if !given {
        line!(out, "# metrics:");
        line!(
            out,
            "#   - {{ id: review-time, name: First review, baseline: 90 min, target: 20 min, deadline: 2027-03-31 }}"
        );
        return;
    }
    let id = metric_id(answers.get(Topic::Metric).unwrap_or_default());
    line!(out, "metrics:\n  - id: {}", scalar(&id));
    if let Some(name) = answers.get(Topic::Metric) {
        line!(out, "    name: {}", scalar(name));
    }
    let source = detected.baselines.iter().find(|path| path.ends_with(&format!("/baseline-{id}.csv")));
    match (answers.get(Topic::Baseline), source) {
        (Some(value), Some(path)) => {
            line!(
                out,
                "    baseline: {{ value: {}, source: {} }} # add `window:` and `n:`",
                scalar(value),
                scalar(path)
            );
        }
        (Some(value), None) => {
            line!(out, "    baseline: {}", scalar(value));
        }
        (None, _) => {
            line!(out, "    # baseline: 90 min");
        }
    }
    for (topic, key, example) in [(Topic::Target, "target", "20 min"), (Topic::Deadline, "deadline", "2027-03-31")] {
        match answers.get(topic) {
            Some(value) => {
                line!(out, "    {key}: {}", scalar(value));
            }
            None => {
                line!(out, "    # {key}: {example}");
            }
        }
    }
}

fn people(answers: &Answers, out: &mut String) {
    let (owner, sponsor) = (answers.get(Topic::Owner), answers.get(Topic::Sponsor));
    line!(out, "\n# One person owns it, one executive pays and decides. Teams and lists do not count.");
    line!(out, "{}people:", if owner.is_none() && sponsor.is_none() { "# " } else { "" });
    match owner.map(person) {
        Some((name, handle)) => {
            let handle = handle.map(|h| format!(", handle: {}", scalar(&h))).unwrap_or_default();
            line!(out, "  owner: {{ name: {}{handle} }}", scalar(&name));
        }
        None => {
            line!(out, "#   owner: {{ name: Dana Whitfield, handle: \"@dwhitfield\" }}");
        }
    }
    match sponsor.map(titled) {
        Some((name, title)) => {
            let title = title.map(|t| format!(", title: {}", scalar(&t))).unwrap_or_default();
            line!(out, "  sponsor: {{ name: {}{title} }} # add `deputy:` and `funded_until:`", scalar(&name));
        }
        None => {
            line!(
                out,
                "#   sponsor: {{ name: Ines Costa, title: General Counsel, deputy: Paul Meyer, funded_until: 2027-06-30 }}"
            );
        }
    }
    line!(out, "#   builders: [{{ name: Paul Meyer, handle: \"@pmeyer\", role: tech lead }}]");
}

fn governance(answers: &Answers, out: &mut String) {
    line!(out, "\n# How risky the use is, in which legal role and class, and who reviewed that.");
    match answers.get(Topic::RiskTier) {
        Some(tier) => {
            line!(out, "governance:\n  risk_tier: {}", scalar(tier));
        }
        None => {
            line!(out, "# governance:\n#   risk_tier: limited");
        }
    }
    line!(out, "#   legal_role: deployer");
    line!(out, "#   legal_class: limited-risk");
    line!(out, "#   prohibited_check: none of the prohibited practices applies");
    line!(out, "#   rationale: It drafts answers and a person sends them");
    line!(out, "#   reviewer: A name\n#   reviewed_on: 2026-11-02");
}

fn found(detected: &Detected, out: &mut String) {
    let live = [
        ("delivery", "pipeline", &detected.pipeline),
        ("runbooks", "dir", &detected.runbooks),
        ("prompts", "path", &detected.prompts),
    ];
    if live.iter().any(|(_, _, path)| path.is_some()) || !detected.models.is_empty() {
        line!(out, "\n# Found in the repository.");
    }
    for (section, key, path) in live {
        if let Some(path) = path {
            line!(out, "{section}: {{ {key}: {} }}", scalar(path));
        }
    }
    if !detected.models.is_empty() {
        line!(out, "# Code names these models; keep those that are in use, each with a pinned version.");
        line!(out, "# models:");
        for (model, path) in &detected.models {
            line!(out, "#   - {{ name: {}, version: {} }} # {}", scalar(model), scalar(model), scalar(path));
        }
    }
    line!(out, "\n# What the system will do and what it will not.");
    line!(
        out,
        "# scope: {{ in: [supplier contracts], out: [employment contracts, litigation], limits: [English only] }}"
    );
}

/// The id of a metric: its name in lower case, words joined by hyphens.
pub(super) fn metric_id(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase);
    let id: String = words.collect::<Vec<_>>().join("-").chars().take(40).collect();
    let id = id.trim_matches('-').to_owned();
    if id.is_empty() { "first-metric".to_owned() } else { id }
}

/// A name and a handle: `Dana Whitfield @dwhitfield`, `Dana Whitfield (@dwhitfield)`.
pub(super) fn person(text: &str) -> (String, Option<String>) {
    let is_handle =
        |word: &&str| word.trim_matches(['(', ')']).len() > 1 && word.trim_matches(['(', ')']).starts_with('@');
    let handle = text.split_whitespace().find(is_handle);
    let name: Vec<&str> = text.split_whitespace().filter(|word| Some(*word) != handle).collect();
    let handle = handle.map(|h| h.trim_matches(['(', ')']).to_owned());
    if name.is_empty() { (handle.unwrap_or_default(), None) } else { (name.join(" "), handle) }
}

/// A name and a title: `Ines Costa, General Counsel`.
pub(super) fn titled(text: &str) -> (String, Option<String>) {
    match text.split_once(',') {
        Some((name, title)) if !title.trim().is_empty() => (name.trim().to_owned(), Some(title.trim().to_owned())),
        _ => (text.trim_end_matches(',').trim().to_owned(), None),
    }
}
