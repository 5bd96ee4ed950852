//! An experiment and a metric enter; its last value in every finished run leaves, by the REST API of MLflow (version 2.0).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::http::{Server, Variables};
use super::{MAX_VALUES, Measurement, Request};

const VARIABLES: Variables = Variables {
    url: "MLFLOW_TRACKING_URI",
    token: "MLFLOW_TRACKING_TOKEN",
    user: "MLFLOW_TRACKING_USERNAME",
    password: "MLFLOW_TRACKING_PASSWORD",
};

/// How many runs are asked for at once.
const PAGE: usize = 1000;

/// The metric's last value in every finished run since the moment that was asked for.
pub(super) fn pull(request: &Request<'_>, server: &str) -> Result<Vec<Measurement>, String> {
    let experiment = request.source.experiment.as_deref().ok_or("`source` has no `experiment`")?;
    let key = request.source.metric.as_deref().ok_or("`source` has no `metric`")?;
    let server = Server::of(server, &VARIABLES, request)?;
    let found = server.get("/api/2.0/mlflow/experiments/get-by-name", &[("experiment_name", experiment)])?;
    let id = found.pointer("/experiment/experiment_id").and_then(Value::as_str).ok_or_else(foreign)?;
    let mut values = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MAX_VALUES / PAGE {
        let mut body = json!({
            "experiment_ids": [id],
            "filter": "attributes.status = 'FINISHED'",
            "run_view_type": "ACTIVE_ONLY",
            "max_results": PAGE,
            "order_by": ["attributes.start_time ASC"],
        });
        if let (Some(token), Some(body)) = (&token, body.as_object_mut()) {
            body.insert("page_token".to_owned(), json!(token));
        }
        let answer = server.post("/api/2.0/mlflow/runs/search", &body)?;
        // Without a run the key is left out.
        let runs = match (answer.get("runs"), answer.as_object()) {
            (Some(Value::Array(runs)), _) => runs.as_slice(),
            (None, Some(_)) => &[],
            _ => return Err(foreign()),
        };
        for run in runs {
            values.extend(value(request, key, run)?);
        }
        match answer.get("next_page_token").and_then(Value::as_str).filter(|next| !next.is_empty()) {
            Some(next) if token.as_deref() != Some(next) => token = Some(next.to_owned()),
            Some(_) => return Err("the server gives the same page again and again".to_owned()),
            None => return Ok(values),
        }
    }
    Err(format!("there are more than {MAX_VALUES} runs"))
}

fn foreign() -> String {
    "the answer is not that of an MLflow server".to_owned()
}

/// The value of one run, when it has the metric.
fn value(request: &Request<'_>, key: &str, run: &Value) -> Result<Option<Measurement>, String> {
    let data = run.get("data").and_then(Value::as_object).ok_or_else(foreign)?;
    let Some(metrics) = data.get("metrics") else { return Ok(None) };
    let metrics = metrics.as_array().ok_or_else(foreign)?;
    let Some(metric) = metrics.iter().find(|metric| metric.get("key").and_then(Value::as_str) == Some(key)) else {
        return Ok(None);
    };
    let number =
        metric.get("value").and_then(Value::as_f64).ok_or_else(|| format!("a value of `{key}` is no number"))?;
    // A 64-bit number is a text in some versions.
    let at = metric.get("timestamp").and_then(|at| at.as_i64().or_else(|| at.as_str()?.parse().ok()));
    let at = at.and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or_else(foreign)?;
    if at < request.since {
        return Ok(None);
    }
    request.measurement(at, number).map(Some)
}
