//! A path enters; what kind of place it is leaves: foreign code, an example, a test, a program.

/// Folders whose content others wrote, a tool made, or a test feeds in.
const FOREIGN: [&str; 22] = [
    "node_modules",
    "bower_components",
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "thirdparty",
    "external",
    "dist",
    "build",
    "target",
    "site-packages",
    ".venv",
    "venv",
    ".tox",
    ".terraform",
    "testdata",
    "test_data",
    "fixtures",
    "__fixtures__",
    "__snapshots__",
    "__pycache__",
];

/// Folders that show how something could be done.
const EXAMPLES: [&str; 7] = ["example", "examples", "sample", "samples", "demo", "demos", "playground"];

/// Folders of tests.
const TESTS: [&str; 6] = ["tests", "__tests__", "e2e", "spec", "specs", "integration-tests"];

/// The folders of a path.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit_once('/').map_or("", |(folders, _)| folders).split('/')
}

/// Whether others wrote the file, or a tool made it, or it is there to feed a test.
pub(in crate::evidence) fn is_foreign(path: &str) -> bool {
    folders(path).any(|folder| FOREIGN.iter().any(|foreign| folder.eq_ignore_ascii_case(foreign)))
}

/// Whether it is an example, or belongs to the tests, or is wrong on purpose: nothing of it runs in production.
pub(in crate::evidence) fn is_aside(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_wrong = ["invalid", "malformed", "broken"].iter().any(|word| name.contains(word));
    is_wrong || is_example(path) || folders(path).any(|f| TESTS.contains(&f)) || folders(path).next() == Some("test")
}

/// Whether it shows how something could be done.
pub(in crate::evidence) fn is_example(path: &str) -> bool {
    folders(path).any(|folder| EXAMPLES.contains(&folder))
}

/// Whether it holds tests, by its name or its folder.
pub(in crate::evidence) fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    folders(path).any(|f| TESTS.contains(&f) || f == "test")
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
        || name.contains(".test.")
        || name.contains(".spec.")
        || (stem.len() > 4 && (stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("IT")))
}

/// The ending of a file name, without the dot.
pub(in crate::evidence) fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Whether it is a program by its ending.
pub(in crate::evidence) fn is_code(path: &str) -> bool {
    const CODE: [&str; 24] = [
        "py", "ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "go", "java", "kt", "kts", "scala", "rs", "rb", "cs",
        "fs", "php", "swift", "ex", "exs", "clj", "cpp", "groovy",
    ];
    CODE.contains(&extension(path))
}

/// The folder of a path, empty at the root.
pub(in crate::evidence) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path written from a folder, as a path from the root; none when it leads out of it.
pub(in crate::evidence) fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                while parts.last().is_some_and(|part| part.is_empty() || *part == ".") {
                    parts.pop();
                }
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty() && *part != ".");
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_their_folders_and_names() {
        assert!(is_foreign("web/node_modules/a/chart.yaml"));
        assert!(!is_foreign("docs/vendor.md"));
        assert!(is_aside("examples/aws/main.tf") && is_aside("tests/k8s/pod.yaml") && is_aside("test/e2e/pod.yaml"));
        assert!(is_aside("hack/rules_invalid.yaml"));
        assert!(!is_aside("infra/environments/test/main.tf"));
        assert!(is_test("src/app.test.ts") && is_test("policy/tools_test.rego") && is_test("src/FooTest.java"));
        assert!(!is_test("src/contest.py") && !is_test("src/latest.ts"));
    }

    #[test]
    fn paths_are_joined_and_never_leave_the_root() {
        assert_eq!(join("a/b", "../c/./d.sh").as_deref(), Some("a/c/d.sh"));
        assert_eq!(join("", "./x").as_deref(), Some("x"));
        assert_eq!(join("a", "/x/y").as_deref(), Some("x/y"));
        assert_eq!(join("a", "../../x"), None);
    }
}
