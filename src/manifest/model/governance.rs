//! Risk and controls: approvals, audit, output checks, kill switch, notice, review, red-teaming.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{Day, Quantity, Short, leading};

section! {
    /// Risk and controls.
    Governance => note {
        /// The organisation's risk tier of this system, for instance high, limited or minimal.
        risk_tier: Option<String>,
        /// The legal role, for instance provider or deployer.
        legal_role: Option<String>,
        /// The legal class, for instance high-risk, limited-risk or minimal-risk.
        legal_class: Option<String>,
        /// The outcome of the prohibited-use check.
        prohibited_check: Option<String>,
        /// Why this tier.
        rationale: Option<String>,
        /// Who reviewed it.
        reviewer: Option<String>,
        /// When.
        reviewed_on: Option<Day>,
        /// The document with the classification.
        document: Option<String>,
        /// False when nothing that the system does has side effects.
        side_effects: Option<bool>,
        /// False when no action is irreversible or of high impact.
        high_impact: Option<bool>,
        /// False when nobody sees or is affected by the output.
        affects_people: Option<bool>,
        /// Which actions wait for a human.
        approvals: Vec<Short<Approval>>,
        /// The audit log.
        audit: Option<Short<Audit>>,
        /// How outputs are checked before they take effect.
        output_checks: Vec<Short<OutputCheck>>,
        /// How it is stopped.
        kill_switch: Option<Short<KillSwitch>>,
        /// How people are told.
        notice: Option<Short<Notice>>,
        /// Which paths are changed only under review.
        change_control: Option<Short<ChangeControl>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// An action that waits for a human.
    Approval => action {
        /// The action.
        action: Option<String>,
        /// When it needs approval.
        condition: Option<String>,
        /// Who approves.
        approver_role: Option<String>,
        /// How long it waits, for instance `4 h`.
        timeout: Option<Quantity>,
        /// What happens then; `deny` is the safe answer.
        on_timeout: Option<String>,
    }
}

section! {
    /// The audit log.
    Audit => sink {
        /// Where events go.
        sink: Option<String>,
        /// The file with the event schema.
        schema: Option<String>,
        /// How long they are kept, in days; 184 or more.
        retention_days: Option<u64>,
    }
}

section! {
    /// A check of one output.
    OutputCheck => output {
        /// The output.
        output: Option<String>,
        /// What checks it: a schema, a business rule, a safety validator.
        validator: Option<String>,
        /// The file with the validator.
        path: Option<String>,
    }
}

section! {
    /// How the system is stopped.
    KillSwitch => mechanism {
        /// The flag or switch.
        mechanism: Option<String>,
        /// Who may use it.
        owner: Option<String>,
        /// How long it may take at most, in minutes.
        max_minutes: Option<f64>,
        /// What makes someone use it.
        stop_criteria: Vec<String>,
    }
}

section! {
    /// How people are told that AI is involved.
    Notice => text {
        /// The words.
        text: Option<String>,
        /// Where they stand.
        channel: Option<String>,
        /// How somebody objects.
        appeal: Option<String>,
    }
}

section! {
    /// Paths under review.
    ChangeControl => note {
        /// Path patterns.
        paths: Vec<String>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Secrets and red-teaming.
    Security => note {
        /// Where secrets are kept.
        secrets_manager: Option<String>,
        /// Attacks on our own system.
        redteam: Option<Short<Redteam>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Red-teaming.
    Redteam => scope {
        /// What was attacked.
        scope: Option<String>,
        /// When last.
        last_run: Option<Day>,
        /// The threat model.
        threat_model: Option<String>,
    }
}
