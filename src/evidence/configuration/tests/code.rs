//! Code that registers tools, emits audit events and asserts notices.

use super::*;

pub(super) const GOVERNED: &str = "
delivery: { serving_paths: [src/intake] }
data:
  contracts: [ { input: invoice, schema: schemas/invoice.schema.json } ]
governance:
  kill_switch: { mechanism: INTAKE_ENABLED flag, owner: ops, max_minutes: 5 }
  notice: { text: This answer was written with AI and checked by a clerk., channel: footer }
  output_checks:
    - { output: booking, validator: JSON schema, path: src/intake/checks.py }
    - { output: booking, validator: business rules (booking_rules) }";

pub(super) const CHECKS: &str = "import json\nSCHEMA = json.loads((ROOT / 'invoice.schema.json').read_text())\n\ndef booking_rules(x): ...\n\nif os.environ['INTAKE_ENABLED'] != '1':\n    raise Stopped\n\nemit_audit('start')\nemit_audit('end')\n";

#[test]
fn code_keeps_what_the_manifest_promises() {
    let files = [
        ("src/intake/checks.py", CHECKS),
        ("schemas/invoice.schema.json", "{}"),
        (
            "tests/test_notice.py",
            "def test_notice():\n    assert 'written with AI and checked by a clerk' in reply()\n",
        ),
    ];
    let found = look(&files, GOVERNED);
    for path in [
        "contracts.present",
        "contracts.imported",
        "notice.asserted",
        "kill_switch.in_code",
        "output_checks.present",
        "audit_code.call_sites",
    ] {
        assert!(holds(&found, path), "{path}");
    }
    let Some(Node::Map(audit)) = node(&found, "audit_code") else { panic!("no record") };
    assert_eq!(audit.origin.as_ref().and_then(|origin| origin.line), Some(9));
}

#[test]
fn promises_without_code_do_not_hold() {
    // The manifest names the flag and the schema itself; that proves nothing.
    let files = [
        ("aipp.yaml", GOVERNED),
        ("docs/x.md", "INTAKE_ENABLED"),
        ("src/other.py", "x = 'invoice.schema.json'\nemit_audit('start')\n"),
    ];
    let found = look(&files, GOVERNED);
    for path in [
        "contracts.present",
        "contracts.imported",
        "notice.asserted",
        "kill_switch.in_code",
        "output_checks.present",
        "audit_code.call_sites",
    ] {
        assert!(!holds(&found, path), "{path}");
    }
    let configured = look(&[("deploy/app.env", "INTAKE_ENABLED=1\n")], GOVERNED);
    assert!(holds(&configured, "kill_switch.in_code"));
    let prose =
        look(&[("src/a.py", "turn it off\n")], "governance: { kill_switch: { mechanism: We can turn it off } }");
    assert!(!holds(&prose, "kill_switch.in_code"));
}
