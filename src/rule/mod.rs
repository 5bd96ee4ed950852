//! An expression enters; whether it holds over a facts tree leaves, with the paths that it asks.
//!
//! The language is CEL. Its guards are here: length, nesting, known paths; a missing key does not hold, an unknown leaf makes
//! the answer unknown, and any other error is reported.

mod code;
mod paths;
mod view;
mod words;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use cel::common::ast::IdedExpr;
use cel::extractors::This;
use cel::{Context, Env, ExecutionError, Program, Value};

use regex_lite::Regex;

use crate::fact::{Leaf, Node, Record, When};
use crate::manifest::value::Day;

pub use paths::PathError;

/// The longest expression, in bytes.
pub const MAX_LENGTH: usize = 4096;

/// How deep quantifiers may be nested.
pub const MAX_NESTING: usize = 2;

/// A compiled expression.
#[derive(Debug)]
pub struct Rule {
    expression: IdedExpr,
    /// The paths it asks; followed when they are first wanted.
    asked: OnceLock<BTreeSet<String>>,
}

/// Why an expression is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Too long.
    #[error("the expression has {0} bytes; at most {MAX_LENGTH} are read")]
    TooLong(usize),
    /// Not CEL.
    #[error("the expression does not parse: {0}")]
    Syntax(String),
    /// It asks something that is no fact.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Quantifiers too deep.
    #[error("quantifiers (all, exists, filter, map) are nested {0} deep; at most {MAX_NESTING} are evaluated")]
    TooDeep(usize),
}

/// Which dated records a rule sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// All of them, whether they have a date or not.
    All,
    /// Those with a known day, and those whose day cannot be looked at.
    DatedOrUnknown,
    /// Those of this day or later.
    Since(Day),
    /// Those of this day or later, and those that name what is deployed.
    SinceOrCurrent(Day),
}

impl Events {
    fn keep(self, record: &Record) -> bool {
        let current = || record.fields.get("current").is_some_and(Node::is_true);
        match (self, record.when()) {
            (Self::All, _) | (Self::DatedOrUnknown, When::Dated(_) | When::Unknown(_)) => true,
            (Self::Since(since), When::Dated(day)) => day >= since,
            (Self::SinceOrCurrent(since), When::Dated(day)) => day >= since || current(),
            (Self::SinceOrCurrent(_), _) => current(),
            (Self::DatedOrUnknown | Self::Since(_), _) => false,
        }
    }
}

/// What a rule answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    Holds,
    /// It does not hold, or it asks a key that is not there.
    Fails,
    /// It rests on something that could not be looked at; why.
    Unknown(String),
    /// It cannot be evaluated; why.
    Error(String),
}

impl Rule {
    /// Compiles an expression.
    ///
    /// # Errors
    /// [`RuleError`] when it is too long or does not parse.
    pub fn compile(text: &str) -> Result<Self, RuleError> {
        // The length is asked first: the parser overflows on long chains and panics on errors far to the right.
        if text.len() > MAX_LENGTH {
            return Err(RuleError::TooLong(text.len()));
        }
        let program = Program::compile(text).map_err(|e| RuleError::Syntax(one_line(&e.to_string())))?;
        Ok(Self { expression: program.expression().clone(), asked: OnceLock::new() })
    }

    /// Reads a rule that was parsed when `aipp` was built.
    #[must_use]
    pub fn embedded(line: &str) -> Option<Self> {
        code::decode(line).map(|expression| Self { expression, asked: OnceLock::new() })
    }

    /// The rule as it is embedded; none for the parts of the language that cannot be.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        code::encode(&self.expression)
    }

    /// The paths it asks, checked against the shape of the facts tree: `drills.rollback[].passed`.
    ///
    /// # Errors
    /// [`RuleError`] when it names something that is no fact, or nests quantifiers too deep.
    pub fn paths(&self, shape: &crate::facts::Shape) -> Result<BTreeSet<String>, RuleError> {
        let depth = paths::nesting(&self.expression);
        if depth > MAX_NESTING {
            return Err(RuleError::TooDeep(depth));
        }
        Ok(paths::collect(&self.expression, shape)?)
    }

    /// The paths it asks, unchecked; for a rule that was checked when it was made.
    #[must_use]
    pub fn asked(&self) -> &BTreeSet<String> {
        self.asked.get_or_init(|| paths::asked(&self.expression))
    }
}

/// A message of the parser on one line.
fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches("ERROR: ").trim_start_matches("<input>:").to_owned()
}

/// A facts tree that rules can be asked over.
pub struct Asker<'f> {
    root: &'f Record,
    env: Arc<Env>,
    patterns: Patterns,
}

/// Patterns that were compiled: a rule asks the same one of many test names.
type Patterns = Arc<Mutex<HashMap<Arc<String>, Regex>>>;

impl<'f> Asker<'f> {
    /// Over this tree.
    #[must_use]
    pub fn new(root: &'f Record) -> Self {
        Self { root, env: Arc::new(Env::stdlib()), patterns: Patterns::default() }
    }

    /// The tree with only some of its dated records.
    #[must_use]
    pub fn with(&self, events: Events) -> Scope<'f> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        functions(&mut context, &self.patterns);
        for (name, node) in &self.root.fields {
            if let Ok(value) = view::value(node, name, events) {
                context.add_variable_as_val(name.clone(), value);
            }
        }
        Scope { context, root: self.root }
    }
}

/// A facts tree with only some of its dated records.
pub struct Scope<'f> {
    context: Context<'f, 'f>,
    root: &'f Record,
}

impl Scope<'_> {
    /// Asks a rule.
    #[must_use]
    pub fn ask(&self, rule: &Rule) -> Answer {
        match Value::resolve_val(&rule.expression, &self.context) {
            Ok(value) => match value.downcast_ref::<cel::common::types::CelBool>().map(|b| *b.inner()) {
                Some(true) => Answer::Holds,
                Some(false) => Answer::Fails,
                None => Answer::Error(format!("it is {}, not true or false", value.get_type().name())),
            },
            Err(ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_)) => Answer::Fails,
            // A whole branch of the tree that could not be looked at has no variable; one that is not there has none either.
            Err(ExecutionError::UndeclaredReference(name)) => match self.root.fields.get(name.as_str()) {
                Some(Node::Leaf(Leaf::Unknown(why))) => Answer::Unknown(why.clone()),
                _ => Answer::Fails,
            },
            Err(ExecutionError::FunctionError { function, message }) if function == view::UNKNOWN => {
                Answer::Unknown(message)
            }
            Err(error) => Answer::Error(error.to_string()),
        }
    }
}

/// Whether a text says something, as `specific(...)` asks it in rules.
#[must_use]
pub fn is_specific(text: &str) -> bool {
    words::specific(text)
}

/// The functions that rules have besides the standard ones.
fn functions(context: &mut Context<'_, '_>, patterns: &Patterns) {
    let patterns = Arc::clone(patterns);
    let added = [
        // The language's own `matches` compiles its pattern for every text that it is asked of.
        context.add_function(
            "matches",
            move |This(text): This<Arc<String>>, pattern: Arc<String>| -> Result<bool, ExecutionError> {
                let broken = |why: String| ExecutionError::function_error("matches", why);
                let mut known = patterns.lock().map_err(|e| broken(e.to_string()))?;
                if let Some(regex) = known.get(&pattern) {
                    return Ok(regex.is_match(&text));
                }
                let regex = Regex::new(&pattern).map_err(|e| broken(e.to_string()))?;
                let matches = regex.is_match(&text);
                known.insert(pattern, regex);
                Ok(matches)
            },
        ),
        context.add_function("days", |from: Arc<String>, to: Arc<String>| -> Result<i64, ExecutionError> {
            let day = |text: &str| {
                Day::parse(text).ok_or_else(|| ExecutionError::function_error("days", format!("`{text}` is no day")))
            };
            let (from, to) = (day(&from)?, day(&to)?);
            Ok(i64::from(from.0.until(to.0).map_err(|e| ExecutionError::function_error("days", e))?.get_days()))
        }),
        context.add_function("words", |text: Arc<String>| words::count(&text)),
        context.add_function("specific", |text: Arc<String>| words::specific(&text)),
        context.add_function("numeric", |text: Arc<String>| text.chars().any(|c| c.is_ascii_digit())),
        context.add_function("mentions", |text: Arc<String>, word: Arc<String>| words::mentions(&text, &word)),
        context.add_function("covers", |said: Value, wanted: Arc<Vec<Value>>| covers(&said, &wanted)),
        context.add_function("distinct", |items: Arc<Vec<Value>>| {
            let mut seen: Vec<Value> = Vec::new();
            for item in items.iter().filter(|i| !matches!(i, Value::Null)) {
                if !seen.contains(item) {
                    seen.push(item.clone());
                }
            }
            Value::List(Arc::new(seen))
        }),
    ];
    debug_assert!(added.iter().all(Result::is_ok), "each function has a name of its own");
}

/// Whether every wanted word (alternatives as `a|b`) is mentioned in a text or in one of a list of texts.
fn covers(said: &Value, wanted: &[Value]) -> Result<bool, ExecutionError> {
    let texts: Vec<Arc<String>> = match said {
        Value::String(text) => vec![Arc::clone(text)],
        Value::List(items) => {
            items.iter().filter_map(|i| if let Value::String(t) = i { Some(Arc::clone(t)) } else { None }).collect()
        }
        _ => return Err(ExecutionError::function_error("covers", "the first argument is a text or a list of texts")),
    };
    Ok(wanted.iter().all(|w| match w {
        Value::String(word) => word.split('|').any(|alternative| texts.iter().any(|t| words::mentions(t, alternative))),
        _ => false,
    }))
}

#[cfg(test)]
mod tests;
