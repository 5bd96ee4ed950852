//! A Jenkinsfile enters, declarative or scripted; its stages leave, read by text: it is a program and not a document.

use std::collections::BTreeSet;

use super::Reader;
use super::commands::{self, Deed, What};
use super::job::{Job, Triggers, environment_in};
use super::scripts::Files;

/// Whether a path is a Jenkinsfile.
pub(super) fn is_jenkinsfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "Jenkinsfile"
        || name.starts_with("Jenkinsfile.")
        || name.ends_with(".jenkinsfile")
        || name.ends_with(".Jenkinsfile")
}

/// Reads the pipelines of a repository.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    for path in files {
        let Some(text) = reader.text(path) else { continue };
        let jobs = stages(reader.tree, path, &text);
        reader.add(jobs);
    }
}

/// The stages in the order of the text; each waits for those before it, because Jenkins stops at the first that fails.
fn stages(tree: &Files<'_>, path: &str, text: &str) -> Vec<Job> {
    let text = without_comments(text);
    let mut jobs: Vec<Job> = Vec::new();
    let heads: Vec<(usize, String)> = text
        .match_indices("stage")
        .filter_map(|(at, _)| {
            let before = text.get(..at)?.chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '\'' | '"')) {
                return None;
            }
            let rest = text.get(at + 5..)?.trim_start().strip_prefix('(')?.trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
            let name = rest.get(1..)?.split(quote).next()?;
            Some((at, name.to_owned()))
        })
        .take(200)
        .collect();
    // Each part of the text belongs to the last stage that began before it.
    for (index, (from, name)) in heads.iter().enumerate() {
        let to = heads.get(index + 1).map_or(text.len(), |(at, _)| *at);
        let body = text.get(*from..to).unwrap_or_default();
        let deeds = shell_steps(tree, body);
        let needs: BTreeSet<usize> = (0..jobs.len()).collect();
        jobs.push(Job {
            name: name.clone(),
            path: path.to_owned(),
            line: Some(text.get(..*from).unwrap_or_default().matches('\n').count() + 1),
            // What starts a Jenkins job is set in Jenkins; a Jenkinsfile is made to be found on every branch.
            triggers: Triggers::push(),
            environment: environment_in(name).or_else(|| environment_in(&deployed_to(body))),
            forgiven: body.contains("catchError"),
            needs,
            deeds,
            ..Job::default()
        });
    }
    if heads.is_empty() {
        let deeds = shell_steps(tree, &text);
        if !deeds.is_empty() {
            jobs.push(Job {
                name: "pipeline".to_owned(),
                path: path.to_owned(),
                triggers: Triggers::push(),
                deeds,
                ..Job::default()
            });
        }
    }
    jobs
}

/// The namespace or environment that commands name.
fn deployed_to(body: &str) -> String {
    let words: Vec<&str> =
        body.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '=')).filter(|w| !w.is_empty()).collect();
    let flags = ["-n", "--namespace", "--env", "--environment", "--stage", "--context", "--kube-context"];
    words
        .windows(2)
        .filter(|w| w.first().is_some_and(|flag| flags.contains(flag)))
        .filter_map(|w| w.get(1).copied())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What the shell steps of a part do.
fn shell_steps(tree: &Files<'_>, body: &str) -> Vec<Deed> {
    let mut found = Vec::new();
    let mut rest = body;
    let mut base = String::new();
    for _ in 0..2_000 {
        let next = ["sh", "bat", "pwsh", "powershell", "dir"]
            .iter()
            .filter_map(|word| Some((word_at(rest, word)?, *word)))
            .min();
        let Some((at, word)) = next else { break };
        let after = rest.get(at + word.len()..).unwrap_or_default();
        let head: String = after.chars().take_while(|c| *c != '\'' && *c != '"').take(120).collect();
        let forgiven = head.contains("returnStatus: true")
            || after.get(..400).unwrap_or(after).split(')').next().is_some_and(|h| h.contains("returnStatus: true"));
        let is_call =
            head.trim_start_matches(['(', ' ']).is_empty() || head.contains("script:") || head.contains("label:");
        let Some((text, end)) = quoted(after).filter(|_| is_call) else {
            rest = after;
            continue;
        };
        // A label stands before the script.
        let (text, end) = match after
            .get(end..)
            .and_then(|later| later.split_once("script:").filter(|(gap, _)| gap.trim_matches([',', ' ']).is_empty()))
        {
            Some((gap, later)) => match quoted(later) {
                Some((script, inner)) => (script, end + gap.len() + "script:".len() + inner),
                None => (text, end),
            },
            None => (text, end),
        };
        if word == "dir" {
            base = text;
        } else {
            let deeds = commands::deeds(tree, &base, &text);
            found.extend(deeds.into_iter().map(|deed| Deed { forgiven: deed.forgiven || forgiven, ..deed }));
        }
        rest = after.get(end..).unwrap_or_default();
    }
    // Steps of plugins that deploy.
    for call in ["openshiftDeploy", "kubernetesDeploy"] {
        if body.contains(call) {
            found.push(Deed { what: What::Deploys, by: call.to_owned(), forgiven: false });
        }
    }
    found
}

/// Where a word stands by itself.
fn word_at(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '$'))
            && after.is_some_and(|c| matches!(c, ' ' | '(' | '\'' | '"'))
    })
}

/// The first text in quotes, single or triple, and where it ends.
fn quoted(text: &str) -> Option<(String, usize)> {
    let start = text.find(['\'', '"'])?;
    let rest = text.get(start..)?;
    for mark in ["'''", "\"\"\"", "'", "\""] {
        if let Some(inner) = rest.strip_prefix(mark) {
            let mut from = 0;
            loop {
                let end = from + inner.get(from..)?.find(mark)?;
                if mark.len() == 1 && inner.get(..end)?.ends_with('\\') {
                    from = end + 1;
                    continue;
                }
                let content = inner.get(..end)?.replace("\\\"", "\"").replace("\\'", "'");
                return Some((content, start + mark.len() + end + mark.len()));
            }
        }
    }
    None
}

/// A Groovy text with its comments taken out; lines are kept.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mark = ["'''", "\"\"\"", "'", "\""].into_iter().find(|mark| rest.starts_with(mark));
        let taken = if let Some(mark) = mark {
            let (_, end) = quoted(rest).unwrap_or((String::new(), mark.len()));
            out.push_str(rest.get(..end).unwrap_or_default());
            end
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
            out.extend(rest.get(..end).unwrap_or_default().chars().filter(|c| *c == '\n'));
            end
        } else {
            out.push(c);
            c.len_utf8()
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}
