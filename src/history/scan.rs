//! The bytes of a history file enter as a stream; compact series leave, or whole rows. The file is never in memory as a whole.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};
use std::sync::Arc;

use rayon::prelude::*;
use uuid::Uuid;

use super::line;
use super::row::{NoRow, Row, digest_of};
use crate::diagnostic::{At, Code, Diagnostic};
use crate::series::measured::{Rebaselined, Run};
use crate::series::{Definition, Measured, Series};
use crate::source::Source;

/// How much is read at once.
const BLOCK: usize = 4 << 20;

/// A longer line is no row.
const MAX_LINE: usize = 16 << 20;

/// More messages than these are not given.
const MAX_MESSAGES: usize = 20;

/// Why a stream could not be read.
#[derive(Debug)]
pub(super) enum Failed {
    Io(io::Error),
    Rows(Vec<Diagnostic>),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A line that is no row.
#[derive(Debug)]
struct Bad {
    line: u32,
    text: String,
    digest: String,
    why: NoRow,
    /// It has no end: an append was interrupted, or is still under way.
    open: bool,
}

/// Gives blocks of whole lines, and at the end what has no line end.
fn blocks(mut from: impl Read, visit: &mut dyn FnMut(&[u8]) -> Result<(), Failed>) -> Result<(), Failed> {
    let mut buffer: Vec<u8> = Vec::with_capacity(BLOCK);
    loop {
        let before = buffer.len();
        from.by_ref().take((BLOCK.saturating_sub(before)).max(64 << 10) as u64).read_to_end(&mut buffer)?;
        if buffer.len() == before {
            break;
        }
        let Some(end) = buffer.iter().rposition(|b| *b == b'\n').map(|at| at + 1) else {
            if buffer.len() > MAX_LINE {
                return Err(Failed::Rows(vec![
                    Diagnostic::error(Code::BadRow, format!("a line is longer than {} MiB", MAX_LINE >> 20))
                        .help("this is no history of aipp"),
                ]));
            }
            continue;
        };
        visit(&buffer[..end])?;
        buffer.drain(..end);
    }
    if buffer.is_empty() { Ok(()) } else { visit(&buffer) }
}

/// What one piece of a block holds; lines are counted from 0 within the piece.
#[derive(Default)]
struct Piece<'a> {
    lines: u32,
    names: Vec<(&'a str, &'a str)>,
    samples: Vec<Point>,
    ids: Vec<Id>,
    firsts: Vec<(&'a str, i64, &'a str)>,
    rows: Vec<(u32, Row)>,
    bad: Vec<Bad>,
}

/// A sample: which of the piece's names it has, when, the value, and its line in the piece.
#[derive(Debug, Clone, Copy)]
struct Point {
    name: u32,
    line: u32,
    at: i64,
    value: f64,
}

/// An id with a digest of its line, so that a line that is there twice is known without looking at it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    high: u64,
    low: u64,
    line: u32,
    digest: u32,
}

impl Id {
    fn of(id: Uuid, line: u32, text: &[u8]) -> Self {
        let (high, low) = id.as_u64_pair();
        Self { high, low, line, digest: quick_digest(text) }
    }

    fn is(self, other: Self) -> bool {
        (self.high, self.low) == (other.high, other.low)
    }
}

/// A digest that need not withstand anybody: lines of one id that differ in it are read again and compared.
fn quick_digest(text: &[u8]) -> u32 {
    let mut hash = 0_u64;
    let mut mix = |word: u64| hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let mut words = text.chunks_exact(8);
    for word in &mut words {
        mix(word.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)));
    }
    mix(words.remainder().iter().fold(0, |n, b| n << 8 | u64::from(*b)));
    (hash >> 32) as u32
}

impl<'a> Piece<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let mut piece = Self::default();
        let mut last = 0_usize;
        let lines = bytes.len() / 160;
        piece.samples.reserve(lines);
        piece.ids.reserve(lines);
        let mut index: HashMap<(&str, &str), usize> = HashMap::new();
        // One check for the whole piece is quicker than one a line.
        let whole = std::str::from_utf8(bytes).ok();
        let mut from = 0;
        while from < bytes.len() {
            let rest = &bytes[from..];
            let end = memchr::memchr(b'\n', rest);
            let text = &rest[..end.unwrap_or(rest.len())];
            let line = piece.lines;
            piece.lines += 1;
            let fields = whole.and_then(|all| line::sample(&all[from..from + text.len()]));
            from += text.len() + 1;
            let id = fields.as_ref().and_then(|fields| Uuid::try_parse(fields.id).ok());
            let Some((fields, id)) = fields.zip(id) else {
                piece.other(line, text, end.is_none());
                continue;
            };
            // Whoever records several metrics mostly does so in the same order again and again.
            let name = (fields.metric, fields.unit);
            let next = if last + 1 < piece.names.len() { last + 1 } else { 0 };
            if piece.names.get(next) == Some(&name) {
                last = next;
            } else if piece.names.get(last) != Some(&name) {
                last = *index.entry(name).or_insert_with(|| {
                    piece.names.push(name);
                    piece.names.len() - 1
                });
            }
            piece.samples.push(Point {
                name: u32::try_from(last).unwrap_or(u32::MAX),
                line,
                at: fields.at,
                value: fields.value,
            });
            piece.ids.push(Id::of(id, line, text));
            if let Some(baseline) = fields.baseline {
                match piece.firsts.iter_mut().find(|first| first.0 == fields.metric) {
                    Some(first) if first.1 <= fields.recorded => {}
                    Some(first) => *first = (fields.metric, fields.recorded, baseline),
                    None => piece.firsts.push((fields.metric, fields.recorded, baseline)),
                }
            }
        }
        piece
    }

    /// A line in an unusual form.
    fn other(&mut self, line: u32, text: &[u8], open: bool) {
        if text.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        match Row::parse(text) {
            Ok(row) => {
                self.ids.push(Id::of(row.id(), line, text));
                self.rows.push((line, row));
            }
            Err(why) => self.bad.push(Bad {
                line,
                text: String::from_utf8_lossy(text).chars().take(400).collect(),
                digest: digest_of(text),
                why,
                open,
            }),
        }
    }
}

/// Everything that a file holds.
#[derive(Default)]
struct Whole {
    lines: u32,
    runs: Vec<(String, Run)>,
    /// The runs of each metric.
    index: HashMap<String, Vec<usize>>,
    ids: Vec<Id>,
    firsts: BTreeMap<String, (i64, Definition)>,
    rebaselines: Vec<(u32, super::Rebaseline)>,
    /// The ids of the samples that were taken back.
    retracted: HashSet<Uuid>,
    marks: HashSet<String>,
    bad: Vec<Bad>,
}

impl Whole {
    fn take(&mut self, piece: Piece<'_>) {
        let base = self.lines + 1;
        self.lines += piece.lines;
        let runs: Vec<usize> = piece.names.iter().map(|(metric, unit)| self.run(metric, unit)).collect();
        for sample in piece.samples {
            self.push(runs[sample.name as usize], sample.at, sample.value, sample.line + base);
        }
        self.ids.extend(piece.ids.into_iter().map(|id| Id { line: id.line + base, ..id }));
        for (metric, recorded, baseline) in piece.firsts {
            if let Ok(definition) = serde_json::from_str(baseline) {
                self.first(metric, recorded, definition);
            }
        }
        for (line, row) in piece.rows {
            match row {
                Row::Sample(sample) => {
                    let run = self.run(&sample.metric, &sample.unit);
                    self.push(run, sample.at.as_millisecond(), sample.value, line + base);
                    if let Some(definition) = sample.baseline {
                        self.first(&sample.metric, sample.recorded.as_millisecond(), definition);
                    }
                }
                Row::Rebaseline(rebaseline) => self.rebaselines.push((line + base, rebaseline)),
                Row::Retraction(retraction) => {
                    self.retracted.insert(retraction.row);
                }
                Row::Torn(torn) => {
                    self.marks.insert(torn.sha256);
                }
                Row::Assessment(_) => {}
            }
        }
        self.bad.extend(piece.bad.into_iter().map(|bad| Bad { line: bad.line + base, ..bad }));
    }

    /// The run of a metric and a unit.
    fn run(&mut self, metric: &str, unit: &str) -> usize {
        let known = self.index.get(metric).and_then(|runs| runs.iter().find(|i| self.runs[**i].1.unit == unit));
        if let Some(known) = known {
            return *known;
        }
        self.runs.push((metric.to_owned(), Run { unit: unit.to_owned(), ..Run::default() }));
        self.index.entry(metric.to_owned()).or_default().push(self.runs.len() - 1);
        self.runs.len() - 1
    }

    fn push(&mut self, run: usize, at: i64, value: f64, line: u32) {
        let run = &mut self.runs[run].1;
        run.at.push(at);
        run.values.push(value);
        run.lines.push(line);
    }

    fn first(&mut self, metric: &str, recorded: i64, definition: Definition) {
        let known = self.firsts.get(metric).is_some_and(|(earlier, _)| *earlier <= recorded);
        if !known {
            self.firsts.insert(metric.to_owned(), (recorded, definition));
        }
    }
}

/// Reads everything that was measured. `again` opens the stream a second time, when rows of one id have to be compared.
pub(super) fn measured<R: Read>(
    place: &str,
    from: R,
    again: &mut dyn FnMut() -> io::Result<R>,
) -> Result<(Measured, Vec<Diagnostic>), Failed> {
    let mut whole = Whole::default();
    blocks(from, &mut |block| {
        let pieces: Vec<Piece<'_>> = split(block).into_par_iter().map(Piece::read).collect();
        pieces.into_iter().for_each(|piece| whole.take(piece));
        Ok(())
    })?;
    let notes = judge(place, &whole.bad, &whole.marks)?;
    let retracted = retracted(&whole);
    let twice = twice(place, &mut whole.ids, again)?;
    let mut measured = Measured { place: place.to_owned(), ..Measured::default() };
    for (metric, mut run) in whole.runs {
        for lines in [&twice, &retracted].into_iter().filter(|lines| !lines.is_empty()) {
            drop_lines(&mut run, lines);
        }
        measured.series.entry(metric).or_default().runs.push(run);
    }
    for (metric, (_, definition)) in whole.firsts {
        measured.series.entry(metric).or_default().first = Some(definition);
    }
    whole.rebaselines.retain(|(line, _)| !twice.contains(line));
    whole.rebaselines.sort_by_key(|(line, row)| (row.date, row.recorded, *line));
    for (_, row) in whole.rebaselines {
        let series: &mut Series = measured.series.entry(row.metric).or_default();
        if series.rebaselines.is_empty() && row.before.is_some() {
            series.first = row.before;
        }
        series.rebaselines.push(Rebaselined { date: row.date, after: row.after });
    }
    Ok((measured, notes))
}

/// A block in pieces of whole lines, one for each thread or two.
fn split(block: &[u8]) -> Vec<&[u8]> {
    let wanted = rayon::current_num_threads() * 2;
    let mut pieces = Vec::with_capacity(wanted);
    let mut rest = block;
    let size = (block.len() / wanted).max(16 << 10);
    while rest.len() > size {
        let Some(end) = rest[size..].iter().position(|b| *b == b'\n').map(|at| size + at + 1) else { break };
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The lines of the samples that were taken back.
fn retracted(whole: &Whole) -> HashSet<u32> {
    if whole.retracted.is_empty() {
        return HashSet::new();
    }
    let is = |id: &&Id| whole.retracted.contains(&Uuid::from_u64_pair(id.high, id.low));
    whole.ids.iter().filter(is).map(|id| id.line).collect()
}

fn drop_lines(run: &mut Run, lines: &HashSet<u32>) {
    let keep: Vec<bool> = run.lines.iter().map(|line| !lines.contains(line)).collect();
    let mut flags = keep.iter();
    run.at.retain(|_| *flags.next().unwrap_or(&true));
    let mut flags = keep.iter();
    run.values.retain(|_| *flags.next().unwrap_or(&true));
    let mut flags = keep.iter();
    run.lines.retain(|_| *flags.next().unwrap_or(&true));
}

/// The lines that say again what an earlier line of the same id says.
fn twice<R: Read>(
    place: &str,
    ids: &mut Vec<Id>,
    again: &mut dyn FnMut() -> io::Result<R>,
) -> Result<HashSet<u32>, Failed> {
    if ids.is_sorted_by(|a, b| (a.high, a.low) < (b.high, b.low)) {
        return Ok(HashSet::new());
    }
    ids.par_sort_unstable();
    let mut lines = HashSet::new();
    let mut unlike: Vec<(u32, u32)> = Vec::new();
    for same in ids.chunk_by(|a, b| a.is(*b)).filter(|same| same.len() > 1) {
        for other in &same[1..] {
            lines.insert(other.line);
            if other.digest != same[0].digest {
                unlike.push((same[0].line, other.line));
            }
        }
    }
    *ids = Vec::new();
    if !unlike.is_empty() {
        compare(place, &unlike, again()?)?;
    }
    Ok(lines)
}

/// Compares lines that have one id; says which of them contradict each other.
fn compare(place: &str, pairs: &[(u32, u32)], from: impl Read) -> Result<(), Failed> {
    let wanted: HashSet<u32> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let mut texts: HashMap<u32, Vec<u8>> = HashMap::new();
    lines(from, &mut |line, text, _| {
        if wanted.contains(&line) {
            texts.insert(line, text.to_vec());
        }
    })?;
    let row = |line: &u32| texts.get(line).and_then(|text| Row::parse(text).ok());
    let errors: Vec<Diagnostic> = pairs
        .iter()
        .filter(|(a, b)| row(a).zip(row(b)).is_none_or(|(a, b)| !a.is_same(&b)))
        .take(MAX_MESSAGES)
        .map(|(first, other)| {
            let id = row(first).map(|row| row.id().to_string()).unwrap_or_default();
            let text = texts.get(other).map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
            Diagnostic::error(
                Code::SameId,
                format!("line {first} and line {other} have one id ({id}) and say different things"),
            )
            .at(at_line(place, *other, &text, None))
            .help("one of them was edited; keep the true one, and correct it with `aipp metrics retract`")
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Failed::Rows(errors)) }
}

/// What is to be said about lines that are no rows: an error, unless they were torn by an interrupted append.
fn judge(place: &str, bad: &[Bad], marks: &HashSet<String>) -> Result<Vec<Diagnostic>, Failed> {
    let mut notes = Vec::new();
    let mut errors = Vec::new();
    for bad in bad {
        let at = at_line(place, bad.line, &bad.text, bad.why.column);
        if marks.contains(&bad.digest) {
            continue;
        }
        if bad.open {
            notes.push(
                Diagnostic::warning(Code::TornRow, "the last line was torn by an interrupted write; it does not count")
                    .at(at)
                    .help("the next value that is recorded sets it aside; record what it was meant to say again"),
            );
            continue;
        }
        errors.push(
            Diagnostic::error(Code::BadRow, format!("line {} is no row of a history: {}", bad.line, bad.why.what))
                .at(at)
                .help("take back the edit (`git log -p` shows the line), or delete the line if it was never a value"),
        );
    }
    if errors.is_empty() {
        return Ok(notes);
    }
    let more = errors.len().saturating_sub(MAX_MESSAGES);
    errors.truncate(MAX_MESSAGES);
    if let Some(last) = errors.last_mut().filter(|_| more > 0) {
        last.message.push_str(&format!(" (and {more} more lines)"));
    }
    Err(Failed::Rows(errors))
}

/// A place in a line of the file, without the rest of it.
fn at_line(place: &str, line: u32, text: &str, column: Option<usize>) -> At {
    let text: String = text.chars().take(400).collect();
    let mut start = column.map_or(0, |column| column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    At { source: Arc::new(Source::excerpt(place, text, line as usize)), range: start..end }
}

/// Calls a function with the number, the text and the openness (no line end) of every line.
pub(super) fn lines(from: impl Read, visit: &mut dyn FnMut(u32, &[u8], bool)) -> Result<(), Failed> {
    let mut line = 0;
    blocks(from, &mut |block| {
        for raw in block.split_inclusive(|b| *b == b'\n') {
            line += 1;
            let text = raw.strip_suffix(b"\n").unwrap_or(raw);
            visit(line, text, text.len() == raw.len());
        }
        Ok(())
    })
}

/// Which rows are wanted. A sample in the usual form is asked before it is read as a row.
pub(super) struct Filter<'a> {
    pub(super) sample: &'a dyn Fn(&line::Fields<'_>) -> bool,
    pub(super) row: &'a dyn Fn(&Row) -> bool,
}

/// Calls a function with every wanted row, each id once.
pub(super) fn rows(
    place: &str,
    from: impl Read,
    wanted: &Filter<'_>,
    visit: &mut dyn FnMut(Row),
) -> Result<Vec<Diagnostic>, Failed> {
    let mut bad = Vec::new();
    let mut marks = HashSet::new();
    let mut seen: HashMap<Uuid, (u32, Row)> = HashMap::new();
    let mut errors = Vec::new();
    lines(from, &mut |line, text, open| {
        if text.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let usual = std::str::from_utf8(text).ok().and_then(line::sample);
        if usual.is_some_and(|fields| Uuid::try_parse(fields.id).is_ok() && !(wanted.sample)(&fields)) {
            return;
        }
        match Row::parse(text) {
            Ok(Row::Torn(torn)) if !(wanted.row)(&Row::Torn(torn.clone())) => {
                marks.insert(torn.sha256);
            }
            Ok(row) if !(wanted.row)(&row) => {}
            Ok(row) => match seen.get(&row.id()) {
                Some((_, first)) if first.is_same(&row) => {}
                Some((first, _)) => errors.push((*first, line)),
                None => {
                    if let Row::Torn(torn) = &row {
                        marks.insert(torn.sha256.clone());
                    }
                    seen.insert(row.id(), (line, row.clone()));
                    visit(row);
                }
            },
            Err(why) => bad.push(Bad {
                line,
                text: String::from_utf8_lossy(text).chars().take(400).collect(),
                digest: digest_of(text),
                why,
                open,
            }),
        }
    })?;
    let notes = judge(place, &bad, &marks)?;
    if let Some((first, other)) = errors.first() {
        return Err(Failed::Rows(vec![
            Diagnostic::error(
                Code::SameId,
                format!("line {first} and line {other} have one id and say different things"),
            )
            .path(place)
            .help("one of them was edited; keep the true one, and correct it with `aipp metrics retract`"),
        ]));
    }
    Ok(notes)
}
