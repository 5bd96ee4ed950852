//! Configuration files enter; models that are named by a floating alias (`claude-sonnet-latest`, `llama3:latest`) leave.

use crate::evidence::View;
use crate::evidence::tree::File;

use super::{has_ending, is_elsewhere};

/// How the names of models begin.
const FAMILIES: &[&str] = &[
    "gpt",
    "chatgpt",
    "claude",
    "gemini",
    "gemma",
    "mistral",
    "mixtral",
    "ministral",
    "magistral",
    "codestral",
    "devstral",
    "pixtral",
    "voxtral",
    "llama",
    "codellama",
    "command",
    "cohere",
    "grok",
    "deepseek",
    "qwen",
    "qwq",
    "phi",
    "jamba",
    "nova",
    "titan",
    "sonar",
    "granite",
    "text-embedding",
    "nomic-embed",
    "embed",
    "whisper",
    "o1",
    "o3",
    "o4",
];

/// Words in the path of a file that configures models.
const HINTS: &[&str] = &[
    "config",
    "setting",
    "model",
    "llm",
    "agent",
    "prompt",
    "eval",
    "client",
    "constant",
    "gateway",
    "provider",
    "litellm",
    "promptfoo",
    ".env",
    "values",
    "compose",
];

/// More files than these are not read.
const MAX_FILES: usize = 2000;

/// A file with more aliases than these lists models, it does not choose one.
const MAX_CHOICES: usize = 10;

/// No more than this is read in all.
const MAX_TOTAL: u64 = 64 * 1024 * 1024;

/// Larger files hold data.
const MAX_BYTES: u64 = 256 * 1024;

/// The models that float, each with the place that names it.
pub(super) fn models(view: &View<'_>) -> Vec<String> {
    let mut floating: Vec<String> = Vec::new();
    for model in &view.manifest.models {
        let version = model.version.as_deref().map(|v| v.trim().to_lowercase());
        let name = model.name.as_deref().unwrap_or("a model");
        let floats = match &version {
            Some(version) => {
                version.is_empty()
                    || version == "latest"
                    || version.ends_with("-latest")
                    || version.ends_with(":latest")
            }
            None => is_alias(&name.to_lowercase()),
        };
        if floats {
            floating.push(format!("{name} {} (manifest)", version.unwrap_or_default()).replace("  ", " "));
        }
    }
    let mut bytes = 0_u64;
    for file in view.tree.files().iter().filter(|file| configures(file)).take(MAX_FILES) {
        bytes += file.size;
        if bytes > MAX_TOTAL {
            break;
        }
        let Some(text) = view.tree.text(file) else { continue };
        if !text.contains("latest") {
            continue;
        }
        let here = in_text(&text);
        if here.len() <= MAX_CHOICES {
            floating.extend(here.into_iter().map(|(name, line)| format!("{name} ({}:{line})", file.path)));
        }
    }
    floating.dedup();
    floating
}

/// The aliases in a text, each with its line; only where the line says that it sets a model.
fn in_text(text: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| line.contains("latest")) {
        let trimmed = line.trim_start();
        let comment = trimmed.starts_with('#') || trimmed.starts_with("//") || trimmed.starts_with('*');
        let sets = line.find([':', '=']).and_then(|at| line.get(..at)).is_some_and(|key| {
            let key = key.to_lowercase();
            ["model", "engine", "deployment", "llm"].iter().any(|word| key.contains(word))
        });
        if !comment && sets {
            found.extend(names(line).filter(|name| is_alias(&name.to_lowercase())).map(|name| (name, number + 1)));
        }
    }
    found
}

fn configures(file: &File) -> bool {
    let lower = file.path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let data = has_ending(
        &lower,
        &["yaml", "yml", "json", "toml", "ini", "cfg", "properties", "py", "ts", "js", "mjs", "go", "java", "rb"],
    );
    (data || name.starts_with(".env"))
        && file.size <= MAX_BYTES
        && HINTS.iter().any(|hint| lower.contains(hint))
        && !["lock", "price", "pricing", "catalog"].iter().any(|word| name.contains(word))
        && !is_elsewhere(&file.path)
}

/// The words of a line that may be names of models.
fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/')))
        .filter(|w| w.contains("latest"))
}

/// Whether a name is an alias that moves: of a family of models, and ending in `latest`.
fn is_alias(name: &str) -> bool {
    let Some(base) =
        name.strip_suffix("-latest").or_else(|| name.strip_suffix(":latest")).or_else(|| name.strip_suffix("@latest"))
    else {
        // MLflow's registry: `models:/intake/latest`.
        return name.starts_with("models:/") && name.ends_with("/latest");
    };
    // `openai/gpt-4o`, `anthropic:claude`: the provider stands in front.
    let base = base.rsplit(['/', ':']).next().unwrap_or(base);
    FAMILIES.iter().any(|family| {
        base.strip_prefix(family).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{in_text, is_alias};

    #[test]
    fn only_lines_that_set_a_model_count() {
        let text = "model: claude-sonnet-latest\n# model: claude-opus-latest\n  'claude-haiku-latest',\nOPENAI_MODEL=gpt-4o-latest\nMODEL_NAME = \"llama3:latest\"\n";
        assert_eq!(in_text(text), [("claude-sonnet-latest", 1), ("gpt-4o-latest", 4), ("llama3:latest", 5)]);
    }

    #[test]
    fn aliases_that_move_are_told_from_versions_and_images() {
        for name in [
            "claude-3-5-sonnet-latest",
            "mistral-large-latest",
            "llama3:latest",
            "openai/chatgpt-4o-latest",
            "gemini-1.5-pro-latest",
            "models:/intake/latest",
            "anthropic:claude-sonnet-latest",
        ] {
            assert!(is_alias(name), "{name}");
        }
        for name in [
            "claude-3-5-sonnet-20241022",
            "ollama/ollama:latest",
            "python:latest",
            "ubuntu-latest",
            "vllm/vllm-openai:latest",
            "latest",
            "greatest-latest",
            "commander:latest",
        ] {
            assert!(!is_alias(name), "{name}");
        }
    }
}
