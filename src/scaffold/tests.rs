#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::assess::{Assessment, Inputs as Assessed, assess};
use crate::checklist::{Catalogue, Level};
use crate::evidence::git::Git;
use crate::evidence::{View, collect};
use crate::manifest::{Loaded, load};
use crate::playbook::Playbook;
use crate::policy::Policy;

const SHORT: &str = "aipp: 1\nproject: { name: Contract triage, system: agent, phase: harden }\n";

fn today() -> Day {
    Day::parse("2026-11-22").unwrap()
}

fn read(text: &str) -> Loaded {
    load("aipp.yaml", text.as_bytes().to_vec()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("aipp.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    // What it names as evidence is not in a repository that has nothing but the manifest.
    text.split("\nevidence:").next().unwrap().to_owned() + "\n"
}

/// A repository with nothing but these files.
fn tree(files: &BTreeMap<String, String>) -> Tree {
    Tree::of(files.iter().map(|(path, text)| (&*path.clone().leak(), text.clone())))
}

fn scaffold(loaded: &Loaded, files: &BTreeMap<String, String>, library: &Library) -> Result<Scaffold, Vec<Diagnostic>> {
    let (tree, git) = (tree(files), Git::of(Path::new("/")));
    let evidence = collect(&View::of(&tree, &git, &loaded.manifest, today()));
    let inputs = Inputs {
        manifest: &loaded.manifest,
        tree: &tree,
        evidence: &evidence,
        library,
        today: today(),
        name: "project",
        force: false,
    };
    let catalogue = catalogue();
    draft(&inputs, &catalogue.all().collect::<Vec<_>>())
}

fn all(loaded: &Loaded) -> Vec<Document> {
    scaffold(loaded, &BTreeMap::new(), &Library::builtin().unwrap()).unwrap_or_else(|e| panic!("{e:#?}")).documents
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::builtin().unwrap();
    for pack in Catalogue::builtin_packs().unwrap() {
        let name = pack.name.clone().unwrap();
        catalogue.add(pack, &name, "x").unwrap();
    }
    catalogue
}

fn assessment(loaded: &Loaded, files: &BTreeMap<String, String>) -> Assessment {
    let (catalogue, playbook, tree) = (catalogue(), Playbook::builtin().unwrap(), tree(files));
    assess(&Assessed {
        loaded: Some(loaded),
        tree: &tree,
        git: &Git::of(Path::new("/")),
        catalogue: &catalogue,
        playbook: &playbook,
        policy: &Policy::default(),
        today: today(),
        to: None,
        name: "project",
    })
}

fn levels(assessment: &Assessment) -> Vec<(String, Level, crate::evaluate::Status)> {
    assessment.checks.iter().map(|c| (c.id.clone(), c.level, c.status)).collect()
}

/// The front matter of a template as it stands in the repository, with its examples.
fn front(id: &str) -> Front {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/documents");
    let file = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|path| path.file_name().unwrap().to_str().unwrap().split('.').next() == Some(id));
    let path = file.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    Template::parse(path.to_str().unwrap(), &text).unwrap_or_else(|e| panic!("{e:#?}")).front
}

/// Writes what a person would: a sentence for each mark in prose, the examples of the template elsewhere.
fn fill(document: &Document) -> String {
    // What the manifest knows needs no example.
    let mut text = document.text.clone();
    for (from, to) in front(&document.template).example {
        text = text.replacen(&from, &to, 1);
    }
    let answer =
        "Somebody of the team on duty answers for this and has looked at it applicable on 2026-11-02 with 240 rows";
    while let Some(start) = text.find("<!-- aipp:unfinished") {
        let end = start + text[start..].find("-->").unwrap() + 3;
        let written = if text[start..end].contains("YYYY-MM-DD") { "2026-11-02" } else { answer };
        text.replace_range(start..end, written);
    }
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("aipp:unfinished")).collect();
    kept.join("\n") + "\n"
}

#[test]
fn every_check_has_a_template_or_says_what_closes_it() {
    let (library, catalogue) = (Library::builtin().unwrap(), catalogue());
    let builtin = Catalogue::builtin().unwrap();
    for check in builtin.all() {
        let closed = library.of(&check.id).next().is_some() || library.otherwise.iter().any(|o| o.check == check.id);
        assert!(closed, "nothing says what closes {}", check.id);
    }
    let named =
        library.templates.iter().flat_map(|t| &t.front.checks).chain(library.otherwise.iter().map(|o| &o.check));
    for id in named {
        assert!(catalogue.get(id).is_some(), "there is no check {id}");
    }
    let mut ids: Vec<&str> = library.templates.iter().map(Template::id).collect();
    ids.sort_unstable();
    ids.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1], "two templates have one id"));
}

#[test]
fn an_embedded_template_is_the_one_that_a_team_would_read() {
    for template in Library::builtin().unwrap().templates {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&template.path);
        let mut parsed = Template::parse(&template.path, &std::fs::read_to_string(path).unwrap()).unwrap();
        parsed.front.example.clear();
        assert_eq!(parsed, template);
    }
}

#[test]
fn a_scaffold_earns_nothing_and_is_no_error() {
    for manifest in [SHORT.to_owned(), example("support-triage"), example("invoice-intake")] {
        let loaded = read(&manifest);
        let before = assessment(&loaded, &BTreeMap::new());
        let documents = all(&loaded);
        for document in &documents {
            let files = BTreeMap::from([(document.path.clone(), document.text.clone())]);
            let after = assessment(&loaded, &files);
            let path = &document.path;
            assert_eq!(levels(&after), levels(&before), "{path} changes a level");
            assert_eq!(after.readiness.mean, before.readiness.mean, "{path}");
            assert_eq!(after.readiness.headline, before.readiness.headline, "{path}");
            let severities = |a: &Assessment| {
                a.diagnostics.iter().filter(|d| d.severity == crate::diagnostic::Severity::Error).count()
            };
            assert_eq!(severities(&after), severities(&before), "{path}: {:#?}", after.diagnostics);
            let noted = after.diagnostics.iter().any(|d| d.file() == Some(path) && d.message.contains("unfinished"));
            assert!(noted, "nobody is told that {path} does not count");
        }
        let files = documents.into_iter().map(|d| (d.path, d.text)).collect();
        let after = assessment(&loaded, &files);
        assert_eq!(levels(&after), levels(&before));
        assert_eq!(after.readiness.mean, before.readiness.mean);
    }
}

/// The checks that reach documented, or more, when every document of a project is filled in and nothing else is there.
fn reached(manifest: &str) -> Vec<String> {
    let loaded = read(manifest);
    let files: BTreeMap<String, String> = all(&loaded).iter().map(|d| (d.path.clone(), fill(d))).collect();
    let before = assessment(&loaded, &BTreeMap::new());
    let after = assessment(&loaded, &files);
    let errors: Vec<_> =
        after.diagnostics.iter().filter(|d| d.severity == crate::diagnostic::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let documented = |c: &crate::assess::CheckInfo| matches!(c.level, Level::Documented | Level::Verified);
    let was = |id: &str| before.checks.iter().any(|c| c.id == id && documented(c));
    after
        .checks
        .iter()
        .filter(|c| documented(c) && !was(&c.id) && !c.id.starts_with("ml-"))
        .map(|c| c.id.clone())
        .collect()
}

#[test]
fn documents_that_are_filled_in_bring_their_checks_to_documented() {
    // A manifest that says nothing: the documents alone.
    assert_eq!(
        reached(SHORT),
        [
            "skills-prompting-users",
            "skills-agent-orchestration",
            "skills-governance-leaders",
            "skills-data-literacy",
            "skills-operator-drill",
            "gov-risk-classification",
            "gov-permission-policy",
            "gov-privacy-controls",
            "gov-transparency-notice",
            "gov-change-control",
            "human-change-plan",
            "ops-handoff-docs",
            "ops-alerting-rules",
            "ops-runbooks",
            "ops-rollback-tested",
            "ops-incident-plan",
            "ops-load-tested",
            "quality-real-data-tested",
            "quality-simple-baseline",
            "quality-edge-case-register",
            "quality-eval-gate-ci",
            "quality-redteam",
        ]
    );
    // A manifest that says everything: what it says together with its documents.
    assert_eq!(
        reached(&example("support-triage")),
        [
            "skills-prompting-users",
            "skills-agent-orchestration",
            "skills-governance-leaders",
            "skills-data-literacy",
            "skills-operator-drill",
            "gov-permission-policy",
            "gov-privacy-controls",
            "gov-change-control",
            "metrics-baseline-measured",
            "ops-handoff-docs",
            "ops-alerting-rules",
            "ops-runbooks",
            "ops-rollback-tested",
            "ops-load-tested",
            "quality-real-data-tested",
            "quality-simple-baseline",
            "quality-edge-case-register",
            "quality-eval-gate-ci",
            "quality-data-contract",
            "quality-redteam",
        ]
    );
}

#[test]
fn a_hostile_manifest_breaks_no_document() {
    let hostile = "x'\\\"`|\n# y: z\n- {{ 7*7 }} {% x %} ${{ secrets.K }} <script>a</script> [a](b) <!-- aipp:unfinished --> =1+1 \u{202e}../../etc";
    let plain = example("support-triage");
    let benign = read(&plain);
    let mut value = benign.document.value.clone();
    poison(&mut value, hostile);
    let loaded = load("aipp.json", serde_json::to_vec(&value).unwrap()).unwrap_or_else(|e| panic!("{e:#?}"));
    let documents = all(&loaded);
    let (mut lines, mut seen): (BTreeMap<String, usize>, BTreeMap<String, usize>) = Default::default();
    for document in &documents {
        let text = &document.text;
        let path = &document.path;
        assert!(place::is_safe(path), "{path}");
        for sign in ["<script>", "${{ secrets.K", "{{ 7", "\u{202e}", "{% x", "\n# y"] {
            // In a literal of YAML or JSON a tag is a text like any other.
            let harmless = sign == "<script>" && !path.ends_with(".md");
            assert!(harmless || !text.contains(sign), "{path} has {sign}:\n{text}");
        }
        *lines.entry(document.template.clone()).or_default() += text.lines().count();
        *seen.entry(document.template.clone()).or_default() += 1;
        well_formed(path, text);
    }
    // A value stands on one line, whatever is in it.
    for document in all(&benign) {
        well_formed(&document.path, &document.text);
        if seen[&document.template] == 1 {
            assert_eq!(document.text.lines().count(), lines[&document.template], "{}", document.path);
        }
    }
}

/// YAML and JSON parse, and a name is one value in them.
fn well_formed(path: &str, text: &str) {
    match path.rsplit('.').next().unwrap() {
        "json" => {
            serde_json::from_str::<Json>(text).unwrap_or_else(|e| panic!("{path}: {e}\n{text}"));
        }
        "yaml" | "yml" => {
            for (i, part) in text.split("\n---\n").enumerate() {
                let read = crate::manifest::read_document("x.yaml", part.as_bytes().to_vec());
                assert!(
                    read.is_ok() || part.lines().all(|l| l.starts_with('#')),
                    "{path}, part {i}: {read:#?}\n{part}"
                );
            }
        }
        _ => {}
    }
}

/// Appends a text to every sentence of a manifest: to what is no path, day, number or choice.
fn poison(value: &mut Json, with: &str) {
    match value {
        Json::String(text) => {
            if text.contains(' ')
                && text.parse::<f64>().is_err()
                && !text.chars().next().unwrap().is_ascii_digit()
                && !text.starts_with('€')
            {
                text.push_str(with);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| poison(item, with)),
        Json::Object(map) => map
            .iter_mut()
            .filter(|(key, _)| !["window", "objective", "timeline"].contains(&key.as_str()))
            .for_each(|(_, value)| poison(value, with)),
        _ => {}
    }
}

#[test]
fn what_is_there_is_left_alone() {
    let loaded = read(SHORT);
    let library = Library::builtin().unwrap();
    let plan = "# Incident response\n\nSeverity one is answered in ten minutes by the person on call, severity two in an hour. The incident lead \
        decides, the second person keeps the log and writes to customers, managers and the regulator. Work goes on by hand with the paper \
        forms in the cabinet until the lead says otherwise, and the log is kept for the review afterwards.\n";
    let files = BTreeMap::from([
        ("handbook/incident-response.md".to_owned(), plan.to_owned()),
        ("docs/rollback.md".to_owned(), "x\n".to_owned()),
        ("docs/adr/0007-queue.md".to_owned(), "<!-- aipp:unfinished -->\n# 7\n".to_owned()),
    ]);
    let scaffold = scaffold(&loaded, &files, &library).unwrap();
    let of = |template: &str| scaffold.documents.iter().find(|d| d.template == template).unwrap();
    assert_eq!(
        (of("incident-plan").state, of("incident-plan").path.as_str()),
        (State::Elsewhere, "handbook/incident-response.md")
    );
    assert_eq!((of("rollback").state, of("rollback").path.as_str()), (State::Kept, "docs/rollback.md"));
    assert_eq!(of("decision-record").state, State::Elsewhere, "a draft is there already");
    assert_eq!(of("kill-switch").state, State::New);
    assert!(of("runbook").text.contains("](../rollback.md)"));
}

#[test]
fn a_team_s_own_template_takes_the_place_of_the_built_in_one() {
    let own = "---\ntitle: Ours\nchecks: [ops-incident-plan]\npath: docs/ours.md\n---\n# {{ project.name }}\n<!-- aipp:unfinished: x -->\n";
    let files = BTreeMap::from([(".aipp/templates/incident-plan.md".to_owned(), own.to_owned())]);
    let library = Library::builtin().unwrap().with(own_templates(&tree(&files)).unwrap());
    let scaffold_ = scaffold(&read(SHORT), &files, &library).unwrap();
    let plan = scaffold_.documents.iter().find(|d| d.template == "incident-plan").unwrap();
    assert_eq!(
        (plan.path.as_str(), plan.text.as_str()),
        ("docs/ours.md", "# Contract triage\n<!-- aipp:unfinished: x -->\n")
    );
    // What is wrong with one is said with its line.
    for (name, text, message, line) in [
        ("a.md", "no front matter", "no front matter", None),
        ("a.pdf", "---\n", "not known", None),
        ("a.md", "---\ntitle: A\ncheks: []\n---\n", "unknown key", Some(3)),
        ("a.md", "---\ntitle: A\nchecks: [ops-runbooks]\npath: ../x.md\n---\n", "leads out", None),
        (
            "a.md",
            "---\ntitle: A\nchecks: [ops-runbooks]\npath: x.md\n---\n\n{{ m.people.owner }}\n",
            "not known here",
            Some(7),
        ),
        ("a.md", "---\ntitle: A\nchecks: [ops-runbooks]\npath: x.md\n---\n{{ nobody }}\n", "undefined", Some(6)),
        ("a.md", "---\ntitle: A\nchecks: [ops-runbooks]\npath: x.md\n---\ntext\n", "carries no mark", None),
    ] {
        let files = BTreeMap::from([(format!(".aipp/templates/{name}"), text.to_owned())]);
        let at = |e: &Diagnostic| e.at.as_ref().map(|at| at.source.position(at.range.start).line);
        let errors = own_templates(&tree(&files))
            .and_then(|own| scaffold(&read(SHORT), &files, &Library::builtin().unwrap().with(own)).map(|_| ()))
            .unwrap_err();
        let found = errors.iter().any(|e| e.message.contains(message) && (line.is_none() || at(e) == line));
        assert!(found, "{name}: {message}: {errors:#?}");
    }
}
