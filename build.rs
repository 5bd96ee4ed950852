//! `checklists/`, `signals/` and `templates/` enter; one JSON text a folder leaves, which the binary embeds and reads in well under a
//! millisecond. What a user must never meet is refused here already: a file that does not parse, an id that stands twice.

#[path = "src/rule/code.rs"]
#[allow(dead_code, reason = "reading back is for the binary")]
mod code;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    for folder in ["checklists", "checklists/packs", "signals", "templates", "templates/documents"] {
        // A new file in the folder must trigger a rebuild too.
        println!("cargo::rerun-if-changed={folder}");
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let mut seen = HashSet::new();
    let mut digest = Sha256::new();
    let mut checks = Vec::new();
    // The order of areas is the order of everything that is listed.
    for area in ["infrastructure", "skills", "governance", "metrics", "focus", "human", "operations", "quality"] {
        let path = format!("checklists/{area}.yaml");
        let (bytes, file) = read(Path::new(&path))?;
        digest.update(&bytes);
        for mut check in list(&file, "checks", &path)? {
            slim(&mut check, &path, &mut seen)?;
            check["area"] = Value::from(area);
            checks.push(check);
        }
    }
    fs::write(out.join("checks.json"), serde_json::to_string(&checks)?)?;
    fs::write(out.join("checks.rules"), rules(&checks)?)?;
    fs::write(out.join("catalogue.sha256"), hex(&digest.finalize()))?;

    let mut packs = Vec::new();
    let mut paths: Vec<PathBuf> =
        fs::read_dir("checklists/packs")?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        let (_, mut file) = read(&path)?;
        let name = path.display().to_string();
        let mut slimmed = list(&file, "checks", &name)?;
        for check in &mut slimmed {
            slim(check, &name, &mut seen)?;
        }
        file["checks"] = Value::from(slimmed);
        packs.push(file);
    }
    fs::write(out.join("packs.json"), serde_json::to_string(&packs)?)?;

    let mut signals = Vec::new();
    for area in ["repository", "quality", "operations", "governance"] {
        let path = format!("signals/{area}.yaml");
        let (_, kinds) = read(Path::new(&path))?;
        signals.push((path, kinds));
    }
    fs::write(out.join("signals.json"), serde_json::to_string(&signals)?)?;

    let (_, playbook) = read(Path::new("templates/playbook.yaml"))?;
    list(&playbook, "phases", "templates/playbook.yaml")?;
    fs::write(out.join("playbook.json"), serde_json::to_string(&playbook)?)?;

    let mut paths: Vec<PathBuf> =
        fs::read_dir("templates/documents")?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let documents = paths.iter().map(|path| document(path)).collect::<Result<Vec<_>, _>>()?;
    fs::write(out.join("documents.json"), serde_json::to_string(&documents)?)?;
    let (_, otherwise) = read(Path::new("templates/otherwise.yaml"))?;
    fs::write(out.join("otherwise.json"), serde_json::to_string(&list(&otherwise, "checks", "otherwise.yaml")?)?)?;
    Ok(())
}

/// A template: front matter between two lines `---`, then the document.
fn document(path: &Path) -> Result<Value, Failure> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path)?;
    let wrong = |why: &str| format!("{}: {why}", path.display());
    let parts = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let (front, body) = parts.ok_or_else(|| wrong("no front matter"))?;
    let above = front.lines().count() + 2;
    let mut front: Value = serde_yaml::from_str(front).map_err(|e| wrong(&e.to_string()))?;
    list(&front, "checks", &path.display().to_string())?;
    if let Some(map) = front.as_object_mut() {
        // Only tests read it.
        map.remove("example");
    }
    let name = path.file_name().and_then(|n| n.to_str()).ok_or_else(|| wrong("no name"))?;
    Ok(serde_json::json!({ "name": name, "front": front, "body": body, "above": above }))
}

/// Reads one of our YAML files.
fn read(path: &Path) -> Result<(Vec<u8>, Value), Failure> {
    println!("cargo::rerun-if-changed={}", path.display());
    let bytes = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let value = serde_yaml::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok((bytes, value))
}

fn list(file: &Value, key: &str, path: &str) -> Result<Vec<Value>, Failure> {
    match file[key].as_array() {
        Some(items) if !items.is_empty() => Ok(items.clone()),
        _ => Err(format!("{path}: `{key}` must be a list that is not empty").into()),
    }
}

/// Refuses an id that stands twice and leaves out what only tests read.
fn slim(check: &mut Value, path: &str, seen: &mut HashSet<String>) -> Result<(), Failure> {
    let id = check["id"].as_str().ok_or_else(|| format!("{path}: a check has no id"))?.to_owned();
    if !seen.insert(id.clone()) {
        return Err(format!("{path}: the id `{id}` stands twice").into());
    }
    if let Some(map) = check.as_object_mut() {
        map.remove("examples");
    }
    Ok(())
}

/// Every expression of the checks, parsed, one a line: applies, claimed, documented, verified, contradicted, in this order.
fn rules(checks: &[Value]) -> Result<String, Failure> {
    let mut lines = String::new();
    for check in checks {
        let rungs = ["claimed", "documented", "verified", "contradicted"];
        let conditions = rungs.iter().flat_map(|rung| check[rung].as_array().into_iter().flatten());
        let texts = check["applies"].as_str().into_iter().chain(conditions.filter_map(|c| c["that"].as_str()));
        for text in texts {
            let program = cel::Program::compile(text).map_err(|e| format!("{}: `{text}`: {e}", check["id"]))?;
            let line = code::encode(program.expression()).filter(|line| !line.contains('\n'));
            lines.push_str(&line.ok_or_else(|| format!("{}: `{text}` cannot be embedded", check["id"]))?);
            lines.push('\n');
        }
    }
    Ok(lines)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
