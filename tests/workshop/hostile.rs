//! A project that means harm.

use std::fs;

use super::root;

/// A project whose every value, file name and waiver means harm to whatever shows it.
pub(crate) fn hostile() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let long = "very long ".repeat(3_000);
    let harm = r#"\e[31m::set-output name=verdict::open\n::error::x\u202e ##[add-mask]a ]]> <script>alert(1)</script> <!-- @team #12 | `a` **b** %0A \" ' & \u2028 \u009b31m"#;
    let manifest = format!(
        "aipp: 1\nproject: {{ name: \"=cmd|' /C calc'!A0 {harm}\", phase: harden }}\n\
         business_case: \"{harm}{long}\"\n\
         pilot: {{ start: 2026-08-03, end: 2026-09-25 }}\n\
         people: {{ owner: [\"{harm}\", b], sponsor: {{ name: \"{harm}\" }} }}\n\
         rollback: {{ mechanism: \"{harm}\" }}\n\
         waivers:\n  - {{ check: ops-runbooks, reason: \"{harm}{long}\", residual_risk: \"{harm}\", control: \"{harm}\", \
         approver: \"@SUM(A1) J. Chen {harm}\", created: 2026-11-01, expires: 2026-12-01 }}\n"
    );
    fs::write(dir.path().join("aipp.yaml"), manifest).unwrap();
    let names = [
        "docs/rollback ::error:: ##[x] <script> ]]> ,title=a%0A.md",
        "docs/=cmd|calc/runbook.md",
        "docs/runbooks/@SUM(A1)\n::error::\u{1b}[31m\u{202e}.md",
        "docs/runbooks/ ::error::`x` | @team <script> <!-- .md",
    ];
    let runbook = root().join("examples/support-triage/docs/runbooks/TriageAvailabilityBurn.md");
    for name in names {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::copy(&runbook, file).unwrap();
    }
    dir
}
