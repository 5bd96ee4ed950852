//! Prompts and training data enter; whether a row of evaluation data also stands in them leaves.

use std::collections::{HashMap, HashSet};

use crate::evidence::View;
use crate::evidence::tree::File;
use crate::fact::Node;

use super::dataset::{Row, lfs_pointer, rows, squeezed};

/// A field must be this long to be told from words that any text has.
const MIN_FIELD: usize = 20;

/// Prompts and rows that are looked at.
const MAX_TEXT: usize = 4 * 1024 * 1024;
const MAX_ROWS: usize = 500_000;

/// The texts of prompts and the rows of training data.
#[derive(Debug, Default)]
pub(super) struct Known {
    prompts: Vec<String>,
    training: HashSet<String>,
    /// Training data that is kept elsewhere; why it cannot be compared.
    elsewhere: Option<String>,
}

impl Known {
    /// What the manifest names: the prompts, and the data sets that are not evaluation data themselves.
    pub(super) fn of(view: &View<'_>) -> Self {
        let mut known = Self::default();
        let mut left = MAX_TEXT;
        let prompts = view.manifest.prompts.as_ref().and_then(|p| p.path.as_deref());
        for file in prompts.map_or(Vec::new(), |path| files(view, path)) {
            if let Some(text) = view.tree.text(file).filter(|text| text.len() <= left) {
                left -= text.len();
                known.prompts.push(squeezed(&text));
            }
        }
        let evaluated: Vec<&str> =
            view.manifest.evals.iter().flat_map(|e| &e.datasets).filter_map(|d| d.path.as_deref()).collect();
        for path in view.manifest.datasets.iter().filter_map(|d| d.path.as_deref()).filter(|p| !evaluated.contains(p)) {
            let path = path.trim_start_matches("./");
            if view.tree.get(&format!("{path}.dvc")).is_some() && !view.tree.has(path) {
                known.elsewhere = Some(format!("{path} is kept by DVC; fetch it with `dvc pull` to compare the rows"));
            }
            for file in files(view, path) {
                known.add_training(view, file);
            }
        }
        known
    }

    fn add_training(&mut self, view: &View<'_>, file: &File) {
        let Some(text) = view.tree.text(file) else { return };
        if lfs_pointer(&text).is_some() {
            let why =
                format!("{} is a pointer of Git LFS; fetch it with `git lfs pull` to compare the rows", file.path);
            self.elsewhere = Some(why);
            return;
        }
        for row in rows(&file.path, &text).ok().flatten().unwrap_or_default() {
            if self.training.len() >= MAX_ROWS {
                return;
            }
            if row.longest.len() >= MIN_FIELD {
                self.training.insert(row.longest);
            }
            self.training.insert(row.whole);
        }
    }

    /// Whether none of the rows is known; unknown when training data could not be compared.
    pub(super) fn apart(&self, rows: &[Row]) -> Node {
        let trained = rows.iter().any(|row| {
            self.training.contains(&row.whole)
                || (row.longest.len() >= MIN_FIELD && self.training.contains(&row.longest))
        });
        if trained || self.in_prompts(rows) {
            return Node::from(false);
        }
        self.elsewhere.as_ref().map_or(Node::from(true), |why| Node::unknown(why.clone()))
    }

    /// Whether the longest field of a row stands in a prompt. Each place of a prompt is looked up once, by the beginning of the
    /// field, so that the time grows with prompts plus rows and not with their product.
    fn in_prompts(&self, rows: &[Row]) -> bool {
        let mut by_front: HashMap<&[u8], Vec<&str>> = HashMap::new();
        for row in rows.iter().take(MAX_ROWS).filter(|row| row.longest.len() >= MIN_FIELD) {
            if let Some(front) = row.longest.as_bytes().get(..MIN_FIELD) {
                let same = by_front.entry(front).or_default();
                // Rows that all begin alike would make it a product again.
                if same.len() < 64 {
                    same.push(&row.longest);
                }
            }
        }
        self.prompts.iter().any(|prompt| {
            let bytes = prompt.as_bytes();
            bytes.windows(MIN_FIELD).enumerate().any(|(at, window)| {
                by_front.get(window).is_some_and(|fields| {
                    fields.iter().any(|field| bytes.get(at..).is_some_and(|rest| rest.starts_with(field.as_bytes())))
                })
            })
        })
    }
}

/// The file at a path, or the files below it.
fn files<'v>(view: &View<'v>, path: &str) -> Vec<&'v File> {
    let path = path.trim().trim_start_matches("./").trim_end_matches('/');
    match view.tree.get(path) {
        Some(file) => vec![file],
        None if path.is_empty() => Vec::new(),
        None => view.tree.under(path).iter().take(2_000).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        Row { whole: text.to_owned(), longest: text.to_owned() }
    }

    #[test]
    fn fields_are_found_anywhere_in_a_prompt_and_short_ones_are_not_looked_for() {
        let known = Known {
            prompts: vec!["é: please read the invoice of acme ltd over 12 eur now".to_owned()],
            ..Known::default()
        };
        assert!(!known.apart(&[row("the invoice of acme ltd over 12 eur")]).is_true());
        assert!(known.apart(&[row("the invoice of acme ltd over 13 eur")]).is_true());
        assert!(known.apart(&[row("invoice")]).is_true());
        assert!(known.apart(&[]).is_true());
    }

    #[test]
    fn many_rows_that_begin_alike_stay_cheap() {
        let prompt = "invoice of the supplier number ".repeat(20_000);
        let known = Known { prompts: vec![prompt], ..Known::default() };
        let rows: Vec<Row> = (0..20_000).map(|i| row(&format!("invoice of the supplier number {i}"))).collect();
        let begin = std::time::Instant::now();
        assert!(known.apart(&rows).is_true());
        assert!(begin.elapsed().as_secs() < 20);
    }
}
