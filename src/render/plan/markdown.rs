//! A plan enters; a Markdown page with a Mermaid Gantt leaves. Everything untrusted is escaped.

use std::fmt::Write as _;

use super::{conditions, count, planned, recurring, stretches, who};
use crate::diagnostic::visible;
use crate::gate::short;
use crate::plan::model::TaskInfo;
use crate::plan::recommend::Advice;
use crate::plan::{Plan, later};
use crate::render::markdown::escape;

/// The page.
pub(in crate::render) fn page(plan: &Plan) -> String {
    let mut text = String::new();
    head(&mut text, plan);
    decisions(&mut text, plan);
    recommendation(&mut text, plan);
    by(&mut text, plan);
    cheapest(&mut text, plan);
    milestones(&mut text, plan);
    gantt(&mut text, plan);
    table(&mut text, plan);
    rest(&mut text, plan);
    text
}

fn head(text: &mut String, plan: &Plan) {
    let goal = plan.goal.to.as_ref().map_or_else(|| "Plan".to_owned(), |to| format!("Plan to enter {to}"));
    let _ = writeln!(text, "# {}: {goal}\n", escape(&plan.project.name));
    let _ = writeln!(text, "{} (as of {})\n", escape(&plan.slip.message), plan.today);
    let _ = match plan.goal.date {
        Some(date) => writeln!(
            text,
            "Left: {} of {}, {} of effort; the last day is **{date}**.\n",
            plan.goal.open,
            count(plan.goal.open + plan.goal.done, "task"),
            count(plan.goal.days, "working day")
        ),
        None => writeln!(text, "Nothing is left to do; {} done.\n", count(plan.goal.done, "task")),
    };
}

fn decisions(text: &mut String, plan: &Plan) {
    if plan.decisions.is_empty() {
        return;
    }
    text.push_str("## Decide now\n\n");
    for asked in &plan.decisions {
        let _ = writeln!(text, "- **{}** ({}): {}", escape(&asked.what), escape(&asked.by), escape(&asked.because));
    }
    text.push('\n');
}

fn recommendation(text: &mut String, plan: &Plan) {
    let recommendation = &plan.recommendation;
    let word = recommendation.advice.map_or("none", Advice::name);
    let _ = writeln!(text, "## Recommendation by the team's own criteria: {word}\n");
    let until = recommendation.until.map(|day| format!(" (until {day})")).unwrap_or_default();
    let _ = writeln!(text, "{}{until}\n", escape(&recommendation.because));
    if !recommendation.criteria.is_empty() {
        text.push_str("| kind | criterion | outcome | why |\n|---|---|---|---|\n");
        for c in &recommendation.criteria {
            let (said, because) = (escape(&c.text), escape(&c.because));
            let _ = writeln!(text, "| {} | {said} | {} | {because} |", c.kind.name(), c.outcome.name());
        }
        text.push('\n');
    }
    if let Some(decided) = &recommendation.decided {
        let by = decided.by.as_ref().map(|by| format!(" by {}", escape(by))).unwrap_or_default();
        let _ = writeln!(text, "Decided last: {} on {}{by}.\n", crate::render::word(&decided.kind), decided.date);
    }
}

fn by(text: &mut String, plan: &Plan) {
    let Some(by) = &plan.by else { return };
    let _ = writeln!(text, "## By {}\n\n{}\n", by.date, escape(&by.message));
    for option in &by.options {
        let holds = if option.holds { " (holds)" } else { "" };
        let _ = writeln!(text, "- {}: {}{holds}", escape(&option.text), option.date);
    }
    if !by.options.is_empty() {
        text.push('\n');
    }
}

fn cheapest(text: &mut String, plan: &Plan) {
    let Some(cheapest) = &plan.cheapest else { return };
    let _ = writeln!(text, "## The cheapest way through the gate\n\n{}\n", escape(&cheapest.message));
    for waiver in &cheapest.waivers {
        let _ = writeln!(text, "It rests on the waiver of `{}` until {}.\n", waiver.check, waiver.expires);
    }
    let list = |ids: &[String]| ids.iter().map(|id| format!("`{}`", code(id))).collect::<Vec<_>>().join(", ");
    if !cheapest.left_out.is_empty() {
        let _ = writeln!(text, "Left undone: {}\n", list(&cheapest.left_out));
    }
    if cheapest.possible && !cheapest.unmet.is_empty() {
        let _ = writeln!(text, "Stays unmet: {}\n", list(&cheapest.unmet));
    }
}

fn milestones(text: &mut String, plan: &Plan) {
    let ahead: Vec<_> = plan.milestones.iter().filter(|m| m.date.is_some()).collect();
    if ahead.is_empty() {
        return;
    }
    text.push_str("## Gates and steps\n\n| date | milestone | in the playbook | headline then | opens when |\n|---|---|---|---|---|\n");
    for m in ahead {
        let date = m.date.map(|d| d.to_string()).unwrap_or_default();
        let due = m.due.zip(m.slip).map(|(due, days)| format!("{due}, {}", later(days))).unwrap_or_default();
        let headline =
            m.forecast.zip(m.floor).map(|(f, floor)| format!("{} (floor {floor})", short(f))).unwrap_or_default();
        let mut open: Vec<String> = conditions(m).iter().map(|c| escape(c)).collect();
        open.extend(m.expiring.iter().map(|e| format!("{} renewed (until {})", escape(&e.check), e.expires)));
        let _ = writeln!(text, "| {date} | {} | {due} | {headline} | {} |", escape(&m.title), open.join("; "));
    }
    text.push('\n');
}

fn gantt(text: &mut String, plan: &Plan) {
    let tasks = planned(plan);
    if tasks.is_empty() {
        return;
    }
    text.push_str("## The plan\n\n```mermaid\ngantt\n");
    let _ = writeln!(text, "    title {}", label(&plan.project.name));
    text.push_str("    dateFormat YYYY-MM-DD\n    axisFormat %d %b\n");
    for phase in &plan.phases {
        let inside: Vec<&&TaskInfo> = tasks.iter().filter(|t| t.phase == phase.id).collect();
        if inside.is_empty() {
            continue;
        }
        let _ = writeln!(text, "    section {}", label(&phase.title));
        for task in inside {
            bars(text, task);
        }
    }
    text.push_str("```\n\n");
}

fn bars(text: &mut String, task: &TaskInfo) {
    let critical = if task.critical { "crit, " } else { "" };
    let title = label(&format!("{} {}", task.id, task.title));
    if let (Some(_), Some(end)) = (&task.gate, task.end) {
        let _ = writeln!(text, "    {title} :milestone, {critical}{end}, 0d");
        return;
    }
    for (i, (start, end)) in stretches(task).into_iter().enumerate() {
        let part = task.parts.get(i).map(|p| format!(" (before {}%)", p.before)).unwrap_or_default();
        // The end of a bar is the day after its last day.
        let after = end.0.checked_add(jiff::Span::new().days(1)).unwrap_or(end.0);
        let _ = writeln!(text, "    {title}{part} :{critical}{start}, {after}");
    }
}

/// Text in a Mermaid line: its own signs (`:`, `;`, `#`, `%%`, braces) and line ends would end or break the line.
fn label(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            ':' => out.push('\u{2236}'),
            ';' => out.push(','),
            '#' => out.push('\u{ff03}'),
            '{' | '}' | '<' | '>' | '"' | '`' | '\\' | '[' | ']' => out.push(' '),
            c => out.push(c),
        }
    }
    let out = out.replace("%%", "% %");
    let words: Vec<&str> = out.split_whitespace().collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

/// Text between backticks.
fn code(text: &str) -> String {
    visible(text).replace('`', "'")
}

fn table(text: &mut String, plan: &Plan) {
    let tasks = planned(plan);
    if tasks.is_empty() {
        return;
    }
    text.push_str("## What is left\n\n| task | what | who | start | end | days | slack | done when |\n|---|---|---|---|---|---:|---:|---|\n");
    for task in tasks {
        let day = |day: Option<crate::manifest::value::Day>| day.map(|d| d.to_string()).unwrap_or_default();
        let slack = match task.slack {
            Some(0) => "critical".to_owned(),
            Some(days) => days.to_string(),
            None => String::new(),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {slack} | {} |",
            escape(&task.id),
            escape(&task.title),
            escape(&who(task)),
            day(task.start),
            day(task.end),
            task.days,
            escape(&task.exit),
        );
    }
    text.push('\n');
    let path: Vec<String> = plan.critical_path.iter().map(|id| escape(id)).collect();
    let _ = writeln!(text, "Critical path: {}\n", path.join(" → "));
}

fn rest(text: &mut String, plan: &Plan) {
    for missing in &plan.unplanned {
        let _ = writeln!(
            text,
            "- `{}` is required {}, and no task of the playbook brings it",
            code(&missing.check),
            missing.needed
        );
    }
    let again = recurring(plan);
    if !again.is_empty() {
        text.push_str("## Comes back\n\n| task | what | who | how often | first on |\n|---|---|---|---|---|\n");
        for task in again {
            let start = task.start.map(|d| d.to_string()).unwrap_or_default();
            let (id, title, who) = (escape(&task.id), escape(&task.title), escape(&who(task)));
            let _ = writeln!(text, "| {id} | {title} | {who} | {} | {start} |", task.recurs.unwrap_or_default());
        }
        text.push('\n');
    }
}
