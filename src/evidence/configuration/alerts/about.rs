//! The name and expression of an alert rule enter; what it is about leaves.

use super::super::wording::words;

/// What an alert is about: quality, spend, drift, rejection, violation, latency, availability or other.
pub(super) fn about(name: &str, expr: &str) -> &'static str {
    // What the name says counts before what the expression says: an alert about latency may divide by a counter of errors.
    let name = words(name);
    let by_name = of(&name);
    // A rate that is too high says nothing by itself; the counter in the expression does.
    if by_name == "other" { of(&words(expr)) } else { by_name }
}

fn of(words: &[String]) -> &'static str {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let pair =
        |first: &str, second: &str| words.windows(2).any(|pair| pair.iter().map(String::as_str).eq([first, second]));
    let objective = has(&["slo", "sla", "slos"]);
    if has(&["violation", "violations", "violated", "malformed", "quarantine", "quarantined"]) && !objective {
        return "violation";
    }
    if has(&["rejected", "rejection", "rejections", "rejects", "reject", "refused", "refusal", "refusals", "blocked"]) {
        return "rejection";
    }
    let versioned = has(&["version", "info", "id", "changed", "changes", "change"]) && has(&["model", "provider"]);
    if has(&[
        "drift",
        "drifted",
        "psi",
        "skew",
        "stale",
        "staleness",
        "freshness",
        "divergence",
        "wasserstein",
        "kl",
        "ks",
        "age",
    ]) || versioned
    {
        return "drift";
    }
    let error_budget = pair("error", "budget") || pair("budget", "burn");
    if has(&["cost", "costs", "spend", "spending", "spent", "usd", "eur", "dollars", "price", "billing", "tokens"])
        || (has(&["budget", "budgets"]) && !error_budget)
        || pair("token", "usage")
    {
        return "spend";
    }
    if has(&[
        "quality",
        "accuracy",
        "precision",
        "recall",
        "f1",
        "faithfulness",
        "groundedness",
        "hallucination",
        "hallucinations",
        "relevance",
        "correctness",
        "corrected",
        "corrections",
        "correction",
        "toxicity",
        "score",
        "scores",
        "eval",
        "evals",
        "evaluation",
        "override",
        "overrides",
        "overridden",
        "reopen",
        "reopened",
        "empty",
        "thumbs",
        "satisfaction",
        "csat",
        "rouge",
        "bleu",
        "auc",
        "mae",
        "rmse",
    ]) {
        return "quality";
    }
    if has(&[
        "latency",
        "latencies",
        "duration",
        "slow",
        "slower",
        "p50",
        "p90",
        "p95",
        "p99",
        "ttft",
        "seconds",
        "milliseconds",
        "ms",
        "timeout",
        "timeouts",
        "lag",
    ]) {
        return "latency";
    }
    if has(&[
        "availability",
        "available",
        "unavailable",
        "up",
        "down",
        "uptime",
        "error",
        "errors",
        "failed",
        "failures",
        "failure",
        "failing",
        "5xx",
        "http5xx",
        "burn",
        "success",
        "absent",
        "crash",
        "crashloop",
        "restarts",
        "health",
        "healthy",
        "unhealthy",
        "dead",
        "heartbeat",
        "reachable",
        "unreachable",
    ]) {
        return "availability";
    }
    "other"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_told_apart_by_their_words() {
        for (name, expr, expected) in [
            ("InvoiceContractViolations", "rate(contract_violations_total[1h]) > 0.02", "violation"),
            ("RejectionRateHigh", "rate(outputs_rejected_total[1h]) > 0.1", "rejection"),
            ("SpendAbove80Percent", "sum(llm_cost_usd_total) > 3200", "spend"),
            ("IndexStale", "time() - index_built_timestamp > 604800", "drift"),
            ("ProviderModelChanged", "changes(model_info[1h]) > 0", "drift"),
            ("IntakeAccuracyLow", "intake_accuracy < 0.97", "quality"),
            ("EmptyAnswers", "rate(answers_empty_total[5m]) > 0", "quality"),
            ("IntakeSlow", "intake_seconds_p95 > 2", "latency"),
            ("IntakeLatencyHigh", "histogram_quantile(0.95, rate(x_errors_bucket[5m])) > 1", "latency"),
            ("ErrorBudgetBurn", "job:slo_errors:rate1h > 14.4 * 0.001", "availability"),
            ("IntakeDown", "up == 0", "availability"),
            ("QueueLong", "queue_length > 100", "other"),
            ("TriageAlert", "sum(increase(llm_tokens_total[1d])) > 1e6", "spend"),
            ("LatencySLOViolation", "x > 1", "latency"),
        ] {
            assert_eq!(about(name, expr), expected, "{name}");
        }
    }
}
