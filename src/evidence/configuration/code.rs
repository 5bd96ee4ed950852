//! The programs of the repository enter, each read once; what they say about tools, audit, tests, flags and contracts leaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::survey::Text;
use super::wording::{has_word, identifiers, words};
use super::{audit, paths, tools};
use crate::evidence::View;
use crate::evidence::literals::Literals;
use crate::manifest::Manifest;

/// Larger programs are made by tools and not looked at.
const MAX_CODE: u64 = 512 * 1024;

/// What the manifest asks programs for.
#[derive(Debug, Default)]
struct Wanted {
    /// Names of the kill switch.
    switch: Vec<String>,
    /// For each contract, what its schema is called in code.
    contracts: Vec<Vec<String>>,
    /// For each output check, what its validator is called in code.
    validators: Vec<Vec<String>>,
    /// Words of the notice, lower case.
    notice: Option<String>,
    /// Where serving code is; everywhere when empty.
    serving: Vec<String>,
    /// The manifest itself does not prove what it says.
    manifest: &'static [&'static str],
}

/// What the programs say.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// Infrastructure as a program: CDK, Pulumi.
    pub(super) programs: Vec<Text>,
    /// Tools that are registered for agents: name, file, line.
    pub(super) tools: Vec<(String, String, usize)>,
    /// Places that emit audit events, the first of them, and whether a wrapper does.
    pub(super) audit_calls: usize,
    /// The first place.
    pub(super) audit_at: Option<(String, Option<usize>)>,
    /// A wrapper emits audit events.
    pub(super) audit_wrapped: bool,
    /// Tests that an unknown tool or action is denied.
    pub(super) denial_tests: Vec<String>,
    /// Tests that another region is denied.
    pub(super) region_tests: Vec<String>,
    /// Tests that assert the notice.
    pub(super) notice_tests: Vec<String>,
    /// Programs that ask a secret manager.
    pub(super) secret_clients: Vec<String>,
    /// Files that declare the shape of what comes in.
    pub(super) schemas: Vec<String>,
    /// The kill switch was found here.
    pub(super) switch: Option<String>,
    /// Contracts whose schema serving code names.
    pub(super) contracts: BTreeSet<usize>,
    /// Output checks whose validator was found.
    pub(super) validators: BTreeSet<usize>,
}

impl Code {
    /// Reads the programs.
    pub(super) fn of(view: &View<'_>) -> Self {
        let wanted = Wanted::of(view.manifest);
        let mut code = view
            .tree
            .files()
            .par_iter()
            .filter(|file| paths::is_code(&file.path) && file.size <= MAX_CODE && !paths::is_foreign(&file.path))
            .filter_map(|file| Some(one(&file.path, &view.tree.text(file)?, &wanted)))
            .reduce(Self::default, Self::with);
        // A flag is read by the code, or set where the code is configured.
        if code.switch.is_none() && !wanted.switch.is_empty() {
            let configures =
                ["yaml", "yml", "json", "toml", "env", "ini", "properties", "tf", "conf", "cfg", "xml", "sh"];
            // In order, so that the same files are read in every run.
            let found = view.tree.files().iter().find(|file| {
                let name = file.name();
                (configures.contains(&paths::extension(name))
                    || name.starts_with(".env")
                    || name.starts_with("Dockerfile"))
                    && file.size <= MAX_CODE
                    && !paths::is_foreign(&file.path)
                    && !wanted.manifest.contains(&name)
                    && !file.path.ends_with("history.jsonl")
                    && view.tree.text(file).is_some_and(|text| wanted.switch.iter().any(|word| has_word(&text, word)))
            });
            code.switch = found.map(|file| file.path.clone());
        }
        code.tools.sort();
        code
    }

    /// Takes what another part of the programs says in. Files come in the order of their paths.
    fn with(mut self, other: Self) -> Self {
        self.programs.extend(other.programs);
        self.tools.extend(other.tools);
        self.audit_calls += other.audit_calls;
        self.audit_wrapped |= other.audit_wrapped;
        self.audit_at = self.audit_at.or(other.audit_at);
        self.denial_tests.extend(other.denial_tests);
        self.region_tests.extend(other.region_tests);
        self.notice_tests.extend(other.notice_tests);
        self.secret_clients.extend(other.secret_clients);
        self.schemas.extend(other.schemas);
        self.switch = self.switch.or(other.switch);
        self.contracts.extend(other.contracts);
        self.validators.extend(other.validators);
        self
    }
}

impl Wanted {
    fn of(manifest: &Manifest) -> Self {
        let governance = manifest.governance.as_ref();
        let contracts = manifest.data.iter().flat_map(|data| data.contracts.iter());
        let checks = governance.iter().flat_map(|governance| governance.output_checks.iter());
        Self {
            switch: governance
                .and_then(|governance| governance.kill_switch.as_ref()?.mechanism.as_deref())
                .map(identifiers)
                .unwrap_or_default(),
            contracts: contracts.map(|contract| contract.schema.as_deref().map(called).unwrap_or_default()).collect(),
            validators: checks
                .map(|check| {
                    if check.path.is_some() {
                        Vec::new()
                    } else {
                        check.validator.as_deref().map(identifiers).unwrap_or_default()
                    }
                })
                .collect(),
            notice: governance.and_then(|governance| governance.notice.as_ref()?.text.as_deref()).map(spoken),
            serving: manifest
                .delivery
                .iter()
                .flat_map(|delivery| delivery.serving_paths.iter())
                .map(|path| path.trim_start_matches("./").to_owned())
                .collect(),
            manifest: &crate::manifest::NAMES,
        }
    }
}

/// What a schema file is called in code: its name, and as a module.
fn called(schema: &str) -> Vec<String> {
    let path = schema.trim_start_matches("./");
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut found = vec![name.to_owned()];
    if let Some(module) = path.strip_suffix(".py") {
        let dotted = module.replace('/', ".");
        found.push(dotted.trim_start_matches("src.").to_owned());
        found.push(format!("import {}", module.rsplit('/').next().unwrap_or(module)));
    }
    for ending in [".ts", ".js", ".mjs"] {
        if let Some(module) = name.strip_suffix(ending) {
            found.push(format!("/{module}'"));
            found.push(format!("/{module}\""));
        }
    }
    found
}

/// A sentence as its words, for a search.
fn spoken(text: &str) -> String {
    words(text).join(" ")
}

/// What one program says.
fn one(path: &str, text: &Arc<str>, wanted: &Wanted) -> Code {
    let mut code = Code::default();
    if paths::is_test(path) {
        test_file(path, text, wanted, &mut code);
        return code;
    }
    if MARKS.any_in(text) {
        marked(path, text, &mut code);
    }
    if declares_inputs(path, text) {
        code.schemas.push(path.to_owned());
    }
    if wanted.switch.iter().any(|word| has_word(text, word)) {
        code.switch = Some(path.to_owned());
    }
    let serves = wanted.serving.is_empty()
        || wanted.serving.iter().any(|folder| {
            let folder = folder.trim_end_matches("/**").trim_end_matches('/');
            path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) || folder == "."
        });
    if serves {
        let named = wanted
            .contracts
            .iter()
            .enumerate()
            .filter(|(_, names)| names.iter().any(|name| text.contains(name.as_str())));
        code.contracts = named.map(|(index, _)| index).collect();
    }
    let found = wanted.validators.iter().enumerate().filter(|(_, names)| names.iter().any(|name| has_word(text, name)));
    code.validators = found.map(|(index, _)| index).collect();
    code
}

/// What a program of infrastructure imports: CDK, Pulumi.
const INFRASTRUCTURE: &[&str] = &[
    "aws_cdk",
    "aws-cdk-lib",
    "awscdk",
    "Amazon.CDK",
    "@pulumi/",
    "import pulumi",
    "pulumi/sdk",
    "com.pulumi",
    "cdktf",
];

/// What a program calls or imports that asks a secret manager.
const SECRET_MANAGERS: &[&str] = &[
    "secretsmanager",
    "SecretManagerServiceClient",
    "azure.keyvault.secrets",
    "@azure/keyvault-secrets",
    "hvac.Client",
    "node-vault",
    "hashicorp/vault/api",
    "InfisicalClient",
    "infisical_sdk",
    "doppler_sdk",
    "onepasswordconnectsdk",
    "spring.cloud.vault",
    "aws_cdk.aws_secretsmanager",
    "fromSecureStringParameter",
    "from_secure_string_parameter",
    "WithDecryption: true",
    "WithDecryption=True",
    "config.require_secret(",
    "config.requireSecret(",
    "config.get_secret(",
    "config.getSecret(",
    "SecretClient(",
    "AddAzureKeyVault(",
    "secretmanager.SecretManagerServiceClient",
    "com.google.cloud.secretmanager",
    "software.amazon.awssdk.services.secretsmanager",
    "com.azure.security.keyvault.secrets",
    "secretmanager.NewClient",
    "aws-sdk-go-v2/service/secretsmanager",
    "azsecrets.NewClient",
];

static IS_INFRASTRUCTURE: Literals = Literals::new(&[INFRASTRUCTURE]);
static ASKS_FOR_SECRETS: Literals = Literals::new(&[SECRET_MANAGERS]);
/// Most programs have none of all these, which one pass tells.
static MARKS: Literals = Literals::new(&[INFRASTRUCTURE, SECRET_MANAGERS, tools::MARKS, &[audit::MARK]]);

/// What a program says about infrastructure, tools, audit and secrets.
fn marked(path: &str, text: &Arc<str>, code: &mut Code) {
    if IS_INFRASTRUCTURE.any_in(text) && !paths::is_aside(path) {
        code.programs.push(Text { path: path.to_owned(), text: Arc::clone(text) });
    }
    if !paths::is_example(path) {
        code.tools = tools::registered(text).into_iter().map(|(name, line)| (name, path.to_owned(), line)).collect();
        let sites = audit::sites(text);
        code.audit_calls = sites.calls;
        code.audit_wrapped = sites.wrapped;
        code.audit_at = (sites.calls > 0).then(|| (path.to_owned(), sites.line));
    }
    if ASKS_FOR_SECRETS.any_in(text) {
        code.secret_clients.push(path.to_owned());
    }
}

/// Words that say no.
const DENIES: [&str; 23] = [
    "deny",
    "denies",
    "denied",
    "denial",
    "reject",
    "rejects",
    "rejected",
    "refuse",
    "refuses",
    "refused",
    "forbid",
    "forbids",
    "forbidden",
    "block",
    "blocks",
    "blocked",
    "disallow",
    "disallowed",
    "disallows",
    "unauthorized",
    "unknown",
    "unlisted",
    "prohibited",
];

/// What a file of tests says.
fn test_file(path: &str, text: &str, wanted: &Wanted, code: &mut Code) {
    static SAYS_NO: Literals = Literals::new(&[&[
        "den", "Den", "eject", "efus", "orbid", "lock", "nknown", "nauthor", "isallow", "nlisted", "rohibit",
    ]]);
    static SUBJECTS: Literals = Literals::new(&[&["ool", "ction", "ermission", "apabilit", "egion", "esidency"]]);
    if SAYS_NO.any_in(text) && SUBJECTS.any_in(text) {
        denials(path, text, code);
    }
    if asserts_notice(text, wanted.notice.as_deref()) {
        code.notice_tests.push(path.to_owned());
    }
}

/// Tests that something is denied.
fn denials(path: &str, text: &str, code: &mut Code) {
    let names = test_names(text);
    let with = |subjects: &[&str]| {
        names.iter().any(|name| {
            let words = words(name);
            let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
            has(subjects) && has(&DENIES)
        })
    };
    // A test of anything may be about an unknown function; this one has to be about what is permitted.
    let about_permission =
        ["olic", "ermi", "llow", "ate", "uthori", "uard", "enied"].iter().any(|part| text.contains(part));
    if about_permission && with(&["tool", "tools", "action", "actions", "permission", "permissions", "capability"]) {
        code.denial_tests.push(path.to_owned());
    }
    if with(&["region", "regions", "residency", "location"]) {
        code.region_tests.push(path.to_owned());
    }
}

/// The names of the tests in a file.
fn test_names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start();
        let name = if let Some(rest) = line.strip_prefix("def test").or_else(|| line.strip_prefix("async def test")) {
            rest.split('(').next()
        } else if let Some(rest) = line.strip_prefix("func Test").or_else(|| line.strip_prefix("fn ")) {
            rest.split('(').next()
        } else if [
            "it(",
            "test(",
            "describe(",
            "it.each(",
            "test.each(",
            "context(",
            "it \"",
            "it '",
            "test \"",
            "t.Run(",
        ]
        .iter()
        .any(|head| line.starts_with(head))
        {
            line.split(['"', '\'', '`']).nth(1)
        } else if line.contains("void ") && line.contains('(') {
            line.split("void ").nth(1).and_then(|rest| rest.split('(').next())
        } else {
            None
        };
        found.extend(name);
    }
    found
}

/// Whether a file of tests asserts that people are told: by words of the notice, or by a constant that is named for it.
fn asserts_notice(text: &str, notice: Option<&str>) -> bool {
    let asserts =
        |line: &str| ["assert", "expect(", "should", "Assert.", "require."].iter().any(|word| line.contains(word));
    let is_notice = |word: &str| {
        let parts = words(word);
        let named = parts.iter().any(|part| matches!(part.as_str(), "notice" | "disclosure" | "disclaimer"));
        let capitals = word.chars().all(|c| c.is_uppercase() || c == '_');
        named && (capitals || parts.iter().any(|part| part == "ai"))
    };
    let rare = notice.is_some_and(|notice| notice.split(' ').any(|word| word.len() >= 6 && text.contains(word)));
    static MARKS: Literals = Literals::new(&[&["NOTICE", "otice", "DISCL", "iscl", " AI", "\"AI", "'AI"]]);
    if !rare && !MARKS.any_in(text) {
        return false;
    }
    let mut about_notice = false;
    let mut says_words = false;
    for line in text.lines() {
        let code = line.trim_start();
        if code.starts_with('#') || code.starts_with("//") {
            continue;
        }
        for quoted in code.split(['"', '\'', '`']).skip(1).step_by(2) {
            let quoted_words = words(quoted);
            let spoken = quoted_words.join(" ");
            let in_notice = notice
                .is_some_and(|notice| quoted_words.len() >= 3 && (notice.contains(&spoken) || spoken.contains(notice)));
            let discloses = quoted_words.len() >= 3
                && has_word(quoted, "AI")
                && quoted_words
                    .iter()
                    .any(|w| matches!(w.as_str(), "generated" | "written" | "assistant" | "prepared" | "automated"));
            says_words |= in_notice || (discloses && asserts(line));
        }
        if asserts(line) && line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(is_notice) {
            about_notice = true;
        }
    }
    about_notice || (says_words && text.lines().any(asserts))
}

/// Whether a program declares the shape of what comes in, so that a library refuses what does not fit: a model of requests in
/// the part of the program that takes them.
fn declares_inputs(path: &str, text: &str) -> bool {
    const PLACES: [&str; 13] = [
        "api",
        "schema",
        "dto",
        "request",
        "route",
        "endpoint",
        "controller",
        "model",
        "contract",
        "server",
        "main.",
        "app.",
        "payload",
    ];
    const LIBRARIES: [(&str, &str); 9] = [
        ("pydantic", "(BaseModel"),
        ("marshmallow", "(Schema)"),
        ("zod", "z.object("),
        ("class-validator", "@Is"),
        ("joi", "Joi.object("),
        ("valibot", "v.object("),
        ("jakarta.validation", "@"),
        ("System.ComponentModel.DataAnnotations", "[Required"),
        ("go-playground/validator", "validate:\""),
    ];
    const NAMES: [&str; LIBRARIES.len()] = {
        let mut names = [""; LIBRARIES.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = LIBRARIES[at].0;
            at += 1;
        }
        names
    };
    static NAMED: Literals = Literals::new(&[&NAMES]);
    let lower = path.to_ascii_lowercase();
    PLACES.iter().any(|place| lower.contains(place))
        && !paths::is_aside(path)
        && !paths::is_test(path)
        && NAMED.any_in(text)
        && LIBRARIES.iter().any(|(library, mark)| text.contains(library) && text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_asserted_by_their_words_or_their_name() {
        let notice = spoken("An AI system prepared this reply, a member of our team checked it.");
        assert!(asserts_notice("def test_n():\n    assert desk.drafts[0].endswith(NOTICE)\n", None));
        assert!(asserts_notice("expect(page).toContainText('a member of our team checked it')", Some(&notice)));
        assert!(asserts_notice("expect(text).toContain('written with AI')", None));
        assert!(!asserts_notice("def test_n():\n    # assert NOTICE\n    assert x == 1\n", Some(&notice)));
        assert!(!asserts_notice("NOTICE = 'x'\nassert y\n", None));
    }

    #[test]
    fn names_of_tests_are_found_in_several_languages() {
        let text = "def test_unknown_tool_is_denied():\n  pass\n  it('rejects unknown tools', () => {})\nfunc TestDenied(t *testing.T) {}\n  void refusesUnknownTool() {\n";
        assert_eq!(
            test_names(text),
            ["_unknown_tool_is_denied", "rejects unknown tools", "Denied", "refusesUnknownTool"]
        );
    }
}
