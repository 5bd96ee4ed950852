//! The evidence kinds: their ids, and what each one is. Names only; how they are found is in `evidence`.

/// A kind of production evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its id, as in `aipp evidence` and in a manifest's `evidence:` section.
    pub id: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
}

const fn kind(id: &'static str, title: &'static str) -> Kind {
    Kind { id, title }
}

/// Every kind, in the order they are listed.
pub const KINDS: [Kind; 28] = [
    kind("readme-purpose", "README that says what the system is for"),
    kind("owner-codeowners", "a named accountable person or team"),
    kind("license", "license text"),
    kind("security-policy", "security policy"),
    kind("ci-tests", "CI that runs tests"),
    kind("unit-tests", "automated tests"),
    kind("eval-suite", "evaluation of model or system quality"),
    kind("eval-results", "evaluation results"),
    kind("data-validation", "checks of data or model inputs"),
    kind("real-data-tests", "tests on real or production-like data"),
    kind("load-test", "load test"),
    kind("monitoring-dashboards", "dashboards"),
    kind("alert-rules", "alert rules"),
    kind("tracing-logging", "tracing, structured logs or error tracking"),
    kind("runbook", "runbook for the running system"),
    kind("rollback", "rollback of service or model"),
    kind("gradual-rollout", "gradual rollout"),
    kind("infrastructure-as-code", "infrastructure as code"),
    kind("container-image", "container image"),
    kind("access-control", "access control of users or tools"),
    kind("human-approval", "human approval of outputs or actions"),
    kind("audit-log", "audit log of answers, actions or approvals"),
    kind("model-card", "model or system card"),
    kind("responsible-ai-policy", "responsible AI policy or risk assessment"),
    kind("training-materials", "guides or training for users and staff"),
    kind("changelog-release", "changelog or versioned releases"),
    kind("feedback-loop", "feedback from users"),
    kind("cost-tracking", "token or cost tracking"),
];

/// The name of a kind in rule conditions: `load-test` is `evidence.load_test`.
#[must_use]
pub fn fact_name(id: &str) -> String {
    id.replace('-', "_")
}
