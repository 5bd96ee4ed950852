//! The shape of a plan: what `aipp plan --format json` prints, and what every other format draws from.

use schemars::JsonSchema;
use serde::Serialize;

use super::recommend::Recommendation;
use crate::assess::{PilotInfo, ProjectInfo, ToolInfo};
use crate::checklist::{Area, Level};
use crate::manifest::model::{Phase, Weekday};
use crate::manifest::value::Day;
use crate::playbook::Weeks;

/// A dated plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Plan {
    /// Version of this format.
    pub format_version: u32,
    /// Always `plan`.
    pub kind: &'static str,
    /// The tool.
    pub tool: ToolInfo,
    /// The day on which the plan was made.
    pub today: Day,
    /// The project.
    pub project: ProjectInfo,
    /// The pilot.
    pub pilot: PilotInfo,
    /// When week 1 is, and when people work.
    pub calendar: CalendarInfo,
    /// Whether the calendar of the playbook still holds.
    pub slip: SlipInfo,
    /// What the plan leads to.
    pub goal: GoalInfo,
    /// The phases, in order.
    pub phases: Vec<PhaseInfo>,
    /// Every task of the playbook, in order, done or not.
    pub tasks: Vec<TaskInfo>,
    /// Gates and steps of traffic, by date.
    pub milestones: Vec<MilestoneInfo>,
    /// The chain of tasks that sets the day of the gate (of the next one when the plan is for all phases), in order.
    pub critical_path: Vec<String>,
    /// What has to be decided and written down now.
    pub decisions: Vec<DecisionAsked>,
    /// Required checks that no task of the playbook brings about.
    pub unplanned: Vec<UnplannedInfo>,
    /// The cheapest way through the gate; only with `--cheapest`.
    pub cheapest: Option<CheapestInfo>,
    /// Whether a date holds; only with `--by`.
    pub by: Option<ByInfo>,
    /// Go, hold, pivot or stop, by the team's own criteria.
    pub recommendation: Recommendation,
}

/// When week 1 is, and when people work.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CalendarInfo {
    /// The first day of week 1.
    pub start: Day,
    /// Where that comes from: flag, manifest, pilot or phase (nothing says it, so the phase begins today).
    pub start_from: StartFrom,
    /// The first day on which open work can be done.
    pub from: Day,
    /// The days of the week on which people work.
    pub working_days: Vec<Weekday>,
    /// Days off between the first day of work and the end of the plan.
    pub holidays: Vec<Day>,
    /// Working days per week of the roles that have a capacity of their own.
    pub capacity: Vec<CapacityInfo>,
}

/// Where the start of a plan comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StartFrom {
    /// `--start`.
    Flag,
    /// `plan.start` of the manifest.
    Manifest,
    /// `pilot.start` of the manifest.
    Pilot,
    /// Nothing says it: the project's phase begins today.
    Phase,
}

/// How much of a week a role has.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CapacityInfo {
    /// The role.
    pub role: String,
    /// Working days per week.
    pub days_per_week: f64,
}

/// Whether the calendar of the playbook still holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SlipInfo {
    /// Open work lies behind its weeks, so it was planned anew from today.
    pub replanned: bool,
    /// Days by which the next gate is later than the playbook has it; negative when it is earlier.
    pub days: Option<i64>,
    /// The same in a sentence.
    pub message: String,
}

/// What the plan leads to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GoalInfo {
    /// The phase to be entered; null when the plan is for all phases.
    pub to: Option<String>,
    /// The day on which it is reached; null when nothing is left to do.
    pub date: Option<Day>,
    /// Working days of effort that are left.
    pub days: u32,
    /// Tasks that are left; those that come back are not counted.
    pub open: usize,
    /// Tasks that are done or not needed.
    pub done: usize,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PhaseInfo {
    /// Its id.
    pub id: Phase,
    /// Its title.
    pub title: String,
    /// Its weeks.
    pub weeks: Weeks,
    /// The first day of its weeks.
    pub due_start: Day,
    /// The last day of its weeks; null when it is open-ended.
    pub due_end: Option<Day>,
    /// The first day of what is left of it.
    pub start: Option<Day>,
    /// The last day of what is left of it, without what comes back.
    pub end: Option<Day>,
    /// Tasks in it.
    pub tasks: usize,
    /// Tasks that are done or not needed.
    pub done: usize,
}

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskStatus {
    /// Its checks are met.
    Done,
    /// None of its checks applies to the project.
    NotNeeded,
    /// It is left, with dates.
    Planned,
    /// It comes back; the dates are those of its first round.
    Recurring,
    /// It is open, and this plan gets there without it.
    LeftOut,
}

impl TaskStatus {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotNeeded => "not-needed",
            Self::Planned => "planned",
            Self::Recurring => "recurring",
            Self::LeftOut => "left-out",
        }
    }

    /// Whether it has dates.
    #[must_use]
    pub const fn is_dated(self) -> bool {
        matches!(self, Self::Planned | Self::Recurring)
    }
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskInfo {
    /// Its id.
    pub id: String,
    /// Its phase.
    pub phase: Phase,
    /// What to do.
    pub title: String,
    /// done, not-needed, planned, recurring or left-out.
    pub status: TaskStatus,
    /// Why it is open, or why not.
    pub because: String,
    /// The role that does it.
    pub owner: String,
    /// The person, when the manifest names one for the role.
    pub person: Option<String>,
    /// What it leaves behind.
    pub deliverable: String,
    /// When it is done.
    pub exit: String,
    /// The checks that it brings about.
    pub checks: Vec<BringsInfo>,
    /// The tasks that come before it.
    pub needs: Vec<String>,
    /// Working days that are left; its whole length when it is done.
    pub days: u32,
    /// The first week of the plan in which the playbook has it.
    pub week_from: u32,
    /// The last; null when it is open-ended.
    pub week_to: Option<u32>,
    /// The last day of those weeks.
    pub due: Option<Day>,
    /// The first day of work.
    pub start: Option<Day>,
    /// The last day of work.
    pub end: Option<Day>,
    /// Working days by which it can move without moving a gate or the end of the plan.
    pub slack: Option<u32>,
    /// It cannot move.
    pub critical: bool,
    /// Days by which it ends after its weeks.
    pub late: Option<i64>,
    /// How often it comes back: monthly, quarterly or half-yearly.
    pub recurs: Option<&'static str>,
    /// The gate that it is.
    pub gate: Option<String>,
    /// The share of users, in percent, that it begins with.
    pub traffic: Option<u32>,
    /// The parts of a training, each before the traffic of its share.
    pub parts: Vec<PartInfo>,
}

/// A check that a task brings about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BringsInfo {
    /// The check.
    pub check: String,
    /// The level that it has.
    pub level: Level,
    /// The level at which it is met.
    pub needed: Level,
    /// The level that the task brings.
    pub brings: Level,
    /// Whether it is met, or does not apply.
    pub met: bool,
}

/// A part of a training.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PartInfo {
    /// The share of traffic before which it is done, in percent.
    pub before: u32,
    /// Working days.
    pub days: u32,
    /// The first day.
    pub start: Day,
    /// The last day.
    pub end: Day,
}

/// What a milestone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MilestoneKind {
    /// A phase is left.
    Gate,
    /// More traffic is decided.
    Step,
    /// Traffic of a share begins.
    Traffic,
}

impl MilestoneKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Step => "step",
            Self::Traffic => "traffic",
        }
    }
}

/// A gate or a step of traffic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MilestoneInfo {
    /// Stable id: `gate-scale`, `step-50`, `traffic-10`.
    pub id: String,
    /// gate, step or traffic.
    pub kind: MilestoneKind,
    /// What happens.
    pub title: String,
    /// The task that it belongs to.
    pub task: String,
    /// It has passed.
    pub passed: bool,
    /// The day; null when it has passed or is not part of this plan.
    pub date: Option<Day>,
    /// The day on which the playbook has it.
    pub due: Option<Day>,
    /// Days by which it is later than that; negative when it is earlier.
    pub slip: Option<i64>,
    /// It slips by more than two weeks, and a recorded decision to go, stop or pivot is asked for.
    pub asks_decision: bool,
    /// What must hold.
    pub conditions: Vec<ConditionInfo>,
    /// For a gate: the lowest headline that passes.
    pub floor: Option<u32>,
    /// For a gate: the headline when everything planned before it is done.
    pub forecast: Option<f64>,
    /// The area of that headline.
    pub weakest: Option<Area>,
    /// Evidence that expires before the day and must be renewed.
    pub expiring: Vec<ExpiringInfo>,
}

/// What must hold at a milestone.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ConditionInfo {
    /// The check; null for a condition in words.
    pub check: Option<String>,
    /// The title of the check; null for a condition in words.
    pub title: Option<String>,
    /// The condition.
    pub text: String,
    /// It holds today.
    pub met: bool,
    /// The task that brings it about.
    pub task: Option<String>,
}

/// Evidence that expires before a milestone.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExpiringInfo {
    /// The check.
    pub check: String,
    /// The title of the check.
    pub title: String,
    /// The last day on which it holds.
    pub expires: Day,
    /// The waiver expires, not the evidence.
    pub waiver: bool,
}

/// Something to decide and to write down.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DecisionAsked {
    /// The milestone; null for the pilot itself.
    pub milestone: Option<String>,
    /// What is asked.
    pub what: String,
    /// Why.
    pub because: String,
    /// Who decides.
    pub by: String,
}

/// A required check that no task brings about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct UnplannedInfo {
    /// The check.
    pub check: String,
    /// The level that it needs.
    pub needed: Level,
    /// The phase by whose exit it is due.
    pub due: Phase,
}

/// The cheapest way through a gate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CheapestInfo {
    /// The phase to be entered.
    pub to: String,
    /// Whether the tasks of the playbook can open the gate at all.
    pub possible: bool,
    /// The tasks, in order.
    pub tasks: Vec<String>,
    /// Their working days.
    pub days: u32,
    /// Working days of everything that is open up to the gate.
    pub all_days: u32,
    /// The headline that it leads to.
    pub headline: Option<f64>,
    /// The lowest that passes.
    pub floor: u32,
    /// The waivers that it rests on.
    pub waivers: Vec<ExpiringInfo>,
    /// Open tasks that it leaves undone.
    pub left_out: Vec<String>,
    /// Checks that are due and stay unmet.
    pub unmet: Vec<String>,
    /// What it comes to, in a sentence.
    pub message: String,
}

/// Whether a date holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ByInfo {
    /// The date that is asked for.
    pub date: Day,
    /// The phase to be entered by then.
    pub to: String,
    /// The day on which the plan gets there; null when nothing is left to do or nothing leads there.
    pub planned: Option<Day>,
    /// It holds.
    pub holds: bool,
    /// What it comes to, in a sentence.
    pub message: String,
    /// What would have to give, the least painful first.
    pub options: Vec<OptionInfo>,
}

/// What would have to give.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OptionInfo {
    /// scope, capacity, both or date.
    pub gives: Gives,
    /// In a sentence.
    pub text: String,
    /// The day that it leads to.
    pub date: Day,
    /// Whether the date holds then.
    pub holds: bool,
    /// Working days per week that it takes, by role.
    pub capacity: Vec<CapacityInfo>,
}

/// What gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gives {
    /// Less is done.
    Scope,
    /// More people or more of their time.
    Capacity,
    /// Both.
    Both,
    /// The date.
    Date,
}
