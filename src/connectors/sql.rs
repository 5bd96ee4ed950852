//! A query that gives time and value enters; its rows leave, read in a transaction that cannot write. The database's address comes from
//! the environment (AIPP_SQL_URL) and never from a manifest, so that its password goes nowhere else.

use jiff::tz::TimeZone;

use super::{MAX_VALUES, Measurement, Request};
use crate::history::postgres::{Address, Link, is_postgres};
use crate::import::moment;

/// Time and value as the database gives them.
type Pair = (Option<String>, Option<f64>);

/// The rows of the query.
pub(super) fn pull(request: &Request<'_>, query: &str) -> Result<Vec<Measurement>, String> {
    let url = (request.environment)("AIPP_SQL_URL").filter(|url| !url.is_empty());
    let url = url.ok_or("AIPP_SQL_URL is not set; it names the database: postgres://USER@HOST/DATABASE")?;
    if !is_postgres(&url) {
        return Err("AIPP_SQL_URL is no postgres:// address".to_owned());
    }
    let address = Address::read(&url, request.environment).map_err(|diagnostic| diagnostic.message)?;
    let query = query.trim().trim_end_matches(';').to_owned();
    let wrapped = format!(
        "SELECT CAST(q.aipp_at AS TEXT), CAST(q.aipp_value AS DOUBLE PRECISION) FROM (\n{query}\n) AS q (aipp_at, aipp_value) LIMIT {}",
        MAX_VALUES + 1
    );
    let shown = address.shown().to_owned();
    let asked = address.clone();
    let rows = Link::new(address).limited(request.patience.as_secs().max(1)).ask(move |client| {
        client.batch_execute("SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'")?;
        let mut transaction = client.build_transaction().read_only(true).start()?;
        let columns = transaction.prepare(&query)?.columns().len();
        if columns != 2 {
            return Ok(Err(columns));
        }
        let rows = transaction.query(&wrapped, &[])?;
        transaction.rollback()?;
        let pairs: Result<Vec<Pair>, _> = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect();
        pairs.map(Ok)
    });
    let rows = rows.map_err(|trouble| format!("{shown}: {}", trouble.why(&asked)))?;
    let rows = rows
        .map_err(|columns| format!("{shown}: the query gives {columns} columns; it must give two, time and value"))?;
    let mut values = Vec::with_capacity(rows.len());
    for (at, value) in rows {
        // No value at a time is no measurement.
        let Some(value) = value else { continue };
        let at = at.ok_or("a row has a value and no time")?;
        let at = moment(&at, &TimeZone::UTC).ok_or_else(|| format!("`{at}` is no time"))?;
        if at >= request.since {
            values.push(request.measurement(at, value)?);
        }
    }
    Ok(values)
}
