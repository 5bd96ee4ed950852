//! An assessment and a plan enter; charts leave as places on a canvas, which templates draw.
//!
//! Each chart comes as two drawings of the same numbers: a wide one for screens and paper, a narrow one for phones. The style sheet
//! shows one of them.

mod areas;
mod courses;
mod gantt;
mod trend;

use serde::Serialize;

use crate::manifest::value::Day;
use crate::render::plan::{days, month};

pub(super) use areas::areas;
pub(super) use courses::courses;
pub(super) use gantt::gantt;
pub(super) use trend::trend;

/// Which of the two drawings of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Size {
    Wide,
    Narrow,
}

const SIZES: [Size; 2] = [Size::Wide, Size::Narrow];

/// A text at a place on an axis.
#[derive(Debug, Serialize)]
struct Tick {
    x: f64,
    label: String,
}

/// A day without its year.
fn short_day(day: Day) -> String {
    format!("{} {}", day.0.day(), month(day.0))
}

/// Days from one to another, as a length.
fn span(from: Day, to: Day) -> f64 {
    number(days(from.0, to.0))
}

/// A label in lines of so many characters, at most three; what does not fit is cut.
fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let length = word.chars().count();
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + length <= most => {
                    line.push(' ');
                    line.push_str(word);
                    break;
                }
                _ if length <= most => {
                    lines.push(word.to_owned());
                    break;
                }
                // A word that is longer than a line goes on in the next one.
                _ => {
                    let at = word.char_indices().nth(most).map_or(word.len(), |(at, _)| at);
                    lines.push(word[..at].to_owned());
                    word = &word[at..];
                }
            }
        }
    }
    if lines.len() > 3 {
        lines.truncate(3);
        if let Some(last) = lines.last_mut() {
            let kept: String = last.chars().take(most.saturating_sub(1)).collect();
            *last = format!("{}…", kept.trim_end());
        }
    }
    lines
}

/// A place on the canvas, to a tenth.
fn tenth(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// Points of a line, as SVG writes them.
fn path(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}

/// Places of labels beside each other's lines: in order, each at least so far below the one before, none below `most`.
fn spread(places: &mut [f64], apart: f64, most: f64) {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
    for pair in order.windows(2) {
        places[pair[1]] = places[pair[1]].max(places[pair[0]] + apart);
    }
    let mut limit = most;
    for i in order.into_iter().rev() {
        places[i] = places[i].min(limit);
        limit = places[i] - apart;
    }
}

#[expect(clippy::cast_precision_loss, reason = "days of a plan")]
fn number(days: i64) -> f64 {
    days as f64
}

#[expect(clippy::cast_precision_loss, reason = "a few rows")]
fn offset(i: usize, step: f64) -> f64 {
    i as f64 * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_broken_between_words_and_cut_after_three_lines() {
        assert_eq!(lines("Let the sponsor pick", 12), ["Let the", "sponsor pick"]);
        assert_eq!(lines("Averyverylongword it", 10), ["Averyveryl", "ongword it"]);
        assert_eq!(lines("a b c d e f g h", 3), ["a b", "c d", "e…"]);
        assert!(lines(" ", 10).is_empty());
    }

    #[test]
    fn labels_are_moved_apart_and_stay_on_the_canvas() {
        let mut places = [50.0, 10.0, 12.0, 51.0];
        spread(&mut places, 10.0, 55.0);
        assert_eq!(places, [45.0, 10.0, 20.0, 55.0]);
    }
}
