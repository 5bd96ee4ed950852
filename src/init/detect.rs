//! A repository and what was found in it enter; what of a manifest it answers already leaves, each with the file that says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::Topic;
use crate::evidence::tree::{File, Tree};
use crate::inventory::Inventory;
use crate::source::{Document, Format, Source};

/// Something that was found, for the person who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// What it is.
    pub what: String,
    /// What was found.
    pub value: String,
    /// Where.
    pub path: String,
}

/// What a repository answers already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detected {
    /// Answers with the file that gives them.
    pub answers: Vec<(Topic, String, String)>,
    /// A handle that owns the whole repository; the name that belongs to it is asked.
    pub handle: Option<String>,
    /// The CI file that runs the tests.
    pub pipeline: Option<String>,
    /// The folder of the runbooks.
    pub runbooks: Option<String>,
    /// The folder of the prompts.
    pub prompts: Option<String>,
    /// Models that code names, with the file.
    pub models: Vec<(String, String)>,
    /// Files with baselines.
    pub baselines: Vec<String>,
    /// Everything else that is worth telling.
    pub sights: Vec<Sight>,
}

/// Files that are larger are not looked into.
const MAX_FILE: u64 = 200_000;

/// More files are not looked into for the names of libraries and models.
const MAX_FILES: usize = 600;

/// More models are not listed.
const MAX_MODELS: usize = 4;

/// Libraries by what a system that uses them is, the more telling first.
const SYSTEMS: &[(&str, &[&str])] = &[
    (
        "agent",
        &[
            "langgraph",
            "crewai",
            "autogen",
            "openai-agents",
            "pydantic-ai",
            "pydantic_ai",
            "smolagents",
            "google-adk",
            "strands-agents",
            "semantic-kernel",
            "semantickernel",
            "claude-agent-sdk",
            "fastmcp",
            "modelcontextprotocol",
        ],
    ),
    (
        "llm-app",
        &[
            "openai",
            "anthropic",
            "langchain",
            "llama-index",
            "llama_index",
            "litellm",
            "cohere",
            "mistralai",
            "vllm",
            "google-genai",
            "google-generativeai",
            "ollama",
            "haystack-ai",
            "dspy",
            "@ai-sdk",
            "bedrock-runtime",
        ],
    ),
    (
        "ml-model",
        &[
            "scikit-learn",
            "sklearn",
            "xgboost",
            "lightgbm",
            "catboost",
            "torch",
            "tensorflow",
            "keras",
            "prophet",
            "statsmodels",
            "mlflow",
        ],
    ),
];

const SERVINGS: &[(&str, &[&str])] = &[
    (
        "online",
        &[
            "fastapi",
            "flask",
            "django",
            "uvicorn",
            "gunicorn",
            "express",
            "fastify",
            "next",
            "streamlit",
            "gradio",
            "chainlit",
            "axum",
            "actix-web",
            "gin-gonic",
            "spring-boot",
            "rails",
            "sinatra",
            "aspnetcore",
            "starlette",
        ],
    ),
    ("batch", &["apache-airflow", "airflow", "dagster", "prefect", "luigi", "dbt-core", "kedro"]),
];

/// Looks at a repository. `inventory` is what the evidence found in it.
#[must_use]
pub fn detect(tree: &Tree, inventory: &Inventory) -> Detected {
    let mut detected = Detected::default();
    let mut answer = |topic, found: Option<(String, String)>| {
        if let Some((value, path)) = found {
            detected.answers.push((topic, value, path));
        }
    };
    answer(Topic::Name, name(tree));
    answer(Topic::System, by_library(tree, SYSTEMS));
    answer(Topic::Serving, by_library(tree, SERVINGS));
    owner(tree, &mut detected);
    let first = |kind: &str| {
        let kind = inventory.evidence.iter().find(|k| k.kind == kind)?;
        kind.items.first().map(|item| item.path.clone())
    };
    detected.pipeline = first("ci-tests");
    detected.runbooks = first("runbook").and_then(|path| path.rsplit_once('/').map(|(folder, _)| folder.to_owned()));
    detected.prompts = ["prompts", "src/prompts", "app/prompts"]
        .iter()
        .find(|folder| !tree.under(folder).is_empty())
        .map(|folder| (*folder).to_owned());
    detected.models = models(tree);
    let baseline = |file: &&File| file.path.starts_with("metrics/baseline") && file.path.ends_with(".csv");
    detected.baselines = tree.files().iter().filter(baseline).map(|file| file.path.clone()).collect();
    detected.sights.extend(sights(tree, inventory));
    detected
}

/// The heading of the README, else the name in the package's metadata.
fn name(tree: &Tree) -> Option<(String, String)> {
    let readme = ["README.md", "readme.md", "Readme.md", "README.rst", "README"].iter().find_map(|name| {
        let text = tree.text(tree.get(name)?)?;
        let heading = text.lines().find_map(|line| line.strip_prefix("# "))?;
        let plain: String = heading.chars().filter(|c| !c.is_control() && !matches!(c, '*' | '`' | '#')).collect();
        let plain = plain.trim().to_owned();
        let usable = (2..=60).contains(&plain.chars().count()) && !plain.contains(['[', '<', '!']);
        usable.then(|| (plain, (*name).to_owned()))
    });
    readme.or_else(|| {
        ["pyproject.toml", "package.json", "Cargo.toml"].iter().find_map(|path| {
            let text = tree.text(tree.get(path)?)?;
            let source = Arc::new(Source::new(*path, text.as_ref()));
            let document = Document::parse(source, Format::of(path)).ok()?;
            let named = |pointer: &&str| document.value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let name = ["/project/name", "/package/name", "/tool/poetry/name", "/name"].iter().find_map(|p| named(p));
            name.filter(|name| !name.trim().is_empty()).map(|name| (name, (*path).to_owned()))
        })
    })
}

/// The files that name the libraries of a project.
fn dependencies(tree: &Tree) -> impl Iterator<Item = &File> {
    const NAMES: &[&str] = &[
        "pyproject.toml",
        "package.json",
        "cargo.toml",
        "go.mod",
        "gemfile",
        "pom.xml",
        "build.gradle",
        "pipfile",
        "setup.py",
        "setup.cfg",
        "environment.yml",
    ];
    tree.files().iter().filter(|file| {
        let name = file.name().to_lowercase();
        let listed = NAMES.contains(&name.as_str()) || name.starts_with("requirements") || name.ends_with(".csproj");
        listed && file.size <= MAX_FILE && !is_foreign(&file.path)
    })
}

fn is_foreign(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "node_modules" | "vendor" | "third_party" | "examples" | "fixtures" | "testdata"))
}

/// The first word of the first group that a dependency file names.
fn by_library(tree: &Tree, groups: &[(&str, &[&str])]) -> Option<(String, String)> {
    let files: Vec<(&File, String)> =
        dependencies(tree).take(40).filter_map(|file| Some((file, tree.text(file)?.to_lowercase()))).collect();
    groups.iter().find_map(|(word, libraries)| {
        let named = |text: &str| libraries.iter().any(|library| names(text, library));
        let (file, _) = files.iter().find(|(_, text)| named(text))?;
        Some(((*word).to_owned(), file.path.clone()))
    })
}

/// Whether a text names a library, and not one whose name only begins or ends with the same letters.
fn names(text: &str, library: &str) -> bool {
    text.match_indices(library).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        // `langchain-core` and `@langchain/core` are langchain; `reopenai` is not openai.
        !part(before) && before != Some('-') && !part(after)
    })
}

/// The last line of CODEOWNERS that stands for everything: one person is the owner's handle, a team is nobody.
fn owner(tree: &Tree, detected: &mut Detected) {
    let paths = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];
    let Some((path, text)) = paths.iter().find_map(|path| Some((*path, tree.text(tree.get(path)?)?))) else { return };
    let all = text.lines().filter_map(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        matches!(words.next(), Some("*" | "/" | "/**")).then(|| words.map(str::to_owned).collect::<Vec<_>>())
    });
    let Some(owners) = all.last() else { return };
    let value = owners.join(" ");
    if let [one] = owners.as_slice()
        && one.starts_with('@')
        && !one.contains('/')
    {
        detected.handle = Some(one.clone());
    }
    if !value.is_empty() {
        detected.sights.push(Sight { what: "code owner".to_owned(), value, path: path.to_owned() });
    }
}

/// Models by the names that their makers give them.
fn models(tree: &Tree) -> Vec<(String, String)> {
    const MAKERS: &[&str] = &["gpt-", "claude-", "gemini-", "mistral-", "text-embedding-", "command-r"];
    const ENDINGS: &[&str] =
        &["py", "ts", "js", "tsx", "go", "rs", "java", "cs", "rb", "yaml", "yml", "json", "toml", "env"];
    let source = |file: &&File| {
        let ending = file.name().rsplit_once('.').map(|(_, e)| e).unwrap_or_default();
        // A manifest says what somebody wrote, not what code calls.
        let manifest = file.name().starts_with("aipp.");
        ENDINGS.contains(&ending)
            && !manifest
            && file.size <= MAX_FILE
            && !is_foreign(&file.path)
            && !file.path.contains("test")
    };
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for file in tree.files().iter().filter(source).take(MAX_FILES) {
        let Some(text) = tree.read(file) else { continue };
        for quoted in text.split(['"', '\'', '`', ' ', '\n', ':']) {
            let name = quoted.trim();
            let word = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
            let numbered = name.chars().any(|c| c.is_ascii_digit());
            if word
                && numbered
                && name.len() <= 40
                && MAKERS.iter().any(|m| name.starts_with(m))
                && seen.insert(name.to_owned())
            {
                found.push((name.to_owned(), file.path.clone()));
                if found.len() == MAX_MODELS {
                    return found;
                }
            }
        }
    }
    found
}

/// The evidence by kind, and the records that are there.
fn sights(tree: &Tree, inventory: &Inventory) -> Vec<Sight> {
    let mut sights = Vec::new();
    for kind in inventory.evidence.iter().filter(|kind| kind.present) {
        let Some(item) = kind.items.first() else { continue };
        let more = kind.items.len() - 1;
        let value = if more > 0 { format!("and {more} more") } else { String::new() };
        sights.push(Sight { what: kind.kind.to_owned(), value, path: item.path.clone() });
    }
    for (what, folder) in
        [("decisions", "records/decisions"), ("attestations", "records/attestations"), ("drills", "drills")]
    {
        let count = tree.under(folder).len();
        if count > 0 {
            sights.push(Sight { what: what.to_owned(), value: format!("{count} files"), path: folder.to_owned() });
        }
    }
    sights
}
