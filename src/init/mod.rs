//! Evidence and answers enter; a commented manifest that reads back as the same leaves, and what else `aipp init` writes.

mod detect;
mod text;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::names_nobody;
use crate::manifest::{self, is_group, nearest};
use crate::quantity::Quantity;

pub use detect::{Detected, Sight, detect};
pub use text::manifest_text;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The project's name.
    Name,
    /// agent, llm-app or ml-model.
    System,
    /// online or batch.
    Serving,
    /// experimental, standard or critical.
    Tier,
    /// The phase it is in.
    Phase,
    /// One sentence.
    BusinessCase,
    /// The business process that it serves.
    Process,
    /// The one accountable person.
    Owner,
    /// The executive who pays and decides.
    Sponsor,
    /// First day of the pilot.
    PilotStart,
    /// Its last day.
    PilotEnd,
    /// The first metric's name.
    Metric,
    /// Its value before the pilot.
    Baseline,
    /// The value to reach.
    Target,
    /// By when.
    Deadline,
    /// The organisation's risk tier.
    RiskTier,
}

/// A question.
#[derive(Debug)]
pub struct Question {
    /// What about.
    pub topic: Topic,
    /// The flag that answers it.
    pub flag: &'static str,
    /// The question.
    pub ask: &'static str,
    /// What an answer looks like.
    pub wants: &'static str,
    /// The only answers there are, each with its meaning; any when empty.
    pub choices: &'static [(&'static str, &'static str)],
    /// Whether the interview asks it; the others have a flag and stand in the list of what can be changed.
    pub asked: bool,
}

const fn question(topic: Topic, flag: &'static str, ask: &'static str, wants: &'static str) -> Question {
    Question { topic, flag, ask, wants, choices: &[], asked: true }
}

const fn choice(
    topic: Topic,
    flag: &'static str,
    ask: &'static str,
    choices: &'static [(&'static str, &'static str)],
) -> Question {
    Question { choices, ..question(topic, flag, ask, "one of these words") }
}

/// Every question, in the order in which they are asked.
pub const QUESTIONS: &[Question] = &[
    question(Topic::Name, "--name", "What is the project called?", "a name, as the team says it"),
    choice(
        Topic::System,
        "--system",
        "What kind of AI system is it?",
        &[
            ("llm-app", "uses a language model, takes no action by itself"),
            ("agent", "calls tools and acts"),
            ("ml-model", "a trained model that scores or predicts"),
        ],
    ),
    Question {
        asked: false,
        ..choice(
            Topic::Serving,
            "--serving",
            "How does it run?",
            &[("online", "answers requests"), ("batch", "runs over batches")],
        )
    },
    choice(
        Topic::Tier,
        "--tier",
        "How much is at stake?",
        &[
            ("standard", "the rules as written"),
            ("experimental", "internal users, at most 10 % of traffic"),
            ("critical", "documents are not enough, and evidence ages twice as fast"),
        ],
    ),
    choice(
        Topic::Phase,
        "--phase",
        "Which phase is it in?",
        &[
            ("prove-value", "weeks 1-6: does it pay?"),
            ("harden", "weeks 7-12: make it safe to run"),
            ("scale", "weeks 13-24: in production"),
            ("expand", "week 25 and later: the next process"),
        ],
    ),
    question(
        Topic::BusinessCase,
        "--business-case",
        "What is the business case, in one sentence?",
        "such as: Cut review of a contract from 90 min to 20 min by 2027-03-31.",
    ),
    question(
        Topic::Process,
        "--process",
        "Which business process does it serve?",
        "such as: Supplier contracts, from arrival to signature",
    ),
    question(
        Topic::Owner,
        "--owner",
        "Who owns it? One person whose job depends on it",
        "name and handle, for instance: Dana Whitfield @dwhitfield",
    ),
    question(
        Topic::Sponsor,
        "--sponsor",
        "Which executive pays and decides?",
        "name and title, for instance: Ines Costa, General Counsel",
    ),
    question(Topic::PilotStart, "--pilot-start", "When does the pilot start?", "a day: YYYY-MM-DD"),
    question(Topic::PilotEnd, "--pilot-end", "When does it end? At most eight weeks later", "a day: YYYY-MM-DD"),
    question(
        Topic::Metric,
        "--metric",
        "Which metric shows that it pays?",
        "its name, for instance: Time of the first review",
    ),
    question(
        Topic::Baseline,
        "--baseline",
        "Its value before the pilot?",
        "a number with a unit, for instance: 90 min",
    ),
    question(Topic::Target, "--target", "The value to reach?", "in the same kind of unit, for instance: 20 min"),
    question(Topic::Deadline, "--deadline", "By which day?", "a day: YYYY-MM-DD"),
    Question {
        asked: false,
        ..question(Topic::RiskTier, "--risk-tier", "Which risk tier has it?", "for instance high, limited or minimal")
    },
];

/// The question about a topic.
///
/// # Panics
/// Never: every topic has a question, which a test holds.
#[must_use]
pub fn question_about(topic: Topic) -> &'static Question {
    QUESTIONS.iter().find(|q| q.topic == topic).expect("every topic has a question")
}

/// Answers, each valid by itself and with the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<Topic, String>);

impl Answers {
    /// The answer; none when there is none.
    #[must_use]
    pub fn get(&self, topic: Topic) -> Option<&str> {
        self.0.get(&topic).map(String::as_str)
    }

    /// Takes an answer back.
    pub fn clear(&mut self, topic: Topic) {
        self.0.remove(&topic);
    }

    /// Takes an answer, when the manifest that it would stand in can be read.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what was expected.
    pub fn set(&mut self, topic: Topic, answer: &str) -> Result<(), String> {
        self.check(topic, answer)?;
        self.0.insert(topic, answer.trim().to_owned());
        Ok(())
    }

    /// Whether an answer could be taken.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn check(&self, topic: Topic, answer: &str) -> Result<(), String> {
        let answer = answer.trim();
        let question = question_about(topic);
        if answer.is_empty() {
            return Err(format!("it is empty; write {}", question.wants));
        }
        if !question.choices.is_empty() && !question.choices.iter().any(|(word, _)| *word == answer) {
            let known: Vec<String> = question.choices.iter().map(|(word, _)| (*word).to_owned()).collect();
            let near = nearest(answer, &known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            return Err(format!("it cannot be `{answer}`; {near}it is one of: {}", known.join(", ")));
        }
        if matches!(topic, Topic::Owner | Topic::Sponsor) {
            let (name, _) = if topic == Topic::Owner { text::person(answer) } else { text::titled(answer) };
            if names_nobody(&name) {
                return Err(format!("`{answer}` names nobody; write {}", question.wants));
            }
            if is_group(&name) || is_group(answer.split(',').next().unwrap_or_default()) {
                return Err(format!("`{answer}` is several people; name one person who answers for it"));
            }
        }
        if matches!(topic, Topic::Name | Topic::Metric) && names_nobody(answer) {
            return Err(format!("`{answer}` is no name; write {}", question.wants));
        }
        // The manifest's own rules are asked, so that what is accepted here is accepted there.
        let mut with = self.clone();
        with.0.insert(topic, answer.to_owned());
        let manifest = manifest_text(&with, &Detected::default(), "x");
        match manifest::read("aipp.yaml", manifest.into_bytes()).1.into_iter().next() {
            None => Ok(()),
            Some(wrong) => Err(wrong.help.map_or(wrong.message.clone(), |help| format!("{}; {help}", wrong.message))),
        }
    }

    /// What could be meant when nothing is typed: what the business case says already, and the usual length of a pilot.
    #[must_use]
    pub fn suggestion(&self, topic: Topic, today: manifest::value::Day) -> Option<String> {
        let said = || self.get(Topic::BusinessCase).map(spoken).unwrap_or_default();
        let suggested = match topic {
            Topic::System | Topic::Serving | Topic::Tier | Topic::Phase => {
                question_about(topic).choices.first().map(|(word, _)| (*word).to_owned())
            }
            Topic::PilotStart => Some(today.to_string()),
            Topic::PilotEnd => {
                let start = self.get(Topic::PilotStart).and_then(manifest::value::Day::parse)?;
                start.0.checked_add(jiff::Span::new().days(42)).ok().map(|day| day.to_string())
            }
            Topic::Baseline => said().quantities.first().cloned(),
            Topic::Target => said().quantities.get(1).cloned(),
            Topic::Deadline => said().day,
            _ => None,
        };
        suggested.filter(|text| self.check(topic, text).is_ok())
    }
}

/// What a sentence says: the quantities behind `from` and `to`, and the day.
#[derive(Debug, Default, PartialEq, Eq)]
struct Spoken {
    quantities: Vec<String>,
    day: Option<String>,
}

fn spoken(sentence: &str) -> Spoken {
    let words: Vec<&str> = sentence.split_whitespace().map(|w| w.trim_end_matches(['.', ',', ';'])).collect();
    let mut spoken = Spoken::default();
    for (i, word) in words.iter().enumerate() {
        if manifest::value::Day::parse(word).is_some() {
            spoken.day.get_or_insert_with(|| (*word).to_owned());
            continue;
        }
        if !matches!(words.get(i.wrapping_sub(1)), Some(&"from" | &"to")) || Quantity::parse(word).is_err() {
            continue;
        }
        let unit = words.get(i + 1).filter(|unit| !matches!(**unit, "to" | "by" | "per" | "a" | "and" | "in"));
        let with = unit.map(|unit| format!("{word} {unit}")).filter(|text| Quantity::parse(text).is_ok());
        spoken.quantities.push(with.unwrap_or_else(|| (*word).to_owned()));
    }
    spoken
}

/// Every wrong answer among those given by flags, each named by its flag; the right ones are taken.
///
/// # Errors
/// One message for each.
pub fn answer_all(answers: &mut Answers, given: &[(Topic, String)]) -> Result<(), Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    for question in QUESTIONS {
        let Some((_, text)) = given.iter().find(|(topic, _)| *topic == question.topic) else { continue };
        if let Err(why) = answers.set(question.topic, text) {
            let help = match question.choices.first() {
                Some((word, _)) => format!("leave it out for `{word}`"),
                None => format!("write {}", question.wants),
            };
            wrong.push(Diagnostic::error(Code::BadValue, format!("`{}`: {why}", question.flag)).help(help));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// The line that lets git join two histories of measurements.
pub const UNION: &str = ".aipp/history.jsonl merge=union";

/// The text of `.gitattributes` with the line in it; none when it is there already.
#[must_use]
pub fn gitattributes(existing: Option<&str>) -> Option<String> {
    let Some(text) = existing else { return Some(format!("{UNION}\n")) };
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    if text.lines().any(|line| words(line) == words(UNION)) {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let joined = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    Some(format!("{text}{joined}{UNION}{end}"))
}
