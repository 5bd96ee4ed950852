//! The command line as case files: `tests/cmd/NAME.toml` with input, output and exit code. `TRYCMD=overwrite` writes them anew.

#[test]
fn cases() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}
