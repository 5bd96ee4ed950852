//! Fields enter; they leave with what a person in a terminal answered, or with the flags that are missing.

use std::io;

use aipp::diagnostic::{Code, Diagnostic};
use aipp::log::{self, Desk, Fields, Kind};
use anyhow::Context as _;
use serde_json::Value;

use crate::cli::Failure;
use crate::cli::prompt::{self, Prompt, Reply};

/// Asks for what is missing. False when the person quits.
pub(super) fn fill(kind: Kind, fields: &mut Fields, desk: &Desk<'_>) -> Result<bool, Failure> {
    let missing = log::missing(kind, fields);
    if missing.is_empty() {
        return Ok(true);
    }
    if !prompt::is_possible() {
        let flags: Vec<&str> = missing.iter().map(|ask| ask.flag).collect();
        let message = format!("the {} record needs {}", kind.name(), flags.join(", "));
        let wants = |ask: &&log::Ask| match ask.choices {
            [] => format!("{}: {}", ask.flag, ask.wants),
            choices => format!("{}: {}", ask.flag, choices.join(" or ")),
        };
        let help = missing.iter().map(wants).collect::<Vec<_>>().join("; ");
        return Err(Failure::one(Diagnostic::error(Code::NoTerminal, message).help(help)));
    }
    let prompt = Prompt::new();
    let mut at = 0;
    while let Some(ask) = missing.get(at) {
        let reply = (|| -> io::Result<Reply<Value>> {
            if !ask.choices.is_empty() {
                let items: Vec<String> = ask.choices.iter().map(|c| (*c).to_owned()).collect();
                return Ok(match prompt.choice(ask.question, &items, 0)? {
                    Reply::Quit => Reply::Quit,
                    Reply::Back => Reply::Back,
                    Reply::Answer(i) => Reply::Answer(items.get(i).cloned().into()),
                });
            }
            let check = |text: &str| {
                let value = ask.value(text)?;
                let alone = Fields::from_iter([(ask.key.to_owned(), value)]);
                match log::check(kind, &alone, desk).into_iter().next() {
                    None => Ok(()),
                    Some(wrong) => Err(format!("{}; {}", wrong.message, wrong.help.unwrap_or_default())),
                }
            };
            Ok(match prompt.text(ask.question, ask.wants, None, &check)? {
                Reply::Quit => Reply::Quit,
                Reply::Back => Reply::Back,
                Reply::Answer(text) => Reply::Answer(ask.value(&text).unwrap_or(Value::String(text))),
            })
        })()
        .context("the terminal cannot be read")?;
        match reply {
            Reply::Quit => return Ok(false),
            Reply::Back => at = at.saturating_sub(1),
            Reply::Answer(value) => {
                fields.insert(ask.key.to_owned(), value);
                at += 1;
            }
        }
    }
    Ok(true)
}
