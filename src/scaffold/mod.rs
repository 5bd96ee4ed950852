//! Checks, a manifest, a repository and templates enter; the documents that the checks want leave, marked as unfinished.
//!
//! A document is one template in `templates/documents/`, whose front matter says which checks want it and where it goes. What a
//! template does not know it asks for with a mark; while a mark is left, the evidence families do not read the file
//! ([`crate::evidence::tree`]).

mod escape;
mod known;
mod place;
mod template;

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use serde_json::Value as Json;

use crate::checklist::Check;
use crate::diagnostic::{At, Code, Diagnostic};
use crate::evidence::Evidence;
use crate::evidence::tree::{Tree, marks};
use crate::fact::{Leaf, Node, Scalar};
use crate::facts::nodes_at;
use crate::manifest::Manifest;
use crate::manifest::value::Day;
use crate::source::Source;

use escape::Syntax;
use known::{Known, Names};
use place::Places;
pub use template::{Front, Library, Otherwise, Template};

/// Where a team keeps templates of its own, from the evidence root.
pub const OWN: &str = ".aipp/templates";

/// More steps than these no template needs; a loop without end is stopped.
const FUEL: u64 = 5_000_000;

/// What a scaffold is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The manifest; an empty one when there is none.
    pub manifest: &'a Manifest,
    /// The files that are there.
    pub tree: &'a Tree,
    /// What they prove.
    pub evidence: &'a Evidence,
    /// The templates.
    pub library: &'a Library,
    /// The day.
    pub today: Day,
    /// What the project is called when the manifest does not say.
    pub name: &'a str,
    /// Write over files, and beside documents that are there under another name.
    pub force: bool,
}

/// What happens to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is new.
    New,
    /// It takes the place of a file.
    Replaced,
    /// A file stands at its place and is left as it is.
    Kept,
    /// The repository has such a document under another name.
    Elsewhere,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Document {
    /// The template's id.
    pub template: String,
    /// What it is.
    pub title: String,
    /// Its path from the root; of the document that is there already, when there is one.
    pub path: String,
    /// The checks that asked for it.
    pub checks: Vec<String>,
    /// What happens to it.
    pub state: State,
    /// How many places a person must fill in.
    pub marks: usize,
    /// What is still to be done when it is filled in.
    pub then: Option<String>,
    /// Its text.
    pub text: String,
    /// Its lines can be added to the file that is there.
    pub append: bool,
}

impl Document {
    /// Whether it is to be written.
    #[must_use]
    pub fn is_written(&self) -> bool {
        matches!(self.state, State::New | State::Replaced)
    }
}

/// A check that takes more than a document, or no document at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Closed {
    /// The check.
    pub check: String,
    /// Whether a document is among what closes it.
    pub document: bool,
    /// The keys of the manifest that it reads.
    pub manifest: Vec<String>,
    /// What has to be there.
    pub what: Option<String>,
    /// The command that writes it.
    pub command: Option<String>,
}

/// The documents that checks want.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Scaffold {
    /// Version of this format.
    pub format_version: u32,
    /// Always `scaffold`.
    pub kind: &'static str,
    /// Whether the new documents were written.
    pub written: bool,
    /// The documents, in the order of the checks.
    pub documents: Vec<Document>,
    /// What else closes the checks.
    pub otherwise: Vec<Closed>,
}

/// The templates of a repository's own folder.
///
/// # Errors
/// What is wrong with them, with file and line.
pub fn own_templates(tree: &Tree) -> Result<Vec<Template>, Vec<Diagnostic>> {
    let (mut own, mut errors) = (Vec::new(), Vec::new());
    for file in tree.under(OWN) {
        match Template::parse(&file.path, &tree.draft(file).unwrap_or_default()) {
            Ok(template) => own.push(template),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if errors.is_empty() { Ok(own) } else { Err(errors) }
}

/// Renders what the checks want. Nothing is written.
///
/// # Errors
/// What is wrong with the templates, all at once.
pub fn draft(inputs: &Inputs<'_>, checks: &[&Check]) -> Result<Scaffold, Vec<Diagnostic>> {
    let places = Places::of(inputs.tree, inputs.manifest);
    let without = without_runbook(inputs.evidence);
    let known = known::tree(inputs.manifest, inputs.tree, &places, inputs.name, inputs.today, without.as_deref());
    let environment = environment();
    let desk = Desk { inputs, known, environment };
    let sheets = desk.sheets()?;
    let (mut documents, mut errors): (Vec<Document>, Vec<Diagnostic>) = (Vec::new(), Vec::new());
    for check in checks {
        for sheet in sheets.iter().filter(|sheet| sheet.is_for(&check.id)) {
            if let Some(document) =
                documents.iter_mut().find(|d| d.template == sheet.template.id() && d.path == sheet.shown)
            {
                if !document.checks.contains(&check.id) {
                    document.checks.push(check.id.clone());
                }
                continue;
            }
            match desk.document(sheet, &sheets) {
                Ok(document) => documents.push(Document { checks: vec![check.id.clone()], ..document }),
                Err(error) => errors.push(error),
            }
        }
    }
    errors.dedup_by(|a, b| a.message == b.message && a.file() == b.file());
    if !errors.is_empty() {
        return Err(errors);
    }
    let otherwise = checks.iter().filter_map(|check| otherwise(check, inputs.library, &sheets)).collect();
    Ok(Scaffold { format_version: 1, kind: "scaffold", written: false, documents, otherwise })
}

/// The alerts that are there and have no runbook; none when no alert is there.
fn without_runbook(evidence: &Evidence) -> Option<Vec<String>> {
    let rules = nodes_at(&evidence.facts, "alerts.rules").iter().any(|rules| !rules.items().is_empty());
    let names = nodes_at(&evidence.facts, "alerts.without_runbook").into_iter().find_map(|node| match node {
        Node::Leaf(Leaf::Known(Scalar::Texts(names))) => Some(names.clone()),
        _ => None,
    });
    rules.then(|| names.unwrap_or_default())
}

/// What closes a check besides its documents.
fn otherwise(check: &Check, library: &Library, sheets: &[Sheet<'_>]) -> Option<Closed> {
    let document = sheets.iter().any(|sheet| sheet.template.front.checks.contains(&check.id));
    let other = library.otherwise.iter().find(|o| o.check == check.id);
    let manifest = if document && !check.declaration { Vec::new() } else { check.manifest.clone() };
    let what = other.map(|o| o.what.clone()).or_else(|| (!document && manifest.is_empty()).then(|| check.fix.clone()));
    (what.is_some() || !manifest.is_empty()).then(|| Closed {
        check: check.id.clone(),
        document,
        manifest,
        what,
        command: other.and_then(|o| o.command.clone()),
    })
}

/// A template with its item and its place.
struct Sheet<'a> {
    template: &'a Template,
    item: Json,
    /// Where it would be written.
    path: String,
    /// Where it is, when such a document is there.
    shown: String,
    state: State,
}

impl Sheet<'_> {
    /// Whether a check wants it; an item can be for some of the checks of its template.
    fn is_for(&self, check: &str) -> bool {
        let item = self.item.get("checks").and_then(Json::as_array);
        self.template.front.checks.iter().any(|c| c == check)
            && item.is_none_or(|checks| checks.iter().any(|c| c.as_str() == Some(check)))
    }
}

/// Everything that rendering takes.
struct Desk<'a> {
    inputs: &'a Inputs<'a>,
    known: Json,
    environment: Environment<'a>,
}

impl<'a> Desk<'a> {
    /// Every document that this project could have, with its place.
    fn sheets(&self) -> Result<Vec<Sheet<'a>>, Vec<Diagnostic>> {
        let (mut sheets, mut errors) = (Vec::new(), Vec::new());
        for template in &self.inputs.library.templates {
            match self.sheets_of(template) {
                Ok(found) => sheets.extend(found),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(sheets) } else { Err(errors) }
    }

    fn sheets_of(&self, template: &'a Template) -> Result<Vec<Sheet<'a>>, Diagnostic> {
        let front = &template.front;
        let wrong = |error: &Error| {
            Diagnostic::error(Code::Template, format!("the front matter cannot be used: {}", said(error)))
                .path(&template.path)
                .help("`docs/scaffold.md` says what a template may ask")
        };
        if let Some(when) = &front.when {
            let holds = self.environment.compile_expression(when).and_then(|e| e.eval(self.context(Json::Null, None)));
            if !holds.map_err(|e| wrong(&e))?.is_true() {
                return Ok(Vec::new());
            }
        }
        let items = match front.each.as_deref() {
            None => vec![Json::Null],
            Some(list) => self.known.get(list).and_then(Json::as_array).cloned().unwrap_or_default(),
        };
        let there = front.there.as_deref().and_then(|fact| self.there(fact));
        let mut sheets = Vec::new();
        for item in items {
            let path = match self.declared(template) {
                Some(path) => path,
                None => self
                    .environment
                    .render_named_str("path", &front.path, self.context(item.clone(), None))
                    .map_err(|e| wrong(&e))?,
            };
            if !place::is_safe(&path) {
                let message = format!("the path `{path}` leads out of the project or is none that every system takes");
                return Err(Diagnostic::error(Code::Template, message).path(&template.path).help("mend `path`"));
            }
            let is_there = self.inputs.tree.get(&path).is_some();
            let elsewhere = there.as_ref().filter(|there| **there != path && !self.inputs.force);
            let state = match (is_there, elsewhere) {
                (true, _) if self.inputs.force => State::Replaced,
                (true, _) => State::Kept,
                (false, Some(_)) => State::Elsewhere,
                (false, None) => State::New,
            };
            let shown = if state == State::Elsewhere { elsewhere.cloned() } else { None };
            sheets.push(Sheet { template, item, shown: shown.unwrap_or_else(|| path.clone()), path, state });
        }
        Ok(sheets)
    }

    /// The place that the manifest names for it.
    fn declared(&self, template: &Template) -> Option<String> {
        let key = template.front.declared.as_deref()?;
        let said = key.split('.').try_fold(self.known.get("m")?, |node, key| node.get(key))?.as_str()?;
        let path = said.trim().trim_start_matches("./");
        let same = |a: &str, b: &str| a.rsplit('.').next() == b.rsplit('.').next();
        (place::is_safe(path) && path.contains('.') && same(path, &template.name)).then(|| path.to_owned())
    }

    /// The file in which the repository has such a document, or the beginning of one.
    fn there(&self, fact: &str) -> Option<String> {
        if let Some(kind) = fact.strip_prefix("evidence.") {
            let item = self.inputs.evidence.items.iter().find(|item| crate::kinds::fact_name(item.kind) == kind);
            return item.map(|item| item.origin.path.clone());
        }
        let nodes = nodes_at(&self.inputs.evidence.facts, fact);
        nodes.into_iter().find_map(|node| match node {
            Node::Map(record) => {
                let path = record.fields.get("path").and_then(Node::text).map(str::to_owned);
                let path = path.or_else(|| record.origin.as_ref().map(|o| o.path.clone()))?;
                let begun = self.inputs.tree.get(&path).is_some_and(|file| self.inputs.tree.is_unfinished(file));
                (begun || record.fields.get("present").is_none_or(Node::is_true)).then_some(path)
            }
            Node::List { items, .. } => items.iter().find_map(|item| match item {
                Node::Map(record) => record.origin.as_ref().map(|o| o.path.clone()),
                _ => None,
            }),
            Node::Leaf(_) => None,
        })
    }

    fn context(&self, item: Json, links: Option<BTreeMap<String, Value>>) -> Value {
        let known = self.known.as_object().into_iter().flatten();
        let mut names: BTreeMap<String, Value> =
            known.map(|(key, value)| (key.clone(), Known::value(value.clone()))).collect();
        names.insert("item".to_owned(), Known::value(item));
        names.insert("links".to_owned(), Value::from_object(Names(links.unwrap_or_default())));
        Value::from_object(Names(names))
    }

    /// Renders one document.
    fn document(&self, sheet: &Sheet<'_>, sheets: &[Sheet<'_>]) -> Result<Document, Diagnostic> {
        let template = sheet.template;
        let mut links: BTreeMap<String, Value> = BTreeMap::new();
        for other in &self.inputs.library.templates {
            let place = sheets.iter().find(|s| s.template.id() == other.id());
            let link = place.map(|s| Value::from_safe_string(place::relative(&sheet.path, &s.shown)));
            links.insert(other.id().to_owned(), link.unwrap_or_else(|| Known::value(Json::Null)));
        }
        let context = self.context(sheet.item.clone(), Some(links));
        let rendered = self.environment.render_named_str(&template.name, &template.body, context);
        let text = rendered.map_err(|error| self::wrong(template, &error))?;
        let text = tidy(&text, template.syntax);
        let count = marks(&text);
        if count == 0 {
            let message = "the document that this template writes carries no mark";
            return Err(Diagnostic::error(Code::Template, message)
                .path(&template.path)
                .help("write a comment with `aipp:unfinished` wherever a person must write"));
        }
        Ok(Document {
            template: template.id().to_owned(),
            title: template.front.title.clone(),
            path: sheet.shown.clone(),
            checks: Vec::new(),
            state: sheet.state,
            marks: count,
            then: template.front.then.clone(),
            text,
            append: template.front.append,
        })
    }
}

/// One line end at the end, and no runs of empty lines where a template left something out.
fn tidy(text: &str, syntax: Syntax) -> String {
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
fn said(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

fn wrong(template: &Template, error: &Error) -> Diagnostic {
    let source = Source::new(template.path.clone(), format!("{}{}", "\n".repeat(template.above), template.body));
    let line = error.line().map_or(1, |line| line + template.above);
    let start: usize = source.text().split_inclusive('\n').take(line - 1).map(str::len).sum();
    let range = start..start + source.line(line).len().max(1);
    Diagnostic::error(Code::Template, format!("the template cannot be filled in: {}", said(error)))
        .at(At { source: std::sync::Arc::new(source), range })
        .help(
            "ask first whether it is known: `{% if m.people.owner %}`; `docs/scaffold.md` says what a template may ask",
        )
}

fn environment<'a>() -> Environment<'a> {
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
    environment.set_formatter(|out, state, value| {
        let syntax = match state.auto_escape() {
            AutoEscape::Custom(name) if name == "markdown" => Syntax::Markdown,
            AutoEscape::Custom(name) if name == "csv" => Syntax::Csv,
            AutoEscape::Custom(name) if name == "owners" => Syntax::Owners,
            AutoEscape::Custom(name) if name == "path" => Syntax::Path,
            _ => Syntax::Literal,
        };
        let unknown = || Error::new(ErrorKind::UndefinedError, "a value is not known here");
        if let Some(text) = value.as_str() {
            if text.contains(known::UNKNOWN) {
                return Err(unknown());
            }
            let text = if value.is_safe() { text.to_owned() } else { syntax.escape(text) };
            return Ok(out.write_str(&text)?);
        }
        let number = f64::try_from(value.clone()).ok().filter(|_| value.is_number());
        match number {
            Some(number) => Ok(write!(out, "{number}")?),
            None if value.as_object().is_none() && !value.is_undefined() && !value.is_none() => {
                Ok(write!(out, "{value}")?)
            }
            None => Err(unknown()),
        }
    });
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
    environment
}

#[cfg(test)]
mod tests;
