//! A text enters; the quality metrics that stand in it with a number leave.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::super::expression::{Expression, group};
use super::formats::Proven;
use super::place::Class;

/// Names of quality metrics, as in result files, tables and what tools print.
const METRICS: &str = r"accuracy|balanced_accuracy|precision|recall|f1|f1[ _-]score|f[ _-]measure|auc|roc[ _-]?auc|auroc|pr[ _-]?auc|avg_prec|average_precision|rmse|mae|mape|mse|r2|r2_score|r\^2|wer|cer|bleu|chrf|comet|rouge[ _-]?[12l]?|perplexity|pass[ _-]?rate|pass_at_1|pass@1|success[ _-]rate|win[ _-]rate|groundedness|relevance|coherence|fluency|similarity|faithfulness|answer[ _]relevancy|context[ _](?:recall|precision)|answer_correctness|correctness|helpfulness|hit[ _-]rate|mrr|ndcg(?:@\d+)?|exact[ _-]match|mean_rating|defect_rate|log[ _-]?loss|mean_score|avg_score|brier|kappa|iou|map50|recall@\d+|precision@\d+|top[ _-]?1|g_?pt_\w+|gpt_(?:groundedness|relevance|coherence)|citations_matched|silhouette|gini|mcc";

/// `"accuracy": 0.91`, `accuracy = 0.91`, `| accuracy | 0.91 |`, `accuracy    0.91`, `Accuracy: 91%`.
static WITH_NUMBER: LazyLock<Expression> = LazyLock::new(|| {
    Expression::any_case(Cow::Owned(format!(
        r#"\b(?:\w{{0,12}}[_ ./-])?({METRICS})(?:[_ ](?:score|mean|avg|macro|micro|test|train|val|on \w+ \w+))?\b["'`*]*(?:\s*\([^)\n]{{0,20}}\))?\s*(?:[:=|,]|is|of|\s)\s*["'*`\[{{ ]*(?:is |of |np\.float64\()?(\d+(?:\.\d+)?%?)"#
    )))
});

/// A header of a table with the names of metrics in it.
static IN_HEADER: LazyLock<Expression> =
    LazyLock::new(|| Expression::any_case(Cow::Owned(format!(r#"(?:^|[,|\t_ "]|\b)({METRICS})(?:$|[,|\t_ "(%]|\b)"#))));

/// Names that are metrics and nothing else.
const PLAIN: &[&str] = &[
    "accuracy",
    "wer",
    "cer",
    "bleu",
    "chrf",
    "rmse",
    "mae",
    "auc",
    "auroc",
    "roc_auc",
    "f1",
    "f1-score",
    "f1_score",
    "perplexity",
];

/// The report that scikit-learn prints.
const REPORT: &str = "precision    recall  f1-score   support";

/// Reads the scores of a text; none when there are fewer than two, or they have no numbers.
pub(super) fn read(text: &str, class: Class) -> Option<Proven> {
    if let Some(at) = text.find(REPORT) {
        return Some(Proven { line: line(text, at), said: vec!["a classification report".to_owned()], bonus: 20 });
    }
    let mut found: Vec<(usize, String, String)> = Vec::new();
    for groups in WITH_NUMBER.all(text).take(2000) {
        let (Some(Some(all)), Some(Some(at))) = (groups.first(), groups.get(1)) else { continue };
        let (Some(name), Some(value)) = (group(text, &groups, 1), group(text, &groups, 2)) else { continue };
        // A fraction or a percentage is a score; `recall, 5` in prose is not.
        if !(value.contains('.') || value.ends_with('%') || value.len() <= 3 && structured(text, all.start + at.start))
        {
            continue;
        }
        let name = name.to_lowercase();
        if !found.iter().any(|(_, n, _)| *n == name) {
            found.push((all.start, name, value.to_owned()));
        }
        if found.len() > 6 {
            break;
        }
    }
    // One number stands for itself in a file of numbers; in prose and print-outs only when its name means nothing else.
    let alone = found.first().is_some_and(|(_, name, _)| {
        text.len() < 2000 && (matches!(class, Class::Config | Class::Table) || PLAIN.contains(&name.as_str()))
    });
    if found.len() >= 2 || alone {
        let first = found.iter().map(|(at, ..)| *at).min()?;
        let said = found.iter().take(3).map(|(_, name, value)| format!("{name} {value}")).collect();
        let count = u32::try_from(found.len()).unwrap_or_default();
        return Some(Proven { line: line(text, first), said, bonus: count * 3 });
    }
    table(text)
}

/// A key of JSON or YAML: a quote or the beginning of the line stands before it.
fn structured(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.trim_end_matches([' ', '-', '_']).ends_with(['"', '\n', '|', '{', ',']))
}

/// A table whose header names metrics and whose rows have numbers.
fn table(text: &str) -> Option<Proven> {
    let rows = text.lines().enumerate();
    for (number, row) in rows {
        let separators = row.matches('|').count().max(row.matches(',').count()).max(row.matches('\t').count());
        if separators < 2 || row.len() > 2000 {
            continue;
        }
        let mut names: Vec<String> =
            IN_HEADER.all(row).filter_map(|groups| group(row, &groups, 1).map(str::to_lowercase)).collect();
        names.dedup();
        if names.len() < 2 {
            continue;
        }
        let numeric = |row: &str| {
            row.split(['|', ',', '\t'])
                .filter(|cell| cell.trim().trim_matches(['*', '%', '`', '"', ' ']).parse::<f64>().is_ok())
                .count()
                >= 2
        };
        if text.lines().skip(number + 1).take(4).any(numeric) {
            names.truncate(3);
            return Some(Proven {
                line: Some(number + 1),
                said: vec![format!("a table of {}", names.join(", "))],
                bonus: 12,
            });
        }
    }
    None
}

fn line(text: &str, at: usize) -> Option<usize> {
    text.get(..at).map(|before| before.matches('\n').count() + 1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn scores_are_names_with_numbers() {
        for text in [
            "{\"avg_prec\": 0.92, \"roc_auc\": 0.95}",
            "{\n  \"gpt_groundedness\": {\n \"pass_rate\": 1.0,\n \"mean_rating\": 4.9}}",
            "| Model | Accuracy | F1 |\n|---|---|---|\n| a | 0.91 | 0.88 |\n",
            "model,accuracy,recall\na,0.91,0.4\n",
            "Accuracy: 91.2%\nRecall: 0.77\n",
            "              precision    recall  f1-score   support\n",
            "WER: 4.27 %",
        ] {
            assert!(read(text, Class::Notebook).is_some(), "{text}");
        }
        for text in [
            "We care about accuracy and recall, and 5 other things.",
            "def accuracy(y): return 1",
            "accuracy_score(y_test, y_pred)\nprecision_score(y_test, y_pred)",
            "question,answer\nWhat is recall?,a metric\n",
        ] {
            assert_eq!(read(text, Class::Docs), None, "{text}");
        }
        let read = read("\n\n{\"accuracy\": 0.5, \"recall\": 0.25}", Class::Config).unwrap();
        assert_eq!((read.line, read.said), (Some(3), vec!["accuracy 0.5".to_owned(), "recall 0.25".to_owned()]));
    }
}
