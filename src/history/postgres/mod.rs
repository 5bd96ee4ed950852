//! Rows enter and leave a PostgreSQL database, or an engine that speaks its protocol, that many machines write to at once.
//!
//! A row is kept whole as JSON text, with what one searches for in columns beside it. Its id is the primary key, so that writing it
//! again adds nothing, whoever does it. Every wait has an end, also where a server accepts a connection and says nothing more.

mod address;
mod errors;
mod link;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use postgres::types::ToSql;
use postgres::{Client, Error, Transaction};
use uuid::Uuid;

pub use address::{Address, Environment, has_password, is_postgres, without_secrets};

use self::errors::{Trouble, is_missing_table};
pub(crate) use self::link::Link;
use super::row::Kind;
use super::{Appended, Ids, Row, Store, StoreError, Wanted};
use crate::diagnostic::{Code, Diagnostic};
use crate::series::measured::{Rebaselined, Run};
use crate::series::{Definition, Measured, Series};

/// What brings the tables of one version to the next, oldest first. What was released is never changed.
const MIGRATIONS: &[&str] = &[include_str!("1.sql"), include_str!("2.sql")];

/// How many rows one statement adds.
const ROWS_A_STATEMENT: usize = 500;

/// How many rows are asked for at once.
const ROWS_A_PAGE: i64 = 10_000;

/// How often a transaction is tried that others got in the way of.
const TRIES: u32 = 10;

/// A history in a database.
#[derive(Debug)]
pub struct PostgresStore {
    address: Address,
    link: Link,
    migrated: bool,
}

/// A row as it is written.
#[derive(Debug, Clone)]
struct Line {
    id: String,
    kind: &'static str,
    metric: Option<String>,
    value: Option<f64>,
    unit: Option<String>,
    at: Option<SystemTime>,
    recorded: SystemTime,
    baseline: Option<String>,
    content: String,
    row: Row,
}

/// A moment with the precision that the database keeps.
fn moment(at: Timestamp) -> SystemTime {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at).into()
}

impl Line {
    fn of(row: &Row) -> Self {
        let mut bytes = Vec::new();
        row.write(&mut bytes);
        let content = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        let mut line = Self {
            id: row.id().to_string(),
            kind: name(kind(row)),
            metric: None,
            value: None,
            unit: None,
            at: None,
            recorded: moment(row.recorded()),
            baseline: None,
            content,
            row: row.clone(),
        };
        match row {
            Row::Sample(sample) => {
                (line.metric, line.value) = (Some(sample.metric.clone()), Some(sample.value));
                (line.unit, line.at) = (Some(sample.unit.clone()), Some(moment(sample.at)));
                line.baseline = sample.baseline.as_ref().and_then(|b| serde_json::to_string(b).ok());
            }
            Row::Rebaseline(rebaseline) => line.metric = Some(rebaseline.metric.clone()),
            Row::Retraction(retraction) => line.metric = Some(retraction.metric.clone()),
            Row::Assessment(_) | Row::Torn(_) => {}
        }
        line
    }

    fn values(&self) -> [&(dyn ToSql + Sync); 9] {
        let Self { id, kind, metric, value, unit, at, recorded, baseline, content, .. } = self;
        [id, kind, metric, value, unit, at, recorded, baseline, content]
    }
}

fn kind(row: &Row) -> Kind {
    match row {
        Row::Sample(_) => Kind::Sample,
        Row::Rebaseline(_) => Kind::Rebaseline,
        Row::Retraction(_) => Kind::Retraction,
        Row::Assessment(_) => Kind::Assessment,
        Row::Torn(_) => Kind::Torn,
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sample => "sample",
        Kind::Rebaseline => "rebaseline",
        Kind::Retraction => "retraction",
        Kind::Assessment => "assessment",
        Kind::Torn => "torn",
    }
}

impl PostgresStore {
    /// The store at an address. Nothing is connected yet.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self { link: Link::new(address.clone()), address, migrated: false }
    }

    fn failed(&self, trouble: &Trouble) -> StoreError {
        trouble.as_store_error(&self.address)
    }

    /// Brings the tables to the version of this program.
    fn migrate(&mut self) -> Result<bool, Trouble> {
        if self.migrated {
            return Ok(false);
        }
        let mut created = false;
        again(&mut self.link, |link| {
            let version = version(link)?;
            created |= version.is_none();
            let from = version.unwrap_or_default();
            if from == MIGRATIONS.len() {
                return Ok(());
            }
            link.ask(move |client| migrate(client, from))
        })?;
        self.migrated = true;
        Ok(created)
    }

    /// Writes rows in one transaction.
    fn write(&mut self, lines: &[Line]) -> Result<usize, Trouble> {
        // Two imports of the same rows take them in the same order, and so wait for each other instead of blocking each other.
        let mut lines: Vec<Line> = lines.to_vec();
        lines.sort_by(|a, b| a.id.cmp(&b.id));
        let lines = std::sync::Arc::new(lines);
        let mut added = 0;
        again(&mut self.link, |link| {
            let lines = std::sync::Arc::clone(&lines);
            added = link.ask_long(lines.len(), move |client| insert(client, &lines)).and_then(|done| match done {
                Inserted::Added(added) => Ok(added),
                Inserted::Conflict(id) => Err(Trouble::Conflict(id)),
            })?;
            Ok(())
        })?;
        Ok(added)
    }

    /// Gives pages of rows in the order in which they were written down.
    fn pages(
        &mut self,
        columns: &'static str,
        condition: &'static str,
        parameter: Option<String>,
        visit: &mut dyn FnMut(&postgres::Row) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        if again(&mut self.link, version)?.is_none() {
            return Ok(());
        }
        let mut after: Option<(SystemTime, String)> = None;
        // Every page is of the same moment: no half of somebody's import is seen.
        self.link.ask(|client| client.batch_execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))?;
        loop {
            let (from, parameter) = (after.clone(), parameter.clone());
            let rows =
                self.link.ask(move |client| page(client, columns, condition, parameter.as_ref(), from.as_ref()))?;
            for row in &rows {
                visit(row)?;
            }
            match rows.last() {
                Some(last) if rows.len() as i64 == ROWS_A_PAGE => after = Some((last.try_get(0)?, last.try_get(1)?)),
                _ => break,
            }
        }
        self.link.ask(|client| client.batch_execute("COMMIT"))
    }
}

/// The version of the tables, if they are there and this program knows it.
fn version(link: &mut Link) -> Result<Option<usize>, Trouble> {
    let found = link.ask(|client| {
        let rows = match client.query("SELECT max(version) FROM aipp_schema", &[]) {
            Err(error) if is_missing_table(&error) => return Ok(None),
            other => other?,
        };
        Ok(rows.first().and_then(|row| row.get::<_, Option<i64>>(0)))
    })?;
    match found {
        Some(version) if version > MIGRATIONS.len() as i64 => Err(Trouble::Newer(version)),
        other => Ok(other.and_then(|version| usize::try_from(version).ok())),
    }
}

/// Applies what is missing, in one transaction a version.
fn migrate(client: &mut Client, from: usize) -> Result<(), Error> {
    client.batch_execute(
        "CREATE TABLE IF NOT EXISTS aipp_schema (version BIGINT NOT NULL PRIMARY KEY, applied TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    )?;
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(from) {
        let version = index as i64 + 1;
        let mut transaction = client.transaction()?;
        transaction.batch_execute(sql)?;
        transaction
            .execute("INSERT INTO aipp_schema (version) VALUES ($1) ON CONFLICT (version) DO NOTHING", &[&version])?;
        transaction.commit()?;
    }
    Ok(())
}

enum Inserted {
    Added(usize),
    Conflict(String),
}

/// Adds rows in one transaction; a row whose id is there with other content takes all of them back.
fn insert(client: &mut Client, lines: &[Line]) -> Result<Inserted, Error> {
    let mut transaction = client.transaction()?;
    let mut added = 0;
    for part in lines.chunks(ROWS_A_STATEMENT) {
        let places: Vec<String> = (0..part.len())
            .map(|i| {
                let columns: Vec<String> = (1..=9).map(|column| format!("${}", i * 9 + column)).collect();
                format!("({})", columns.join(", "))
            })
            .collect();
        let sql = format!(
            "INSERT INTO aipp_rows (id, kind, metric, value, unit, at, recorded, baseline, content) VALUES {} \
             ON CONFLICT (id) DO NOTHING RETURNING id",
            places.join(", ")
        );
        let values: Vec<&(dyn ToSql + Sync)> = part.iter().flat_map(Line::values).collect();
        let new = transaction.query(&sql, &values)?;
        added += new.len();
        if new.len() < part.len()
            && let Some(id) = other_content(&mut transaction, part)?
        {
            transaction.rollback()?;
            return Ok(Inserted::Conflict(id));
        }
    }
    transaction.commit()?;
    Ok(Inserted::Added(added))
}

/// The first of the rows that is in the table with other content.
fn other_content(transaction: &mut Transaction<'_>, part: &[Line]) -> Result<Option<String>, Error> {
    let places: Vec<String> = (1..=part.len()).map(|i| format!("${i}")).collect();
    let ids: Vec<&(dyn ToSql + Sync)> = part.iter().map(|line| &line.id as &(dyn ToSql + Sync)).collect();
    let sql = format!("SELECT id, content FROM aipp_rows WHERE id IN ({})", places.join(", "));
    let there: HashMap<String, String> =
        transaction.query(&sql, &ids)?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let differs = |line: &&Line| {
        let text = there.get(&line.id);
        text.is_some_and(|text| !Row::parse(text.as_bytes()).is_ok_and(|row| row.is_same(&line.row)))
    };
    Ok(part.iter().find(differs).map(|line| line.id.clone()))
}

/// One page of rows. The first two columns are the place to go on from.
fn page(
    client: &mut Client,
    columns: &str,
    condition: &str,
    parameter: Option<&String>,
    from: Option<&(SystemTime, String)>,
) -> Result<Vec<postgres::Row>, Error> {
    let mut values: Vec<&(dyn ToSql + Sync)> = Vec::new();
    let mut conditions = Vec::new();
    if let Some(parameter) = parameter {
        values.push(parameter);
    }
    if !condition.is_empty() {
        conditions.push(condition.to_owned());
    }
    if let Some((recorded, id)) = from {
        let n = values.len();
        conditions.push(format!("(recorded > ${0} OR (recorded = ${0} AND id > ${1}))", n + 1, n + 2));
        values.push(recorded);
        values.push(id);
    }
    let condition = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    let sql =
        format!("SELECT recorded, id, {columns} FROM aipp_rows {condition} ORDER BY recorded, id LIMIT {ROWS_A_PAGE}");
    client.query(&sql, &values)
}

/// Does something again while others are in its way, with growing pauses.
fn again<T>(link: &mut Link, mut work: impl FnMut(&mut Link) -> Result<T, Trouble>) -> Result<T, Trouble> {
    let mut tries = 1;
    loop {
        match work(link) {
            Err(trouble) if trouble.is_passing() && tries < TRIES => {
                // A random part keeps those who met from meeting again.
                let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), tries) % 20;
                std::thread::sleep(Duration::from_millis((10 << tries.min(7)) + random));
                tries += 1;
            }
            other => return other,
        }
    }
}

impl Store for PostgresStore {
    fn place(&self) -> &str {
        self.address.shown()
    }

    fn is_there(&mut self) -> Result<bool, StoreError> {
        let found = again(&mut self.link, version).map_err(|trouble| self.failed(&trouble))?;
        Ok(found.is_some())
    }

    fn append(&mut self, rows: &[Row], _: Ids) -> Result<Appended, StoreError> {
        let mut lines: Vec<Line> = Vec::with_capacity(rows.len());
        let mut known: HashMap<Uuid, usize> = HashMap::with_capacity(rows.len());
        for row in rows {
            match known.get(&row.id()) {
                None => {
                    known.insert(row.id(), lines.len());
                    lines.push(Line::of(row));
                }
                Some(first) if lines[*first].row.is_same(row) => {}
                Some(_) => return Err(self.failed(&Trouble::Conflict(row.id().to_string()))),
            }
        }
        let created = self.migrate().map_err(|trouble| self.failed(&trouble))?;
        let added = if lines.is_empty() { 0 } else { self.write(&lines).map_err(|trouble| self.failed(&trouble))? };
        Ok(Appended { added, there: rows.len() - added, created, notes: Vec::new() })
    }

    fn each(&mut self, wanted: Wanted<'_>, visit: &mut dyn FnMut(Row)) -> Result<Vec<Diagnostic>, StoreError> {
        let (condition, parameter) = match wanted {
            Wanted::All => ("", None),
            Wanted::Metric(id) => ("metric = $1", Some(id.to_owned())),
            Wanted::Assessments => ("kind = 'assessment'", None),
        };
        let done = self.pages("content", condition, parameter, &mut |row| {
            let text: &str = row.try_get(2)?;
            visit(Row::parse(text.as_bytes()).map_err(|why| Trouble::NoRow(row.get(1), why.what))?);
            Ok(())
        });
        done.map_err(|trouble| self.failed(&trouble))?;
        Ok(Vec::new())
    }

    fn measured(&mut self) -> Result<(Measured, Vec<Diagnostic>), StoreError> {
        let mut measured = Measured { place: self.address.shown().to_owned(), ..Measured::default() };
        let mut retracted = HashSet::new();
        let done = self.pages("content", "kind = 'retraction'", None, &mut |row| {
            match Row::parse(row.try_get::<_, &str>(2)?.as_bytes()) {
                Ok(Row::Retraction(retraction)) => retracted.insert(retraction.row.to_string()),
                Ok(_) => return Err(Trouble::NoRow(row.get(1), "it is of another kind".to_owned())),
                Err(why) => return Err(Trouble::NoRow(row.get(1), why.what)),
            };
            Ok(())
        });
        done.map_err(|trouble| self.failed(&trouble))?;
        let columns = "metric, value, unit, at, baseline";
        let done = self.pages(columns, "kind = 'sample'", None, &mut |row| {
            let counts = !retracted.contains(row.try_get::<_, &str>(1)?);
            sample(row, counts, &mut measured)
        });
        done.map_err(|trouble| self.failed(&trouble))?;
        let mut rebaselines = Vec::new();
        let done = self.pages("content", "kind = 'rebaseline'", None, &mut |row| {
            match Row::parse(row.try_get::<_, &str>(2)?.as_bytes()) {
                Ok(Row::Rebaseline(rebaseline)) => rebaselines.push(rebaseline),
                Ok(_) => return Err(Trouble::NoRow(row.get(1), "it is of another kind".to_owned())),
                Err(why) => return Err(Trouble::NoRow(row.get(1), why.what)),
            }
            Ok(())
        });
        done.map_err(|trouble| self.failed(&trouble))?;
        rebaselines.sort_by_key(|row| (row.date, row.recorded));
        for row in rebaselines {
            let series: &mut Series = measured.series.entry(row.metric).or_default();
            if series.rebaselines.is_empty() && row.before.is_some() {
                series.first = row.before;
            }
            series.rebaselines.push(Rebaselined { date: row.date, after: row.after });
        }
        Ok((measured, Vec::new()))
    }
}

/// Adds a sample to the compact lists. One that was taken back still says what was compared with.
fn sample(row: &postgres::Row, counts: bool, measured: &mut Measured) -> Result<(), Trouble> {
    let no_row = |what: &str| Trouble::NoRow(row.get(1), what.to_owned());
    let metric: Option<&str> = row.try_get(2)?;
    let value: Option<f64> = row.try_get(3)?;
    let unit: Option<&str> = row.try_get(4)?;
    let at: Option<SystemTime> = row.try_get(5)?;
    let (Some(metric), Some(value), Some(unit), Some(at)) = (metric, value, unit, at) else {
        return Err(no_row("a sample without metric, value, unit or time"));
    };
    let at = Timestamp::try_from(at).map_err(|_| no_row("a time outside the calendar"))?;
    if !measured.series.contains_key(metric) {
        measured.series.insert(metric.to_owned(), Series::default());
    }
    let Some(series) = measured.series.get_mut(metric) else { return Ok(()) };
    if series.first.is_none()
        && let Some(text) = row.try_get::<_, Option<&str>>(6)?
    {
        series.first = serde_json::from_str::<Definition>(text).ok();
    }
    if !counts {
        return Ok(());
    }
    let known = series.runs.iter().position(|run| run.unit == unit);
    let index = known.unwrap_or_else(|| {
        series.runs.push(Run { unit: unit.to_owned(), ..Run::default() });
        series.runs.len() - 1
    });
    let run = &mut series.runs[index];
    run.at.push(at.as_millisecond());
    run.values.push(value);
    run.lines.push(0);
    Ok(())
}

/// The message about an id that is there with other content.
fn same_id(id: &str, place: &str) -> Diagnostic {
    Diagnostic::error(Code::SameId, format!("the id {id} is there already and says something else"))
        .path(place)
        .help("a row never changes: `aipp metrics retract` takes a value back, and the right one is recorded anew")
}
