//! The text of a program enters; the names of the tools that it registers for an agent leave.

use super::wording::line_at;
use crate::evidence::expression::{Expression, group};

/// More tools than these are not read from one file.
const MAX_TOOLS: usize = 200;

/// A tool and the line on which it is registered.
pub(super) type Tool = (String, usize);

/// A decorator or annotation that registers what stands below it.
static DECORATOR: Expression = Expression::new(
    r"(?m)^[ \t]*@(?:[A-Za-z0-9_]+\.)*(?:tool|tool_plain|function_tool|register_tool|ai_tool|beta_tool|kernel_function|Tool|McpTool)(?P<end>[ \t]*\(|[ \t]*\r?$)",
    &["@"],
);

/// What a decorator stands above.
static DEFINITION: Expression = Expression::new(
    r"(?:def|function|async|class)[ \t]+(?:def[ \t]+|function[ \t]+)?([A-Za-z0-9_]+)|([A-Za-z0-9_]+)[ \t]*\([^()]*\)[ \t]*(?:throws[ \t A-Za-z.,]+)?\{",
    &[],
);

/// A call that takes the name of the tool first.
static REGISTERS: Expression = Expression::new(
    r#"(?:\b(?:register_tool|registerTool|add_tool|addTool|defineTool|define_tool|NewTool|KernelFunction)|\.tool)\([ \t\r\n]*["'`]([A-Za-z0-9_.:/-]{1,80})["'`]"#,
    &["ool(", "KernelFunction("],
);

/// A call or an object that names the tool among other things.
static NAMED: Expression = Expression::new(
    r#"\b(?:Tool|StructuredTool|FunctionTool|BaseTool|DynamicTool|DynamicStructuredTool|McpServerTool|from_function|tool|defineTool|createTool|betaZodTool)\([ \t\r\n]*\{?[^(){}]{0,600}?\b(?:name|Name|id|name_override)[ \t]*[:=][ \t]*["'`]([A-Za-z0-9_.:/-]{1,80})["'`]"#,
    &["ool(", "from_function("],
);

/// The name that a decorator gives.
static GIVEN: Expression = Expression::new(
    r#"^[ \t\r\n]*(?:(?:name|Name|name_override)[ \t]*=[ \t]*)?["']([A-Za-z0-9_.:/-]{1,80})["']|[,( \t\r\n](?:name|Name|name_override)[ \t]*=[ \t]*["']([A-Za-z0-9_.:/-]{1,80})["']"#,
    &["\"", "'"],
);

/// A list of tools that is handed to an agent.
static LIST: Expression = Expression::new(r"\btools[ \t]*[=:][ \t]*\[", &["tools"]);

/// A tool in a list, as the interfaces of model vendors describe it.
static DESCRIBED: Expression =
    Expression::new(r#"["']?\bname["']?[ \t]*[:=][ \t]*["']([A-Za-z0-9_.:/-]{1,80})["']"#, &["name"]);

/// The tools that a program registers.
pub(super) fn registered(text: &str) -> Vec<Tool> {
    let mut found: Vec<Tool> = Vec::new();
    if !["tool", "Tool", "kernel_function", "KernelFunction"].iter().any(|word| text.contains(word)) {
        return found;
    }
    for found_at in DECORATOR.all(text).take(MAX_TOOLS) {
        let Some(Some(at)) = found_at.first() else { continue };
        let decorator = text.get(at.clone()).unwrap_or_default();
        let line = line_at(text, at.start) + usize::from(decorator.starts_with('\n'));
        let after = text.get(at.end..).unwrap_or_default();
        let (arguments, below) = if decorator.ends_with('(') { balanced(after) } else { ("", after) };
        let near: String = below.lines().take(25).collect::<Vec<_>>().join("\n");
        if let Some(name) = either(&GIVEN, arguments).or_else(|| either(&DEFINITION, &near)) {
            found.push((name, line));
        }
    }
    for pattern in [&REGISTERS, &NAMED] {
        for at in pattern.all(text).take(MAX_TOOLS) {
            if let (Some(Some(whole)), Some(name)) = (at.first(), group(text, &at, 1)) {
                found.push((name.to_owned(), line_at(text, whole.start)));
            }
        }
    }
    for at in LIST.all(text).take(50) {
        let Some(Some(at)) = at.first() else { continue };
        let line = line_at(text, at.start);
        let (inside, _) = balanced(text.get(at.end..).unwrap_or_default());
        found.extend(elements(inside).into_iter().filter_map(in_list).map(|name| (name, line)));
    }
    found.sort_unstable();
    found.dedup_by(|later, first| later.0 == first.0);
    found.truncate(MAX_TOOLS);
    found
}

/// The text of the first group of an expression, or of its second.
fn either(expression: &Expression, text: &str) -> Option<String> {
    let groups = expression.first(text)?;
    group(text, &groups, 1).or_else(|| group(text, &groups, 2)).map(str::to_owned)
}

/// The name of the tool that an element of a list is.
fn in_list(element: &str) -> Option<String> {
    let element = element.trim();
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    if element.starts_with('{') {
        return group(element, &DESCRIBED.first(element)?, 1).map(str::to_owned);
    }
    if let Some((head, rest)) = element.split_once('(') {
        let named = DESCRIBED.first(rest).and_then(|found| group(rest, &found, 1).map(str::to_owned));
        let class = head.rsplit('.').next().unwrap_or(head);
        return named.or_else(|| is_name(head).then(|| class.to_owned()));
    }
    let quoted = element.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
    let name = quoted.unwrap_or(element);
    (is_name(name) && !name.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| name.rsplit('.').next().unwrap_or(name).to_owned())
}

/// What stands up to the bracket that closes, and what follows it.
fn balanced(text: &str) -> (&str, &str) {
    let mut open = 1_i32;
    for (at, c) in text.char_indices().take(20_000) {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return (text.get(..at).unwrap_or_default(), text.get(at + c.len_utf8()..).unwrap_or_default());
        }
    }
    ("", text)
}

/// The elements of a list, parted at its own commas.
fn elements(inside: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut open) = (0, 0_i32);
    for (at, c) in inside.char_indices() {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open -= 1,
            ',' if open == 0 => {
                found.push(inside.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(inside.get(start..).unwrap_or_default());
    found.into_iter().filter(|element| !element.trim().is_empty()).take(MAX_TOOLS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        registered(text).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn tools_of_python_frameworks() {
        let text = r#"
def tool(name):
    ...

@tool("read_document")
def read(x): ...

@tool
def lookup(x): ...

@function_tool(name_override="pay", strict=True)
async def post_payment(x): ...

@mcp.tool()
async def search_kb(q: str) -> str: ...

@kernel_function(description="d", name="kf")
def f(self): ...

agent = Agent(name="intake", tools=[lookup, erp.post_invoice, WebSearchTool(), *extra])
client.create(tools=[{"type": "function", "function": {"name": "get_weather", "description": "x"}}])
registry.register_tool("refund", refund)
t = StructuredTool.from_function(func=f, name="close_ticket")
"#;
        assert_eq!(
            names(text),
            [
                "WebSearchTool",
                "close_ticket",
                "get_weather",
                "kf",
                "lookup",
                "pay",
                "post_invoice",
                "read_document",
                "refund",
                "search_kb"
            ]
        );
        assert_eq!(registered(text).iter().find(|(name, _)| name == "read_document").map(|(_, line)| *line), Some(5));
    }

    #[test]
    fn tools_of_typescript_java_and_go() {
        assert_eq!(
            names("server.tool('lookup', {}, async () => {});\nserver.registerTool(\n  \"pay\", {})"),
            ["lookup", "pay"]
        );
        assert_eq!(names("const t = new DynamicTool({ description: 'd', name: 'x_tool', func })"), ["x_tool"]);
        assert_eq!(names("@Tool(\"Reads\")\npublic String readInvoice(String id) { }\n"), ["Reads"]);
        assert_eq!(names("  @Tool\n  String readInvoice(String id) {\n"), ["readInvoice"]);
        assert_eq!(names("mcp.NewTool(\"hello_world\", x)"), ["hello_world"]);
        assert_eq!(names("let toolbar = makeToolbar('x'); tools = tools"), [] as [&str; 0]);
        assert_eq!(names(&"tools=[".repeat(10_000)), [] as [&str; 0]);
    }
}
