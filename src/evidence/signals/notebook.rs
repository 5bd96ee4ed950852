//! The text of a notebook enters; its program text, its prose and what it printed leave, without the pictures.

use serde::Deserialize;

/// The parts of a notebook, cells one after another.
#[derive(Debug, Default)]
pub(super) struct Notebook {
    pub(super) code: String,
    pub(super) prose: String,
    pub(super) outputs: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(default)]
    cell_type: String,
    #[serde(default)]
    source: Lines,
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    text: Lines,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default, rename = "text/plain")]
    plain: Lines,
    #[serde(default, rename = "text/markdown")]
    markdown: Lines,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Many(Vec<String>),
    #[default]
    Empty,
}

impl Lines {
    fn onto(&self, text: &mut String) {
        match self {
            Self::One(one) => text.push_str(one),
            Self::Many(many) => many.iter().for_each(|line| text.push_str(line)),
            Self::Empty => {}
        }
        if !text.ends_with('\n') && !text.is_empty() {
            text.push('\n');
        }
    }
}

impl Notebook {
    /// Reads a notebook; none when it is not one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let file: File = serde_json::from_str(text).ok()?;
        let mut notebook = Self::default();
        for cell in file.cells {
            if cell.cell_type == "code" {
                cell.source.onto(&mut notebook.code);
                for output in cell.outputs {
                    output.text.onto(&mut notebook.outputs);
                    output.data.plain.onto(&mut notebook.outputs);
                    output.data.markdown.onto(&mut notebook.outputs);
                }
            } else {
                cell.source.onto(&mut notebook.prose);
            }
        }
        Some(notebook)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn cells_are_taken_apart_and_pictures_left_out() {
        let text = r##"{"cells": [
          {"cell_type": "markdown", "source": ["# Churn\n", "text"]},
          {"cell_type": "code", "source": "print(roc_auc_score(y, p))", "outputs": [
            {"output_type": "stream", "name": "stdout", "text": ["0.91\n"]},
            {"output_type": "display_data", "data": {"image/png": "iVBOR", "text/plain": ["<Figure>"]}},
            {"output_type": "error", "ename": "E", "evalue": "x", "traceback": ["t"]}]}],
          "nbformat": 4, "nbformat_minor": 5, "metadata": {}}"##;
        let notebook = Notebook::read(text).unwrap();
        assert_eq!(notebook.prose, "# Churn\ntext\n");
        assert_eq!(notebook.code, "print(roc_auc_score(y, p))\n");
        assert_eq!(notebook.outputs, "0.91\n<Figure>\n");
        assert!(Notebook::read("{").is_none());
    }
}
