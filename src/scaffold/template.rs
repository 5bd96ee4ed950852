//! The text of a template enters; its front matter and its body leave. The built-in ones are embedded by `build.rs`.

use std::sync::Arc;

use serde::Deserialize;

use super::escape::Syntax;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest;
use crate::source::{Document, Format, Source};

/// What a template says about itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// What the document is called.
    pub title: String,
    /// The checks that want it.
    pub checks: Vec<String>,
    /// Where it goes, as an expression: `{{ place.docs }}/rollback.md`.
    pub path: String,
    /// The key of the manifest that names its place, when one does: `rollback.procedure`.
    #[serde(default)]
    pub declared: Option<String>,
    /// The list of which each element gets a document of its own: `alerts`, `contracts`.
    #[serde(default)]
    pub each: Option<String>,
    /// When it is wanted at all, as an expression: `project.system == "agent"`.
    #[serde(default)]
    pub when: Option<String>,
    /// The fact that says that the repository has such a document already: `documents.incident_plan`.
    #[serde(default)]
    pub there: Option<String>,
    /// Its lines can be added to a file that exists.
    #[serde(default)]
    pub append: bool,
    /// What is still to be done when it is filled in.
    #[serde(default)]
    pub then: Option<String>,
    /// What a test writes in the place of a text of the rendered document, as a person would.
    #[serde(default)]
    pub example: Vec<(String, String)>,
}

/// One template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The name of its file.
    pub name: String,
    /// Where it stands, for messages.
    pub path: String,
    /// What it says about itself.
    pub front: Front,
    /// The document, with expressions.
    pub body: String,
    /// The lines above the body.
    pub above: usize,
    /// The syntax of the document.
    pub syntax: Syntax,
}

impl Template {
    /// Its id: the name without the ending.
    #[must_use]
    pub fn id(&self) -> &str {
        self.name.split('.').next().unwrap_or(&self.name)
    }

    /// Reads a template: front matter between two lines `---`, then the body.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let wrong = |message: &str, help: &str| vec![Diagnostic::error(Code::Malformed, message).path(path).help(help)];
        let Some(syntax) = Syntax::of(&name) else {
            return Err(wrong(
                "a template of this kind is not known",
                "give it an ending of md, yaml, yml, json, js, rego or csv, or the name CODEOWNERS",
            ));
        };
        let text = text.replace("\r\n", "\n");
        let parts = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        let Some((front, body)) = parts else {
            return Err(wrong(
                "the template has no front matter",
                "begin it with `---`, title, checks and path, and `---`",
            ));
        };
        // A line above keeps the lines of messages right.
        let source = Arc::new(Source::new(path, format!("#\n{front}\n")));
        let document = Document::parse(Arc::clone(&source), Format::Yaml).map_err(|errors| {
            let place = |e: &crate::source::SyntaxError| crate::diagnostic::At {
                source: Arc::clone(&source),
                range: e.range.clone(),
            };
            errors.iter().map(|e| Diagnostic::error(Code::Syntax, e.message.clone()).at(place(e))).collect::<Vec<_>>()
        })?;
        let (value, errors) = manifest::decode::<Front>(&document);
        match value {
            Some(front_matter) if errors.is_empty() => Ok(Self {
                name,
                path: path.to_owned(),
                front: front_matter,
                body: body.to_owned(),
                above: front.lines().count() + 2,
                syntax,
            }),
            _ => Err(errors),
        }
    }
}

/// A template as `build.rs` embeds it.
#[derive(Deserialize)]
struct Embedded {
    name: String,
    front: Front,
    body: String,
    above: usize,
}

/// How a check is closed that no document closes, or that a document does not close alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Otherwise {
    /// The check.
    pub check: String,
    /// What has to be there, in one sentence.
    pub what: String,
    /// The command that writes it, when one does.
    #[serde(default)]
    pub command: Option<String>,
}

/// The templates, and what closes the other checks.
#[derive(Debug, Clone)]
pub struct Library {
    /// By name.
    pub templates: Vec<Template>,
    /// By check.
    pub otherwise: Vec<Otherwise>,
}

impl Library {
    /// The built-in templates.
    ///
    /// # Errors
    /// Never for a binary that was built from good files; the message says what is broken.
    pub fn builtin() -> Result<Self, serde_json::Error> {
        let embedded: Vec<Embedded> = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/documents.json")))?;
        let otherwise = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/otherwise.json")))?;
        let templates = embedded
            .into_iter()
            .filter_map(|Embedded { name, front, body, above }| {
                let syntax = Syntax::of(&name)?;
                Some(Template { path: format!("templates/documents/{name}"), name, front, body, above, syntax })
            })
            .collect();
        Ok(Self { templates, otherwise })
    }

    /// With a team's own templates: one of the same name takes the place of the built-in one, any other is added.
    #[must_use]
    pub fn with(mut self, own: Vec<Template>) -> Self {
        for template in own {
            match self.templates.iter_mut().find(|t| t.id() == template.id()) {
                Some(place) => *place = template,
                None => self.templates.push(template),
            }
        }
        self.templates.sort_by(|a, b| a.name.cmp(&b.name));
        self
    }

    /// The templates that a check wants.
    pub fn of<'l>(&'l self, check: &'l str) -> impl Iterator<Item = &'l Template> {
        self.templates.iter().filter(move |t| t.front.checks.iter().any(|c| c == check))
    }
}
