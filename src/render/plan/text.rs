//! A plan enters; a screen for people leaves: what to decide, the gates, a Gantt that fits the terminal, whom to ask on Monday.

use std::io::{self, Write};

use jiff::civil::Date;

use super::{conditions, count, days, month, planned, recurring, stretches, who};
use crate::diagnostic::Look;
use crate::gate::short;
use crate::manifest::model::Phase;
use crate::plan::model::{MilestoneKind, TaskInfo, TaskStatus};
use crate::plan::recommend::{Advice, CriterionKind, Outcome};
use crate::plan::{Plan, later};
use crate::render::paint::{Brush, Tone, cut, pad, width, wrap};

/// Conditions of a milestone that are shown without `-v`.
const MAX_CONDITIONS: usize = 4;
/// Days within which a task counts as next, and how many of those are shown without `-v`.
const SOON: i64 = 14;
const MAX_SOON: usize = 8;

/// Draws the screen.
pub(in crate::render) fn screen(plan: &Plan, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let mut screen = Screen { plan, verbose, brush, out };
    screen.title()?;
    screen.decisions()?;
    screen.recommendation()?;
    screen.by()?;
    screen.cheapest()?;
    screen.milestones()?;
    screen.gantt()?;
    screen.next()?;
    screen.rest()
}

struct Screen<'a> {
    plan: &'a Plan,
    verbose: bool,
    brush: Brush,
    out: &'a mut dyn Write,
}

impl Screen<'_> {
    fn columns(&self) -> usize {
        self.brush.look.width
    }

    /// Text in lines below each other, indented.
    fn lines(&mut self, text: &str, indent: usize, tone: Tone) -> io::Result<()> {
        for line in wrap(text, self.columns().saturating_sub(indent).max(20)) {
            writeln!(self.out, "{}{}", " ".repeat(indent), self.brush.paint(tone, &line))?;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{}", self.brush.paint(Tone::Bold, text))
    }

    fn title(&mut self) -> io::Result<()> {
        let plan = self.plan;
        let goal = plan.goal.to.as_ref().map_or_else(|| "plan".to_owned(), |to| format!("plan to enter {to}"));
        let name = cut(&plan.project.name, self.columns().saturating_sub(36).max(20), self.brush.look);
        let (left, right) = (format!("{name}   {goal}"), plan.today.to_string());
        let room = self.columns().saturating_sub(width(&left) + width(&right)).max(1);
        let (left, right) = (self.brush.paint(Tone::Bold, &left), self.brush.paint(Tone::Dim, &right));
        writeln!(self.out, "{left}{}{right}", " ".repeat(room))?;
        let tone = if plan.slip.replanned { Tone::Warn } else { Tone::Plain };
        self.lines(&plan.slip.message, 0, tone)?;
        let text = match plan.goal.date {
            Some(date) => format!(
                "Left: {} of {}, {} of effort; the last day is {date}",
                plan.goal.open,
                count(plan.goal.open + plan.goal.done, "task"),
                count(plan.goal.days, "working day")
            ),
            None => format!("Nothing is left to do; {} done", count(plan.goal.done, "task")),
        };
        self.lines(&text, 0, Tone::Plain)?;
        if plan.project.manifest.is_none() {
            self.lines("There is no manifest: this is planned from what the repository shows", 0, Tone::Warn)?;
        }
        Ok(())
    }

    fn decisions(&mut self) -> io::Result<()> {
        if self.plan.decisions.is_empty() {
            return Ok(());
        }
        self.heading("Decide now")?;
        for asked in &self.plan.decisions {
            let text = format!("{} {}", self.brush.sign("▸", ">"), asked.what);
            self.lines(&text, 2, Tone::Warn)?;
            self.lines(&format!("{}: {}", asked.by, asked.because), 4, Tone::Plain)?;
        }
        self.lines("Write it to records/decisions/DATE-go.yaml (or stop, or pivot)", 4, Tone::Dim)
    }

    fn recommendation(&mut self) -> io::Result<()> {
        let recommendation = &self.plan.recommendation;
        let (tone, word) = match recommendation.advice {
            Some(Advice::Go) => (Tone::Good, "go"),
            Some(Advice::Hold) => (Tone::Warn, "hold"),
            Some(Advice::Pivot) => (Tone::Warn, "pivot"),
            Some(Advice::Stop) => (Tone::Bad, "stop"),
            None => (Tone::Dim, "none"),
        };
        let heading = self.brush.paint(Tone::Bold, "Recommendation by the team's own criteria: ");
        writeln!(self.out, "\n{heading}{}", self.brush.paint(tone, word))?;
        let until = recommendation.until.map(|day| format!(" (until {day})")).unwrap_or_default();
        self.lines(&format!("{}{until}", recommendation.because), 2, Tone::Plain)?;
        for criterion in &recommendation.criteria {
            // A stop criterion that does not hold is good news.
            let good = (criterion.outcome == Outcome::Holds) != (criterion.kind == CriterionKind::Stop);
            let (sign, does, tone) = match criterion.outcome {
                Outcome::Holds | Outcome::Fails => {
                    let sign = if good { self.brush.sign("✔", "+") } else { self.brush.sign("✘", "x") };
                    (sign, if criterion.outcome == Outcome::Holds { " holds" } else { " does not hold" }, Tone::Plain)
                }
                Outcome::NoData => (self.brush.sign("·", "."), "", Tone::Dim),
                Outcome::ForPeople => (self.brush.sign("○", "o"), "", Tone::Dim),
            };
            let text = format!("{}{does}: {} ({})", criterion.kind.name(), criterion.text, criterion.because);
            for (i, line) in wrap(&text, self.columns().saturating_sub(4)).iter().enumerate() {
                let lead = if i == 0 { format!("  {sign} ") } else { "    ".to_owned() };
                writeln!(self.out, "{lead}{}", self.brush.paint(tone, line))?;
            }
        }
        if let Some(decided) = &recommendation.decided {
            let by = decided.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            let text = format!("Decided last: {} on {}{by}", crate::render::word(&decided.kind), decided.date);
            self.lines(&text, 2, Tone::Plain)?;
        }
        Ok(())
    }

    fn by(&mut self) -> io::Result<()> {
        let Some(by) = &self.plan.by else { return Ok(()) };
        self.heading(&format!("By {}", by.date))?;
        self.lines(&by.message, 2, if by.holds { Tone::Good } else { Tone::Bad })?;
        for option in &by.options {
            let sign = if option.holds { self.brush.sign("✔", "+") } else { self.brush.sign("·", ".") };
            let text = format!("{}: {}", option.text, option.date);
            for (i, line) in wrap(&text, self.columns().saturating_sub(4)).iter().enumerate() {
                let lead = if i == 0 { format!("  {sign} ") } else { "    ".to_owned() };
                writeln!(self.out, "{lead}{}", self.brush.paint(Tone::Plain, line))?;
            }
        }
        Ok(())
    }

    fn cheapest(&mut self) -> io::Result<()> {
        let Some(cheapest) = &self.plan.cheapest else { return Ok(()) };
        self.heading("The cheapest way through the gate")?;
        self.lines(&cheapest.message, 2, if cheapest.possible { Tone::Plain } else { Tone::Bad })?;
        for waiver in &cheapest.waivers {
            self.lines(&format!("It rests on the waiver of {} until {}", waiver.check, waiver.expires), 2, Tone::Warn)?;
        }
        if !cheapest.left_out.is_empty() {
            self.lines(&format!("Left undone: {}", cheapest.left_out.join(", ")), 2, Tone::Plain)?;
        }
        if cheapest.possible && !cheapest.unmet.is_empty() {
            self.lines(&format!("Stays unmet: {}", cheapest.unmet.join(", ")), 2, Tone::Plain)?;
        }
        Ok(())
    }

    fn milestones(&mut self) -> io::Result<()> {
        let ahead: Vec<_> = self.plan.milestones.iter().filter(|m| m.date.is_some()).collect();
        if ahead.is_empty() {
            return Ok(());
        }
        self.heading("Gates and steps")?;
        for milestone in ahead {
            let Some(date) = milestone.date else { continue };
            let sign = self.brush.sign("◆", "*");
            let late = match (milestone.due, milestone.slip) {
                (Some(due), Some(days)) => format!("{} than {due}", later(days)),
                _ => String::new(),
            };
            let late = if milestone.slip == Some(0) { "on its day".to_owned() } else { late };
            let tone = if milestone.asks_decision { Tone::Bad } else { Tone::Plain };
            let title = if milestone.kind == MilestoneKind::Gate { Tone::Bold } else { Tone::Plain };
            let text = self.brush.paint(title, &pad(&milestone.title, 26)).to_string();
            writeln!(self.out, "  {sign} {date}  {text}  {}", self.brush.paint(tone, &late))?;
            if milestone.kind != MilestoneKind::Gate && !self.verbose {
                continue;
            }
            let open = conditions(milestone);
            let shown = if self.verbose { open.len() } else { MAX_CONDITIONS };
            if !open.is_empty() {
                let more = open.len().saturating_sub(shown);
                let more = if more > 0 { format!("; and {more} more (-v)") } else { String::new() };
                self.lines(&format!("opens when: {}{more}", open[..shown.min(open.len())].join("; ")), 16, Tone::Dim)?;
            }
            if let (Some(forecast), Some(floor)) = (milestone.forecast, milestone.floor) {
                let tone = if forecast < f64::from(floor) { Tone::Bad } else { Tone::Dim };
                let weakest = milestone.weakest.map(|a| format!(" ({a})")).unwrap_or_default();
                self.lines(&format!("headline then {}{weakest}, floor {floor}", short(forecast)), 16, tone)?;
            }
            for expiring in milestone.expiring.iter().take(if self.verbose { usize::MAX } else { 3 }) {
                let what = if expiring.waiver { "the waiver ends" } else { "renew: the evidence expires" };
                self.lines(&format!("{}: {what} on {}", expiring.check, expiring.expires), 16, Tone::Warn)?;
            }
            let more = milestone.expiring.len().saturating_sub(3);
            if more > 0 && !self.verbose {
                self.lines(&format!("and {more} more that expire before (-v)"), 16, Tone::Warn)?;
            }
        }
        Ok(())
    }

    fn gantt(&mut self) -> io::Result<()> {
        let tasks = planned(self.plan);
        let (Some(first), Some(last)) =
            (tasks.iter().filter_map(|t| t.start).min(), tasks.iter().filter_map(|t| t.end).max())
        else {
            return Ok(());
        };
        let chart = Chart::of(first.0, last.0, self.columns(), self.brush.look);
        self.heading(&format!("The plan   {first} to {last}"))?;
        for head in chart.heads() {
            writeln!(self.out, "{}{}", " ".repeat(chart.left), self.brush.paint(Tone::Dim, &head))?;
        }
        for phase in &self.plan.phases {
            let inside: Vec<&&TaskInfo> = tasks.iter().filter(|t| t.phase == phase.id).collect();
            if inside.is_empty() && !self.verbose {
                continue;
            }
            let done = format!("{} of {} done", phase.done, phase.tasks);
            let title = cut(&phase.title, chart.left.saturating_sub(width(&done) + 2), self.brush.look);
            writeln!(self.out, "{}  {}", self.brush.paint(Tone::Bold, &title), self.brush.paint(Tone::Dim, &done))?;
            for task in inside {
                self.row(task, &chart)?;
            }
            if self.verbose {
                self.done(phase.id)?;
            }
        }
        let (full, light, gate) = (self.brush.sign("█", "#"), self.brush.sign("▒", "="), self.brush.sign("◆", "*"));
        let legend = format!("{full} critical   {light} has slack   {gate} gate or decision");
        writeln!(self.out, "  {}", self.brush.paint(Tone::Dim, &legend))
    }

    fn row(&mut self, task: &TaskInfo, chart: &Chart) -> io::Result<()> {
        let end = task.end.map(|d| format!("{:>2} {}", d.0.day(), month(d.0))).unwrap_or_default();
        let room = chart.left.saturating_sub(2 + 6 + 8);
        let id = pad(&cut(&task.id, 6, self.brush.look), 6);
        let title = pad(&cut(&task.title, room, self.brush.look), room);
        let line = chart.line(task, self.brush.look);
        let tone = if task.critical { Tone::Warn } else { Tone::Plain };
        let (id, end) = (self.brush.paint(Tone::Dim, &id).to_string(), self.brush.paint(Tone::Dim, &end).to_string());
        writeln!(self.out, "  {id}{title} {end} {}", self.brush.paint(tone, line.trim_end()))
    }

    fn done(&mut self, phase: Phase) -> io::Result<()> {
        let plan = self.plan;
        for task in plan.tasks.iter().filter(|t| t.phase == phase && !t.status.is_dated()) {
            let sign = match task.status {
                TaskStatus::LeftOut => self.brush.sign("·", "."),
                _ => self.brush.sign("✔", "+"),
            };
            let text = format!("{sign} {} {}: {}", task.id, task.title, task.because);
            self.lines(&text, 2, Tone::Dim)?;
        }
        Ok(())
    }

    /// What begins in the next two weeks: whom to ask on Monday.
    fn next(&mut self) -> io::Result<()> {
        let plan = self.plan;
        let until = |t: &&TaskInfo| t.start.is_some_and(|s| days(plan.calendar.from.0, s.0) < SOON);
        let soon: Vec<&TaskInfo> = planned(plan).into_iter().filter(until).collect();
        if soon.is_empty() {
            return Ok(());
        }
        self.heading("Begin in the next two weeks")?;
        let shown = if self.verbose { soon.len() } else { MAX_SOON };
        let more = soon.len().saturating_sub(shown);
        for task in soon.into_iter().take(shown) {
            let start = task.start.map(|s| s.to_string()).unwrap_or_default();
            let right = format!("{}, {} d", who(task), task.days);
            let room = self.columns().saturating_sub(21);
            self.lines_beside(&format!("  {start}  {:<7}", task.id), &format!("{}: {right}", task.title), room)?;
            self.lines(&format!("done when {}", task.exit), 21, Tone::Dim)?;
            if self.verbose {
                self.lines(&task.because, 21, Tone::Dim)?;
            }
        }
        if more > 0 {
            self.lines(&format!("and {more} more (-v)"), 2, Tone::Dim)?;
        }
        Ok(())
    }

    fn lines_beside(&mut self, lead: &str, text: &str, room: usize) -> io::Result<()> {
        for (i, line) in wrap(text, room.max(20)).iter().enumerate() {
            let lead = if i == 0 { lead.to_owned() } else { " ".repeat(width(lead)) };
            writeln!(self.out, "{}{}", lead, self.brush.paint(Tone::Plain, line))?;
        }
        Ok(())
    }

    fn rest(&mut self) -> io::Result<()> {
        let plan = self.plan;
        if !plan.critical_path.is_empty() {
            self.heading("Critical path")?;
            let arrow = self.brush.sign(" → ", " > ");
            self.lines(&plan.critical_path.join(arrow), 2, Tone::Plain)?;
        }
        for missing in &plan.unplanned {
            let text =
                format!("{} is required {}, and no task of the playbook brings it", missing.check, missing.needed);
            self.lines(&text, 2, Tone::Warn)?;
        }
        let again = recurring(plan);
        if !again.is_empty() {
            self.heading("Comes back")?;
            for task in again {
                let start = task.start.map(|s| s.to_string()).unwrap_or_default();
                let lead = format!("  {:<11}  {:<7}", task.recurs.unwrap_or_default(), task.id);
                let room = self.columns().saturating_sub(width(&lead));
                self.lines_beside(&lead, &format!("{}: {}, first on {start}", task.title, who(task)), room)?;
            }
        }
        Ok(())
    }
}

/// A line of days.
struct Chart {
    first: Date,
    total: i64,
    /// Columns before the chart.
    left: usize,
    /// Columns of the chart.
    columns: usize,
}

impl Chart {
    fn of(first: Date, last: Date, columns: usize, _: Look) -> Self {
        let left = (columns * 11 / 20).clamp(24, 60);
        Self { first, total: days(first, last).max(1) + 1, left, columns: columns.saturating_sub(left).max(8) }
    }

    fn column(&self, day: Date) -> usize {
        let columns = i64::try_from(self.columns).unwrap_or(i64::MAX);
        let at = days(self.first, day) * columns / self.total;
        usize::try_from(at).unwrap_or_default().min(self.columns - 1)
    }

    /// The years and the months where they begin; letters when names would touch.
    fn heads(&self) -> [String; 2] {
        let mut begins = vec![self.first];
        let mut day = self.first;
        while let Ok(next) = day.first_of_month().checked_add(jiff::Span::new().months(1)) {
            if days(self.first, next) >= self.total || begins.len() > 600 {
                break;
            }
            begins.push(next);
            day = next;
        }
        let long = self.columns >= begins.len() * 4;
        let mut years = Line::of(self.columns);
        let mut months = Line::of(self.columns);
        for (i, day) in begins.iter().enumerate() {
            if i == 0 || day.month() == 1 {
                years.put(self.column(*day), &day.year().to_string());
            }
            months.put(self.column(*day), if long { month(*day) } else { &month(*day)[..1] });
        }
        [years.text(), months.text()]
    }

    /// The bar of a task; a gate is one sign.
    fn line(&self, task: &TaskInfo, look: Look) -> String {
        let sign = match (task.gate.is_some(), task.critical, look.unicode) {
            (true, _, true) => '◆',
            (true, _, false) => '*',
            (false, true, true) => '█',
            (false, true, false) => '#',
            (false, false, true) => '▒',
            (false, false, false) => '=',
        };
        let mut line = vec![' '; self.columns];
        for (start, end) in stretches(task) {
            let (from, to) = (self.column(start.0), self.column(end.0));
            let from = if task.gate.is_some() { to } else { from };
            line[from..=to].fill(sign);
        }
        line.into_iter().collect()
    }
}

/// A line of words at columns; a word that would touch the one before is left out.
struct Line {
    line: Vec<char>,
    free: usize,
}

impl Line {
    fn of(columns: usize) -> Self {
        Self { line: vec![' '; columns], free: 0 }
    }

    fn put(&mut self, at: usize, word: &str) {
        let end = at + word.chars().count();
        if at >= self.free && end <= self.line.len() {
            self.line.splice(at..end, word.chars());
            self.free = end + usize::from(word.len() > 1);
        }
    }

    fn text(&self) -> String {
        self.line.iter().collect::<String>().trim_end().to_owned()
    }
}
