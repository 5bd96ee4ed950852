//! The command line as case files: `tests/cmd/NAME.toml` with input, output and exit code. `TRYCMD=overwrite` writes them anew.

#[test]
fn cases() {
    // In a pull request the gate looks for a base; the cases are no checkouts.
    let mut cases = trycmd::TestCases::new();
    for name in
        ["GITHUB_BASE_REF", "GITHUB_EVENT_PATH", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA"]
    {
        cases.env(name, "");
    }
    cases.case("tests/cmd/*.toml");
}
