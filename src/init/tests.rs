//! Answers and repositories of every kind enter; the manifest must read back as what was answered.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use proptest::prelude::*;

use super::text::{metric_id, person, titled};
use super::*;
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::evidence::{View, collect};
use crate::inventory::inventory;
use crate::manifest::value::Day;
use crate::manifest::{Loaded, Manifest};

fn day() -> Day {
    Day::parse("2026-11-22").unwrap()
}

fn written(answers: &Answers, detected: &Detected) -> Loaded {
    let text = manifest_text(answers, detected, "./.aipp/aipp.schema.json");
    manifest::load("aipp.yaml", text.clone().into_bytes()).unwrap_or_else(|e| panic!("{e:#?}\n{text}"))
}

fn looked_at(files: &[(&'static str, &str)]) -> Detected {
    let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    let (git, manifest) = (Git::of(std::path::Path::new("/nowhere")), Manifest::default());
    let found = collect(&View::of(&tree, &git, &manifest, day()));
    detect(&tree, &inventory(&found, "."))
}

#[test]
fn every_topic_has_one_question_and_one_flag() {
    for question in QUESTIONS {
        assert_eq!(question_about(question.topic).flag, question.flag);
        assert!(question.flag.starts_with("--") && !question.wants.is_empty());
        // Each fits a line of a terminal of 80 columns.
        assert!(question.ask.len() <= 76 && question.wants.len() <= 76, "{:?}", question.topic);
        assert!(question.choices.iter().all(|(_, about)| about.len() <= 60), "{:?}", question.topic);
        let first = question.choices.first().map(|(word, _)| *word);
        assert_eq!(
            Answers::default().suggestion(question.topic, day()).as_deref(),
            match question.topic {
                Topic::PilotStart => Some("2026-11-22"),
                _ => first,
            }
        );
    }
    assert!(QUESTIONS.iter().filter(|q| q.asked).count() <= 14);
}

#[test]
fn with_no_answer_the_manifest_is_valid_and_says_nothing() {
    let loaded = written(&Answers::default(), &Detected::default());
    assert_eq!(loaded.manifest.metrics, []);
    assert!(loaded.manifest.people.is_none() && loaded.manifest.pilot.is_none());
}

#[test]
fn the_first_line_is_for_editors_and_every_comment_for_people() {
    let text = manifest_text(&Answers::default(), &Detected::default(), "./.aipp/aipp.schema.json");
    assert!(text.starts_with("# yaml-language-server: $schema=./.aipp/aipp.schema.json\n"));
    // What is commented out is itself valid once the marks are gone: it shows how to go on.
    let mut open = String::new();
    for line in text.lines().skip(4) {
        let line = line
            .strip_prefix("# ")
            .filter(|l| l.contains(": ") || l.ends_with(':'))
            .or_else(|| line.strip_prefix("#   ").map(|_| &line[1..]));
        let _ = line.map(|line| open.push_str(&format!("{line}\n")));
    }
    for key in ["business_case", "use_case", "pilot", "metrics", "people", "governance", "scope"] {
        assert!(open.contains(&format!("{key}:")), "{key} is not shown\n{open}");
    }
}

#[test]
fn a_repository_answers_what_it_can() {
    let detected = looked_at(&[
        ("README.md", "![logo](x.png)\n# Contract *triage*\n\nReads contracts.\n"),
        ("pyproject.toml", "[project]\nname = 'triage'\ndependencies = ['langchain-openai', 'fastapi>=0.1']\n"),
        (".github/CODEOWNERS", "* @acme/everyone\n* @dwhitfield # the owner\n/docs @other\n"),
        ("src/app.py", "MODEL = 'gpt-4o-2024-08-06'\nOTHER = 'gpt-4o-2024-08-06'\n"),
        ("prompts/triage.md", "Sort the contract."),
        ("metrics/baseline-first-review.csv", "at,value\n2026-08-01,90\n"),
    ]);
    let found = |topic| {
        detected.answers.iter().find(|(t, ..)| *t == topic).map(|(_, value, path)| (value.as_str(), path.as_str()))
    };
    assert_eq!(found(Topic::Name), Some(("Contract triage", "README.md")));
    assert_eq!(found(Topic::System), Some(("llm-app", "pyproject.toml")));
    assert_eq!(found(Topic::Serving), Some(("online", "pyproject.toml")));
    assert_eq!(detected.handle.as_deref(), Some("@dwhitfield"));
    assert_eq!(detected.models, [("gpt-4o-2024-08-06".to_owned(), "src/app.py".to_owned())]);
    assert_eq!(detected.prompts.as_deref(), Some("prompts"));

    let mut answers = Answers::default();
    answers.set(Topic::Metric, "First review").unwrap();
    answers.set(Topic::Baseline, "90 min").unwrap();
    let loaded = written(&answers, &detected);
    let baseline = loaded.manifest.metrics[0].baseline.as_ref().unwrap();
    assert_eq!(baseline.source.as_deref(), Some("metrics/baseline-first-review.csv"));
    assert_eq!(loaded.manifest.prompts.as_ref().unwrap().path.as_deref(), Some("prompts"));
}

#[test]
fn what_is_not_there_is_not_found() {
    let detected = looked_at(&[
        ("README.md", "no heading\n"),
        ("package.json", "{\"name\": \"web\", \"dependencies\": {\"nextcloud\": \"1\", \"reopenai\": \"1\"}}"),
        ("CODEOWNERS", "* @acme/team\n"),
        ("node_modules/x/package.json", "{\"dependencies\": {\"openai\": \"1\"}}"),
    ]);
    assert_eq!(detected.answers, [(Topic::Name, "web".to_owned(), "package.json".to_owned())]);
    assert_eq!(detected.handle, None);
    assert_eq!(looked_at(&[]), Detected::default());
}

#[test]
fn an_answer_is_judged_by_the_manifests_own_rules() {
    let mut answers = Answers::default();
    answers.set(Topic::PilotStart, "2026-11-02").unwrap();
    answers.set(Topic::Metric, "First review").unwrap();
    answers.set(Topic::Baseline, " 90 min ").unwrap();
    for (topic, text, says) in [
        (Topic::Name, " ", "it is empty"),
        (Topic::Name, "TBD", "is no name"),
        (Topic::Tier, "standart", "did you mean `standard`?"),
        (Topic::Owner, "AI team", "several people"),
        (Topic::Owner, "Ann and Bob @ann", "several people"),
        (Topic::Owner, "<name>", "names nobody"),
        (Topic::Sponsor, "the board, Acme", "several people"),
        (Topic::PilotEnd, "2026-10-01", "before it starts"),
        (Topic::PilotEnd, "1.10.2026", "is not a date"),
        (Topic::Baseline, "many", "does not begin with a number"),
        (Topic::Target, "5%", "is a share"),
        (Topic::Deadline, "soon", "is not a date"),
    ] {
        let why = answers.check(topic, text).unwrap_err();
        assert!(why.contains(says), "{topic:?} {text}: {why}");
    }
    assert_eq!(answers.get(Topic::Baseline), Some("90 min"));
}

#[test]
fn every_wrong_flag_is_named_in_one_run() {
    let given = [
        (Topic::Tier, "gold".to_owned()),
        (Topic::Baseline, "x".to_owned()),
        (Topic::Owner, "Dana Whitfield".to_owned()),
    ];
    let mut answers = Answers::default();
    let wrong = answer_all(&mut answers, &given).unwrap_err();
    let said: Vec<&str> = wrong.iter().map(|d| d.message.split(':').next().unwrap()).collect();
    assert_eq!(said, ["`--tier`", "`--baseline`"]);
    assert_eq!(answers.get(Topic::Owner), Some("Dana Whitfield"));
}

#[test]
fn the_business_case_answers_baseline_target_and_deadline() {
    let mut answers = Answers::default();
    answers.set(Topic::BusinessCase, "Cut review of a contract from 90 min to 20 min by 2027-03-31.").unwrap();
    answers.set(Topic::Metric, "Review").unwrap();
    let suggest = |topic| answers.suggestion(topic, day());
    assert_eq!(suggest(Topic::Baseline).as_deref(), Some("90 min"));
    assert_eq!(suggest(Topic::Target).as_deref(), Some("20 min"));
    assert_eq!(suggest(Topic::Deadline).as_deref(), Some("2027-03-31"));
    assert_eq!(spoken("Raise it from 4.2% to 9% per week").quantities, ["4.2%", "9%"]);
    assert_eq!(spoken("From here to there"), Spoken::default());
}

#[test]
fn names_are_taken_apart() {
    assert_eq!(person("Dana Whitfield (@dwhitfield)"), ("Dana Whitfield".to_owned(), Some("@dwhitfield".to_owned())));
    assert_eq!(person("@dwhitfield"), ("@dwhitfield".to_owned(), None));
    assert_eq!(titled("Ines Costa, General Counsel"), ("Ines Costa".to_owned(), Some("General Counsel".to_owned())));
    assert_eq!(metric_id("Time of the 1st review!"), "time-of-the-1st-review");
    assert_eq!(metric_id("€ %"), "first-metric");
}

#[test]
fn gits_line_is_added_once_and_everything_else_stays() {
    assert_eq!(gitattributes(None).unwrap(), ".aipp/history.jsonl merge=union\n");
    assert_eq!(gitattributes(Some("* text=auto")).unwrap(), "* text=auto\n.aipp/history.jsonl merge=union\n");
    assert_eq!(gitattributes(Some("a b\r\n")).unwrap(), "a b\r\n.aipp/history.jsonl merge=union\r\n");
    for once in [None, Some(""), Some("* text=auto\r\n*.png binary"), Some("x")] {
        let text = gitattributes(once).unwrap();
        assert_eq!(gitattributes(Some(&text)), None);
    }
    assert_eq!(gitattributes(Some(".aipp/history.jsonl   merge=union\n")), None);
}

proptest! {
    /// Whatever is typed: what is taken can be read, and reads as what was typed.
    #[test]
    fn any_answers_make_a_manifest_that_reads_back_the_same(
        name in "[\\s\\S]{1,30}", case in "\\PC{1,80}|[-:#{}\\[\\]\"'|>%@`, a\\n]{1,20}",
        process in "[\\s\\S]{1,40}", metric in "\\PC{1,30}", sponsor in "\\PC{1,30}", owner in "\\PC{1,30}",
        baseline in "[$€]?[0-9]{1,4}(\\.[0-9])?( min| h|%| docs/day)?", tier in "\\PC{1,20}",
    ) {
        let mut answers = Answers::default();
        let given = [
            (Topic::Name, &name), (Topic::BusinessCase, &case), (Topic::Process, &process), (Topic::Metric, &metric),
            (Topic::Sponsor, &sponsor), (Topic::Owner, &owner), (Topic::Baseline, &baseline), (Topic::RiskTier, &tier),
        ];
        for (topic, text) in given {
            let taken = answers.set(topic, text).is_ok();
            prop_assert_eq!(taken, answers.get(topic).is_some());
        }
        let detected = Detected { models: vec![(name.clone(), process.clone())], pipeline: Some(case.clone()), ..Detected::default() };
        let manifest = written(&answers, &detected).manifest;
        let of = |topic: Topic| answers.get(topic).map(str::to_owned);
        prop_assert_eq!(manifest.project.as_ref().and_then(|p| p.name.clone()), of(Topic::Name));
        prop_assert_eq!(manifest.business_case.as_ref().and_then(|b| b.sentence.clone()), of(Topic::BusinessCase));
        prop_assert_eq!(manifest.use_case.as_ref().and_then(|u| u.first()?.process.clone()), of(Topic::Process));
        prop_assert_eq!(manifest.metrics.first().and_then(|m| m.name.clone()), of(Topic::Metric));
        prop_assert_eq!(manifest.governance.as_ref().and_then(|g| g.risk_tier.clone()), of(Topic::RiskTier));
        let people = manifest.people.as_ref();
        prop_assert_eq!(
            people.and_then(|p| p.owner.as_ref()?.first()?.name.clone()), of(Topic::Owner).map(|o| person(&o).0)
        );
        prop_assert_eq!(
            people.and_then(|p| p.sponsor.as_ref()?.name.clone()), of(Topic::Sponsor).map(|s| titled(&s).0)
        );
        let value = manifest.metrics.first().and_then(|m| m.baseline.as_ref()?.value.clone());
        prop_assert_eq!(value.map(|q| q.text().to_owned()), of(Topic::Baseline));
    }
}
