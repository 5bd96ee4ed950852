//! The manifest's pinned versions and a result enter; whether the result names the versions that are deployed leaves.

use serde_json::Value;

use crate::manifest::Manifest;

use super::fields::{plain, text};

/// Values that are looked at in one result.
const MAX_VALUES: usize = 20_000;

/// Maps that describe a run and may name its versions.
const DESCRIBING: &[&str] = &[
    "config",
    "context",
    "deployment",
    "environment",
    "hyperparameters",
    "info",
    "labels",
    "meta",
    "metadata",
    "params",
    "run",
    "settings",
    "summary",
    "system",
    "tags",
    "versions",
];

/// Words in a key whose text identifies something that is deployed.
const IDENTIFYING: &[&str] = &[
    "build", "commit", "deploy", "digest", "id", "image", "label", "model", "name", "prompt", "provider", "release",
    "revision", "sha", "tag", "target", "version",
];

/// Words in a key of a model that judges; it is not the one under test.
const JUDGING: &[&str] = &["judge", "grader", "evaluator", "evaluationmodel", "embedding", "critic", "scorer"];

/// The versions that the manifest says are deployed.
#[derive(Debug, Default)]
pub(super) struct Deployed {
    /// Name, when it is given, and version of each model.
    models: Vec<(Option<String>, String)>,
    prompts: Option<String>,
}

/// A model as a result names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Model {
    name: Option<String>,
    version: Option<String>,
}

/// The versions that a result names.
#[derive(Debug, Default)]
pub(super) struct Named {
    models: Vec<Model>,
    prompts: Vec<String>,
}

/// How the versions in a result relate to the deployed ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// It names none.
    Unnamed,
    /// Every one that it names is deployed.
    Same,
    /// One that it names is not deployed.
    Other,
}

impl Deployed {
    /// What the manifest pins.
    pub(super) fn of(manifest: &Manifest) -> Self {
        let filled =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        Self {
            models: manifest.models.iter().filter_map(|m| Some((filled(&m.name), filled(&m.version)?))).collect(),
            prompts: manifest.prompts.as_ref().and_then(|p| filled(&p.version)),
        }
    }

    /// Whether a model id is a pinned one: the version itself, the version behind a provider (`openai:chat:…`), or name and
    /// version together.
    pub(super) fn has_model(&self, id: &str) -> bool {
        let id = id.trim();
        self.models.iter().any(|(name, version)| {
            let behind = id.len() > version.len()
                && id.get(id.len() - version.len()..).is_some_and(|end| end.eq_ignore_ascii_case(version))
                && id.get(..id.len() - version.len()).is_some_and(|front| front.ends_with([':', '/', '@']));
            // `v2` behind a colon can be the version of any model; a dated id cannot.
            let telling = version.len() >= 6 && version.contains(|c: char| c.is_ascii_alphabetic());
            let with_name = name.as_ref().is_some_and(|name| {
                let both = plain(&format!("{name}{version}"));
                let last = id.rsplit([':', '/']).next().unwrap_or(id);
                plain(id) == both || plain(last) == both || (behind && plain(id).ends_with(&both))
            });
            id.eq_ignore_ascii_case(version) || (behind && telling) || with_name
        })
    }

    fn matches(&self, model: &Model) -> bool {
        match (&model.name, &model.version) {
            (Some(name), Some(version)) => {
                self.has_model(version)
                    || [":", "-"].iter().any(|between| self.has_model(&format!("{name}{between}{version}")))
            }
            (Some(id), None) | (None, Some(id)) => self.has_model(id),
            (None, None) => false,
        }
    }

    /// Whether a text in a result, at a key that identifies something, equals a deployed version.
    pub(super) fn is_mentioned(&self, value: &Value) -> bool {
        let mut left = MAX_VALUES;
        self.mentioned(value, false, &mut left)
    }

    fn mentioned(&self, value: &Value, identifying: bool, left: &mut usize) -> bool {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        match value {
            Value::String(text) => {
                identifying && (self.has_model(text) || self.prompts.as_deref() == Some(text.trim()))
            }
            Value::Array(items) => items.iter().any(|item| self.mentioned(item, identifying, left)),
            Value::Object(map) => map.iter().any(|(key, value)| {
                let key = plain(key);
                !JUDGING.iter().any(|word| key.contains(word))
                    && self.mentioned(value, IDENTIFYING.iter().any(|word| key.contains(word)), left)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

impl Named {
    /// The versions that a result names at its top and in the maps that describe it. Lists of cases are not looked through.
    pub(super) fn of(value: &Value) -> Self {
        let mut named = Self::default();
        named.walk(value, "", 0);
        named
    }

    /// Adds a model id.
    pub(super) fn model(&mut self, id: &str) {
        let model = Model { name: Some(id.to_owned()), version: None };
        if !self.models.contains(&model) {
            self.models.push(model);
        }
    }

    /// Adds a model with its version.
    pub(super) fn model_version(&mut self, name: &str, version: &str) {
        self.models.push(Model { name: Some(name.to_owned()), version: Some(version.to_owned()) });
    }

    /// Adds the version of a prompt.
    pub(super) fn prompt(&mut self, version: &str) {
        self.prompts.push(version.to_owned());
    }

    /// Adds what another value names.
    pub(super) fn and(mut self, value: Option<&Value>) -> Self {
        if let Some(value) = value {
            self.walk(value, "", 0);
        }
        self
    }

    fn walk(&mut self, value: &Value, under: &str, depth: usize) {
        let Value::Object(map) = value else { return };
        if depth > 4 {
            return;
        }
        let at = |wanted: &[&str]| {
            map.iter().find_map(|(key, value)| {
                let text = value.as_str().filter(|t| !t.trim().is_empty())?;
                wanted.contains(&plain(key).as_str()).then(|| text.to_owned())
            })
        };
        let name = at(&["model", "modelname", "modelid", "llm", "engine", "deployedmodel", "observedmodel"]);
        let version = at(&["modelversion", "modelrevision"]);
        if name.is_some() || version.is_some() {
            self.models.push(Model { name, version });
        }
        self.prompts.extend(at(&["promptversion", "promptsversion", "prompttemplateversion"]));
        if under == "versions" {
            self.prompts.extend(at(&["prompt", "prompts"]));
        }
        for (key, value) in map {
            let key = plain(key);
            if JUDGING.iter().any(|word| key.contains(word)) {
                continue;
            }
            match key.as_str() {
                "model" | "llm" => self.one_model(value),
                "models" => match value {
                    Value::Array(items) => items.iter().for_each(|item| self.one_model(item)),
                    Value::Object(roles) => roles.values().for_each(|item| self.one_model(item)),
                    Value::String(id) => self.model(id),
                    Value::Null | Value::Bool(_) | Value::Number(_) => {}
                },
                "prompt" | "prompts" => self.prompts.extend(text(value, &["version"]).map(str::to_owned)),
                key if DESCRIBING.contains(&key) => self.walk(value, key, depth + 1),
                _ => {}
            }
        }
    }

    fn one_model(&mut self, value: &Value) {
        match value {
            // A text at `model` was taken together with its version before.
            Value::String(id) if !self.models.iter().any(|m| m.name.as_deref() == Some(id)) => self.model(id),
            Value::Object(_) => {
                let name = text(value, &["name", "id", "model"]).map(str::to_owned);
                let version = text(value, &["version", "model_version", "revision"]).map(str::to_owned);
                if name.is_some() || version.is_some() {
                    self.models.push(Model { name, version });
                }
            }
            _ => {}
        }
    }

    /// How what is named relates to what is deployed.
    pub(super) fn relation(&self, deployed: &Deployed) -> Relation {
        if self.models.is_empty() && self.prompts.is_empty() {
            return Relation::Unnamed;
        }
        let models = self.models.iter().all(|model| deployed.matches(model));
        let prompts = self.prompts.iter().all(|prompt| deployed.prompts.as_deref() == Some(prompt.trim()));
        if models && prompts { Relation::Same } else { Relation::Other }
    }

    /// Whether the result names what is deployed, and nothing else: by its version fields, or (when it has none) by a text that
    /// equals a deployed version.
    pub(super) fn current(&self, deployed: &Deployed, value: &Value) -> bool {
        match self.relation(deployed) {
            Relation::Same => true,
            Relation::Other => false,
            Relation::Unnamed => deployed.is_mentioned(value),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub(in super::super) fn deployed(models: &[(&str, &str)], prompts: Option<&str>) -> Deployed {
        Deployed {
            models: models
                .iter()
                .map(|(name, version)| ((!name.is_empty()).then(|| (*name).to_owned()), (*version).to_owned()))
                .collect(),
            prompts: prompts.map(str::to_owned),
        }
    }

    #[test]
    fn a_model_id_is_the_version_or_ends_in_it_behind_its_provider() {
        let pinned = deployed(&[("extractor", "gpt-4o-2024-08-06"), ("ranker", "v2")], Some("v12"));
        let dated = deployed(&[("gpt-4o", "2024-08-06")], None);
        assert!(dated.has_model("openai:gpt-4o-2024-08-06") && dated.has_model("openai/gpt-4o:2024-08-06"));
        assert!(!dated.has_model("openai:gpt-4o-mini-2024-08-06"));
        for id in [
            "gpt-4o-2024-08-06",
            "openai:chat:gpt-4o-2024-08-06",
            "openrouter/gpt-4o-2024-08-06",
            "ranker-v2",
            "ranker:v2",
        ] {
            assert!(pinned.has_model(id), "{id}");
        }
        for id in [
            "gpt-4o",
            "gpt-4o-2024-11-20",
            "openai:gpt-4o",
            "other-model:v2",
            "xgpt-4o-2024-08-06",
            "extractor",
            "",
            "ü",
        ] {
            assert!(!pinned.has_model(id), "{id}");
        }
    }

    #[test]
    fn a_result_is_of_the_deployed_versions_when_all_that_it_names_are() {
        let pinned = deployed(&[("extractor", "claude-sonnet-4-20250514")], Some("v12"));
        let relation = |value: Value| Named::of(&value).relation(&pinned);
        assert_eq!(relation(json!({"model": "claude-sonnet-4-20250514", "prompt_version": "v12"})), Relation::Same);
        assert_eq!(relation(json!({"model": "claude-sonnet-4", "model_version": "20250514"})), Relation::Same);
        assert_eq!(
            relation(json!({"versions": {"model": "claude-sonnet-4-20250514", "prompt": "v12"}})),
            Relation::Same
        );
        assert_eq!(
            relation(json!({"metadata": {"model": {"name": "x", "version": "claude-sonnet-4-20250514"}}})),
            Relation::Same
        );
        assert_eq!(relation(json!({"models": ["claude-sonnet-4-20250514", "gpt-4o"]})), Relation::Other);
        assert_eq!(relation(json!({"model": "claude-sonnet-4-20250514", "prompt_version": "v11"})), Relation::Other);
        assert_eq!(relation(json!({"model": "extractor"})), Relation::Other);
        assert_eq!(relation(json!({"judge_model": "gpt-4o", "score": 1})), Relation::Unnamed);
        assert_eq!(relation(json!([1, 2])), Relation::Unnamed);
    }

    #[test]
    fn a_result_is_current_by_a_text_at_a_key_that_identifies() {
        let pinned = deployed(&[("", "2026-08-r3")], None);
        let current = |value: Value| Named::of(&value).current(&pinned, &value);
        assert!(current(json!({"tags": {"release": "2026-08-r3"}})));
        assert!(current(json!({"image": ["2026-08-r3"]})));
        assert!(!current(json!({"note": "2026-08-r3"})));
        assert!(!current(json!({"release": "2026-08-r3", "model_version": "2026-07-r1"})));
        assert!(!current(json!({})));
    }
}
