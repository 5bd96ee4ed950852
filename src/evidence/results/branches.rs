//! Exports of branch protection enter (GitHub protection and rulesets, GitLab protected branches and approval rules, Bitbucket
//! restrictions); events of `branch_protection` leave.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde_json::Value;

use crate::evidence::tree::Tree;
use crate::fact::Node;
use crate::manifest::Manifest;

use super::fields::{list_at, pick, text};
use super::moment::Moment;
use super::names::{Name, is_protection};
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;

/// Where an export lists merges.
const MERGES: &[&str] = &["merges", "merged_pull_requests", "pull_requests", "merge_requests"];

/// What one export says. Several parts of one (a list of rulesets) add up.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Rules {
    review: bool,
    eval: bool,
    /// The pipeline must succeed, which makes every job of it required.
    pipeline: bool,
    /// It was recognized as an export at all.
    known: bool,
}

impl Rules {
    fn add(&mut self, other: Self) {
        self.review |= other.review;
        self.eval |= other.eval;
        self.pipeline |= other.pipeline;
        self.known |= other.known;
    }
}

/// Whether a JSON file is such an export.
pub(super) fn is(outline: &Outline, name: &Name) -> bool {
    let github = outline.any(&["required_status_checks", "required_pull_request_reviews"])
        && outline.any(&[
            "enforce_admins",
            "required_status_checks.contexts",
            "required_status_checks.checks",
            "required_pull_request_reviews.required_approving_review_count",
            "allow_force_pushes",
        ]);
    let ruleset =
        outline.all(&["enforcement", "rules", "rules.type"]) || outline.all(&["type", "ruleset_id", "ruleset_source"]);
    let gitlab = outline.any(&["approvals_required", "approvals_before_merge"])
        || outline.all(&["push_access_levels", "merge_access_levels"])
        || outline.has("only_allow_merge_if_pipeline_succeeds")
        || outline.all(&["external_url", "protected_branches"]);
    let bitbucket = outline.all(&["values.kind", "values.pattern"])
        || outline.all(&["kind", "branch_match_kind"])
        || outline.all(&["values.kind", "values.branch_match_kind"]);
    let wrapped = [
        "protection",
        "branch_protection",
        "rulesets",
        "approval_rules",
        "protected_branches",
        "branchProtectionRules",
    ];
    let missing = outline.all(&["message", "documentation_url"]);
    github
        || ruleset
        || gitlab
        || bitbucket
        || (is_protection(name) && (outline.any(&wrapped) || missing || outline.any(MERGES)))
}

/// Reads an export.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let mut rules = Rules::default();
    collect(value, 0, &mut rules);
    let merges = list_at(value, MERGES);
    let lists_merges = MERGES.iter().any(|key| value.get(key).is_some_and(Value::is_array));
    // GitHub answers so when a branch has no protection.
    let unprotected = value["message"].as_str().is_some_and(|m| m.to_lowercase().contains("not protected"));
    if !rules.known && !lists_merges && !unprotected {
        return Err(Wrong::new(
            "no rule of a known kind is in it",
            "export it again, for instance with `gh api repos/OWNER/REPO/branches/main/protection`",
        ));
    }
    let mut fields = vec![
        ("requires_review", Node::from(rules.review)),
        ("requires_eval", Node::from(rules.eval || (rules.pipeline && pipeline_evaluates(input.tree)))),
    ];
    if lists_merges {
        let paths = protected(input.manifest);
        let unreviewed = merges.iter().filter(|merge| touches(merge, paths.as_ref()) && !is_reviewed(merge)).count();
        fields.push(("unreviewed_merges", Node::from(unreviewed)));
    }
    let mut outcome = Outcome::default();
    // When a rule was created or changed is not when it was exported.
    let at = ["date", "exported_at", "exportedAt", "generated_at", "timestamp"]
        .iter()
        .find_map(|key| value.get(key).and_then(Moment::of));
    outcome.event(input, "branch_protection", at, fields);
    Ok(outcome)
}

/// Looks for rules in an export, in lists, and in the maps that a wrapper puts around answers.
fn collect(value: &Value, depth: usize, rules: &mut Rules) {
    if depth > 4 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().take(1_000).for_each(|item| collect(item, depth + 1, rules)),
        Value::Object(map) => {
            // A ruleset that is disabled or only watched requires nothing.
            if map.get("enforcement").and_then(Value::as_str).is_some_and(|e| e != "active") {
                rules.known = true;
                return;
            }
            for part in [github(value), github_rule(value), graph_ql(value), gitlab(value), bitbucket(value)] {
                rules.add(part);
            }
            for key in [
                "approval_rules",
                "approvals",
                "branchProtectionRules",
                "branch_protection",
                "branch_restrictions",
                "branches",
                "data",
                "external_status_checks",
                "nodes",
                "project",
                "protected_branches",
                "protection",
                "repository",
                "restrictions",
                "rules",
                "rulesets",
                "settings",
                "status_checks",
                "values",
            ] {
                if let Some(inner) = map.get(key) {
                    collect(inner, depth + 1, rules);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Branch protection of GitHub.
fn github(value: &Value) -> Rules {
    let (checks, reviews) = (value.get("required_status_checks"), value.get("required_pull_request_reviews"));
    let checks = checks.filter(|c| c.is_object() || c.is_null());
    Rules {
        review: reviews.is_some_and(requires_review),
        eval: checks.is_some_and(|c| names(&c["contexts"]).chain(names(&c["checks"])).any(about_eval)),
        known: checks.is_some() || reviews.is_some(),
        pipeline: false,
    }
}

/// None are needed with a count of 0, unless a code owner must approve.
fn requires_review(reviews: &Value) -> bool {
    let count = reviews["required_approving_review_count"].as_u64();
    let owners = reviews["require_code_owner_reviews"] == true || reviews["require_code_owner_review"] == true;
    reviews.is_object() && (count.is_none_or(|count| count > 0) || owners)
}

/// One rule of a ruleset of GitHub.
fn github_rule(value: &Value) -> Rules {
    let parameters = &value["parameters"];
    match value["type"].as_str() {
        Some("pull_request") => Rules { review: requires_review(parameters), known: true, ..Rules::default() },
        Some("required_status_checks") => Rules {
            eval: names(&parameters["required_status_checks"]).any(about_eval),
            known: true,
            ..Rules::default()
        },
        Some("workflows") => Rules {
            eval: list_at(parameters, &["workflows"]).iter().filter_map(|w| text(w, &["path"])).any(about_eval),
            known: true,
            ..Rules::default()
        },
        _ => Rules::default(),
    }
}

/// Branch protection of GitHub as GraphQL answers.
fn graph_ql(value: &Value) -> Rules {
    let reviews = value.get("requiresApprovingReviews");
    let checks = value.get("requiredStatusCheckContexts");
    let count = value["requiredApprovingReviewCount"].as_u64();
    Rules {
        review: reviews.is_some_and(|r| *r == true) && count.is_none_or(|c| c > 0),
        eval: value["requiresStatusChecks"] != false && checks.is_some_and(|c| names(c).any(about_eval)),
        known: reviews.is_some() || checks.is_some(),
        pipeline: false,
    }
}

/// Approval rules, protected branches, status checks and settings of GitLab.
fn gitlab(value: &Value) -> Rules {
    let required = pick(value, &["approvals_required", "approvals_before_merge"]);
    let status_check = value.get("external_url").is_some() && value.get("protected_branches").is_some();
    let pipeline = value.get("only_allow_merge_if_pipeline_succeeds");
    let branch = value.get("merge_access_levels");
    let owners = value["code_owner_approval_required"] == true;
    Rules {
        review: required.and_then(Value::as_u64).is_some_and(|n| n > 0) || (branch.is_some() && owners),
        eval: status_check && text(value, &["name"]).is_some_and(about_eval),
        pipeline: pipeline.is_some_and(|p| *p == true),
        known: required.is_some() || status_check || pipeline.is_some() || branch.is_some(),
    }
}

/// One restriction of Bitbucket.
fn bitbucket(value: &Value) -> Rules {
    let needed = value["value"].as_u64().is_none_or(|n| n > 0);
    match value["kind"].as_str() {
        Some("require_approvals_to_merge" | "require_default_reviewer_approvals_to_merge") => {
            Rules { review: needed, known: true, ..Rules::default() }
        }
        Some("require_passing_builds_to_merge") => Rules { pipeline: needed, known: true, ..Rules::default() },
        Some(_) if value.get("pattern").is_some() || value.get("branch_match_kind").is_some() => {
            Rules { known: true, ..Rules::default() }
        }
        _ => Rules::default(),
    }
}

/// Names of checks: texts, or maps with a context.
fn names(list: &Value) -> impl Iterator<Item = &str> {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| item.as_str().or_else(|| text(item, &["context", "name"])))
}

/// `eval`, `Evaluation / quality` and `llm-evals`, but not `medieval` or `retrieval`.
pub(super) fn about_eval(name: &str) -> bool {
    name.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| word.starts_with("eval") || word == "promptfoo")
}

/// Whether the pipeline of the repository has a job for evaluations that may not fail. GitLab and Bitbucket require the pipeline
/// as a whole, not single jobs of it.
fn pipeline_evaluates(tree: &Tree) -> bool {
    let text = |path: &str| tree.get(path).and_then(|file| tree.text(file));
    let gitlab = [".gitlab-ci.yml", ".gitlab-ci.yaml"].iter().find_map(|path| text(path)).is_some_and(|text| {
        let mut jobs: Vec<(&str, bool)> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
            let at_edge = !line.starts_with([' ', '\t', '-']);
            if let Some((name, _)) = line.split_once(':').filter(|_| at_edge) {
                jobs.push((name, true));
            } else if let Some((_, required)) = jobs.last_mut() {
                let setting = line.trim();
                *required &= !matches!(setting, "allow_failure: true" | "when: manual" | "when: never");
            }
        }
        jobs.iter().any(|(name, required)| *required && !name.starts_with('.') && about_eval(name))
    });
    gitlab
        || text("bitbucket-pipelines.yml").is_some_and(|text| {
            text.split("name:").skip(1).any(|rest| rest.split(['\n', ',', '}']).next().is_some_and(about_eval))
        })
}

/// The paths under change control.
fn protected(manifest: &Manifest) -> Option<GlobSet> {
    let control = manifest.governance.as_ref()?.change_control.as_ref()?;
    let mut builder = GlobSetBuilder::new();
    for path in &control.paths {
        let path = path.trim().trim_start_matches("./").trim_start_matches('/');
        let whole = if path.ends_with('/') { format!("{path}**") } else { path.to_owned() };
        for pattern in [whole.clone(), format!("{}/**", whole.trim_end_matches('/'))] {
            if let Ok(glob) = Glob::new(&pattern) {
                builder.add(glob);
            }
        }
    }
    builder.build().ok().filter(|set| !set.is_empty())
}

/// Whether a merge touches a protected path; one that lists no files may have.
fn touches(merge: &Value, paths: Option<&GlobSet>) -> bool {
    let files = list_at(merge, &["files", "paths", "changed_files"]);
    let mut named = files.iter().filter_map(|f| f.as_str().or_else(|| text(f, &["path", "filename", "new_path"])));
    match paths {
        Some(paths) if !files.is_empty() => named.any(|file| paths.is_match(file)),
        _ => true,
    }
}

/// Whether somebody who is not the author approved a merge.
fn is_reviewed(merge: &Value) -> bool {
    let Some(author) = pick(merge, &["author", "user", "created_by"]).and_then(person) else { return false };
    let reviews = ["approvals", "approved_by", "reviews", "approvers", "latestReviews"];
    reviews.iter().flat_map(|key| list_at(merge, &[key])).any(|review| {
        let state = review["state"].as_str().is_none_or(|s| s.eq_ignore_ascii_case("approved"));
        let by = person(review).or_else(|| pick(review, &["user", "author"]).and_then(person));
        state && by.is_some_and(|by| by != author)
    })
}

/// The name of a person: a text, or a map with a login.
fn person(value: &Value) -> Option<String> {
    let name = value.as_str().or_else(|| text(value, &["login", "username", "nickname", "name"]))?;
    Some(name.trim().trim_start_matches('@').to_lowercase())
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const GITHUB: &str = include_str!("../../../tests/samples/branches/github-protection.json");
    const RULESET: &str = include_str!("../../../tests/samples/branches/github-ruleset.json");

    fn rules(text: &str) -> Vec<String> {
        list(&found(&[("governance/branch-protection.json", text)], ""), "branch_protection")
    }

    #[test]
    fn github_protection_and_rulesets_are_read() {
        assert_eq!(rules(GITHUB), ["requires_eval=true requires_review=true"]);
        assert_eq!(
            rules(&GITHUB.replace("\"evals / quality\"", "\"retrieval\"")),
            ["requires_eval=false requires_review=true"]
        );
        let nobody = GITHUB.replace("\"required_approving_review_count\": 1", "\"required_approving_review_count\": 0");
        assert_eq!(rules(&nobody), ["requires_eval=true requires_review=false"]);
        assert_eq!(rules(RULESET), ["requires_eval=true requires_review=true"]);
        assert_eq!(rules(&format!("[{RULESET}]")), ["requires_eval=true requires_review=true"]);
        let watched = RULESET.replace("\"enforcement\": \"active\"", "\"enforcement\": \"evaluate\"");
        assert_eq!(rules(&watched), ["requires_eval=false requires_review=false"]);
        let branch = r#"[{"type": "pull_request", "ruleset_source_type": "Repository", "ruleset_source": "acme/intake", "ruleset_id": 1, "parameters": {"required_approving_review_count": 2}}]"#;
        assert_eq!(rules(branch), ["requires_eval=false requires_review=true"]);
        let wrapped = format!("{{\"exported_at\": \"2026-11-14T08:00:00Z\", \"protection\": {GITHUB}}}");
        assert_eq!(rules(&wrapped), ["date=2026-11-14 requires_eval=true requires_review=true"]);
        let none = r#"{"message": "Branch not protected", "documentation_url": "https://docs.github.com/rest", "status": "404"}"#;
        assert_eq!(rules(none), ["requires_eval=false requires_review=false"]);
    }

    #[test]
    fn gitlab_requires_what_its_pipeline_requires() {
        let approvals = r#"[{"id": 1, "name": "Default", "rule_type": "regular", "approvals_required": 1, "eligible_approvers": [{"username": "lhaas"}], "protected_branches": []}]"#;
        assert_eq!(rules(approvals), ["requires_eval=false requires_review=true"]);
        assert_eq!(
            rules(&approvals.replace("\"approvals_required\": 1", "\"approvals_required\": 0")),
            ["requires_eval=false requires_review=false"]
        );
        let check = r#"[{"id": 1, "name": "LLM evaluation", "external_url": "https://evals.example", "protected_branches": []}]"#;
        assert_eq!(rules(check), ["requires_eval=true requires_review=false"]);
        let settings = r#"{"id": 7, "only_allow_merge_if_pipeline_succeeds": true, "approvals_before_merge": 1}"#;
        let with = |pipeline: &str| {
            list(
                &found(&[("governance/approval-rules.json", settings), (".gitlab-ci.yml", pipeline)], ""),
                "branch_protection",
            )
        };
        assert_eq!(
            with("stages: [test]\nrun-evals:\n  script: [promptfoo eval]\n"),
            ["requires_eval=true requires_review=true"]
        );
        assert_eq!(
            with("run-evals:\n  allow_failure: true\n  script: [x]\n"),
            ["requires_eval=false requires_review=true"]
        );
        assert_eq!(with("unit:\n  script: [pytest]\n"), ["requires_eval=false requires_review=true"]);
    }

    #[test]
    fn bitbucket_restrictions_are_read() {
        let text = r#"{"pagelen": 10, "values": [{"kind": "require_approvals_to_merge", "value": 1, "pattern": "main", "branch_match_kind": "glob"},
            {"kind": "require_passing_builds_to_merge", "value": 1, "pattern": "main"}, {"kind": "push", "pattern": "main", "users": []}]}"#;
        assert_eq!(rules(text), ["requires_eval=false requires_review=true"]);
        let with = found(
            &[
                ("branch-restrictions.json", text),
                ("bitbucket-pipelines.yml", "pipelines:\n  default:\n  - step: { name: Run evals, script: [x] }\n"),
            ],
            "",
        );
        assert_eq!(list(&with, "branch_protection"), ["requires_eval=true requires_review=true"]);
    }

    #[test]
    fn listed_merges_need_a_second_person_on_protected_paths() {
        let merges = r#"{"date": "2026-11-14", "protection": {"required_pull_request_reviews": {"required_approving_review_count": 1}}, "merges": [
            {"number": 1, "author": "priya", "approvals": ["jchen"], "files": ["prompts/extract.txt"]},
            {"number": 2, "author": {"login": "Priya"}, "reviews": [{"user": {"login": "priya"}, "state": "APPROVED"}], "files": ["prompts/extract.txt"]},
            {"number": 3, "author": "priya", "approvals": [], "files": ["docs/readme.md"]},
            {"number": 4, "author": "priya", "reviews": [{"user": {"login": "jchen"}, "state": "COMMENTED"}]}]}"#;
        let manifest = "governance: { change_control: { paths: [ prompts/**, policy/ ] } }\n";
        let found = found(&[("governance/branch-protection.json", merges)], manifest);
        assert_eq!(
            list(&found, "branch_protection"),
            ["date=2026-11-14 requires_eval=false requires_review=true unreviewed_merges=2"]
        );
        assert_eq!(rules(merges), ["date=2026-11-14 requires_eval=false requires_review=true unreviewed_merges=3"]);
    }

    #[test]
    fn torn_exports_are_malformed_and_other_files_are_not_exports() {
        let torn = GITHUB.get(..GITHUB.len() / 2).unwrap_or_default();
        assert_eq!(malformed(&found(&[("x.json", torn)], "")), ["branch_protection x.json"]);
        assert_eq!(
            malformed(&found(
                &[("branch-protection.json", "{\"message\": \"Not Found\", \"documentation_url\": \"u\"}")],
                ""
            )),
            ["branch_protection branch-protection.json"]
        );
        for text in [r#"{"rules": [{"type": "x"}]}"#, r#"{"values": [{"kind": "a"}]}"#, "[]"] {
            let found = found(&[("src/rules.json", text)], "");
            assert!(malformed(&found).is_empty() && list(&found, "branch_protection").is_empty(), "{text}");
        }
    }
}
