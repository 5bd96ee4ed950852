//! A PromQL query enters; the values of its one series over time leave, by the HTTP API of Prometheus (`/api/v1/query_range`).

use jiff::Timestamp;
use serde::Deserialize;

use super::http::{Server, Variables};
use super::{Measurement, Request};

const VARIABLES: Variables = Variables {
    url: "AIPP_PROMETHEUS_URL",
    token: "AIPP_PROMETHEUS_TOKEN",
    user: "AIPP_PROMETHEUS_USER",
    password: "AIPP_PROMETHEUS_PASSWORD",
};

/// A server answers with at most so many points.
const MAX_POINTS: i64 = 11_000;

/// A day, in seconds.
const DAY: i64 = 86_400;

#[derive(Deserialize)]
struct Answer {
    status: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: String,
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    values: Vec<(f64, String)>,
}

/// The values from `since` to `until`, at multiples of the step, so that asking again gives the same moments.
pub(super) fn pull(request: &Request<'_>, server: &str) -> Result<Vec<Measurement>, String> {
    let query = request.source.query.as_deref().ok_or("`source` has no `query`")?;
    let step = request.source.step.as_deref().map_or(Ok(DAY), step)?;
    let aligned = |second: i64| second.div_euclid(step) * step;
    let (start, end) = (aligned(request.since.as_second() + step - 1), aligned(request.until.as_second()));
    if start > end {
        return Ok(Vec::new());
    }
    if (end - start) / step >= MAX_POINTS {
        return Err(format!("from {} on there are more than {MAX_POINTS} steps; make `step` longer", request.since));
    }
    let server = Server::of(server, &VARIABLES, request)?;
    let (from, to, step_text) = (start.to_string(), end.to_string(), step.to_string());
    let asked = [("query", query), ("start", &from), ("end", &to), ("step", &step_text)];
    let answer: Answer = serde_json::from_value(server.get("/api/v1/query_range", &asked)?)
        .map_err(|_| "the answer is not that of a Prometheus server".to_owned())?;
    if answer.status != "success" || answer.data.kind != "matrix" {
        return Err("the answer is not that of a range query".to_owned());
    }
    let series = match answer.data.result.as_slice() {
        [one] => one,
        [] => return Err("the query has no series in this time".to_owned()),
        many => return Err(format!("the query has {} series; aggregate them into one", many.len())),
    };
    let mut values = Vec::with_capacity(series.values.len());
    for (at, text) in &series.values {
        // Nothing divided by nothing is how Prometheus says that there is no value.
        if text == "NaN" {
            continue;
        }
        let number: f64 = text.parse().map_err(|_| "a value of the answer is no number".to_owned())?;
        #[expect(clippy::cast_possible_truncation, reason = "what does not fit is refused by the comparison below")]
        let second = *at as i64;
        if !(start..=end).contains(&second) {
            return Err("the answer has values outside the time that was asked for".to_owned());
        }
        let at =
            Timestamp::from_second(second).map_err(|_| "a time of the answer is outside the calendar".to_owned())?;
        values.push(request.measurement(at, number)?);
    }
    Ok(values)
}

/// A step such as 15m, 1h or 1d, in seconds.
fn step(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match text[digits..].trim() {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => 0,
    };
    let seconds = text[..digits].parse::<i64>().ok().and_then(|count| count.checked_mul(unit));
    seconds
        .filter(|s| (1..=366 * DAY).contains(s))
        .ok_or_else(|| format!("`step: {text}` is no time such as 15m, 1h or 1d"))
}
