//! Dockerfiles enter; whether every base image is pinned by digest leaves.

use std::collections::{HashMap, HashSet};

use crate::evidence::tree::{File, Tree};

use super::is_foreign;

/// Whether there is a Dockerfile and every base image in every one is pinned by digest.
pub(super) fn are_pinned(tree: &Tree) -> bool {
    let mut bases = 0_usize;
    for file in tree.files().iter().filter(|file| is_dockerfile(file) && !is_foreign(&file.path)) {
        let Some(text) = tree.text(file) else { continue };
        for image in base_images(&text) {
            bases += 1;
            if !image.contains("@sha256:") {
                return false;
            }
        }
    }
    bases > 0
}

fn is_dockerfile(file: &File) -> bool {
    let name = file.name();
    let is = |word: &str| {
        name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && name.get(word.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
    };
    let documents = [".md", ".dockerignore", ".sh", ".j2", ".tmpl", ".rst", ".txt"];
    ((is("Dockerfile") || is("Containerfile")) && !documents.iter().any(|end| name.ends_with(end)))
        || name.to_lowercase().ends_with(".dockerfile")
}

/// The images after FROM, with the defaults of ARG filled in; `scratch` and earlier stages are no images.
fn base_images(text: &str) -> Vec<String> {
    let mut arguments: HashMap<String, String> = HashMap::new();
    let mut stages: HashSet<String> = HashSet::new();
    let mut images = Vec::new();
    for line in instructions(text) {
        let mut words = line.split_whitespace();
        let Some(word) = words.next() else { continue };
        if word.eq_ignore_ascii_case("ARG") {
            if let Some((name, value)) = words.next().and_then(|w| w.split_once('=')) {
                arguments.insert(name.to_owned(), value.trim_matches(['"', '\'']).to_owned());
            }
        } else if word.eq_ignore_ascii_case("FROM") {
            let mut words = words.skip_while(|w| w.starts_with("--"));
            let Some(image) = words.next() else { continue };
            let image = filled_in(image, &arguments);
            let stage = words.next().filter(|w| w.eq_ignore_ascii_case("AS")).and_then(|_| words.next());
            if !image.eq_ignore_ascii_case("scratch") && !stages.contains(&image.to_lowercase()) {
                images.push(image);
            }
            stages.extend(stage.map(str::to_lowercase));
        }
    }
    images
}

/// The instructions, continued lines joined, comments and here-documents left out.
fn instructions(text: &str) -> Vec<String> {
    let mut instructions = Vec::new();
    let mut open = String::new();
    let mut until: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(end) = &until {
            if trimmed == end {
                until = None;
            }
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let Some(start) = trimmed.strip_suffix('\\') {
            open.push_str(start);
            open.push(' ');
            continue;
        }
        open.push_str(trimmed);
        let whole = std::mem::take(&mut open);
        until = here_document(&whole);
        instructions.push(whole);
    }
    instructions
}

/// The word that ends the here-document which an instruction begins.
fn here_document(line: &str) -> Option<String> {
    let first = line.split_whitespace().next()?;
    if !["RUN", "COPY", "ADD"].iter().any(|word| first.eq_ignore_ascii_case(word)) {
        return None;
    }
    let after = line.split_once("<<")?.1.trim_start_matches('-');
    let word: String =
        after.trim_start_matches(['"', '\'']).chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// `${BASE}`, `$BASE` and `${BASE:-default}` with the defaults of ARG.
fn filled_in(image: &str, arguments: &HashMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = image;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, next) = match after.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            Some(pair) => pair,
            None => after.split_at(after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len())),
        };
        let (name, default) = name.split_once(":-").unwrap_or((name, ""));
        out.push_str(arguments.get(name).map_or(default, String::as_str));
        rest = next;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

    fn pinned(text: &str) -> bool {
        are_pinned(&Tree::of([("Dockerfile", text.replace("DIGEST", DIGEST))]))
    }

    #[test]
    fn each_base_image_needs_a_digest() {
        assert!(pinned(
            "# syntax=docker/dockerfile:1\nFROM python:3.12-slim@DIGEST AS build\nRUN x\nFROM build AS test\nFROM scratch\nCOPY --from=build /a /a\n"
        ));
        assert!(!pinned("FROM python:3.12-slim\n"));
        assert!(!pinned("FROM python:3.12@DIGEST AS build\nFROM gcr.io/distroless/python3\n"));
        assert!(pinned("ARG BASE=python:3.12@DIGEST\nFROM --platform=$BUILDPLATFORM ${BASE}\n"));
        assert!(!pinned("ARG BASE\nFROM ${BASE:-python:3.12}\n"));
        assert!(pinned("FROM \\\n  python:3.12@DIGEST\nRUN <<EOF\nFROM x\nEOF\n"));
        assert!(!pinned("RUN echo\n"));
    }

    #[test]
    fn without_a_dockerfile_nothing_is_pinned() {
        let image = "FROM python:3.12\n".to_owned();
        assert!(!are_pinned(&Tree::of([("README.md", image.clone())])));
        let good = format!("FROM python:3.12@{DIGEST}\n");
        let files =
            [("Dockerfile", good.clone()), ("testdata/Dockerfile", image.clone()), ("Dockerfile.md", image.clone())];
        assert!(are_pinned(&Tree::of(files)));
        assert!(!are_pinned(&Tree::of([("Dockerfile", good), ("jobs/batch.Dockerfile", image)])));
    }
}
