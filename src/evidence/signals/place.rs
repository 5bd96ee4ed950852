//! A path enters; what sort of file it is leaves, so that most files are judged without being opened.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a file is by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Class {
    /// Program text.
    Code,
    /// Markdown and other prose.
    Docs,
    /// Configuration: YAML, JSON, TOML and the like.
    Config,
    /// Infrastructure languages: Terraform, Bicep and templates.
    Infra,
    /// Configuration of a CI system.
    Ci,
    /// A notebook: program text of its cells.
    Notebook,
    /// A page that users see.
    View,
    /// Tables and lines of data.
    Table,
    /// Pictures, office documents and other files that are not opened.
    Binary,
    /// Anything else.
    Other,
}

impl Class {
    /// How many there are.
    pub(super) const COUNT: usize = Self::Other as usize + 1;
}

/// What a file is by the folders it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    /// A part of the system.
    Own,
    /// A test of it.
    Test,
    /// A fixture, snapshot or mock.
    Fixture,
    /// An example or sample.
    Example,
    /// Data that the product works on, or texts that an agent reads.
    Data,
    /// Vendored, generated or built.
    Vendored,
}

/// A file as the signals see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) class: Class,
    pub(super) role: Role,
}

/// Places a path, given with `/` first and in lower case.
pub(super) fn place(path: &str) -> Place {
    let class = class(path);
    Place { class, role: role(path, class) }
}

fn class(path: &str) -> Class {
    let name = path.rsplit('/').next().unwrap_or(path);
    if is_ci(path, name) {
        return Class::Ci;
    }
    let extension = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension,
        _ => "",
    };
    match extension {
        "py" | "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" | "vue" | "svelte" | "java" | "kt"
        | "kts" | "scala" | "cs" | "fs" | "vb" | "go" | "rs" | "rb" | "rake" | "php" | "swift" | "r" | "jl" | "ex"
        | "exs" | "clj" | "cpp" | "cc" | "c" | "h" | "hpp" | "m" | "dart" | "sh" | "bash" | "zsh" | "ps1" | "bat"
        | "sql" | "prisma" | "graphql" | "lua" | "gs" | "groovy" | "feature" | "bats" | "proto" | "smk" | "razor"
        | "gts" | "gjs" => Class::Code,
        "md" | "mdx" | "markdown" | "rst" | "adoc" | "asciidoc" | "org" | "qmd" | "rmd" | "textile" | "tex" => {
            Class::Docs
        }
        "txt" | "" => match name {
            _ if name.starts_with("requirements") || name == "constraints.txt" || name == "cmakelists.txt" => {
                Class::Config
            }
            _ if name.starts_with("dockerfile") || name.starts_with("containerfile") => Class::Infra,
            "makefile" | "justfile" | "procfile" | "gemfile" | "pipfile" | "rakefile" | "codeowners" | "owners" => {
                Class::Config
            }
            _ if extension == "txt" || name.starts_with("readme") || name.starts_with("licen") => Class::Docs,
            "copying" | "unlicense" | "changelog" | "changes" | "history" | "news" | "maintainers" | "security"
            | "notice" => Class::Docs,
            _ => Class::Other,
        },
        "tf" | "bicep" | "bicepparam" | "hcl" | "tpl" | "jsonnet" | "libsonnet" | "dockerfile" | "containerfile"
        | "nomad" | "tfvars" => Class::Infra,
        "yaml" | "yml" | "json" | "jsonc" | "json5" | "toml" | "ini" | "cfg" | "conf" | "properties" | "xml"
        | "gradle" | "csproj" | "fsproj" | "props" | "example" | "sample" | "template" | "rules" | "gemspec"
        | "jmx" | "mod" => Class::Config,
        "ipynb" => Class::Notebook,
        "html" | "htm" | "erb" | "haml" | "slim" | "cshtml" | "jinja" | "jinja2" | "j2" | "hbs" | "ejs" | "liquid"
        | "ftl" | "njk" => Class::View,
        "csv" | "tsv" | "jsonl" | "ndjson" | "parquet" | "arrow" | "log" => Class::Table,
        "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "pdf" | "docx" | "pptx" | "xlsx" | "odt" | "odp" | "wav"
        | "mp3" | "flac" | "ogg" | "m4a" | "mp4" | "webm" | "mov" | "zip" | "gz" | "pkl" | "bin" | "onnx" | "pt"
        | "h5" => Class::Binary,
        _ if name.starts_with("dockerfile.") || name.starts_with("containerfile.") => Class::Infra,
        _ => Class::Other,
    }
}

/// Whether a file configures a CI system. A workflow folder anywhere but at the top runs nothing.
fn is_ci(path: &str, name: &str) -> bool {
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let under = |folder: &str| path.starts_with(folder);
    match name {
        ".gitlab-ci.yml"
        | "jenkinsfile"
        | ".travis.yml"
        | "bitbucket-pipelines.yml"
        | ".drone.yml"
        | "appveyor.yml"
        | ".appveyor.yml"
        | ".cirrus.yml"
        | "wercker.yml"
        | "cloudbuild.yaml"
        | "cloudbuild.yml"
        | "concourse.yml"
        | ".taskcluster.yml"
        | "buildspec.yml"
        | "buildspec.yaml"
        | "codefresh.yml"
        | ".semaphore.yml"
        | ".woodpecker.yml"
        | ".prow.yaml"
        | "codemagic.yaml"
        | "screwdriver.yaml"
        | ".sr.ht.yml"
        | ".build.yml" => true,
        _ if under("/.github/workflows/") || under("/.gitea/workflows/") || under("/.forgejo/workflows/") => yaml,
        _ if under("/.circleci/") || under("/.buildkite/") || under("/.woodpecker/") || under("/.semaphore/") => yaml,
        _ if under("/.azuredevops/") || under("/.azure-pipelines/") || under("/.azdo/") || under("/.pipelines/") => {
            yaml
        }
        _ if under("/.gitlab/")
            || under("/.ado/")
            || under("/.cloudbuild/")
            || under("/.tekton/")
            || under("/taskcluster/kinds/") =>
        {
            yaml
        }
        _ if yaml
            && (name.contains("azure-pipelines") || name.contains("azure-pipeline") || name.contains("gitlab-ci")) =>
        {
            true
        }
        _ if yaml && (name.starts_with("buildspec") || name.starts_with("cloudbuild")) => true,
        _ if yaml && (path.contains("/azure-pipelines/") || path.contains("/cloudbuild/")) => true,
        _ => name.ends_with(".jenkinsfile") || name.starts_with("jenkinsfile"),
    }
}

const VENDORED: &[&str] = &[
    "node_modules",
    "vendor",
    "vendors",
    "third_party",
    "third-party",
    "thirdparty",
    "3rdparty",
    "3rd_party",
    "3rd-party",
    "external",
    "externals",
    "bower_components",
    "site-packages",
    ".venv",
    "venv",
    "dist",
    "out",
    ".next",
    ".nuxt",
    "__pycache__",
    "target",
    "_vendor",
    "coverage",
    ".terraform",
    "cdk.out",
    ".yarn",
    ".pnpm",
    "wwwroot/lib",
    "min",
    "generated",
    "__generated__",
    "gen",
    ".mypy_cache",
    ".ruff_cache",
    "htmlcov",
    "site_packages",
    "submodules",
    "jspm_packages",
    "pods",
    ".eggs",
    "deps",
    "locales",
    "locale",
    "i18n",
    "translations",
];

const FIXTURES: &[&str] = &[
    "fixtures",
    "fixture",
    "testdata",
    "test-data",
    "test_data",
    "__snapshots__",
    "snapshots",
    "cassettes",
    "mocks",
    "__mocks__",
    "mock",
    "fakes",
    "stubs",
    "__fixtures__",
    "mock_data",
    "mockdata",
    "vcr_cassettes",
    "test-fixtures",
    "test_fixtures",
    "recordings",
    "goldens",
];

const EXAMPLES: &[&str] = &[
    "examples",
    "example",
    "samples",
    "sample",
    "demo",
    "demos",
    "cookbook",
    "cookbooks",
    "recipes",
    "playground",
    "quickstarts",
    "boilerplate",
    "boilerplates",
];

const DATA: &[&str] = &[
    "data",
    "dataset",
    "datasets",
    "sample_data",
    "sample-data",
    "sampledata",
    "seeddata",
    "seed_data",
    "seed-data",
    "content_packs",
    "content-packs",
    "corpus",
    "corpora",
    "knowledge",
    "knowledge_base",
    "knowledge-base",
    "knowledgebase",
    "demo_data",
    "demo-data",
    "raw_data",
    "prompts",
    "prompt",
    ".claude",
    ".cursor",
    ".agents",
    "skills",
    "personas",
    "demodata",
    "input_data",
    "documents",
    "sample_docs",
    "sample-docs",
    "sample_documents",
    "input",
    "inputs",
    "scraped",
    "crawled",
    "ingest_data",
    "kb",
    "rag_data",
    "rag-data",
    "seeds",
    "toy_data",
    "demo_docs",
    "test_documents",
    "example_data",
    "example-data",
    "exampledata",
    "raw",
    "templates_data",
    "scenarios",
];

const TESTS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "testing",
    "unittests",
    "unit_tests",
    "integration_tests",
    "integration-tests",
    "unit-tests",
    "androidtest",
    "fvt",
    "cypress",
    "playwright",
    "autotest",
    "unit_test",
    "test_suite",
    "testsuite",
];

/// What a folder's name says of the files below it.
#[derive(Debug, Clone, Copy, Default)]
struct Folder {
    vendored: bool,
    fixture: bool,
    data: bool,
    example: bool,
    test: bool,
}

/// Every name that says something; asked for each folder of each file.
static FOLDERS: LazyLock<HashMap<&str, Folder>> = LazyLock::new(|| {
    let mut folders: HashMap<&str, Folder> = HashMap::new();
    VENDORED.iter().for_each(|name| folders.entry(name).or_default().vendored = true);
    FIXTURES.iter().for_each(|name| folders.entry(name).or_default().fixture = true);
    DATA.iter().for_each(|name| folders.entry(name).or_default().data = true);
    EXAMPLES.iter().for_each(|name| folders.entry(name).or_default().example = true);
    TESTS.iter().for_each(|name| folders.entry(name).or_default().test = true);
    folders
});

fn role(path: &str, class: Class) -> Role {
    let mut role = Role::Own;
    let mut rest = path.trim_start_matches('/');
    while let Some((segment, tail)) = rest.split_once('/') {
        // `src/data` and `app/data` with program text are modules, not data; a package named `examples` is still examples.
        let code = matches!(class, Class::Code | Class::Ci);
        let folder = FOLDERS.get(segment).copied().unwrap_or_default();
        if folder.vendored
            && !(code && matches!(segment, "external" | "gen" | "deps" | "i18n" | "translations" | "out"))
        {
            return Role::Vendored;
        }
        if folder.fixture {
            role = Role::Fixture;
        } else if folder.data && !code && class != Class::Notebook {
            role = Role::Data;
        } else if folder.example && matches!(role, Role::Own | Role::Test) {
            role = Role::Example;
        } else if (folder.test
            || segment.ends_with(".tests")
            || segment.ends_with(".test")
            || segment.ends_with("-tests"))
            && role == Role::Own
        {
            role = Role::Test;
        }
        rest = tail;
    }
    // A pipeline that is called `run_tests.yml` is a pipeline.
    if role == Role::Own && class != Class::Ci && is_test_name(rest) {
        role = Role::Test;
    }
    if rest.ends_with(".min.js") || rest.ends_with(".bundle.js") || rest.ends_with(".d.ts") || rest.ends_with(".pb.go")
    {
        return Role::Vendored;
    }
    role
}

/// Whether a file is a test by its name, in the ways of the languages.
pub(super) fn is_test_name(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    name.contains(".test.")
        || name.contains(".spec.")
        || name.contains(".cy.")
        || (stem.starts_with("test_") && (name.ends_with(".py") || name.ends_with(".r") || name.ends_with(".cpp")))
        || stem == "conftest"
        || ["_test", "_spec", "_tests"].iter().any(|end| stem.ends_with(end))
        || (["test", "tests", "testcase"].iter().any(|end| stem.ends_with(end) && stem.len() > end.len() + 2)
            && [".java", ".cs", ".kt", ".scala", ".swift", ".php"].iter().any(|end| name.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_a_file_is() {
        for (path, class, role) in [
            ("/.github/workflows/ci.yml", Class::Ci, Role::Own),
            ("/templates/.github/workflows/ci.yml", Class::Config, Role::Own),
            ("/tests/test_a.py", Class::Code, Role::Test),
            ("/src/app.test.ts", Class::Code, Role::Test),
            ("/src/contest.py", Class::Code, Role::Own),
            ("/pkg/x_test.go", Class::Code, Role::Test),
            ("/node_modules/a/readme.md", Class::Docs, Role::Vendored),
            ("/data/runbook.md", Class::Docs, Role::Data),
            ("/src/data/load.py", Class::Code, Role::Own),
            ("/examples/a.py", Class::Code, Role::Example),
            ("/tests/fixtures/a.json", Class::Config, Role::Fixture),
            ("/dockerfile", Class::Infra, Role::Own),
            ("/deploy/dockerfile.gpu", Class::Infra, Role::Own),
            ("/license", Class::Docs, Role::Own),
            ("/src/main/java/audit.java", Class::Code, Role::Own),
            ("/src/test/java/audittest.java", Class::Code, Role::Test),
        ] {
            let found = place(path);
            assert_eq!((found.class, found.role), (class, role), "{path}");
        }
    }
}
