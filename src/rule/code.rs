//! A parsed expression enters, one line of text leaves, and the other way round: so that the built-in rules are parsed when
//! `aipp` is built, and read back in a few microseconds when it runs. Also compiled into `build.rs`.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr, ListExpr, LiteralValue, MapEntryExpr,
    MapExpr, SelectExpr,
};

/// Writes an expression; none for the parts of the language that rules do not use.
pub(crate) fn encode(expression: &IdedExpr) -> Option<String> {
    let mut out = String::new();
    write(expression, &mut out)?;
    Some(out)
}

/// Reads an expression back; none when the text is not what [`encode`] writes.
pub(crate) fn decode(text: &str) -> Option<IdedExpr> {
    let mut input = Input { rest: text };
    let expression = input.expression()?;
    input.rest.is_empty().then_some(expression)
}

fn word(text: &str, out: &mut String) {
    out.push_str(&text.len().to_string());
    out.push(':');
    out.push_str(text);
}

fn write(expression: &IdedExpr, out: &mut String) -> Option<()> {
    match &expression.expr {
        Expr::Ident(name) => {
            out.push('i');
            word(name, out);
        }
        Expr::Select(select) => {
            out.push(if select.test { 'h' } else { '.' });
            word(&select.field, out);
            write(&select.operand, out)?;
        }
        Expr::Call(call) => {
            out.push(if call.target.is_some() { 'm' } else { 'c' });
            word(&call.func_name, out);
            word(&call.args.len().to_string(), out);
            for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                write(part, out)?;
            }
        }
        Expr::Comprehension(c) => {
            if c.iter_var2.is_some() {
                return None;
            }
            out.push('q');
            word(&c.iter_var, out);
            word(&c.accu_var, out);
            for part in [&c.iter_range, &c.accu_init, &c.loop_cond, &c.loop_step, &c.result] {
                write(part, out)?;
            }
        }
        Expr::List(list) => {
            if !list.optional_indices.is_empty() {
                return None;
            }
            out.push('l');
            word(&list.elements.len().to_string(), out);
            for element in &list.elements {
                write(element, out)?;
            }
        }
        Expr::Map(map) => {
            out.push('d');
            word(&map.entries.len().to_string(), out);
            for entry in &map.entries {
                let EntryExpr::MapEntry(entry) = &entry.expr else { return None };
                write(&entry.key, out)?;
                write(&entry.value, out)?;
            }
        }
        Expr::Literal(literal) => match literal {
            LiteralValue::Boolean(value) => out.push(if *value.inner() { 't' } else { 'f' }),
            LiteralValue::Int(value) => {
                out.push('n');
                word(&value.inner().to_string(), out);
            }
            LiteralValue::Double(value) => {
                out.push('x');
                word(&value.inner().to_bits().to_string(), out);
            }
            LiteralValue::String(value) => {
                out.push('s');
                word(value.inner(), out);
            }
            _ => return None,
        },
        Expr::Struct(_) | Expr::Unspecified => return None,
    }
    Some(())
}

struct Input<'t> {
    rest: &'t str,
}

impl<'t> Input<'t> {
    fn word(&mut self) -> Option<&'t str> {
        let (length, rest) = self.rest.split_once(':')?;
        let length: usize = length.parse().ok()?;
        let word = rest.get(..length)?;
        self.rest = rest.get(length..)?;
        Some(word)
    }

    fn count(&mut self) -> Option<usize> {
        // More parts than bytes cannot follow.
        self.word()?.parse().ok().filter(|count| *count <= self.rest.len())
    }

    fn several(&mut self, count: usize) -> Option<Vec<IdedExpr>> {
        (0..count).map(|_| self.expression()).collect()
    }

    fn expression(&mut self) -> Option<IdedExpr> {
        let kind = self.rest.chars().next()?;
        self.rest = self.rest.get(kind.len_utf8()..)?;
        let expr = match kind {
            'i' => Expr::Ident(self.word()?.to_owned()),
            'h' | '.' => {
                let field = self.word()?.to_owned();
                Expr::Select(SelectExpr { operand: Box::new(self.expression()?), field, test: kind == 'h' })
            }
            'c' | 'm' => {
                let func_name = self.word()?.to_owned();
                let count = self.count()?;
                let target = if kind == 'm' { Some(Box::new(self.expression()?)) } else { None };
                Expr::Call(CallExpr { func_name, target, args: self.several(count)? })
            }
            'q' => {
                let (iter_var, accu_var) = (self.word()?.to_owned(), self.word()?.to_owned());
                Expr::Comprehension(Box::new(ComprehensionExpr {
                    iter_var,
                    iter_var2: None,
                    accu_var,
                    iter_range: self.expression()?,
                    accu_init: self.expression()?,
                    loop_cond: self.expression()?,
                    loop_step: self.expression()?,
                    result: self.expression()?,
                }))
            }
            'l' => {
                let count = self.count()?;
                Expr::List(ListExpr::new(self.several(count)?))
            }
            'd' => {
                let count = self.count()?;
                let entry = |input: &mut Self| {
                    let entry = MapEntryExpr { key: input.expression()?, value: input.expression()?, optional: false };
                    Some(IdedEntryExpr { id: 0, expr: EntryExpr::MapEntry(entry) })
                };
                Expr::Map(MapExpr { entries: (0..count).map(|_| entry(self)).collect::<Option<_>>()? })
            }
            't' => Expr::Literal(LiteralValue::Boolean(true.into())),
            'f' => Expr::Literal(LiteralValue::Boolean(false.into())),
            'n' => Expr::Literal(LiteralValue::Int(self.word()?.parse::<i64>().ok()?.into())),
            'x' => Expr::Literal(LiteralValue::Double(f64::from_bits(self.word()?.parse().ok()?).into())),
            's' => Expr::Literal(LiteralValue::String(self.word()?.to_owned().into())),
            _ => return None,
        };
        Some(IdedExpr { id: 0, expr })
    }
}
