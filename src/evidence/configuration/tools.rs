//! The text of a program enters; the names of the tools that it registers for an agent leave.

use std::sync::LazyLock;

use regex::Regex;

use super::wording::line_at;
use crate::evidence::literals::Literals;

/// More tools than these are not read from one file.
const MAX_TOOLS: usize = 200;

/// A tool and the line on which it is registered.
pub(super) type Tool = (String, usize);

#[expect(clippy::unwrap_used, reason = "the patterns are literals; the tests use each of them")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// A decorator or annotation that registers what stands below it.
static DECORATOR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]*@(?:[A-Za-z0-9_]+\.)*(?:tool|tool_plain|function_tool|register_tool|ai_tool|beta_tool|kernel_function|Tool|McpTool)(?P<end>[ \t]*\(|[ \t]*\r?$)",
    )
});

/// What a decorator stands above.
static DEFINITION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:def|function|async|class)[ \t]+(?:def[ \t]+|function[ \t]+)?([A-Za-z0-9_]+)|([A-Za-z0-9_]+)[ \t]*\([^()]*\)[ \t]*(?:throws[ \t A-Za-z.,]+)?\{",
    )
});

/// A call that takes the name of the tool first.
static REGISTERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?:(?-u:\b)(?:register_tool|registerTool|add_tool|addTool|defineTool|define_tool|NewTool|KernelFunction)|\.tool)\([ \t\r\n]*["'`]([A-Za-z0-9_.:/-]{1,80})["'`]"#,
    )
});

/// A call or an object that names the tool among other things.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)(?:Tool|StructuredTool|FunctionTool|BaseTool|DynamicTool|DynamicStructuredTool|McpServerTool|from_function|tool|defineTool|createTool|betaZodTool)\(",
    )
});

/// The name that a decorator gives.
static GIVEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"^[ \t\r\n]*(?:(?:name|Name|name_override)[ \t]*=[ \t]*)?["']([A-Za-z0-9_.:/-]{1,80})["']|[,( \t\r\n](?:name|Name|name_override)[ \t]*=[ \t]*["']([A-Za-z0-9_.:/-]{1,80})["']"#,
    )
});

/// A list of tools that is handed to an agent.
static LIST: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u:\b)tools[ \t]*[=:][ \t]*\["));

/// A tool in a list, as the interfaces of model vendors describe it.
static DESCRIBED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"["']?(?-u:\b)name["']?[ \t]*[:=][ \t]*["']([A-Za-z0-9_.:/-]{1,80})["']"#));

/// What a program that registers tools has in it, in every way of doing so.
pub(super) const MARKS: &[&str] = &[
    "tool(",
    "Tool(",
    "tools=",
    "tools:",
    "tools =",
    "tools :",
    "@tool",
    ".tool",
    "_tool",
    "@Tool",
    "kernel_function",
    "KernelFunction",
];

static SPEAKS_OF_TOOLS: Literals = Literals::new(&[MARKS]);

/// The tools that a program registers.
pub(super) fn registered(text: &str) -> Vec<Tool> {
    let mut found: Vec<Tool> = Vec::new();
    // Most programs never speak of tools, or only of tooltips.
    if !SPEAKS_OF_TOOLS.any_in(text) {
        return found;
    }
    for at in DECORATOR.find_iter(text).take(MAX_TOOLS) {
        let line = line_at(text, at.start()) + usize::from(at.as_str().starts_with('\n'));
        let after = text.get(at.end()..).unwrap_or_default();
        let (arguments, below) = if at.as_str().ends_with('(') { balanced(after) } else { ("", after) };
        let given = GIVEN
            .captures(arguments)
            .and_then(|found| found.get(1).or_else(|| found.get(2)))
            .map(|name| name.as_str().to_owned());
        let near: String = below.lines().take(25).collect::<Vec<_>>().join("\n");
        let defined = DEFINITION
            .captures(&near)
            .and_then(|found| found.get(1).or_else(|| found.get(2)))
            .map(|name| name.as_str().to_owned());
        if let Some(name) = given.or(defined) {
            found.push((name, line));
        }
    }
    for at in REGISTERS.captures_iter(text).take(MAX_TOOLS) {
        if let (Some(whole), Some(name)) = (at.get(0), at.get(1)) {
            found.push((name.as_str().to_owned(), line_at(text, whole.start())));
        }
    }
    for at in NAMED.find_iter(text).take(MAX_TOOLS) {
        let (arguments, _) = balanced(text.get(at.end()..).unwrap_or_default());
        let own = arguments.trim_start().trim_start_matches('{').split(['{', '(']).next().unwrap_or_default();
        let is_definition = text.get(..at.start()).is_some_and(|before| before.trim_end().ends_with("def"));
        if let Some(name) = DESCRIBED.captures(own).and_then(|found| found.get(1)).filter(|_| !is_definition) {
            found.push((name.as_str().to_owned(), line_at(text, at.start())));
        }
    }
    for at in LIST.find_iter(text).take(50) {
        let line = line_at(text, at.start());
        let (inside, _) = balanced(text.get(at.end()..).unwrap_or_default());
        found.extend(elements(inside).into_iter().filter_map(in_list).map(|name| (name, line)));
    }
    found.sort_unstable();
    found.dedup_by(|later, first| later.0 == first.0);
    found.truncate(MAX_TOOLS);
    found
}

/// The name of the tool that an element of a list is.
fn in_list(element: &str) -> Option<String> {
    let element = element.trim();
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    if element.starts_with('{') {
        return Some(DESCRIBED.captures(element)?.get(1)?.as_str().to_owned());
    }
    if let Some((head, rest)) = element.split_once('(') {
        let named = DESCRIBED.captures(rest).and_then(|found| found.get(1)).map(|name| name.as_str().to_owned());
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
