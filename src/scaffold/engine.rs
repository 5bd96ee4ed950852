//! The template engine, with the rules of the house: nothing unknown is written, and every value is escaped for its document.

use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use super::escape::{self, Syntax};
use super::known::UNKNOWN;
use super::template::Template;
use crate::diagnostic::{At, Code, Diagnostic};
use crate::source::Source;

/// More steps than these no template needs; a loop without end is stopped.
const FUEL: u64 = 5_000_000;
/// One line end at the end, and no runs of empty lines where a template left something out.
pub(super) fn tidy(text: &str, syntax: Syntax) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.trim_start_matches('\n').lines() {
        let line = if syntax == Syntax::Csv { line } else { line.trim_end() };
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            out.push_str(line);
            out.push('\n');
        }
    }
    let end = out.trim_end_matches('\n').len();
    out.truncate(end);
    out.push('\n');
    out
}

/// What the template engine says.
pub(super) fn said(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// What is wrong with a template, with its line.
pub(super) fn wrong(template: &Template, error: &Error) -> Box<Diagnostic> {
    let source = Source::new(template.path.clone(), format!("{}{}", "\n".repeat(template.above), template.body));
    let line = error.line().map_or(1, |line| line + template.above);
    let start: usize = source.text().split_inclusive('\n').take(line - 1).map(str::len).sum();
    let range = start..start + source.line(line).len().max(1);
    let error = Diagnostic::error(Code::Template, format!("the template cannot be filled in: {}", said(error)))
        .at(At { source: Arc::new(source), range })
        .help(
            "ask first whether it is known: `{% if m.people.owner %}`; `docs/scaffold.md` says what a template may ask",
        );
    Box::new(error)
}

/// An engine for the documents of one scaffold.
pub(super) fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // A line with nothing but a tag leaves no line behind.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|name| {
        AutoEscape::Custom(
            match Syntax::of(name) {
                Some(Syntax::Markdown) => "markdown",
                Some(Syntax::Literal) => "literal",
                Some(Syntax::Csv) => "csv",
                Some(Syntax::Owners) => "owners",
                Some(Syntax::Path) | None => "path",
            }
            .into(),
        )
    });
    environment.set_formatter(write);
    filters(&mut environment);
    environment
}

/// Writes a value as its document's syntax wants it; what is not known is an error and not an empty place.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let syntax = match state.auto_escape() {
        AutoEscape::Custom(name) if name == "markdown" => Syntax::Markdown,
        AutoEscape::Custom(name) if name == "csv" => Syntax::Csv,
        AutoEscape::Custom(name) if name == "owners" => Syntax::Owners,
        AutoEscape::Custom(name) if name == "path" => Syntax::Path,
        _ => Syntax::Literal,
    };
    let unknown = || Error::new(ErrorKind::UndefinedError, "a value is not known here");
    if let Some(text) = value.as_str() {
        if text.contains(UNKNOWN) {
            return Err(unknown());
        }
        let text = if value.is_safe() { text.to_owned() } else { syntax.escape(text) };
        return Ok(out.write_str(&text)?);
    }
    let number = f64::try_from(value.clone()).ok().filter(|_| value.is_number());
    match number {
        Some(number) => Ok(write!(out, "{number}")?),
        None if value.as_object().is_none() && !value.is_undefined() && !value.is_none() => Ok(write!(out, "{value}")?),
        None => Err(unknown()),
    }
}

/// The filters that a template may use.
fn filters(environment: &mut Environment<'_>) {
    environment.add_filter("slug", |text: &str| escape::slug(text));
    environment.add_filter("code", |text: &str| Value::from_safe_string(escape::code(text)));
    // What stands bare in a document: the name of a series, a path of plain characters.
    let bare = |text: &str, more: &str| -> Result<Value, Error> {
        let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
        let wrong = || Error::new(ErrorKind::InvalidOperation, format!("`{text}` cannot stand here without quotes"));
        plain.then(|| Value::from_safe_string(text.to_owned())).ok_or_else(wrong)
    };
    environment.add_filter("name", move |text: &str| bare(text, "_:"));
    environment.add_filter("path", move |text: &str| bare(text, "._/-"));
    environment.add_filter("join", |list: Value| -> Result<String, Error> {
        let texts: Vec<String> =
            list.try_iter()?.map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
        Ok(texts.join(", "))
    });
}
