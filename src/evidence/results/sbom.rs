//! A software bill of materials enters (CycloneDX as JSON or XML, SPDX as JSON or as tags); an event of `sbom` leaves.

use serde_json::Value;

use crate::fact::Node;

use super::fields::list_at;
use super::moment::Moment;
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;
use super::xml::{Step, walk};

/// Whether a JSON file is a bill of materials. GitHub's export wraps SPDX in `sbom`.
pub(super) fn is(outline: &Outline) -> bool {
    outline.any(&["bomFormat", "spdxVersion", "sbom.spdxVersion"])
        || (outline.all(&["@context", "@graph"]) && outline.has("@graph.spdxId"))
}

/// Whether a text is SPDX as tags.
pub(super) fn is_tags(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').lines().take(50).any(|line| line.starts_with("SPDXVersion:"))
}

/// Reads JSON.
pub(super) fn json(input: &Input<'_>, value: &Value) -> Read {
    let spdx = value.get("sbom").filter(|s| s.is_object()).unwrap_or(value);
    if value["bomFormat"] == "CycloneDX" {
        let at = value.pointer("/metadata/timestamp").and_then(Moment::of);
        return Ok(outcome(input, at, components(value, 0)));
    }
    if spdx["spdxVersion"].is_string() {
        let at = spdx.pointer("/creationInfo/created").and_then(Moment::of);
        return Ok(outcome(input, at, list_at(spdx, &["packages"]).len()));
    }
    let graph = list_at(value, &["@graph"]);
    if graph.iter().any(|node| node["spdxId"].is_string()) {
        // SPDX 3: packages are elements of a graph.
        let kind =
            |node: &Value| node.get("type").or_else(|| node.get("@type")).and_then(Value::as_str).map(str::to_owned);
        let packages = graph.iter().filter(|n| kind(n).is_some_and(|k| k.ends_with("software_Package"))).count();
        let at = graph
            .iter()
            .filter_map(|node| node.get("created").or_else(|| node.pointer("/creationInfo/created")))
            .find_map(Moment::of);
        return Ok(outcome(input, at, packages));
    }
    Err(Wrong::new("its bomFormat is not CycloneDX and it has no spdxVersion", "write it again as CycloneDX or SPDX"))
}

/// Components, and those inside them.
fn components(value: &Value, depth: usize) -> usize {
    let list = list_at(value, &["components"]);
    if depth > 20 { 0 } else { list.iter().map(|c| 1 + components(c, depth + 1)).sum() }
}

/// Reads CycloneDX as XML.
pub(super) fn xml(input: &Input<'_>) -> Read {
    let (mut at, mut count) = (None, 0_usize);
    let mut inside: Vec<String> = Vec::new();
    walk(input.text, &mut |step, depth| {
        match step {
            Step::Open(element) => {
                inside.truncate(depth);
                // The component of the metadata is what the list is for.
                let listed = inside.get(1).is_some_and(|name| name == "components") && element.name() == "component";
                count += usize::from(listed);
                inside.push(element.name().to_owned());
            }
            Step::Text(text)
                if inside.len() == depth && inside.iter().map(String::as_str).eq(["bom", "metadata", "timestamp"]) =>
            {
                at = at.or(Moment::parse(text));
            }
            Step::Close(_) => inside.truncate(depth),
            Step::Text(_) => {}
        }
        Ok(())
    })?;
    Ok(outcome(input, at, count))
}

/// Reads SPDX as tags.
pub(super) fn tags(input: &Input<'_>) -> Read {
    let tag = |line: &str, name: &str| {
        line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')).map(|v| v.trim().to_owned())
    };
    if !is_tags(input.text) {
        return Err(Wrong::new("it has no line `SPDXVersion:`", "write it again as SPDX"));
    }
    let at = input.text.lines().find_map(|line| tag(line, "Created")).and_then(|created| Moment::parse(&created));
    let packages = input.text.lines().filter(|line| tag(line, "PackageName").is_some()).count();
    Ok(outcome(input, at, packages))
}

fn outcome(input: &Input<'_>, at: Option<Moment>, components: usize) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.event(input, "sbom", at, [("components", Node::from(components))]);
    outcome
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    fn bills(path: &'static str, text: &str) -> Vec<String> {
        list(&found(&[(path, text)], ""), "sbom")
    }

    const CYCLONE: &str = r#"{"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:1",
        "version": 1, "metadata": {"timestamp": "2026-11-15T10:00:00+01:00", "component": {"type": "application", "name": "intake"}},
        "components": [{"type": "library", "name": "httpx", "version": "0.28.1"}, {"type": "library", "name": "openai", "components": [{"type": "library", "name": "vendored"}]}]}"#;

    #[test]
    fn cyclonedx_is_read_as_json_and_as_xml() {
        assert_eq!(bills("any.json", CYCLONE), ["date=2026-11-15 components=3"]);
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<bom serialNumber="urn:uuid:1" version="1" xmlns="http://cyclonedx.org/schema/bom/1.5">
  <metadata><timestamp>2026-11-15T10:00:00Z</timestamp><component type="application"><name>intake</name></component></metadata>
  <components><component type="library"><name>httpx</name></component>
    <component type="library"><name>openai</name><components><component type="library"><name>vendored</name></component></components></component>
  </components>
</bom>"#;
        assert_eq!(bills("any.xml", xml), ["date=2026-11-15 components=3"]);
        assert!(
            bills(
                "maven.xml",
                "<bom xmlns='http://maven.apache.org/POM/4.0.0'><components><component/></components></bom>"
            )
            .is_empty()
        );
    }

    #[test]
    fn spdx_is_read_as_json_as_tags_and_from_github() {
        let spdx = r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "creationInfo": {"created": "2026-11-14T08:00:00Z", "creators": ["Tool: syft-1.0"]},
            "packages": [{"name": "httpx", "SPDXID": "a"}, {"name": "openai", "SPDXID": "b"}]}"#;
        assert_eq!(bills("any.spdx.json", spdx), ["date=2026-11-14 components=2"]);
        assert_eq!(bills("sbom.json", &format!("{{\"sbom\": {spdx}}}")), ["date=2026-11-14 components=2"]);
        let tags = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nCreator: Tool: syft\nCreated: 2026-11-14T08:00:00Z\n\nPackageName: httpx\nSPDXID: a\n\nPackageName: openai\n";
        assert_eq!(bills("app.spdx", tags), ["date=2026-11-14 components=2"]);
        let three = r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
            {"type": "SpdxDocument", "spdxId": "d"}, {"type": "CreationInfo", "created": "2026-11-13T08:00:00Z"}, {"type": "software_Package", "spdxId": "p"}]}"#;
        assert_eq!(bills("any.json", three), ["date=2026-11-13 components=1"]);
    }

    #[test]
    fn torn_and_empty_bills_are_malformed() {
        for (path, text) in [
            ("bom.json", ""),
            ("a.cdx.json", "{\"bomFormat\": \"CycloneDX\", \"comp"),
            ("bom.xml", "<bom xmlns='http://cyclonedx.org/schema/bom/1.5'><components>"),
            ("app.spdx", "x\n"),
            ("any.json", "{\"bomFormat\": \"Other\"}"),
        ] {
            assert_eq!(malformed(&found(&[(path, text)], "")), [format!("sbom {path}")], "{path}");
        }
    }
}
