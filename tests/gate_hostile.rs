//! A gate that is judged from a base: every way that a change could open its own gate ends closed, with a reason that says so.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use workshop::{Said, TODAY, aipp, git_as, root};

fn git(folder: &Path, arguments: &[&str]) -> String {
    git_as(folder, arguments, "Mats Ekdahl <mats.ekdahl@northgate.example>", "2026-10-02")
}

impl Said {
    /// `code check: message` of every reason.
    fn reasons(&self) -> Vec<String> {
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let of = |r: &Value| format!("{} {}: {}", word(&r["code"]), word(&r["check"]), word(&r["message"]));
        self.json()["gate"]["reasons"].as_array().unwrap().iter().map(of).collect()
    }
}

fn run_with(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Said {
    Said::of(aipp(root, arguments).args(["--today", TODAY]).envs(environment.iter().copied()))
}

fn run(root: &Path, arguments: &[&str]) -> Said {
    run_with(root, arguments, &[])
}

/// A repository whose branch `main` holds an example, with the branch `change` checked out.
struct Scratch {
    _dir: tempfile::TempDir,
    root: PathBuf,
}

impl Scratch {
    fn of(example: &str, base: impl FnOnce(&Self)) -> Self {
        let (dir, root) = workshop::example(example);
        let scratch = Self { _dir: dir, root };
        base(&scratch);
        git(&scratch.root, &["init", "-q", "-b", "main"]);
        scratch.commit("The base");
        git(&scratch.root, &["checkout", "-qb", "change"]);
        scratch
    }

    fn triage() -> Self {
        Self::of("support-triage", |_| {})
    }

    fn write(&self, path: &str, text: &str) {
        workshop::write(&self.root, path, text);
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.root.join(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from:?}");
        fs::write(self.root.join(path), text.replacen(from, to, 1)).unwrap();
    }

    fn commit(&self, message: &str) {
        git(&self.root, &["add", "-A", "."]);
        git(&self.root, &["commit", "-qm", message]);
    }

    fn gate(&self) -> Said {
        run(&self.root, &["gate", "--to", "scale", "--base", "main", "-f", "json"])
    }
}

#[test]
fn a_change_that_takes_nothing_away_keeps_the_gate_open() {
    let scratch = Scratch::triage();
    scratch.edit("README.md", "\n", "\nA line more.\n");
    scratch.edit(".aipp/history.jsonl", "{\"v\": 1,", "{\"v\": 1,");
    scratch.edit("aipp.yaml", "target: 3 h", "target: 2.5 h");
    scratch.commit("A stricter target");
    let said = scratch.gate();
    assert_eq!((said.code, said.reasons()), (0, vec![]), "{}", said.err);
    let base = &said.json()["base"];
    assert_eq!((base["revision"].as_str(), base["commit"].as_str().map(str::len)), (Some("main"), Some(40)));
    let text = run(&scratch.root, &["gate", "--to", "scale", "--base", "main"]).out;
    assert!(text.contains("judged from main ("), "{text}");
}

/// What a change does to the rules that it is judged by, and the reason that it gets.
#[test]
fn a_change_cannot_lower_what_it_is_judged_by() {
    type Edit = fn(&Scratch);
    let policy = "aipp_policy: 1\nfloors: { harden: 53 }\nwaivers: { max_days: 60, approvers: [\"J. Chen\"] }\nrequired: { gov-privacy-controls: documented }\nchecklists: [org.yaml]\n";
    let list = "aipp_checklist: 1\narea: governance\nchecks:\n- id: org-register\n  question: Is there a readme?\n  due: harden\n  weight: 3\n  required: documented\n  waivable: false\n  documented: [ { that: \"evidence.readme_purpose.present\", else: there is no readme } ]\n  fix: Write a readme for the next team\n";
    let base = |s: &Scratch| {
        s.write("aipp.policy.yaml", policy);
        s.write("org.yaml", list);
    };
    let edits: Vec<(&str, Edit, &str)> = vec![
        (
            "the tier",
            |s| s.edit("aipp.yaml", "tier: standard", "tier: experimental"),
            "requirement-lowered -: the change lowers the tier from standard to experimental",
        ),
        (
            "the phase",
            |s| s.edit("aipp.yaml", "phase: harden", "phase: prove-value"),
            "requirement-lowered -: the change moves the phase back from harden to prove-value",
        ),
        (
            "the kind of system",
            |s| s.edit("aipp.yaml", "system: agent", "system: ml-model"),
            "requirement-lowered -: the change makes it a project of another kind",
        ),
        (
            "another project",
            |s| s.edit("aipp.yaml", "name: Support triage", "name: Newsletter"),
            "requirement-lowered -: the manifest is that of `Newsletter`, and in its base that of `Support triage`",
        ),
        (
            "a floor",
            |s| s.edit("aipp.policy.yaml", "53", "52"),
            "requirement-lowered -: the change lowers the policy's `floors.harden` from 53 to 52",
        ),
        (
            "the waivers' length",
            |s| s.edit("aipp.policy.yaml", "max_days: 60", "max_days: 90"),
            "requirement-lowered -: the change lengthens the policy's `waivers.max_days` from 60 to 90",
        ),
        (
            "the list of approvers",
            |s| s.edit("aipp.policy.yaml", ", approvers: [\"J. Chen\"]", ""),
            "requirement-lowered -: the change deletes the policy's list of approvers",
        ),
        (
            "a required level",
            |s| s.edit("aipp.policy.yaml", "required: { gov-privacy-controls: documented }\n", ""),
            "requirement-lowered -: the change lowers the policy's `required.gov-privacy-controls`",
        ),
        (
            "a checklist",
            |s| s.edit("aipp.policy.yaml", "checklists: [org.yaml]\n", ""),
            "requirement-lowered -: the change takes the check `org-register` out",
        ),
        (
            "a check",
            |s| s.edit("org.yaml", "  required: documented\n", ""),
            "requirement-lowered -: the change weakens the check `org-register`",
        ),
        (
            "a check that can be waived",
            |s| s.edit("org.yaml", "  waivable: false\n", ""),
            "requirement-lowered -: the change weakens the check `org-register`: it can be waived",
        ),
        (
            "a renamed check",
            |s| s.edit("org.yaml", "org-register", "org-registry"),
            "requirement-lowered -: the change takes the check `org-register` out",
        ),
        (
            "the policy itself",
            |s| fs::remove_file(s.root.join("aipp.policy.yaml")).unwrap(),
            "requirement-lowered -: the change lowers the policy's `floors.harden` from 53 to 50",
        ),
        (
            "a nearer policy",
            |s| {
                fs::remove_file(s.root.join("aipp.policy.yaml")).unwrap();
                s.write(".github/aipp.policy.yaml", "aipp_policy: 1\ntier: standard\n");
            },
            "requirement-lowered -: the change lowers the policy's `floors.harden` from 53 to 50",
        ),
        (
            "a manifest that moves",
            |s| {
                s.edit("aipp.yaml", "tier: standard", "tier: experimental");
                fs::rename(s.root.join("aipp.yaml"), s.root.join(".github/aipp.yaml")).unwrap();
            },
            "requirement-lowered -: the change lowers the tier",
        ),
        (
            "a baseline",
            |s| {
                s.edit("aipp.yaml", "baseline: { value: 9.5 h, window: 2026-05-04/2026-06-28, n: 56, source: metrics/baseline-first-response.csv }", "")
            },
            "baseline-changed -: the change removes the baseline of `first-response`",
        ),
        (
            "a baseline that moves",
            |s| s.edit("aipp.yaml", "value: 9.5 h", "value: 12 h"),
            "baseline-changed -: the change moves the baseline of `first-response` from 9.5 h to 12 h",
        ),
        (
            "a target",
            |s| s.edit("aipp.yaml", "target: 3 h", "target: 5 h"),
            "baseline-changed -: the change loosens the target of `first-response` from 3 h to 5 h",
        ),
        (
            "a target in another unit",
            |s| s.edit("aipp.yaml", "target: 3 h", "target: 200 min"),
            "baseline-changed -: the change loosens the target of `first-response` from 3 h to 200 min",
        ),
        (
            "a metric",
            |s| s.edit("aipp.yaml", "id: unit-cost", "id: unit-price"),
            "baseline-changed -: the change deletes the metric `unit-cost`",
        ),
        (
            "a measured value",
            |s| s.edit(".aipp/history.jsonl", "\"value\": 8.8,", "\"value\": 2.8,"),
            "history-rewritten -: the change edits or deletes row 1 of `.aipp/history.jsonl`",
        ),
        (
            "all measured values",
            |s| fs::remove_file(s.root.join(".aipp/history.jsonl")).unwrap(),
            "history-rewritten -: the change deletes `.aipp/history.jsonl`",
        ),
        (
            "a training record",
            |s| s.edit("training/records.csv", "2026-08-26,pass", "2026-11-20,pass"),
            "history-rewritten -: the change edits or deletes row 2 of `training/records.csv`",
        ),
        (
            "a drill",
            |s| s.edit("drills/2026-10-13-rollback.yaml", "2026-10-13", "2026-11-13"),
            "history-rewritten -: the change edits `drills/2026-10-13-rollback.yaml`",
        ),
        (
            "a decision",
            |s| fs::remove_file(s.root.join("records/decisions/2026-09-08-go.yaml")).unwrap(),
            "history-rewritten -: the change deletes `records/decisions/2026-09-08-go.yaml`",
        ),
    ];
    let scratch = Scratch::of("support-triage", base);
    let open = run(&scratch.root, &["gate", "--to", "scale", "-f", "json"]);
    assert_eq!(open.code, 0, "the base is open: {}{}", open.out, open.err);
    for (i, (name, edit, reason)) in edits.into_iter().enumerate() {
        edit(&scratch);
        scratch.commit("The change");
        let said = scratch.gate();
        assert_eq!(said.code, 1, "{name}: {}", said.err);
        assert!(said.reasons().iter().any(|r| r.starts_with(reason)), "{name}: {:#?}", said.reasons());
        let gate = &said.json()["gate"];
        let reasons = gate["reasons"].as_array().unwrap();
        let found = reasons.iter().find(|r| reason.starts_with(r["code"].as_str().unwrap())).unwrap();
        assert!(
            found["help"].as_str().is_some_and(|h| h.len() > 20) && found["location"]["path"].is_string(),
            "{name}: {found}"
        );
        if i % 6 == 0 {
            // What is not committed yet is seen as well.
            git(&scratch.root, &["reset", "-q", "--soft", "main"]);
            let staged = run(&scratch.root, &["gate", "--to", "scale", "--base", "HEAD", "-f", "json"]);
            assert_eq!((staged.code, staged.reasons()), (1, said.reasons()), "{name}");
            let masked = run(&scratch.root, &["gate", "--to", "scale", "--base", "HEAD", "--exit-zero"]);
            assert_eq!(masked.code, 0, "{name}: --exit-zero masks 1");
        }
        git(&scratch.root, &["reset", "-q", "--hard", "main"]);
    }
}

#[test]
fn a_baseline_that_is_recorded_anew_is_told_and_closes_nothing() {
    let scratch = Scratch::triage();
    scratch.edit("aipp.yaml", "value: 9.5 h", "value: 9.4 h");
    let history = fs::read_to_string(scratch.root.join(".aipp/history.jsonl")).unwrap();
    let row = "{\"v\":1,\"type\":\"rebaseline\",\"id\":\"01930000-0000-7000-8000-000000000001\",\"metric\":\"first-response\",\
               \"date\":\"2026-11-20\",\"reason\":\"two days were counted twice\",\"approver\":\"M. Okafor\",\"before\":null,\
               \"after\":{\"baseline\":\"9.4 h\",\"unit\":\"h\"},\"recorded\":\"2026-11-20T08:00:00Z\",\"by\":\"Lena Vogt\"}\n";
    scratch.write(".aipp/history.jsonl", &format!("{history}{row}"));
    scratch.commit("Measure the baseline anew");
    let said = scratch.gate();
    assert!(!said.reasons().iter().any(|r| r.starts_with("baseline-changed")), "{:?}", said.reasons());
    assert!(said.err.contains("moves the baseline of `first-response`"), "{}", said.err);
}

const WAIVER: &str = "waivers:\n";

#[test]
fn a_waiver_of_the_same_change_is_proposed_and_does_not_count() {
    let manifest = |s: &Scratch| fs::read_to_string(s.root.join("aipp.yaml")).unwrap();
    let scratch = Scratch::of("invoice-intake", |s| {
        let text = manifest(s);
        let (before, _) = text.split_once(WAIVER).unwrap();
        s.write("aipp.yaml", before);
    });
    let with = fs::read_to_string(root().join("examples/invoice-intake/aipp.yaml")).unwrap();
    scratch.write("aipp.yaml", &with);
    scratch.commit("Waive it");
    let said = scratch.gate();
    assert_eq!(said.code, 1);
    let reasons = said.reasons();
    assert!(
        reasons.iter().any(|r| r.starts_with("required-unmet ops-team-accepted")
            && r.contains("proposed by this change and does not count yet")),
        "{reasons:#?}"
    );
    let json = said.json();
    assert_eq!((&json["waivers"][0]["state"], &json["proposed"][0]["kind"]), (&"proposed".into(), &"waiver".into()));
    assert_eq!(json["proposed"][0]["location"]["path"], "aipp.yaml");
    let text = run(&scratch.root, &["gate", "--base", "main"]).out;
    assert!(text.contains("Proposed by this change; counts once it stands in main"), "{text}");

    // In the base it counts; and a change of it counts as it stands there.
    let scratch = Scratch::of("invoice-intake", |_| {});
    assert_eq!(scratch_waiver(&scratch), "live");
    scratch.edit("aipp.yaml", "expires: 2026-12-15", "expires: 2027-01-25");
    scratch.commit("Longer");
    let json = scratch.gate().json();
    assert_eq!((&json["waivers"][0]["state"], &json["waivers"][0]["expires"]), (&"live".into(), &"2026-12-15".into()));
    assert!(json["proposed"][0]["message"].as_str().unwrap().contains("is changed"), "{}", json["proposed"]);
}

fn scratch_waiver(scratch: &Scratch) -> String {
    scratch.edit("README.md", "\n", "\n\n");
    scratch.commit("Nothing");
    scratch.gate().json()["waivers"][0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn an_expired_waiver_stays_expired_whatever_the_change_says_of_the_clock() {
    let scratch = Scratch::of("invoice-intake", |s| s.edit("aipp.yaml", "expires: 2026-12-15", "expires: 2026-11-21"));
    scratch.edit("aipp.yaml", "created: 2026-11-01", "created: 2027-01-01");
    scratch.edit("aipp.yaml", "expires: 2026-11-21", "expires: 2027-02-01");
    scratch.commit("A future clock");
    let reasons = scratch.gate().reasons();
    assert!(
        reasons
            .iter()
            .any(|r| r.starts_with("waiver-expired ops-team-accepted") && r.contains("expired on 2026-11-21")),
        "{reasons:#?}"
    );
}

#[test]
fn approvers_are_people_of_the_list_and_never_the_owner_in_disguise() {
    let policy = "aipp_policy: 1\nwaivers: { approvers: [M. Okafor] }\n";
    let cases: [(&str, &str); 5] = [
        ("M. Okafor", "live"),
        ("M. \u{41e}kafor", "void"),
        ("M. Okafor\u{200b}", "void"),
        ("J. Chen", "void"),
        ("m. okafor", "live"),
    ];
    for (name, state) in cases {
        let scratch = Scratch::of("invoice-intake", |s| {
            s.write("aipp.policy.yaml", policy);
            s.edit("aipp.yaml", "approver: M. Okafor", &format!("approver: \"{name}\""));
        });
        let said = run(&scratch.root, &["gate", "-f", "json"]);
        assert_eq!(said.json()["waivers"][0]["state"], state, "{name:?}: {}", said.json()["waivers"][0]);
    }
    // The owner of the base does not become a stranger by a change of the owner.
    let scratch =
        Scratch::of("invoice-intake", |s| s.edit("aipp.yaml", "approver: M. Okafor", "approver: Priya Raman"));
    let manifest = fs::read_to_string(scratch.root.join("aipp.yaml")).unwrap();
    let owner =
        manifest.lines().find(|l| l.trim_start().starts_with("owner: {")).expect("the example has an owner").to_owned();
    scratch.edit("aipp.yaml", &owner, "  owner: { name: Somebody Else, handle: \"@selse\" }");
    scratch.commit("Another owner");
    let waiver = scratch.gate().json()["waivers"][0].clone();
    assert_eq!(waiver["state"], "void", "{waiver}");
    assert!(waiver["because"].as_str().unwrap().contains("owner"), "{waiver}");
}

#[test]
fn a_check_is_not_declared_away_by_the_change_that_fails_it() {
    let scratch = Scratch::of("invoice-intake", |_| {});
    let manifest = fs::read_to_string(scratch.root.join("aipp.yaml")).unwrap();
    scratch.write("aipp.yaml", &format!("{manifest}\nnot_applicable:\n  - {{ check: ops-rollback-tested, reason: not for us, by: Priya Raman, date: 2026-11-20 }}\n  - {{ check: ops-runbooks, reason: not for us, by: Priya Raman, date: 2026-11-20 }}\n"));
    scratch.commit("Not for us");
    let said = scratch.gate();
    let json = said.json();
    let status = |id: &str| {
        json["checks"].as_array().unwrap().iter().find(|c| c["id"] == id).unwrap()["status"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_ne!(status("ops-runbooks"), "not-applicable");
    assert_eq!(json["proposed"].as_array().unwrap().iter().filter(|p| p["kind"] == "not-applicable").count(), 2);
}

#[test]
fn a_promotion_is_judged_by_the_exit_that_it_passes() {
    let scratch = Scratch::triage();
    scratch.edit("aipp.yaml", "phase: harden", "phase: scale");
    scratch.commit("Enter scale");
    let said = run(&scratch.root, &["gate", "--base", "main", "-f", "json"]);
    let json = said.json();
    assert_eq!(
        (&json["gate"]["from"], &json["gate"]["to"], said.code),
        (&"harden".into(), &"scale".into(), 0),
        "{}",
        said.err
    );
    assert_eq!(json["proposed"][0]["kind"], "phase");
}

#[test]
fn a_base_that_cannot_be_judged_from_is_two_with_the_remedy() {
    let scratch = Scratch::triage();
    scratch.edit("README.md", "\n", "\n\n");
    scratch.commit("Nothing");
    let refused = |arguments: &[&str], environment: &[(&str, &str)], said: &str| {
        let got =
            run_with(&scratch.root, &[&["gate", "--to", "scale", "--exit-zero"], arguments].concat(), environment);
        assert_eq!(got.code, 2, "{arguments:?} {environment:?}: {}", got.err);
        assert!(got.err.contains(said) && got.err.contains("help:"), "{arguments:?} {environment:?}: {}", got.err);
        assert!(got.out.is_empty(), "nothing is printed as if it were a verdict");
    };
    refused(&["--base", "HEAD"], &[], "so it would judge itself");
    refused(&["--base", "change"], &[], "so it would judge itself");
    refused(&["--base", "nowhere"], &[], "there is no revision `nowhere`");
    refused(&["--base=--output=x"], &[], "is no revision");
    refused(&[], &[("GITHUB_BASE_REF", "release")], "there is no revision");
    refused(
        &[],
        &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "0123456789012345678901234567890123456789")],
        "there is no revision",
    );
    refused(&[], &[("GITHUB_BASE_REF", "change")], "so it would judge itself");
    // A tag with the name of the base, moved to the change.
    git(&scratch.root, &["tag", "main"]);
    refused(&["--base", "main"], &[], "means two commits");
    git(&scratch.root, &["tag", "-d", "main"]);

    let clone = scratch.root.parent().unwrap().join("shallow");
    let url = format!("file://{}", scratch.root.display());
    git(&scratch.root, &["clone", "-q", "--depth", "1", "--branch", "change", &url, clone.to_str().unwrap()]);
    let said = run_with(&clone, &["gate", "--to", "scale"], &[("GITHUB_BASE_REF", "main")]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("shallow") && said.err.contains("fetch-depth: 0"), "{}", said.err);
    // Two commits without a history in common.
    git(&scratch.root, &["checkout", "-q", "--orphan", "other"]);
    scratch.commit("Another history");
    refused(&["--base", "main"], &[], "no commit in common");
}

#[test]
fn pull_and_merge_requests_are_judged_from_what_they_are_merged_into() {
    let scratch = Scratch::triage();
    scratch.edit("aipp.yaml", "tier: standard", "tier: experimental");
    scratch.commit("The change");
    let out = git(&scratch.root, &["rev-parse", "main"]);
    let sha = out.trim().to_owned();
    let event = scratch.root.parent().unwrap().join("event.json");
    fs::write(&event, format!("{{\"pull_request\": {{\"base\": {{\"sha\": \"{sha}\"}}}}}}")).unwrap();
    let queue = scratch.root.parent().unwrap().join("queue.json");
    fs::write(&queue, format!("{{\"merge_group\": {{\"base_sha\": \"{sha}\"}}}}")).unwrap();
    for environment in [
        vec![("GITHUB_BASE_REF", "main")],
        vec![("GITHUB_BASE_REF", "main"), ("GITHUB_EVENT_PATH", event.to_str().unwrap())],
        vec![("GITHUB_EVENT_PATH", queue.to_str().unwrap())],
        vec![("CI_MERGE_REQUEST_DIFF_BASE_SHA", sha.as_str())],
    ] {
        let said = run_with(&scratch.root, &["gate", "--to", "scale", "-f", "json"], &environment);
        assert_eq!(said.code, 1, "{environment:?}: {}", said.err);
        assert_eq!(said.json()["base"]["commit"], sha.as_str(), "{environment:?}");
        assert!(said.reasons()[0].starts_with("requirement-lowered"), "{environment:?}: {:?}", said.reasons());
    }
    // Without any of them nothing is compared.
    let said = run_with(&scratch.root, &["gate", "--to", "scale", "-f", "json"], &[("GITHUB_BASE_REF", "")]);
    assert!(said.json()["base"].is_null());
    // Outside of a checkout a pull request has no base, and no verdict.
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("aipp.yaml"), "project: x\n").unwrap();
    let said = run_with(outside.path(), &["gate"], &[("GITHUB_BASE_REF", "main")]);
    assert!(said.code == 2 && said.err.contains("no git checkout"), "{}", said.err);
}

#[test]
fn what_is_broken_in_the_base_is_named_there() {
    let scratch =
        Scratch::of("support-triage", |s| s.write("aipp.policy.yaml", "aipp_policy: 1\nfloors: { harden: 10 }\n"));
    scratch.write("aipp.policy.yaml", "aipp_policy: 1\nfloors: { harden: 55 }\n");
    scratch.commit("Mend it");
    let said = scratch.gate();
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("main:aipp.policy.yaml") && said.err.contains("mended there first"), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn a_policy_is_no_link_that_leads_out() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("loose.yaml"), "aipp_policy: 1\ntier: standard\n").unwrap();
    for (link, policy) in [("aipp.policy.yaml", None), ("org.yaml", Some("aipp_policy: 1\nextends: [org.yaml]\n"))] {
        let scratch = Scratch::triage();
        std::os::unix::fs::symlink(outside.path().join("loose.yaml"), scratch.root.join(link)).unwrap();
        if let Some(text) = policy {
            scratch.write("aipp.policy.yaml", text);
        }
        let said = run(&scratch.root, &["gate", "--to", "scale", "--exit-zero"]);
        assert_eq!(said.code, 2, "{link}: {}", said.err);
        assert!(said.err.contains("is a link that leads out of the repository"), "{}", said.err);
    }
}

#[test]
fn policies_and_checklists_that_cannot_be_used_are_two() {
    let list = |text: &str| format!("aipp_checklist: 1\narea: governance\nchecks: {text}\n");
    let builtin = "\n- id: gov-audit-log\n  question: Is there a log?\n  due: harden\n  weight: 3\n  documented: [ { that: \"evidence.readme_purpose.present\", else: there is none } ]\n  fix: Write a log for the audit\n";
    for (name, policy, org, said) in [
        ("a floor below the built-in one", "floors: { harden: 49 }\n", String::new(), "below 50 (built in)"),
        ("a checklist without checks", "checklists: [org.yaml]\n", list("[]"), "org.yaml"),
        ("a checklist of no bytes", "checklists: [org.yaml]\n", String::new(), "the file is empty"),
        ("a checklist that is not there", "checklists: [none.yaml]\n", String::new(), "does not exist"),
        ("a built-in check redefined", "checklists: [org.yaml]\n", list(builtin), "`gov-audit-log` is taken"),
        (
            "a checklist that is not the pinned one",
            "checklists: [{ path: org.yaml, sha256: \"0000000000000000000000000000000000000000000000000000000000000000\" }]\n",
            list("[]"),
            "not the file that was pinned",
        ),
        (
            "a misspelled check",
            "required: { gov-audit-lgo: verified }\n",
            String::new(),
            "did you mean `gov-audit-log`?",
        ),
        ("a duplicate key that hides the first", "tier: critical\ntier: experimental\n", String::new(), "stands twice"),
        ("keys merged from an anchor", "x: &x { harden: 55 }\nfloors: { <<: *x }\n", String::new(), "unknown key `x`"),
    ] {
        let scratch = Scratch::triage();
        scratch.write("aipp.policy.yaml", &format!("aipp_policy: 1\n{policy}"));
        scratch.write("org.yaml", &org);
        let got = run(&scratch.root, &["gate", "--to", "scale", "--exit-zero"]);
        assert_eq!(got.code, 2, "{name}: {}", got.err);
        assert!(got.err.contains(said) && got.err.contains("help:"), "{name}: {}", got.err);
    }
}

/// A day that is set back makes an expired waiver live again: it is said, whatever set it.
#[test]
fn a_day_before_the_last_commit_is_told() {
    let scratch = Scratch::triage();
    let past = run_with(&scratch.root, &["gate", "--to", "scale"], &[("AIPP_TODAY", "2026-09-01")]);
    assert!(!past.err.contains("day-in-the-past"), "a flag beats a variable: {}", past.err);
    let err = Said::of(aipp(&scratch.root, &["gate", "--to", "scale"]).env("AIPP_TODAY", "2026-09-01")).err;
    assert!(err.contains("day-in-the-past") && err.contains("2026-10-02"), "{err}");
}

#[test]
fn a_second_manifest_beside_the_first_is_two() {
    let scratch = Scratch::triage();
    scratch.write(".github/aipp.yaml", "project: { name: x, tier: experimental }\n");
    let said = scratch.gate();
    assert!(said.code == 2 && said.err.contains("two manifests stand side by side"), "{}", said.err);
}

#[test]
fn an_attestation_that_the_owner_commits_attests_nothing() {
    let path = "records/attestations/human-job-depends.yaml";
    let source = root().join("examples/support-triage").join(path);
    let level = |author: &str| {
        let scratch = Scratch::of("support-triage", |s| fs::remove_file(s.root.join(path)).unwrap());
        scratch.write(path, &fs::read_to_string(&source).unwrap());
        git(&scratch.root, &["add", "-A", "."]);
        git(&scratch.root, &["commit", "-qm", "Attest", &format!("--author={author}")]);
        let json = run(&scratch.root, &["gate", "--to", "scale", "-f", "json"]).json();
        let checks = json["checks"].as_array().unwrap();
        checks.iter().find(|c| c["id"] == "human-job-depends").unwrap()["level"].as_str().unwrap().to_owned()
    };
    assert_eq!(level("Katrin Albers <katrin.albers@northgate.example>"), "verified");
    assert_ne!(level("Lena Vogt <lena.vogt@northgate.example>"), "verified");
}

/// A project in a folder of a larger checkout: the policy above it counts, and a nearer one does not take its place.
#[test]
fn a_project_below_is_judged_by_the_policy_above_it() {
    let dir = tempfile::tempdir().unwrap();
    let scratch = Scratch { root: dir.path().to_owned(), _dir: tempfile::tempdir().unwrap() };
    scratch.write("aipp.policy.yaml", "aipp_policy: 1\nfloors: { harden: 55 }\n");
    scratch.write("services/x/aipp.yaml", "project: { name: x, phase: harden }\n");
    git(&scratch.root, &["init", "-q", "-b", "main"]);
    scratch.commit("The base");
    git(&scratch.root, &["checkout", "-qb", "change"]);
    scratch.write("services/x/aipp.policy.yaml", "aipp_policy: 1\ntier: standard\n");
    scratch.commit("A nearer policy");
    for (folder, path) in [(scratch.root.clone(), vec!["services/x"]), (scratch.root.join("services/x"), vec![])] {
        let said = run(&folder, &[&["gate", "--base", "main", "-f", "json"], path.as_slice()].concat());
        assert_eq!((said.code, &said.json()["readiness"]["floor"]), (1, &55.into()), "{}", said.err);
        assert_eq!(
            said.reasons()[0],
            "requirement-lowered -: the change lowers the policy's `floors.harden` from 55 to 50"
        );
        assert_eq!(said.json()["gate"]["reasons"][0]["location"]["path"], "aipp.policy.yaml");
    }
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    let scratch = Scratch::triage();
    let text = fs::read_to_string(scratch.root.join("aipp.yaml")).unwrap();
    scratch.write("aipp.yaml", &format!("\u{feff}{}", text.replace('\n', "\r\n")));
    let history = fs::read_to_string(scratch.root.join(".aipp/history.jsonl")).unwrap();
    scratch.write(".aipp/history.jsonl", &history.replace('\n', "\r\n"));
    scratch.commit("Another editor");
    let said = scratch.gate();
    assert_eq!((said.code, said.reasons()), (0, vec![]), "{}", said.err);
    // And nothing hides behind them.
    scratch.edit("aipp.yaml", "tier: standard", "tier: experimental");
    assert!(scratch.gate().reasons()[0].starts_with("requirement-lowered"));
}

#[test]
fn traffic_is_raised_in_stages() {
    let scratch = Scratch::triage();
    let share = |scratch: &Scratch, share: &str| {
        run(&scratch.root, &["gate", "--to", "scale", "--traffic", share, "-f", "json"])
    };
    let ten = share(&scratch, "10");
    assert_eq!((ten.code, &ten.json()["gate"]["traffic"]), (0, &10.into()), "{}", ten.err);
    let half = share(&scratch, "50");
    assert_eq!(half.code, 1, "{}", half.err);
    assert_eq!(
        half.json()["readiness"]["headline"],
        ten.json()["readiness"]["headline"],
        "the checks of a stage are in no score"
    );
    assert!(half.reasons().iter().any(|r| r.contains("no stage of 10 % or more")), "{:?}", half.reasons());
    let checks = |said: &Said| -> Vec<String> {
        let mut ids: Vec<String> =
            said.reasons().iter().filter_map(|r| r.split([' ', ':']).nth(1).map(str::to_owned)).collect();
        ids.dedup();
        ids
    };
    let (half, all) = (checks(&half), checks(&share(&scratch, "100")));
    assert!(half.iter().all(|id| all.contains(id)), "{half:?} {all:?}");
    assert!(
        half.iter().all(|id| ["ops-gradual-rollout", "ops-load-tested", "ops-feedback-loop"].contains(&id.as_str())),
        "{half:?}"
    );

    scratch.edit("aipp.yaml", "phase: harden", "phase: scale");
    assert_eq!(share(&scratch, "10").code, 0, "inside of scale the harden exit is asked again");
    let said = run(&scratch.root, &["gate", "--to", "scale"]);
    assert!(said.code == 2 && said.err.contains("leads back"), "{}", said.err);
    let said = run(&scratch.root, &["gate", "--to", "expand", "--traffic", "50"]);
    assert!(said.code == 2 && said.err.contains("a step inside of scale"), "{}", said.err);
    scratch.edit("aipp.yaml", "tier: standard", "tier: experimental");
    let said = share(&scratch, "50");
    assert!(said.code == 2 && said.err.contains("at most 10 %"), "{}", said.err);
    scratch.write("aipp.policy.yaml", "aipp_policy: 1\ntier: standard\n");
    assert_eq!(share(&scratch, "50").code, 1, "the policy's lowest tier counts");
    assert_eq!(run(&scratch.root, &["gate", "--traffic", "30"]).code, 2);
}

/// The three examples, each with a base branch and a pull request.
#[test]
fn the_examples_go_through_a_pull_request() {
    for (example, code, verdict) in
        [("support-triage", 0, "open"), ("invoice-intake", 1, "closed"), ("slideware", 1, "closed")]
    {
        let scratch =
            Scratch::of(example, |s| s.write("aipp.policy.yaml", "aipp_policy: 1\nwaivers: { max_days: 75 }\n"));
        scratch.write("docs/note.md", "# Note\n\nThe pull request adds a page.\n");
        scratch.commit("A page");
        // A pull request of GitHub is a merge of both, checked out without a branch.
        git(&scratch.root, &["checkout", "-q", "main"]);
        git(&scratch.root, &["merge", "-q", "--no-ff", "-m", "Merge", "change"]);
        git(&scratch.root, &["checkout", "-q", "--detach"]);
        git(&scratch.root, &["branch", "-f", "main", "HEAD~1"]);
        let report = scratch.root.parent().unwrap().join("gate.md");
        let format = format!("markdown={}", report.display());
        let said = run_with(
            &scratch.root,
            &["gate", "--to", "scale", "-f", "json", "-f", &format],
            &[("GITHUB_BASE_REF", "main")],
        );
        let json = said.json();
        assert_eq!(
            (said.code, &json["gate"]["verdict"]),
            (code, &verdict.into()),
            "{example}: {:#?}{}",
            said.reasons(),
            said.err
        );
        assert_eq!(json["base"]["revision"], "refs/heads/main", "{example}");
        assert_eq!(json["policy"][0]["path"], "aipp.policy.yaml", "{example}");
        let taken = ["requirement-lowered", "baseline-changed", "history-rewritten"];
        assert!(
            !said.reasons().iter().any(|r| taken.iter().any(|t| r.starts_with(t))),
            "{example}: {:?}",
            said.reasons()
        );
        assert!(fs::read_to_string(report).unwrap().contains("Judged from refs/heads/main"), "{example}");
        for reason in json["gate"]["reasons"].as_array().unwrap() {
            assert!(reason["help"].as_str().is_some_and(|h| !h.is_empty()), "{example}: {reason}");
            assert!(reason["location"]["path"].is_string(), "{example}: {reason}");
        }
    }
}
