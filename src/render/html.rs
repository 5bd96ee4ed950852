//! A report or a plan enters; one self-contained HTML page leaves: no network, no script, readable on paper.
//!
//! Everything that templates print is cleaned and escaped by the formatter below, so that no template can forget it.

mod charts;

use std::error::Error as _;
use std::io::{self, Write};
use std::sync::Arc;

use minijinja::value::Serde;
use minijinja::{
    AutoEscape, Environment, Error, UndefinedBehavior, Value, context, escape_formatter, syntax::SyntaxConfig,
};

use super::View;
use crate::diagnostic::{At, Code, Diagnostic, Look, visible};
use crate::gate::short;
use crate::manifest::nearest;
use crate::manifest::value::Day;
use crate::plan::later;
use crate::quantity::with_unit;
use crate::report::{begin, clip, dated, sentence, written};
use crate::source::Source;

/// The templates, by name; a team may bring its own of the same name.
const TEMPLATES: &[(&str, &str)] = &[
    ("page.html", include_str!("../../templates/report/page.html")),
    ("report.html", include_str!("../../templates/report/report.html")),
    ("plan.html", include_str!("../../templates/report/plan.html")),
    ("parts.html", include_str!("../../templates/report/parts.html")),
    ("charts.html", include_str!("../../templates/report/charts.html")),
    ("style.css", include_str!("../../templates/report/style.css")),
    ("theme.css", include_str!("../../templates/report/theme.css")),
];

/// Before the name of a built-in template, when a team's own of the same name extends it.
const BUILTIN: &str = "builtin/";

/// More steps than a page of any size takes; a template that does not end is stopped.
const FUEL: u64 = 20_000_000;

/// What pages look like: the built-in templates, and those of a team that take their place.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    own: Vec<Arc<Source>>,
}

impl Pages {
    /// The names of the templates.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TEMPLATES.iter().map(|template| template.0)
    }

    /// Takes a team's templates, each named by its path.
    ///
    /// # Errors
    /// A name that takes no template's place, and what is wrong in a template, with its line: every one of them.
    pub fn new(own: Vec<Source>) -> Result<Self, Vec<Diagnostic>> {
        let pages = Self { own: own.into_iter().map(Arc::new).collect() };
        let names: Vec<String> = Self::names().map(str::to_owned).collect();
        let mut wrong = Vec::new();
        for source in &pages.own {
            let name = file_name(source);
            if !names.iter().any(|known| known == name) {
                let error = Diagnostic::error(Code::Template, format!("`{name}` takes the place of no template"));
                let help = match nearest(name, &names) {
                    Some(near) => format!("rename it to `{near}`"),
                    None => format!("the templates are {}", names.join(", ")),
                };
                wrong.push(error.path(source.name()).help(help));
            } else if name.ends_with(".html")
                && let Err(error) = pages
                    .environment()
                    .and_then(|mut env| env.add_template_owned(name.to_owned(), source.text().to_owned()))
            {
                wrong.push(pages.wrong(&error));
            }
        }
        if wrong.is_empty() { Ok(pages) } else { Err(wrong) }
    }

    /// What keeps a team's templates from showing a view; none when they do, or when there are none.
    #[must_use]
    pub fn broken(&self, view: &View<'_>) -> Option<Diagnostic> {
        if self.own.is_empty() {
            return None;
        }
        self.page(view).err().map(|error| self.wrong(&error))
    }

    /// The innermost place in a team's template that an error has.
    fn wrong(&self, error: &Error) -> Diagnostic {
        let mut at = None;
        let mut said = error;
        let mut next = Some(error);
        while let Some(error) = next {
            let source = error.name().and_then(|name| self.own.iter().find(|own| file_name(own) == name));
            if let (Some(source), Some(line)) = (source, error.line()) {
                at = Some((source, line));
            }
            said = error;
            next = error.source().and_then(|inner| inner.downcast_ref::<Error>());
        }
        let what = said.detail().map_or_else(|| said.kind().to_string(), |detail| format!("{}: {detail}", said.kind()));
        let diagnostic = Diagnostic::error(Code::Template, format!("the page cannot be made: {what}"))
            .help("`docs/report.md` says what a template is given; compare it with the built-in one");
        let Some((source, line)) = at else { return diagnostic };
        let start: usize = source.text().split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let range = start..start + source.line(line).len().max(1);
        diagnostic.at(At { source: Arc::clone(source), range })
    }

    fn environment(&self) -> Result<Environment<'static>, Error> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        env.set_fuel(Some(FUEL));
        env.set_syntax(
            SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?,
        );
        // Only pages are escaped; a style sheet is ours or the team's own.
        env.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
        env.set_formatter(|out, state, value| match value.as_str() {
            Some(text) if !value.is_safe() => escape_formatter(out, state, &Value::from(visible(text).into_owned())),
            _ => escape_formatter(out, state, value),
        });
        env.add_filter("day", |text: &str| Day::parse(text).map_or_else(|| text.to_owned(), written));
        env.add_filter("points", |number: Option<f64>| number.map_or_else(|| "–".to_owned(), short));
        env.add_filter("later", later);
        env.add_filter("clip", |text: &str, most: usize| clip(&visible(text), most));
        env.add_filter("sentence", |text: &str| sentence(text));
        env.add_filter("begin", |text: &str| begin(text));
        env.add_filter("dated", |text: &str| dated(text));
        env.add_filter("figure", |number: Option<f64>, unit: &str| {
            number.map_or_else(|| "–".to_owned(), |number| with_unit(number, unit))
        });
        Ok(env)
    }

    fn page(&self, view: &View<'_>) -> Result<String, Error> {
        let mut env = self.environment()?;
        for (name, text) in TEMPLATES {
            let own = self.own.iter().find(|own| file_name(own) == *name);
            env.add_template(name, text)?;
            // Only a team's own templates ask for the built-in ones by that name.
            if !self.own.is_empty() {
                env.add_template_owned(format!("{BUILTIN}{name}"), *text)?;
            }
            if let Some(own) = own {
                env.add_template_owned((*name).to_owned(), own.text().to_owned())?;
            }
        }
        let style = |name: &str| -> Result<Value, Error> {
            Ok(Value::from_safe_string(env.get_template(name)?.source().replace("</", "<\\/")))
        };
        let looks = context! { style => style("style.css")?, theme => style("theme.css")? };
        let (name, values) = match view {
            View::Report { of, .. } => (
                "report.html",
                context! {
                    a => Value::from(Serde(&of.assessment)),
                    p => Value::from(Serde(&of.plan)),
                    summary => Value::from(Serde(&of.summary)),
                    sources => Value::from(Serde(&of.sources)),
                    areas => Value::from(Serde(charts::areas(&of.assessment))),
                    gantt => Value::from(Serde(charts::gantt(&of.plan))),
                    courses => Value::from(Serde(charts::courses(&of.assessment, &of.courses))),
                    trend => Value::from(Serde(charts::trend(&of.trend))),
                },
            ),
            View::Plan { of, .. } => {
                ("plan.html", context! { p => Value::from(Serde(of)), gantt => Value::from(Serde(charts::gantt(of))) })
            }
            _ => return Err(Error::new(minijinja::ErrorKind::InvalidOperation, "this view is no page")),
        };
        env.get_template(name)?.render(context! { ..values, ..looks })
    }
}

/// The name of a template's file.
fn file_name(source: &Source) -> &str {
    source.name().rsplit('/').next().unwrap_or_default()
}

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (View::Report { pages, .. } | View::Plan { pages, .. }) = view else { return Err(super::not_shown()) };
    let page = pages.page(view).map_err(|error| io::Error::other(error.to_string()))?;
    out.write_all(page.as_bytes())
}
