//! The outline of a JSON file and its name enter; the format that it is of leaves. One row a format.

use serde_json::Value;

use super::names::Name;
use super::outcome::{Input, Read};
use super::outline::Outline;
use super::{
    audit, batch, branches, comparison, deepeval, drift, jmeter, k6, lm_eval, personal, promptfoo, pyrit, ragas, sarif,
    sbom, scores, secrets,
};

/// A format of JSON files.
#[derive(Debug)]
pub(super) struct Format {
    /// What messages call a file of it.
    pub(super) what: &'static str,
    /// The facts that rest on it.
    pub(super) facts: &'static str,
    /// Whether a file is of it.
    pub(super) is: fn(&Outline, &Name) -> bool,
    /// Reads a file of it.
    pub(super) read: fn(&Input<'_>, &Value) -> Read,
}

/// Formats of JSON files; the first that fits reads.
pub(super) const JSON: &[Format] = &[
    Format { what: "SARIF report", facts: "scans.secrets", is: |o, _| sarif::is(o), read: sarif::read },
    Format {
        what: "GitLab security report",
        facts: "scans.secrets",
        is: |o, _| secrets::is_gitlab(o),
        read: secrets::gitlab,
    },
    Format { what: "gitleaks report", facts: "scans.secrets", is: secrets::is_gitleaks, read: secrets::gitleaks },
    Format {
        what: "TruffleHog report",
        facts: "scans.secrets",
        is: |o, _| secrets::is_trufflehog(o),
        read: |i, _| secrets::trufflehog(i),
    },
    Format { what: "bill of materials", facts: "sbom", is: |o, _| sbom::is(o), read: sbom::json },
    Format { what: "k6 summary", facts: "load.results", is: |o, _| k6::is(o), read: k6::read },
    Format {
        what: "JMeter statistics",
        facts: "load.results",
        is: |o, _| jmeter::is_statistics(o),
        read: jmeter::statistics,
    },
    Format { what: "promptfoo output", facts: "eval.results", is: |o, _| promptfoo::is(o), read: promptfoo::read },
    Format { what: "PyRIT output", facts: "scans.redteam", is: |o, _| pyrit::is(o), read: pyrit::read },
    Format { what: "scan for personal data", facts: "scans.pii", is: personal::is, read: personal::read },
    Format { what: "DeepEval test run", facts: "eval.results", is: |o, _| deepeval::is(o), read: deepeval::read },
    Format {
        what: "lm-evaluation-harness result",
        facts: "eval.results",
        is: |o, _| lm_eval::is(o),
        read: lm_eval::read,
    },
    Format { what: "drift report", facts: "eval.drift_reports", is: drift::is, read: drift::read },
    Format { what: "comparison", facts: "eval.comparisons", is: comparison::is, read: comparison::read },
    Format { what: "export of branch protection", facts: "branch_protection", is: branches::is, read: branches::read },
    Format {
        what: "report of the audit check",
        facts: "audit.samples",
        is: |o, name| name.below(&["audit"]) && audit::is_keys(o.top()),
        read: |i, _| audit::report(i),
    },
    Format {
        what: "record of a batch run",
        facts: "load.results",
        is: |o, name| name.below(LOAD) && batch::is(o),
        read: |i, _| batch::read(i),
    },
    Format { what: "ragas scores", facts: "eval.results", is: ragas::is, read: ragas::read },
    Format { what: "evaluation result", facts: "eval.results", is: scores::is, read: scores::read },
];

/// Folders for records of load tests.
pub(super) const LOAD: &[&str] = &["load", "load-test", "load-tests", "load_tests", "loadtest", "perf", "performance"];

/// Folders in which samples of the audit log are looked for.
pub(super) const AUDIT: &[&str] = &["audit", "logs", "records", "evidence", "samples"];
