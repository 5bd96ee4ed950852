//! The evaluation data that the manifest declares enters; each is checked against its file: hash, rows, and whether a row also
//! stands in a prompt or in training data.

use std::fs::File as OsFile;
use std::io::Read as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::evidence::View;
use crate::evidence::tree::{File, MAX_FILE};
use crate::fact::{Node, Origin, Record};
use crate::manifest::model::EvalDataset;

use super::moment::Moment;
use super::outcome::{Event, Outcome, Wrong};
use super::overlap::Known;

/// The largest file that is hashed, in bytes.
const MAX_HASHED: u64 = 512 * 1024 * 1024;

/// Where the data are when they are not in the file itself.
enum Content {
    /// The bytes are here: their hash, and the text when it is small enough to be kept.
    Here { sha256: String, text: Option<Arc<str>> },
    /// A pointer of Git LFS, which names the hash.
    Pointer(String),
    /// They cannot be looked at; why.
    Unknown(String),
}

/// Checks all evaluation data of the manifest.
pub(super) fn check(view: &View<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(evals) = view.manifest.evals.as_ref().filter(|e| !e.datasets.is_empty()) else { return outcome };
    let known = Known::of(view);
    for dataset in &evals.datasets {
        let record = one(view, dataset, &known, &mut outcome);
        let at = dataset.sampled_on.and_then(|day| Moment::parse(&day.to_string()));
        outcome.events.push(Event { facts: "eval.datasets", at, record });
    }
    outcome
}

fn one(view: &View<'_>, dataset: &EvalDataset, known: &Known, outcome: &mut Outcome) -> Record {
    let path = dataset.path.as_deref().unwrap_or_default().trim().trim_start_matches("./").trim_end_matches('/');
    let mut record = Record::new([]);
    if !path.is_empty() {
        record = record.from(&Arc::new(Origin { path: path.to_owned(), line: None, declared: true }));
    }
    if let Some(day) = dataset.sampled_on {
        record.set("date", day);
    }
    let mut all = |exists: Node, hash: Node, rows_match: Node, rows: Option<Node>, apart: Node| {
        record.set("exists", exists);
        record.set("hash_matches", hash);
        record.set("rows_match", rows_match);
        record.set("no_overlap", apart);
        if let Some(rows) = rows {
            record.set("rows", rows);
        }
    };
    let no = || Node::from(false);
    let unknown = |why: &str| Node::unknown(why.to_owned());
    let Some(file) = view.tree.get(path).filter(|file| !path.is_empty() && !view.tree.is_unfinished(file)) else {
        if !path.is_empty() && view.tree.get(&format!("{path}.dvc")).is_some() {
            let why = format!("{path} is kept by DVC; fetch it with `dvc pull`");
            all(unknown(&why), unknown(&why), unknown(&why), None, unknown(&why));
        } else {
            let is_folder = !path.is_empty() && view.tree.has(path);
            all(Node::from(is_folder), no(), no(), None, no());
        }
        return record;
    };
    let declared = dataset.hash.as_deref().map(str::trim).filter(|h| !h.is_empty()).map(|hash| {
        let hash = hash.to_ascii_lowercase();
        hash.strip_prefix("sha256:").unwrap_or(&hash).to_owned()
    });
    let matches = |sha256: &str| Node::from(declared.as_deref() == Some(sha256));
    match content(view, file) {
        Content::Unknown(why) => all(Node::from(true), unknown(&why), unknown(&why), None, unknown(&why)),
        Content::Pointer(sha256) => {
            let why = format!("{path} is a pointer of Git LFS; fetch the data with `git lfs pull`");
            all(Node::from(true), matches(&sha256), unknown(&why), None, unknown(&why));
        }
        Content::Here { sha256, text: None } => {
            let why = format!("{path} is too large or no text; its rows were not counted");
            all(Node::from(true), matches(&sha256), unknown(&why), None, unknown(&why));
        }
        Content::Here { sha256, text: Some(text) } => match rows(path, &text) {
            Ok(Some(rows)) => {
                let count = rows.len();
                let same = dataset.n.is_some_and(|n| usize::try_from(n) == Ok(count));
                let apart = known.apart(&rows);
                all(Node::from(true), matches(&sha256), Node::from(same), Some(Node::from(count)), apart);
            }
            Ok(None) => {
                let why = format!("rows are counted in CSV, TSV, JSON and JSON lines, not in {path}");
                all(Node::from(true), matches(&sha256), unknown(&why), None, unknown(&why));
            }
            Err(wrong) => {
                outcome.malformed.push(("eval.datasets".to_owned(), wrong.diagnostic(path, &text, "evaluation data")));
                all(Node::from(true), matches(&sha256), no(), None, no());
            }
        },
    }
    record
}

/// Looks at the bytes of a file. A text that was kept in memory is taken when it has the size of the file, byte for byte.
fn content(view: &View<'_>, file: &File) -> Content {
    let text = view.tree.read(file).filter(|text| text.len() as u64 == file.size);
    if let Some(text) = text.as_ref().filter(|text| !text.contains('\u{fffd}')) {
        if let Some(oid) = lfs_pointer(text) {
            return Content::Pointer(oid);
        }
        return Content::Here { sha256: hex(&Sha256::digest(text.as_bytes())), text: Some(Arc::clone(text)) };
    }
    if file.size > MAX_HASHED {
        return Content::Unknown(format!("{} is larger than aipp reads", file.path));
    }
    match hash_file(view, file) {
        Ok(sha256) => {
            let text = if file.size <= MAX_FILE { view.tree.read(file) } else { None };
            Content::Here { sha256, text }
        }
        Err(error) => Content::Unknown(format!("{} cannot be read: {error}", file.path)),
    }
}

fn hash_file(view: &View<'_>, file: &File) -> std::io::Result<String> {
    let mut reader = OsFile::open(view.tree.root().join(&file.path))?.take(MAX_HASHED);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The hash that a pointer of Git LFS names.
pub(super) fn lfs_pointer(text: &str) -> Option<String> {
    if text.len() > 1024 || !text.starts_with("version https://git-lfs.github.com/spec/") {
        return None;
    }
    let oid = text.lines().find_map(|line| line.strip_prefix("oid sha256:"))?;
    Some(oid.trim().to_ascii_lowercase())
}

/// One row of data: its whole text, and the texts of its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// All of it, as one text.
    pub(super) whole: String,
    /// Its longest field.
    pub(super) longest: String,
}

/// The rows of a file of data; none when its format is not known.
pub(super) fn rows(path: &str, text: &str) -> Result<Option<Vec<Row>>, Wrong> {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let mend = "write the data again, one row a record";
    if text.trim().is_empty() {
        return Err(Wrong::new("there is nothing in it", mend));
    }
    match ending.as_str() {
        "csv" | "tsv" => {
            let delimiter = if ending == "tsv" { b'\t' } else { b',' };
            let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
            let rows = reader.records().map(|row| {
                let row = row.map_err(|e| {
                    let line = e.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or_default());
                    Wrong::new(format!("it is not valid CSV: {e}"), mend).at(line, 1)
                })?;
                Ok(Row::of(row.iter()))
            });
            rows.collect::<Result<_, _>>().map(Some)
        }
        "jsonl" | "ndjson" => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            let rows = lines.map(|(number, line)| {
                let value: serde_json::Value = serde_json::from_str(line)
                    .map_err(|e| Wrong::new(format!("a line is not valid JSON: {e}"), mend).at(number + 1, 1))?;
                Ok(Row::of_json(&value))
            });
            rows.collect::<Result<_, _>>().map(Some)
        }
        "json" => {
            let value = super::fields::parse(text)?;
            let list = value.as_array().or_else(|| {
                let map = value.as_object()?;
                ["data", "rows", "cases", "examples", "tests", "items"].iter().find_map(|key| map.get(*key)?.as_array())
            });
            Ok(list.map(|list| list.iter().map(Row::of_json).collect()))
        }
        _ => Ok(None),
    }
}

impl Row {
    fn of<'f>(fields: impl Iterator<Item = &'f str>) -> Self {
        let fields: Vec<String> = fields.map(squeezed).collect();
        let longest = fields.iter().max_by_key(|f| f.len()).cloned().unwrap_or_default();
        Self { whole: fields.join("\u{1f}"), longest }
    }

    fn of_json(value: &serde_json::Value) -> Self {
        let mut texts = Vec::new();
        leaves(value, 0, &mut texts);
        Self::of(texts.iter().map(String::as_str))
    }
}

fn leaves(value: &serde_json::Value, depth: usize, texts: &mut Vec<String>) {
    use serde_json::Value;
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Number(_) | Value::Bool(_) => texts.push(value.to_string()),
        Value::Array(items) if depth < 8 => items.iter().for_each(|item| leaves(item, depth + 1, texts)),
        Value::Object(map) if depth < 8 => map.values().for_each(|item| leaves(item, depth + 1, texts)),
        Value::Array(_) | Value::Object(_) | Value::Null => {}
    }
}

/// A text with single blanks, in lower case.
pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;
    use crate::evidence::results::probe::{found, list, malformed};
    use crate::fact::Leaf;

    const DATA: &str = "{\"input\": \"Invoice 4711 of Acme Ltd, total 118.40 EUR, due 2026-12-01\", \"expected\": \"118.40\"}\n{\"input\": \"Rechnung 12 der Beta GmbH, Summe 90 EUR, netto\", \"expected\": \"90\"}\n";

    fn manifest(n: u64, hash: &str, more: &str) -> String {
        format!(
            "evals:\n  datasets:\n  - {{ name: october, path: evals/october.jsonl, sampled_on: 2026-11-02, n: {n}, hash: \"{hash}\" }}\n{more}"
        )
    }

    fn datasets(files: &[(&'static str, &str)], manifest: &str) -> Vec<String> {
        list(&found(files, manifest), "eval.datasets")
    }

    #[test]
    fn hash_and_rows_are_checked_against_the_file() {
        let sha256 = hex(&Sha256::digest(DATA.as_bytes()));
        let files = [("evals/october.jsonl", DATA)];
        assert_eq!(
            datasets(&files, &manifest(2, &format!("sha256:{}", sha256.to_uppercase()), "")),
            ["date=2026-11-02 exists=true hash_matches=true no_overlap=true rows=2 rows_match=true"]
        );
        assert_eq!(
            datasets(&files, &manifest(3, "00", "")),
            ["date=2026-11-02 exists=true hash_matches=false no_overlap=true rows=2 rows_match=false"]
        );
        assert_eq!(
            datasets(&[], &manifest(2, &sha256, "")),
            ["date=2026-11-02 exists=false hash_matches=false no_overlap=false rows_match=false"]
        );
    }

    #[test]
    fn rows_in_prompts_or_training_data_overlap() {
        let more = "prompts: { path: prompts }\ndatasets: [{ name: training, path: data/train.csv }]\n";
        let overlap = |prompt: &str, training: &str| {
            let files = [("evals/october.jsonl", DATA), ("prompts/extract.txt", prompt), ("data/train.csv", training)];
            datasets(&files, &manifest(2, "", more))[0].contains("no_overlap=false")
        };
        assert!(!overlap(
            "Extract the total, for instance 118.40.",
            "text,total\nInvoice 1 of Gamma Ltd over 12 EUR,12\n"
        ));
        assert!(overlap(
            "Example:\n  Invoice 4711 of Acme Ltd,\n  total 118.40 EUR, due 2026-12-01\nAnswer: 118.40",
            "text,total\nx,1\n"
        ));
        assert!(overlap("Extract the total.", "text,total\n\"Rechnung 12 der Beta GmbH, Summe 90 EUR, netto\",91\n"));
    }

    #[test]
    fn tables_of_numbers_overlap_by_their_whole_rows() {
        let manifest = "evals:\n  datasets: [{ path: eval.csv, n: 2 }]\ndatasets: [{ path: train.csv }]\n";
        let apart = |train: &str| {
            datasets(&[("eval.csv", "a,b,c\n1,2,3.5\n4,5,6.5\n"), ("train.csv", train)], manifest)[0]
                .contains("no_overlap=true")
        };
        assert!(apart("a,b,c\n1,2,3.6\n4,5,6\n"));
        assert!(!apart("a,b,c\n4,5,6.5\n"));
    }

    #[test]
    fn what_is_kept_elsewhere_is_unknown() {
        let state = |files: &[(&'static str, &str)], field: &str| {
            let found = found(files, &manifest(2, "ab12", ""));
            let node = found.facts.fields["eval"].get("datasets").unwrap().items()[0].get(field).cloned().unwrap();
            matches!(node, Node::Leaf(Leaf::Unknown(_)))
        };
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab12\nsize 12345\n";
        assert!(state(&[("evals/october.jsonl", pointer)], "rows_match"));
        assert!(!state(&[("evals/october.jsonl", pointer)], "hash_matches"));
        assert!(state(&[("evals/october.jsonl.dvc", "outs:\n- md5: 00\n  path: october.jsonl\n")], "exists"));
    }

    #[test]
    fn broken_data_is_malformed() {
        for text in ["{\"a\": 1}\n{\"a\": \n", "", "  \n"] {
            let found = found(&[("evals/october.jsonl", text)], &manifest(2, "", ""));
            assert_eq!(malformed(&found), ["eval.datasets evals/october.jsonl"], "{text:?}");
        }
        assert!(rows("a.csv", "a,b\n1,2,3\n").is_err());
        assert_eq!(rows("a.parquet", "PAR1").unwrap(), None);
        assert_eq!(rows("a.json", "{\"tests\": [1, 2, 3]}").unwrap().unwrap().len(), 3);
    }

    #[test]
    fn the_hash_is_of_the_bytes_and_not_of_the_text() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = b"text\ncaf\xe9 au lait\n";
        std::fs::write(dir.path().join("eval.csv"), bytes).unwrap();
        let tree = crate::evidence::tree::Tree::walk(dir.path(), &[]).unwrap();
        let manifest =
            format!("evals:\n  datasets: [{{ path: eval.csv, n: 1, hash: {} }}]\n", hex(&Sha256::digest(bytes)));
        let found = crate::evidence::results::probe::found_in(&tree, &manifest);
        assert!(list(&found, "eval.datasets")[0].contains("hash_matches=true"), "{:?}", list(&found, "eval.datasets"));
    }
}
