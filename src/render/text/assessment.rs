//! An assessment enters; its screen leaves: where the project stands, its gate, what to do next.

use std::io::{self, Write};

use super::super::paint::{Brush, Tone, cut, pad, width, wrap};
use super::super::{is_open, word};
use crate::assess::{ActionInfo, AreaInfo, Assessment, CheckInfo};
use crate::checklist::{Area, Level};
use crate::evaluate::{Status, WaiverState};
use crate::facts::pilot::State;
use crate::gate::{Verdict, phase_name, short};

/// More than these are not shown without `-v`.
const MAX_REASONS: usize = 8;
const MAX_ACTIONS: usize = 5;
const MAX_QUESTIONS: usize = 8;

/// The whole of it.
pub(super) fn whole(of: &Assessment, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    Screen { brush, of, verbose, out }.assessment()
}

/// Only the gate.
pub(super) fn gate(of: &Assessment, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    Screen { brush, of, verbose, out }.gate_only()
}

struct Screen<'a> {
    brush: Brush,
    of: &'a Assessment,
    verbose: bool,
    out: &'a mut dyn Write,
}

impl Screen<'_> {
    fn assessment(mut self) -> io::Result<()> {
        self.title()?;
        if self.of.project.manifest.is_none() {
            self.evidence_only()?;
            return self.verbose();
        }
        self.pilot()?;
        writeln!(self.out)?;
        self.readiness()?;
        writeln!(self.out)?;
        self.signs()?;
        writeln!(self.out)?;
        self.gate()?;
        self.waivers()?;
        self.actions()?;
        self.packs()?;
        self.verbose()
    }

    fn gate_only(mut self) -> io::Result<()> {
        self.title()?;
        self.pilot()?;
        writeln!(self.out)?;
        self.gate()?;
        self.waivers()?;
        self.proposed()?;
        if self.of.gate.as_ref().is_some_and(|g| g.verdict == Verdict::Closed) {
            self.actions()?;
        }
        self.verbose()
    }

    /// Left and right on one line; the right one moves below when there is no room.
    fn ends(&mut self, left: &str, right: &str, tone: Tone) -> io::Result<()> {
        let (left, columns) = (cut(left, self.brush.look.width, self.brush.look), self.brush.look.width);
        let room = columns.saturating_sub(width(&left) + width(right));
        if room == 0 {
            writeln!(self.out, "{}", self.brush.paint(tone, &left))?;
            return writeln!(self.out, "{}", self.brush.paint(Tone::Dim, right));
        }
        writeln!(
            self.out,
            "{}{}{}",
            self.brush.paint(tone, &left),
            " ".repeat(room),
            self.brush.paint(Tone::Dim, right)
        )
    }

    fn title(&mut self) -> io::Result<()> {
        let project = &self.of.project;
        let path = self
            .of
            .gate
            .as_ref()
            .map(|gate| format!("   {} {} {}", phase_name(gate.from), self.brush.sign("→", "->"), gate.to.name()));
        let name = cut(&project.name, self.brush.look.width.saturating_sub(36).max(20), self.brush.look);
        self.ends(&format!("{name}{}", path.unwrap_or_default()), &self.of.today.to_string(), Tone::Bold)
    }

    fn pilot(&mut self) -> io::Result<()> {
        let pilot = &self.of.pilot;
        let week = match (pilot.week, pilot.planned_weeks) {
            (Some(week), Some(planned)) => format!("Pilot week {week} of {planned}"),
            (Some(week), None) => format!("Pilot week {week}, without an end"),
            (None, _) => "Pilot".to_owned(),
        };
        let end = pilot.end.map_or_else(|| "its end".to_owned(), |end| end.to_string());
        let (tone, text) = match pilot.state {
            State::NotStarted if pilot.start.is_none() => (Tone::Dim, "No pilot dates are declared".to_owned()),
            State::NotStarted => {
                (Tone::Dim, format!("The pilot begins on {}", pilot.start.map(|s| s.to_string()).unwrap_or_default()))
            }
            State::Running => (Tone::Plain, format!("{week}: running until {end}")),
            State::Limbo => (Tone::Bad, format!("{week}: in limbo since {end}, no decision recorded")),
            State::Decided => (Tone::Plain, format!("{week}: ended {end}, decided since")),
            State::Live => (Tone::Plain, format!("Live in phase {}", phase_name(self.of.project.phase))),
        };
        writeln!(self.out, "{}", self.brush.paint(tone, &text))
    }

    fn readiness(&mut self) -> io::Result<()> {
        let r = &self.of.readiness;
        let Some(headline) = r.headline else {
            return writeln!(self.out, "Readiness  nothing is due yet");
        };
        let floor = r.floor.map(|f| format!("   floor {f}")).unwrap_or_default();
        let dot = self.brush.sign("·", "|");
        let of = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), |n| format!("{:.0}", n.round()));
        let right = format!("stated {} {dot} proven {} {dot} gap {}", of(r.stated), of(r.mean), of(r.claim_gap));
        let tone = if r.floor.is_some_and(|f| headline < f64::from(f)) { Tone::Bad } else { Tone::Good };
        let left = format!("Readiness  {} / 100{floor}", short(headline));
        let room = self.brush.look.width.saturating_sub(width(&left) + width(&right)).max(2);
        writeln!(
            self.out,
            "{}  {}{}{}{}",
            self.brush.paint(Tone::Bold, "Readiness"),
            self.brush.paint(tone, &format!("{} / 100", short(headline))),
            self.brush.paint(Tone::Dim, &floor),
            " ".repeat(room),
            right
        )?;
        let mut areas: Vec<&AreaInfo> = self.of.areas.iter().collect();
        areas.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(std::cmp::Ordering::Equal));
        for area in areas {
            self.area(area, r.weakest == Some(area.id), r.floor)?;
        }
        if let Some(coverage) = r.coverage.filter(|c| *c < 1.0) {
            let text = format!("  {:.0} % of the due weight could not be looked at", (1.0 - coverage) * 100.0);
            writeln!(self.out, "{}", self.brush.paint(Tone::Warn, &text))?;
        }
        Ok(())
    }

    fn area(&mut self, area: &AreaInfo, weakest: bool, floor: Option<u32>) -> io::Result<()> {
        let name = pad(area.id.id(), 15);
        let Some(score) = area.score else {
            return writeln!(self.out, "  {name}  {}", self.brush.paint(Tone::Dim, "nothing is due"));
        };
        let (full, empty) = self.brush.bar(score, 20);
        let tone = match floor {
            Some(floor) if score < f64::from(floor) => Tone::Bad,
            _ if score < 70.0 => Tone::Warn,
            _ => Tone::Good,
        };
        let note = if weakest { "   weakest" } else { "" };
        writeln!(
            self.out,
            "  {name}  {}{}  {:>3}{}",
            self.brush.paint(tone, &full),
            self.brush.paint(Tone::Dim, &empty),
            format!("{:.0}", score.round()),
            self.brush.paint(Tone::Dim, note)
        )
    }

    fn signs(&mut self) -> io::Result<()> {
        let ready = self.of.signs.iter().filter(|s| s.ready).count();
        writeln!(
            self.out,
            "{}   {ready} of {}",
            self.brush.paint(Tone::Bold, "Signs you're ready"),
            self.of.signs.len()
        )?;
        let columns = if self.brush.look.width >= 110 { 3 } else { 2 };
        for row in self.of.signs.chunks(columns) {
            let mut line = String::from(" ");
            for sign in row {
                let (tone, mark) = if sign.ready {
                    (Tone::Good, self.brush.sign("✔", "+"))
                } else {
                    (Tone::Dim, self.brush.sign("·", "-"))
                };
                line.push_str(&format!(" {} {}", self.brush.paint(tone, mark), pad(sign.title, 33)));
            }
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn gate(&mut self) -> io::Result<()> {
        let Some(gate) = &self.of.gate else { return Ok(()) };
        let arrow = self.brush.sign("→", "->");
        let share = gate.traffic.map(|share| format!(" at {share} % of traffic")).unwrap_or_default();
        let heading = format!("Gate {} {arrow} {}{share}:", phase_name(gate.from), gate.to.name());
        let count = gate.reasons.len();
        let (tone, verdict) = match gate.verdict {
            Verdict::Open if self.of.baseline.is_some() => (Tone::Good, "open, nothing became worse".to_owned()),
            Verdict::Open if gate.without_waivers == Verdict::Closed => {
                (Tone::Warn, "open with waivers, closed without".to_owned())
            }
            Verdict::Open => (Tone::Good, "open".to_owned()),
            Verdict::Closed => (Tone::Bad, format!("closed, {count} reason{}", if count == 1 { "" } else { "s" })),
        };
        writeln!(self.out, "{} {}", self.brush.paint(Tone::Bold, &heading), self.brush.paint(tone, &verdict))?;
        if let Some(base) = &self.of.base {
            let text = format!("judged from {} ({})", base.revision, base.commit.get(..12).unwrap_or(&base.commit));
            let text = cut(&text, self.brush.look.width, self.brush.look);
            writeln!(self.out, "  {}", self.brush.paint(Tone::Dim, &text))?;
        }
        let shown = if self.verbose { count } else { count.min(MAX_REASONS) };
        let mark = self.brush.sign("✘", "x");
        for reason in gate.reasons.iter().take(shown) {
            let name = reason.check.clone().unwrap_or_else(|| word(&reason.code));
            let lines = if self.verbose { usize::MAX } else { 2 };
            self.item_of(mark, Tone::Bad, &name, &reason.message, lines)?;
            if self.verbose {
                let place = reason
                    .location
                    .as_ref()
                    .map(|at| format!(" at {}{}", at.path, at.line.map(|line| format!(":{line}")).unwrap_or_default()));
                let what = format!("{}{}: {}", word(&reason.code), place.unwrap_or_default(), reason.help);
                for line in wrap(&what, self.brush.look.width.saturating_sub(6)) {
                    writeln!(self.out, "      {}", self.brush.paint(Tone::Dim, &line))?;
                }
            }
        }
        if shown < count {
            let text = format!("    and {} more; -v shows all", count - shown);
            writeln!(self.out, "{}", self.brush.paint(Tone::Dim, &text))?;
        }
        match &self.of.baseline {
            Some(baseline) => super::super::diff::baseline(baseline, self.verbose, self.brush, self.out),
            None => Ok(()),
        }
    }

    /// A mark, a name and a sentence that is wrapped beside it.
    fn item(&mut self, mark: &str, tone: Tone, name: &str, text: &str) -> io::Result<()> {
        self.item_of(mark, tone, name, text, usize::MAX)
    }

    /// The same, in so many lines at most.
    fn item_of(&mut self, mark: &str, tone: Tone, name: &str, text: &str, most: usize) -> io::Result<()> {
        let indent = 4 + 28;
        let room = self.brush.look.width.saturating_sub(indent).max(20);
        let mut lines = wrap(text, room);
        if lines.len() > most {
            lines.truncate(most);
            let more = self.brush.sign(" …", " ...");
            if let Some(last) = lines.last_mut() {
                while width(last) + width(more) > room
                    && let Some(at) = last.rfind(' ')
                {
                    last.truncate(at);
                }
                *last = format!("{}{more}", last.trim_end_matches([';', ',', '.']));
            }
        }
        for (i, line) in lines.iter().enumerate() {
            if i == 0 {
                writeln!(self.out, "  {} {}{line}", self.brush.paint(tone, mark), pad(name, 28))?;
            } else {
                writeln!(self.out, "{}{line}", " ".repeat(indent))?;
            }
        }
        Ok(())
    }

    fn waivers(&mut self) -> io::Result<()> {
        let live: Vec<_> = self.of.waivers.iter().filter(|w| w.state == WaiverState::Live).collect();
        if live.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "{}", self.brush.paint(Tone::Bold, "Waived for now"))?;
        for waiver in live {
            let text = format!("until {}, accepted by {}: {}", waiver.expires, waiver.approver, waiver.reason);
            self.item(self.brush.sign("○", "o"), Tone::Warn, &waiver.check, &text)?;
        }
        Ok(())
    }

    /// What a change adds, and what does not count yet.
    fn proposed(&mut self) -> io::Result<()> {
        let (Some(base), proposed) = (&self.of.base, &self.of.proposed) else { return Ok(()) };
        if proposed.is_empty() {
            return Ok(());
        }
        let heading = format!("Proposed by this change; counts once it stands in {}", base.revision);
        let heading = cut(&heading, self.brush.look.width, self.brush.look);
        writeln!(self.out, "{}", self.brush.paint(Tone::Bold, &heading))?;
        for proposal in proposed {
            let name = proposal.check.as_deref().unwrap_or(proposal.kind);
            self.item(self.brush.sign("○", "o"), Tone::Warn, name, &proposal.message)?;
        }
        Ok(())
    }

    fn actions(&mut self) -> io::Result<()> {
        if self.of.next_actions.is_empty() {
            return Ok(());
        }
        writeln!(self.out)?;
        writeln!(self.out, "{}", self.brush.paint(Tone::Bold, "Do next"))?;
        let shown = if self.verbose { self.of.next_actions.len() } else { MAX_ACTIONS };
        let columns = self.brush.look.width;
        for (i, action) in self.of.next_actions.iter().take(shown).enumerate() {
            let area = if columns >= 100 { format!(" {}", action.area) } else { String::new() };
            let effort = format!("{:>3} d  {:>5}{area}", action.days, format!("+{}", short(action.gain)));
            let owner = pad(&cut(&action.owner, 18, self.brush.look), 18);
            let room = columns.saturating_sub(5 + 18 + 2 + width(&effort) + 2).clamp(16, 56);
            let text = pad(&cut(&action.title, room, self.brush.look), room);
            let right = format!("{owner}  {effort}");
            writeln!(self.out, "{:>3}. {text}  {}", i + 1, self.brush.paint(Tone::Dim, &right))?;
            self.how(action)?;
        }
        let text = "`aipp explain CHECK` says what counts and how to get there";
        writeln!(self.out, "{}", self.brush.paint(Tone::Dim, text))
    }

    /// Why an action is on the list, and the command that does it. What the gate's reasons say already is not said again.
    fn how(&mut self, action: &ActionInfo) -> io::Result<()> {
        let said = |r: &crate::assess::ReasonInfo| r.check.as_deref() == Some(action.check.as_str());
        let reasons = self.of.gate.as_ref().map(|g| g.reasons.as_slice()).unwrap_or_default();
        let shown = if self.verbose { reasons.len() } else { MAX_REASONS };
        let why = format!("{}: {}", action.check, action.because);
        let (text, command) = match &action.command {
            Some(command) if reasons.iter().take(shown).any(said) => (format!("{}: {command}", action.check), None),
            command => (why, command.as_deref()),
        };
        let columns = self.brush.look.width.saturating_sub(5);
        // With a command below it the reason takes one line: the screen stays a page, and `explain` says the rest.
        let short = command.is_some() && !self.verbose;
        let lines = if short { vec![cut(&text, columns, self.brush.look)] } else { wrap(&text, columns) };
        for line in lines {
            writeln!(self.out, "     {}", self.brush.paint(Tone::Dim, &line))?;
        }
        for line in command.map(|command| wrap(command, columns)).unwrap_or_default() {
            writeln!(self.out, "     {line}")?;
        }
        Ok(())
    }

    fn packs(&mut self) -> io::Result<()> {
        for pack in &self.of.packs {
            writeln!(self.out)?;
            writeln!(self.out, "{}  {} ", self.brush.paint(Tone::Bold, &pack.title), short(pack.score))?;
            for section in &pack.sections {
                writeln!(self.out, "  {} {:>4}", pad(&section.title, 28), short(section.score))?;
            }
            for line in wrap(&pack.band, self.brush.look.width.saturating_sub(2)) {
                writeln!(self.out, "  {line}")?;
            }
        }
        Ok(())
    }

    /// Without a manifest: what the repository alone shows.
    fn evidence_only(&mut self) -> io::Result<()> {
        let r = &self.of.readiness;
        writeln!(self.out, "{}", self.brush.paint(Tone::Warn, "No manifest: this is what the repository alone shows"))?;
        writeln!(self.out)?;
        let score = r.evidence_score.map_or_else(|| "-".to_owned(), short);
        let coverage = r.coverage.unwrap_or_default() * 100.0;
        let right = format!("over {coverage:.0} % of the catalogue");
        self.ends(&format!("Evidence score  {score} / 100"), &right, Tone::Bold)?;
        let proven: Vec<&CheckInfo> = self.of.checks.iter().filter(|c| c.credit > 0.0).collect();
        for check in proven.iter().take(if self.verbose { usize::MAX } else { 16 }) {
            let tone = if check.level == Level::Verified { Tone::Good } else { Tone::Plain };
            let file = check.evidence.first().map(|e| e.path.clone()).unwrap_or_default();
            let text = format!("{}   {file}", pad(check.level.name(), 10));
            self.item(self.brush.sign("✔", "+"), tone, &check.id, text.trim_end())?;
        }
        let open = &self.of.open_questions;
        let asked =
            |check: &CheckInfo| check.status != Status::NotApplicable && open.iter().all(|o| o.check != check.id);
        for check in self.of.checks.iter().filter(|c| c.credit <= 0.0 && asked(c)) {
            let why = check.unmet.iter().find(|unmet| unmet.level == Level::Documented).or(check.unmet.first());
            let why = why.map(|unmet| unmet.because.as_str()).unwrap_or_default();
            self.item_of(self.brush.sign("✘", "x"), Tone::Warn, &check.id, why, 2)?;
        }
        writeln!(self.out)?;
        let heading = format!("{} questions that only people can answer", open.len());
        writeln!(self.out, "{}", self.brush.paint(Tone::Bold, &heading))?;
        for question in open.iter().take(if self.verbose { usize::MAX } else { MAX_QUESTIONS }) {
            self.item("?", Tone::Dim, &question.check, &question.question)?;
        }
        if !self.verbose && open.len() > MAX_QUESTIONS {
            let text = format!("    and {} more; -v shows all", open.len() - MAX_QUESTIONS);
            writeln!(self.out, "{}", self.brush.paint(Tone::Dim, &text))?;
        }
        writeln!(self.out)?;
        writeln!(self.out, "Next: `aipp init` writes a manifest from what was found and asks these")
    }

    /// Every check with its evidence.
    fn verbose(&mut self) -> io::Result<()> {
        if !self.verbose {
            return Ok(());
        }
        for area in Area::ALL {
            let checks: Vec<&CheckInfo> = self.of.checks.iter().filter(|c| c.area == area).collect();
            writeln!(self.out)?;
            writeln!(self.out, "{}", self.brush.paint(Tone::Bold, area.title()))?;
            for check in checks {
                self.check(check)?;
            }
        }
        Ok(())
    }

    fn check(&mut self, check: &CheckInfo) -> io::Result<()> {
        let (tone, mark) = match check.status {
            Status::Met => (Tone::Good, self.brush.sign("✔", "+")),
            Status::Waived => (Tone::Warn, self.brush.sign("○", "o")),
            Status::NotApplicable | Status::NotDue => (Tone::Dim, self.brush.sign("·", "-")),
            Status::Unmet | Status::Unknown if check.required.is_some() => (Tone::Bad, self.brush.sign("✘", "x")),
            Status::Unmet | Status::Unknown => (Tone::Warn, self.brush.sign("✘", "x")),
        };
        let needs = match check.required {
            Some(required) if is_open(check.status) => format!(", needs {required}"),
            _ => String::new(),
        };
        let due =
            if check.status == Status::NotDue { format!(", due by {}", phase_name(check.due)) } else { String::new() };
        let until = check.expires.map(|day| format!(", until {day}")).unwrap_or_default();
        let status = if matches!(check.status, Status::Waived | Status::NotApplicable | Status::Unknown) {
            format!("{} ({})", check.level, check.status.name())
        } else {
            check.level.to_string()
        };
        self.item(mark, tone, &check.id, &format!("{status}{needs}{due}{until}"))?;
        for proof in &check.evidence {
            let line = proof.line.map(|l| format!(":{l}")).unwrap_or_default();
            let date = proof.date.map(|d| format!("  {d}")).unwrap_or_default();
            let text = format!("{}{line}{date}", proof.path);
            writeln!(self.out, "{}{}", " ".repeat(32), self.brush.paint(Tone::Dim, &text))?;
        }
        for unmet in check.unmet.iter().filter(|_| is_open(check.status) || check.status == Status::Waived) {
            let text = format!("{}: {}", unmet.level, unmet.because);
            for line in wrap(&text, self.brush.look.width.saturating_sub(32).max(20)) {
                writeln!(self.out, "{}{line}", " ".repeat(32))?;
            }
        }
        Ok(())
    }
}
