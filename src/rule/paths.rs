//! An expression and the shape of the facts tree enter; the paths that the expression asks leave, or the first that is no fact.

use std::collections::{BTreeSet, HashMap};

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

use crate::facts::{Kind, Shape};

/// A path that is no fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is no {}{}", if .path.ends_with("()") { "function" } else { "fact" }, .near.as_ref().map_or(String::new(), |n| format!("; did you mean `{n}`?")))]
pub struct PathError {
    /// The path as far as it was followed.
    pub path: String,
    /// The nearest fact that there is.
    pub near: Option<String>,
}

/// The functions that rules may call.
const FUNCTIONS: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "int",
    "double",
    "string",
    "days",
    "words",
    "specific",
    "numeric",
    "mentions",
    "covers",
    "distinct",
];

/// Operators are functions whose names begin with one of these.
const OPERATORS: &[char] = &['_', '@', '!', '-'];

/// What a sub-expression stands for, when it is a part of the facts tree.
#[derive(Clone)]
struct Part {
    shape: Option<Shape>,
    path: Option<String>,
}

const NOTHING: Part = Part { shape: None, path: None };

/// The paths that an expression asks, every one checked.
pub(super) fn collect(expression: &IdedExpr, shape: &Shape) -> Result<BTreeSet<String>, PathError> {
    let mut walk = Walk { root: Some(shape), scope: HashMap::new(), asked: BTreeSet::new() };
    walk.part(expression)?;
    Ok(walk.asked)
}

/// The paths that an expression asks, unchecked.
pub(super) fn asked(expression: &IdedExpr) -> BTreeSet<String> {
    let mut walk = Walk { root: None, scope: HashMap::new(), asked: BTreeSet::new() };
    // Without a shape nothing can be wrong.
    let _ = walk.part(expression);
    walk.asked
}

struct Walk<'s> {
    root: Option<&'s Shape>,
    scope: HashMap<String, Part>,
    asked: BTreeSet<String>,
}

impl Walk<'_> {
    fn part(&mut self, expression: &IdedExpr) -> Result<Part, PathError> {
        match &expression.expr {
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => {
                let operand = self.part(&select.operand)?;
                self.field(operand, &select.field)
            }
            Expr::Call(call) => {
                if call.func_name == operators::INDEX && call.args.len() == 2 {
                    return self.index(&call.args[0], &call.args[1]);
                }
                let known = |name: &str| OPERATORS.iter().any(|c| name.starts_with(*c)) || FUNCTIONS.contains(&name);
                if self.root.is_some() && !known(&call.func_name) {
                    let functions: Vec<String> = FUNCTIONS.iter().map(|f| (*f).to_owned()).collect();
                    return Err(PathError {
                        path: format!("{}()", call.func_name),
                        near: crate::manifest::nearest(&call.func_name, &functions).map(|n| format!("{n}()")),
                    });
                }
                if let Some(target) = &call.target {
                    self.part(target)?;
                }
                for argument in &call.args {
                    self.part(argument)?;
                }
                Ok(NOTHING)
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::List(list) => {
                for element in &list.elements {
                    self.part(element)?;
                }
                Ok(NOTHING)
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.part(&entry.key)?;
                        self.part(&entry.value)?;
                    }
                }
                Ok(NOTHING)
            }
            Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => Ok(NOTHING),
        }
    }

    fn name(&mut self, name: &str) -> Result<Part, PathError> {
        if let Some(part) = self.scope.get(name) {
            return Ok(part.clone());
        }
        let shape = match self.root {
            None => None,
            Some(root) => Some(root.field(name).cloned().ok_or_else(|| missing("", name, root))?),
        };
        self.asked.insert(name.to_owned());
        Ok(Part { shape, path: Some(name.to_owned()) })
    }

    fn field(&mut self, operand: Part, name: &str) -> Result<Part, PathError> {
        let shape = match &operand.shape {
            None => None,
            Some(shape) => {
                let path = operand.path.as_deref().unwrap_or_default();
                Some(shape.field(name).cloned().ok_or_else(|| missing(path, name, shape))?)
            }
        };
        let path = operand.path.map(|path| format!("{path}.{name}"));
        self.asked.extend(path.clone());
        Ok(Part { shape, path })
    }

    fn index(&mut self, operand: &IdedExpr, index: &IdedExpr) -> Result<Part, PathError> {
        let operand = self.part(operand)?;
        if let Expr::Literal(LiteralValue::String(name)) = &index.expr {
            return self.field(operand, name.inner());
        }
        self.part(index)?;
        Ok(element(&operand))
    }

    fn comprehension(&mut self, comprehension: &ComprehensionExpr) -> Result<Part, PathError> {
        let range = self.part(&comprehension.iter_range)?;
        self.part(&comprehension.accu_init)?;
        let hidden = [
            (comprehension.iter_var.clone(), self.scope.insert(comprehension.iter_var.clone(), element(&range))),
            (comprehension.accu_var.clone(), self.scope.insert(comprehension.accu_var.clone(), NOTHING)),
        ];
        self.part(&comprehension.loop_cond)?;
        self.part(&comprehension.loop_step)?;
        self.part(&comprehension.result)?;
        for (name, before) in hidden {
            match before {
                Some(part) => self.scope.insert(name, part),
                None => self.scope.remove(&name),
            };
        }
        // `filter` appends its own variable under a condition: what it yields has the shape of what it went through.
        let filters =
            matches!(&comprehension.loop_step.expr, Expr::Call(step) if step.func_name == operators::CONDITIONAL);
        Ok(if filters { range } else { NOTHING })
    }
}

fn element(part: &Part) -> Part {
    Part {
        shape: part.shape.as_ref().and_then(Shape::element),
        path: match (&part.path, &part.shape) {
            // The keys of a map are no facts of their own.
            (Some(_), Some(Shape::Record(_) | Shape::Dict(_) | Shape::Leaf(Kind::Texts))) | (None, _) => None,
            (Some(path), _) => Some(format!("{path}[]")),
        },
    }
}

fn missing(path: &str, name: &str, shape: &Shape) -> PathError {
    let near = crate::manifest::nearest(name, &shape.fields());
    let full = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    PathError { path: full(name), near: near.map(|n| full(&n)) }
}

/// How deep quantifiers are nested.
pub(super) fn nesting(expression: &IdedExpr) -> usize {
    match &expression.expr {
        Expr::Select(select) => nesting(&select.operand),
        Expr::Call(call) => {
            call.target.iter().map(|t| nesting(t)).chain(call.args.iter().map(nesting)).max().unwrap_or(0)
        }
        Expr::List(list) => list.elements.iter().map(nesting).max().unwrap_or(0),
        Expr::Map(map) => map
            .entries
            .iter()
            .map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => nesting(&entry.key).max(nesting(&entry.value)),
                EntryExpr::StructField(field) => nesting(&field.value),
            })
            .max()
            .unwrap_or(0),
        Expr::Comprehension(c) => {
            let inside = nesting(&c.loop_step).max(nesting(&c.loop_cond)).max(nesting(&c.result)) + 1;
            inside.max(nesting(&c.iter_range))
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => 0,
    }
}
