//! A Terraform (HCL) or Bicep file enters; its blocks leave with nested values. What is no literal stays as `${text}`.
//!
//! The reader is tolerant: what it does not understand it passes over, and it ends on any input.

mod tokens;

use serde_json::{Map, Value};

use tokens::{Style, Token, tokens};

/// Deeper nesting is passed over.
const MAX_DEPTH: u8 = 40;

/// A block at the top of a file (`resource "aws_s3_bucket" "audit" { … }`), or a nested resource of Bicep.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    /// Its first word.
    pub(super) kind: String,
    /// The words behind it.
    pub(super) labels: Vec<String>,
    /// What it holds: an object.
    pub(super) body: Value,
    /// Its line.
    pub(super) line: usize,
}

/// Where a Terraform file is torn: the line of a bracket that is never closed, or of one that closes nothing.
pub(super) fn torn_hcl(text: &str) -> Option<(usize, char)> {
    torn(text, Style::Hcl)
}

/// Where a Bicep file is torn.
pub(super) fn torn_bicep(text: &str) -> Option<(usize, char)> {
    torn(text, Style::Bicep)
}

fn torn(text: &str, style: Style) -> Option<(usize, char)> {
    let mut open: Vec<(char, usize)> = Vec::new();
    for (token, line) in tokens(text, style) {
        let Token::Mark(mark) = token else { continue };
        let opened = match mark {
            '{' | '[' | '(' => {
                open.push((mark, line));
                continue;
            }
            '}' => '{',
            ']' => '[',
            ')' => '(',
            _ => continue,
        };
        match open.pop() {
            Some((last, _)) if last == opened => {}
            Some((last, begun)) => return Some((begun, last)),
            None => return Some((line, mark)),
        }
    }
    open.pop().map(|(mark, line)| (line, mark))
}

/// The blocks of a Terraform file.
pub(super) fn hcl(text: &str) -> Vec<Block> {
    let mut reader = Reader { tokens: tokens(text, Style::Hcl), at: 0, found: Vec::new() };
    while reader.at < reader.tokens.len() {
        let line = reader.line();
        let Some(kind) = reader.take_word() else {
            reader.at += 1;
            continue;
        };
        // An assignment at the top stands in a file of variables.
        if reader.peek_is('=') {
            reader.at += 1;
            let value = reader.value(0);
            let body = Value::Object(Map::from_iter([("default".to_owned(), value)]));
            reader.found.push(Block { kind: "assign".to_owned(), labels: vec![kind], body, line });
            continue;
        }
        let mut labels = Vec::new();
        while let Some(word) = reader.take_word() {
            labels.push(word);
        }
        if reader.peek_is('{') {
            reader.at += 1;
            let body = Value::Object(reader.body(0));
            reader.found.push(Block { kind, labels, body, line });
        }
    }
    reader.found
}

/// The declarations of a Bicep file.
pub(super) fn bicep(text: &str) -> Vec<Block> {
    let mut reader = Reader { tokens: tokens(text, Style::Bicep), at: 0, found: Vec::new() };
    while reader.at < reader.tokens.len() {
        let line = reader.line();
        match reader.take_word().as_deref() {
            Some(kind @ ("resource" | "module")) => reader.declaration(kind, line, 0),
            Some(kind @ ("param" | "var")) => {
                let Some(name) = reader.take_word() else { continue };
                while !reader.peek_is('=') && !reader.at_line_end() {
                    reader.at += 1;
                }
                if reader.peek_is('=') {
                    reader.at += 1;
                    let value = reader.value(0);
                    let body = Value::Object(Map::from_iter([("default".to_owned(), value)]));
                    reader.found.push(Block { kind: kind.to_owned(), labels: vec![name], body, line });
                }
            }
            Some(_) => {}
            None => reader.at += 1,
        }
    }
    reader.found
}

struct Reader {
    tokens: Vec<(Token, usize)>,
    at: usize,
    found: Vec<Block>,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(1, |(_, line)| *line)
    }

    fn peek_is(&self, mark: char) -> bool {
        self.peek() == Some(&Token::Mark(mark))
    }

    fn at_line_end(&self) -> bool {
        matches!(self.peek(), None | Some(Token::Newline))
    }

    fn take_word(&mut self) -> Option<String> {
        match self.tokens.get(self.at) {
            Some((Token::Word(word) | Token::Text(word), _)) => {
                self.at += 1;
                Some(word.clone())
            }
            _ => None,
        }
    }

    fn skip_newlines(&mut self) {
        while self.peek() == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    /// A resource or module of Bicep: `resource name 'type' = if (…) { … }`.
    fn declaration(&mut self, kind: &str, line: usize, depth: u8) {
        let mut labels = Vec::new();
        while let Some(word) = self.take_word() {
            labels.push(word);
        }
        if !self.peek_is('=') {
            return;
        }
        let mut open = 0_i32;
        while let Some(token) = self.peek() {
            match token {
                Token::Mark('(') => open += 1,
                Token::Mark(')') => open -= 1,
                Token::Mark('{') if open <= 0 => break,
                Token::Newline if open <= 0 => return,
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        let body = Value::Object(self.object(depth));
        self.found.push(Block { kind: kind.to_owned(), labels, body, line });
    }

    /// The body of a Terraform block, up to its closing brace.
    fn body(&mut self, depth: u8) -> Map<String, Value> {
        let mut body = Map::new();
        loop {
            self.skip_newlines();
            if self.peek().is_none() || self.peek_is('}') {
                self.at += 1;
                return body;
            }
            let Some(name) = self.take_word() else {
                self.at += 1;
                continue;
            };
            if self.peek_is('=') {
                self.at += 1;
                let value = self.value(depth);
                body.insert(name, value);
                continue;
            }
            let mut labels = Vec::new();
            while let Some(word) = self.take_word() {
                labels.push(word);
            }
            if self.peek_is('{') {
                self.at += 1;
                if depth >= MAX_DEPTH {
                    self.skip_group();
                    continue;
                }
                let mut inner = self.body(depth + 1);
                // `dynamic "rule" { content { … } }` makes blocks `rule`.
                let is_dynamic = name == "dynamic";
                let name = if is_dynamic { labels.into_iter().next().unwrap_or(name) } else { name };
                if is_dynamic
                    && let Some(Value::Array(content)) = inner.remove("content")
                    && let Some(content) = content.into_iter().next()
                {
                    inner = content.as_object().cloned().unwrap_or_default();
                }
                match body.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                    Value::Array(blocks) => blocks.push(Value::Object(inner)),
                    other => *other = Value::Array(vec![Value::Object(inner)]),
                }
            }
        }
    }

    /// Passes over a group whose opening brace is behind.
    fn skip_group(&mut self) {
        let mut open = 1_i32;
        while let Some(token) = self.peek() {
            match token {
                Token::Mark('{' | '[' | '(') => open += 1,
                Token::Mark('}' | ']' | ')') => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }

    /// The entries of an object, up to its closing brace.
    fn object(&mut self, depth: u8) -> Map<String, Value> {
        let mut map = Map::new();
        if depth >= MAX_DEPTH {
            self.skip_group();
            return map;
        }
        loop {
            while matches!(self.peek(), Some(Token::Newline | Token::Mark(','))) {
                self.at += 1;
            }
            if self.peek().is_none() || self.peek_is('}') {
                self.at += 1;
                return map;
            }
            let line = self.line();
            let Some(name) = self.take_word() else {
                self.at += 1;
                continue;
            };
            if self.peek_is('=') || self.peek_is(':') {
                self.at += 1;
                let value = self.value(depth + 1);
                map.insert(name, value);
            } else if name == "resource" {
                self.declaration("resource", line, depth + 1);
            }
        }
    }

    /// A value: a literal, a list, an object, or the text of an expression.
    fn value(&mut self, depth: u8) -> Value {
        let start = self.at;
        let value = match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.at += 1;
                Value::String(text)
            }
            Some(Token::Word(word)) => {
                self.at += 1;
                match word.as_str() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    "null" => Value::Null,
                    number => number
                        .parse::<i64>()
                        .map(Value::from)
                        .or_else(|_| number.parse::<f64>().map(Value::from))
                        .unwrap_or_else(|_| reference(number)),
                }
            }
            Some(Token::Mark('[')) => {
                self.at += 1;
                self.items(depth + 1)
            }
            Some(Token::Mark('{')) => {
                self.at += 1;
                Value::Object(self.object(depth + 1))
            }
            _ => Value::Null,
        };
        if self.at > start && self.ends_value() {
            return value;
        }
        self.at = start;
        self.expression()
    }

    fn items(&mut self, depth: u8) -> Value {
        let mut items = Vec::new();
        if depth >= MAX_DEPTH {
            self.skip_group();
            return Value::Array(items);
        }
        loop {
            while matches!(self.peek(), Some(Token::Newline | Token::Mark(','))) {
                self.at += 1;
            }
            match self.peek() {
                None | Some(Token::Mark(']')) => {
                    self.at += 1;
                    return Value::Array(items);
                }
                _ => {
                    let before = self.at;
                    items.push(self.value(depth));
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
    }

    fn ends_value(&self) -> bool {
        matches!(self.peek(), None | Some(Token::Newline | Token::Mark(',' | '}' | ']' | ')')))
    }

    /// The text of an expression, up to the end of its line or group.
    fn expression(&mut self) -> Value {
        let mut text = String::new();
        let mut open = 0_i32;
        while let Some(token) = self.peek() {
            match token {
                Token::Newline if open == 0 => break,
                Token::Mark(',') if open == 0 => break,
                Token::Mark('}' | ']' | ')') if open == 0 => break,
                Token::Mark(c) => {
                    match c {
                        '{' | '[' | '(' => open += 1,
                        '}' | ']' | ')' => open -= 1,
                        _ => {}
                    }
                    text.push(*c);
                }
                Token::Newline => {}
                Token::Word(word) => {
                    if text.ends_with(|c: char| c.is_alphanumeric()) {
                        text.push(' ');
                    }
                    text.push_str(word);
                }
                Token::Text(content) => {
                    text.push('"');
                    text.push_str(content);
                    text.push('"');
                }
            }
            self.at += 1;
        }
        reference(&text)
    }
}

fn reference(text: &str) -> Value {
    Value::String(format!("${{{text}}}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    const TERRAFORM: &str = r#"
# region = "us-west-1"
resource "aws_s3_bucket" "audit" { // the sink
  bucket = "x-${replace(var.env, "a", "b")}-audit"
  tags = { Name = "audit", "data-class" = "log" }
  object_lock_enabled = true
}

resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    id = "expire"
    expiration { days = 400 }
  }
  dynamic "rule" {
    for_each = [1, 2]
    content {
      id = rule.value
    }
  }
  policy = <<-EOF
    { "Effect": "Deny" }
  EOF
  zones = [
    "eu-central-1a", # first
    "eu-central-1b",
  ]
  count = var.env == "prod" ? 1 : 0
}
variable "days" {
  type    = number
  default = 30
}
"#;

    #[test]
    fn terraform_blocks_are_read_with_nested_values() {
        let blocks = hcl(TERRAFORM);
        assert_eq!(blocks.len(), 3);
        assert_eq!(blocks[0].labels, ["aws_s3_bucket", "audit"]);
        assert_eq!((blocks[0].line, blocks[1].line), (3, 9));
        assert_eq!(blocks[0].body["bucket"], "x-${replace(var.env, \"a\", \"b\")}-audit");
        assert_eq!(blocks[0].body["tags"]["data-class"], "log");
        assert_eq!(blocks[1].body["bucket"], "${aws_s3_bucket.audit.id}");
        assert_eq!(blocks[1].body["rule"][0]["expiration"][0]["days"], 400);
        assert_eq!(blocks[1].body["rule"][1]["id"], "${rule.value}");
        assert!(blocks[1].body["policy"].as_str().unwrap().contains("Deny"));
        assert_eq!(blocks[1].body["zones"][1], "eu-central-1b");
        assert_eq!(blocks[1].body["count"], "${var.env==\"prod\"?1:0}");
        assert_eq!(blocks[2].body["default"], 30);
        assert!(!blocks.iter().any(|b| b.body.to_string().contains("us-west-1")));
    }

    #[test]
    fn bicep_declarations_are_read() {
        let blocks = bicep(
            "@description('where')\nparam location string = 'westeurope'\n\nresource logs 'Microsoft.OperationalInsights/workspaces@2022-10-01' = if (x) {\n  name: 'audit-${env}'\n  properties: {\n    retentionInDays: 400\n    sku: { name: 'PerGB2018' }\n  }\n  resource child 'tables' = {\n    name: 'T'\n  }\n}\nmodule m './x.bicep' = {\n  params: [ 'a', 'b' ]\n}\n",
        );
        let kinds: Vec<_> = blocks.iter().map(|b| (b.kind.as_str(), b.labels[0].as_str(), b.line)).collect();
        assert_eq!(
            kinds,
            [("param", "location", 2), ("resource", "child", 10), ("resource", "logs", 4), ("module", "m", 14)]
        );
        assert_eq!(blocks[2].body["properties"]["retentionInDays"], 400);
        assert_eq!(blocks[0].body["default"], "westeurope");
    }

    #[test]
    fn hostile_text_ends() {
        for text in [
            "{".repeat(100_000),
            "a {".repeat(50_000),
            "a = [".repeat(50_000),
            "x = <<EOF\n".to_owned(),
            "a = \"${".repeat(10_000),
            "resource a 'b' = {".repeat(20_000),
        ] {
            let _ = (hcl(&text), bicep(&text));
        }
        assert_eq!(hcl("= } ] x"), []);
    }
}
