//! Records of every kind are drafted and must be found again by the evidence, as what they were meant to be.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::evidence::records::model::SCHEMAS;

const CHECKS: &[&str] = &["human-job-depends", "gov-risk-classification"];

fn desk(manifest: &Manifest) -> Desk<'_> {
    Desk { manifest, today: Day::parse("2026-11-22").unwrap(), checks: CHECKS }
}

fn fields(value: Value) -> Fields {
    value.as_object().unwrap().clone()
}

fn file_of(kind: Kind, value: Value) -> Result<Draft, Vec<Diagnostic>> {
    file(kind, &fields(value), &desk(&Manifest::default()), &|_| false)
}

fn row_of(kind: Kind, value: Value, existing: Option<&str>) -> Result<Draft, Vec<Diagnostic>> {
    row(kind, &fields(value), &desk(&Manifest::default()), existing)
}

fn drill() -> Value {
    json!({ "scenario": "Kill switch", "date": "2026-11-20", "participants": ["A. Silva"], "minutes_to_detect": 3.0, "passed": true })
}

fn course() -> Value {
    json!({ "person_ref": "@asilva", "course": "orchestration", "completed_on": "2026-11-20", "result": "pass" })
}

fn messages(wrong: Result<Draft, Vec<Diagnostic>>) -> String {
    wrong.unwrap_err().iter().map(|d| format!("{} ({})\n", d.message, d.help.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn every_kind_has_a_schema_of_its_name_and_questions_with_flags() {
    for kind in
        [Kind::Decision, Kind::Attestation, Kind::Drill, Kind::Acceptance, Kind::Training, Kind::Approval, Kind::Stage]
    {
        let schema = SCHEMAS.iter().find(|(name, _)| *name == kind.name()).unwrap().1();
        let properties = schema.get("properties").unwrap().as_object().unwrap();
        for ask in kind.asks() {
            assert!(properties.contains_key(ask.key), "{} has no {}", kind.name(), ask.key);
            assert!(ask.flag.starts_with("--"));
        }
        let required: Vec<&str> =
            schema.get("required").unwrap().as_array().unwrap().iter().filter_map(Value::as_str).collect();
        // What the type requires is asked, is the date, or (whether a stage was aborted) is always said.
        for key in required {
            let dated = ["date", "from", "aborted"].contains(&key);
            assert!(dated || kind.asks().iter().any(|ask| ask.key == key), "{}: nobody asks for {key}", kind.name());
        }
    }
}

#[test]
fn a_file_is_named_after_its_day_and_never_written_over() {
    let draft = file_of(Kind::Drill, drill()).unwrap();
    assert_eq!(draft.path, "drills/2026-11-20-kill-switch.yaml");
    assert_eq!(
        draft.text,
        "date: 2026-11-20\nscenario: Kill switch\nparticipants: [A. Silva]\nminutes_to_detect: 3\npassed: true\n"
    );
    let manifest = Manifest::default();
    let taken =
        |path: &str| path == "drills/2026-11-20-kill-switch.yaml" || path == "drills/2026-11-20-kill-switch-2.yaml";
    let again = file(Kind::Drill, &fields(drill()), &desk(&manifest), &taken).unwrap();
    assert_eq!(again.path, "drills/2026-11-20-kill-switch-3.yaml");

    let vouch = json!({ "check": "human-job-depends", "by": "M. Okafor", "role": "manager", "date": "2026-11-20", "statement": "Objective 3: \"ship\"" });
    let draft = file_of(Kind::Attestation, vouch.clone()).unwrap();
    assert_eq!(draft.path, "records/attestations/human-job-depends.yaml");
    let taken = |path: &str| path == "records/attestations/human-job-depends.yaml";
    let again = file(Kind::Attestation, &fields(vouch), &desk(&manifest), &taken).unwrap();
    assert_eq!(again.path, "records/attestations/human-job-depends-2026-11-20.yaml");

    let decision = json!({ "kind": "go", "date": "2026-07-24", "by": "M. Okafor", "what": "Enter harden", "declined": ["Contract review bot"] });
    assert_eq!(file_of(Kind::Decision, decision).unwrap().path, "records/decisions/2026-07-24-go.yaml");
    let acceptance = json!({ "date": "2026-11-12", "by": "H. Novak" });
    assert_eq!(file_of(Kind::Acceptance, acceptance).unwrap().path, "records/acceptance/2026-11-12.yaml");
}

#[test]
fn a_scenario_cannot_lead_out_of_its_folder() {
    let mut record = drill();
    record["scenario"] = "../../etc/x\u{1b}[0m".into();
    assert_eq!(file_of(Kind::Drill, record.clone()).unwrap().path, "drills/2026-11-20-etc-x-0m.yaml");
    record["scenario"] = "!!".into();
    assert_eq!(file_of(Kind::Drill, record).unwrap().path, "drills/2026-11-20-record.yaml");
}

#[test]
fn what_the_evidence_would_not_read_is_not_written() {
    let mut late = drill();
    late["date"] = "2026-11-23".into();
    assert!(messages(file_of(Kind::Drill, late)).contains("is dated 2026-11-23, after 2026-11-22"));
    let mut less = drill();
    less["minutes_to_detect"] = (-1.0).into();
    assert!(messages(file_of(Kind::Drill, less)).contains("less than nothing"));
    let vouch = json!({ "check": "human-job-depend", "by": "the board", "date": "2026-11-20", "statement": " " });
    let said = messages(file_of(Kind::Attestation, vouch));
    for part in [
        "no check `human-job-depend`",
        "did you mean `human-job-depends`?",
        "`--by` is `the board`, which is no person",
        "`--statement` is empty",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let decision = json!({ "kind": "goo", "date": "2026-07-24", "by": "TBD" });
    let said = messages(file_of(Kind::Decision, decision));
    assert!(said.contains("did you mean `go`?") && said.contains("which is no person"), "{said}");
    let stage =
        json!({ "percent": 110.0, "from": "2026-11-02", "metric": "error-rate", "value": 0.1, "aborted": false });
    assert!(messages(row_of(Kind::Stage, stage, None)).contains("between 0 and 100"));
    let hasty = json!({
        "approval_id": "A-1", "action": "post", "requested_by": "agent", "approved_by": "R. Lindt", "decision": "approved",
        "requested_at": "2026-11-02T10:00:00Z", "decided_at": "2026-11-02T09:00:00Z"
    });
    assert!(messages(row_of(Kind::Approval, hasty, None)).contains("before it was requested"));
}

#[test]
fn a_row_begins_its_table_and_a_formula_stays_a_text() {
    let draft = row_of(Kind::Training, course(), None).unwrap();
    assert_eq!((draft.path.as_str(), draft.appended), ("training/records.csv", false));
    assert_eq!(draft.text, "person_ref,role,course,completed_on,result\n'@asilva,,orchestration,2026-11-20,pass\n");
    assert_eq!(row_of(Kind::Training, course(), Some("\u{feff} \n")).unwrap().text, draft.text);
}

#[test]
fn a_table_keeps_its_order_delimiter_and_line_ends() {
    let existing =
        "\u{feff}# kept by HR\r\nResult;Person;Note;Course;Date;Role\r\npass;D. Nolan;;prompting;2026-10-01;";
    let draft = row_of(Kind::Training, course(), Some(existing)).unwrap();
    assert!(draft.appended);
    assert_eq!(draft.text, format!("{existing}\r\npass;'@asilva;;orchestration;2026-11-20;\r\n"));
    let stage =
        json!({ "percent": 10.0, "from": "2026-11-02", "metric": "error, rate", "value": -0.5, "aborted": true });
    let draft =
        row_of(Kind::Stage, stage, Some("percent,from,to,metric,value,aborted\n5,2026-10-01,,x,1,false\n")).unwrap();
    assert!(draft.text.ends_with("\n10,2026-11-02,,\"error, rate\",-0.5,true\n"), "{}", draft.text);
}

#[test]
fn a_table_that_cannot_take_the_row_is_left_alone() {
    let header = "person_ref,course,completed_on,result\n";
    let mut with_role = course();
    with_role["role"] = "tech lead".into();
    assert!(messages(row_of(Kind::Training, with_role, Some(header))).contains("no column `role`"));
    for (broken, says) in [
        ("a,b\n1,2\n", "is missing"),
        ("person_ref,role,course,completed_on,result\n\"A. Silva,,x,2026-10-01,pass\n", ""),
        ("# aipp:unfinished\nperson_ref,role,course,completed_on,result\n", "unfinished"),
        ("person_ref,role,course,completed_on,result\nA. Silva,,x,01.10.2026,pass\nB,,y,never,pass\n", "never"),
    ] {
        let said = messages(row_of(Kind::Training, course(), Some(broken)));
        assert!(said.contains(says), "{broken:?}: {said}");
    }
}

#[test]
fn typed_answers_become_values() {
    let ask = |kind: Kind, key: &str| kind.asks().iter().find(|a| a.key == key).unwrap();
    assert_eq!(
        ask(Kind::Drill, "participants").value(" A. Silva , R. Lindt,").unwrap(),
        json!(["A. Silva", "R. Lindt"])
    );
    assert_eq!(ask(Kind::Drill, "passed").value("Yes").unwrap(), json!(true));
    assert!(ask(Kind::Drill, "passed").value("maybe").is_err());
    assert_eq!(ask(Kind::Stage, "percent").value("10").unwrap(), json!(10.0));
    assert!(ask(Kind::Stage, "value").value("NaN").is_err() && ask(Kind::Drill, "participants").value(" , ").is_err());
    let missing: Vec<&str> = missing(Kind::Drill, &fields(json!({ "passed": true }))).iter().map(|a| a.flag).collect();
    assert_eq!(missing, ["--scenario", "--participant"]);
}

proptest! {
    /// Whatever a cell holds, the table has one row more and the others are as they were.
    #[test]
    fn any_cell_adds_one_row(who in "[-=+@'\"#;, \\ta-cé]{1,12}", note in "\\PC{0,20}", before in 0_usize..4) {
        let mut text: Option<String> = None;
        for i in 0..=before {
            let value = json!({ "approval_id": format!("A-{i}"), "action": note, "requested_by": who, "approved_by": "R. Lindt",
                "decision": "approved", "decided_at": "2026-11-20" });
            match row(Kind::Approval, &fields(value), &desk(&Manifest::default()), text.as_deref()) {
                Ok(draft) => {
                    prop_assert!(draft.text.starts_with(text.as_deref().unwrap_or("approval_id,")));
                    text = Some(draft.text);
                }
                // Blank cells are refused, and then each of them.
                Err(_) => prop_assert!(text.is_none()),
            }
        }
    }

    /// Whatever is said in a record, it is found again.
    #[test]
    fn any_statement_is_read_back(statement in "[\\s\\S]{1,40}", role in "\\PC{1,20}") {
        let value = json!({ "check": "human-job-depends", "by": "M. Okafor", "role": role, "date": "2026-11-20", "statement": statement });
        if let Ok(draft) = file_of(Kind::Attestation, value) {
            let document = crate::manifest::read_document("x.yaml", draft.text.into_bytes()).unwrap();
            prop_assert_eq!(document.value["statement"].as_str(), Some(statement.as_str()));
        } else {
            prop_assert!(statement.trim().is_empty() || role.trim().is_empty());
        }
    }
}
