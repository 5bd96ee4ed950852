//! Files as tools write them enter; the readings that they hold leave.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use super::*;

fn mapping(pairs: &[(&str, &str)], metric: Option<&str>) -> Mapping {
    Mapping {
        columns: pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        metric: metric.map(str::to_owned),
        known: vec!["handling-time".to_owned(), "error-rate".to_owned()],
        ..Mapping::default()
    }
}

fn found(path: &str, text: &str, mapping: &Mapping) -> Vec<String> {
    let form = Form::of(path, text);
    let (readings, errors) = read(path, text, form, mapping, &mut |_| {});
    if errors.is_empty() {
        return readings.into_iter().map(|r| format!("{} {} {} {}", r.line, r.metric, r.value, r.at)).collect();
    }
    let line = |e: &Diagnostic| e.at.as_ref().map_or(0, |at| at.position().line);
    errors.iter().map(|e| format!("{}: {}", line(e), e.message)).collect()
}

#[test]
fn tables_are_read_long_and_wide() {
    let long = "at,value,metric\n2026-09-01,9.5 min,handling-time\n2026-09-08T08:00:00+02:00,9,handling-time\n";
    assert_eq!(
        found("m.csv", long, &mapping(&[], None)),
        ["2 handling-time 9.5 min 2026-09-01T00:00:00Z", "3 handling-time 9 2026-09-08T06:00:00Z"]
    );
    let wide = "# export\nDay;handling_time;error-rate;x\n2026-09-01;9;4;1\n2026-09-08;;3;1\n";
    assert_eq!(
        found("m.csv", wide, &mapping(&[], None)),
        [
            "3 handling-time 9 2026-09-01T00:00:00Z",
            "3 error-rate 4 2026-09-01T00:00:00Z",
            "4 error-rate 3 2026-09-08T00:00:00Z"
        ]
    );
    let own = "wann,Minuten\n1788249600,9\n";
    assert_eq!(
        found("m.csv", own, &mapping(&[("at", "wann"), ("value", "Minuten")], Some("handling-time"))),
        ["2 handling-time 9 2026-09-01T08:00:00Z"]
    );
    assert_eq!(
        found("m.csv", own, &mapping(&[("at", "wann"), ("handling-time", "Minuten")], None)),
        ["2 handling-time 9 2026-09-01T08:00:00Z"]
    );
}

#[test]
fn every_wrong_row_is_said_with_its_line() {
    let text = "at,value\n2026-09-01,9\nyesterday,9\n2026-09-02,abc\n2026-09-03,\n2026-09-04,1,2\n";
    assert_eq!(
        found("m.csv", text, &mapping(&[], Some("handling-time"))),
        [
            "3: `yesterday` is no time",
            "4: `abc` does not begin with a number; write a quantity such as `12 min`, `4.2%` or `$3.40`",
            "5: the value is empty",
            "6: the row has 3 cells, the header 2"
        ]
    );
    assert_eq!(
        found("m.csv", "at,value\n2026-09-01,9\n", &mapping(&[], None)),
        ["1: nothing says of which metric the values are"]
    );
    assert_eq!(
        found("m.csv", "a,b\n1,2\n", &mapping(&[], None)),
        ["1: no column is called `value` or as a metric of the manifest"]
    );
    assert_eq!(
        found("m.csv", "at,value\n1,2\n", &mapping(&[("at", "when")], Some("error-rate"))),
        ["1: there is no column `when`"]
    );
    assert_eq!(found("m.csv", "at,value\n", &mapping(&[], Some("error-rate"))), ["0: there is no value in the file"]);
    assert_eq!(found("m.csv", " \n", &mapping(&[], None)), ["0: there is nothing in the file"]);
    let many: String = (0..50).map(|_| "x,y\n").collect();
    let errors = found("m.csv", &format!("at,value\n{many}"), &mapping(&[], Some("error-rate")));
    assert_eq!(errors.len(), 20);
    assert!(errors[19].ends_with("(and 80 more)"), "{}", errors[19]);
}

#[test]
fn objects_are_read_in_a_list_in_an_object_and_one_a_line() {
    let one = r#"{"metric": "error-rate", "value": 4.2, "unit": "%", "at": "2026-09-01", "note": "x"}"#;
    for (path, text) in
        [("m.json", format!("[{one}]")), ("m.json", format!("{{\"rows\": [{one}]}}")), ("m.jsonl", format!("{one}\n"))]
    {
        let line = usize::from(path == "m.jsonl");
        assert_eq!(found(path, &text, &mapping(&[], None)), [format!("{line} error-rate 4.2 % 2026-09-01T00:00:00Z")]);
    }
    let nested = r#"{"run": {"ended": "2026-09-01", "scores": {"wrong": 4}}}"#;
    let paths = mapping(&[("at", "run.ended"), ("error-rate", "run.scores.wrong")], None);
    assert_eq!(found("m.jsonl", nested, &paths), ["1 error-rate 4 2026-09-01T00:00:00Z"]);
    assert_eq!(found("m.jsonl", "{]\n", &paths), ["1: the line is not JSON: key must be a string"]);
}

#[test]
fn numbers_of_dvc_have_no_time_of_their_own() {
    let mut own = mapping(&[("error-rate", "test.error")], None);
    let text = "{\"train\": {\"error\": 0.1}, \"test\": {\"error\": 4}}";
    assert_eq!(found("dvc_metrics.json", text, &own), ["0: nothing says when this was measured"]);
    own.at = moment("2026-09-01", &TimeZone::UTC);
    assert_eq!(found("dvc_metrics.json", text, &own), ["0 error-rate 4 2026-09-01T00:00:00Z"]);
    assert_eq!(found("metrics.yaml", "test:\n  error: 4\n", &own), ["0 error-rate 4 2026-09-01T00:00:00Z"]);
    own.columns.clear();
    assert_eq!(found("metrics.yaml", "error-rate: 4%\nx: 1\n", &own), ["0 error-rate 4% 2026-09-01T00:00:00Z"]);
    assert_eq!(found("metrics.yaml", "x: 1\n", &own), ["0: no number of the file is called as a metric"]);
}

#[test]
fn mlflow_promptfoo_and_junit_are_read_with_the_parsers_of_evidence() {
    let of = |id: &str| mapping(&[], Some(id));
    let mlflow = "1794729600000 0.71 0\n1795132800000 nan 1\n1795132800500 0.93 2\n";
    assert_eq!(
        found("mlruns/1/9f1c/metrics/f1", mlflow, &of("error-rate")),
        ["1 error-rate 0.71 2026-11-15T08:00:00Z", "3 error-rate 0.93 2026-11-20T00:00:00.5Z"]
    );
    let promptfoo = include_str!("../../tests/samples/promptfoo/eval.json");
    let read = found("eval.json", promptfoo, &of("error-rate"));
    assert!(read[0].starts_with("0 error-rate ") && read[0].contains(" % 20"), "{read:?}");
    let junit = include_str!("../../tests/samples/junit/pytest.xml");
    let read = found("junit.xml", junit, &of("error-rate"));
    assert!(read[0].starts_with("0 error-rate 66.66666666666667 % 2026-11-20T"), "{read:?}");
    assert!(found("junit.xml", "<testsuite>", &of("x"))[0].contains("cannot be used"));
    assert!(
        found("eval.json", promptfoo, &mapping(&[("error-rate", "nothing")], None))[0].contains("no score `nothing`")
    );
}

#[test]
fn times_are_days_or_say_their_zone() {
    let berlin = TimeZone::posix("CET-1").unwrap();
    let at = |text: &str| moment(text, &berlin).map(|at| at.to_string());
    assert_eq!(at("2026-09-01").as_deref(), Some("2026-09-01T00:00:00Z"));
    assert_eq!(at("2026-09-01T08:00").as_deref(), Some("2026-09-01T07:00:00Z"));
    assert_eq!(at("2026-09-01 08:00:30").as_deref(), Some("2026-09-01T07:00:30Z"));
    assert_eq!(at("2026-09-01T08:00:00-05:00").as_deref(), Some("2026-09-01T13:00:00Z"));
    assert_eq!(at("1788249600").as_deref(), Some("2026-09-01T08:00:00Z"));
    for wrong in ["", "01.09.2026", "2026-13-01", "20260901", "12", "2026-09-01T25:00:00Z", "soon"] {
        assert_eq!(at(wrong), None, "{wrong}");
    }
}
