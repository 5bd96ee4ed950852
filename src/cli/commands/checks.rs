//! `aipp checks`: filters enter, the catalogue leaves.

use aipp::checklist::{Area, Check};
use aipp::diagnostic::{Code, Diagnostic};
use aipp::render::View as Shown;
use clap::builder::PossibleValuesParser;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, input};

/// The arguments of `aipp checks`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this area
    #[arg(long, value_parser = parse_area)]
    area: Option<Area>,
    /// Only checks due by the exit of this phase
    #[arg(long, value_parser = PossibleValuesParser::new(["prove-value", "harden", "scale", "expand"]))]
    phase: Option<String>,
    /// Only checks with this tag, sign or playbook task
    #[arg(long)]
    tag: Option<String>,
    /// Only checks that a gate requires
    #[arg(long)]
    required: bool,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let catalogue = input::catalogue(None, global)?;
    let wanted = |check: &&Check| {
        args.area.is_none_or(|a| check.section.is_none() && check.area() == a)
            && args.phase.as_ref().is_none_or(|p| aipp::gate::phase_name(check.due()) == p)
            && args.tag.as_ref().is_none_or(|t| has_tag(check, t))
            && (!args.required || check.required.is_some())
    };
    let checks: Vec<&Check> = catalogue.all().filter(wanted).collect();
    if let Some(tag) = args.tag.as_ref().filter(|tag| !catalogue.all().any(|check| has_tag(check, tag))) {
        return Err(Failure::one(Diagnostic::error(Code::BadValue, format!("no check has the tag `{tag}`")).help(
            "docs/checks.md lists them: signs (plan-for-failure), playbook tasks (P2-12), short codes (B3.audit)",
        )));
    }
    output::show(&Shown::Catalogue(checks), global, looks)?;
    Ok(Exit::Done)
}

fn has_tag(check: &Check, tag: &str) -> bool {
    let sign = check.sign.map(|s| serde_json::to_value(s).ok().and_then(|v| v.as_str().map(str::to_owned)));
    check.tags.iter().chain(&check.playbook).any(|t| t.eq_ignore_ascii_case(tag))
        || sign.flatten().as_deref() == Some(tag)
}

fn parse_area(text: &str) -> Result<Area, String> {
    let ids: Vec<&str> = Area::ALL.iter().map(|a| a.id()).collect();
    Area::ALL.into_iter().find(|a| a.id() == text).ok_or_else(|| format!("known areas: {}", ids.join(", ")))
}
