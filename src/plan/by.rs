//! A wanted day enters; whether it holds leaves, and what would have to give if it does not: scope, capacity or the day.

use super::calendar::{Calendar, Days};
use super::model::{ByInfo, CapacityInfo, Gives, OptionInfo};
use super::{Ground, later, route};
use crate::gate::Target;
use crate::manifest::value::Day;

/// More roles than these are not asked to give at once.
const MAX_ROLES: usize = 4;

/// Judges whether the gate can be reached by a day.
pub(super) fn judge(ground: &Ground<'_>, target: Target, date: Day) -> ByInfo {
    let to = target.name().to_owned();
    let all = ground.left(target.exit());
    let cheap = route::cheapest(ground, target);
    let scope = if ground.inputs.cheapest && cheap.info.possible { &cheap.left } else { &all };
    let reached = |left: &[Option<u32>], calendar: &Calendar| ground.reached(&ground.dated(left, calendar), target);
    let Some(planned) = reached(scope, ground.calendar) else {
        let message = format!("Nothing is left to do before the gate to {to}.");
        return ByInfo { date, to, planned: None, holds: true, message, options: Vec::new() };
    };
    if !cheap.info.possible {
        let message = format!("{date} cannot be promised. {}", cheap.info.message);
        return ByInfo { date, to, planned: Some(planned), holds: false, message, options: Vec::new() };
    }
    let mut days = Days::from(ground.calendar, ground.from.min(date.0));
    let (asked, reached_on) = (days.index(date.0), days.index(planned.0));
    if planned <= date {
        let spare = match asked.saturating_sub(reached_on) {
            0 => "with no working day to spare".to_owned(),
            1 => "with 1 working day to spare".to_owned(),
            n => format!("with {n} working days to spare"),
        };
        let message = format!("{date} holds: the plan reaches {to} on {planned}, {spare}.");
        return ByInfo { date, to, planned: Some(planned), holds: true, message, options: Vec::new() };
    }
    let mut options = Vec::new();
    let mut add = |gives, text: String, to: Day, capacity| {
        options.push(OptionInfo { gives, text, date: to, holds: to <= date, capacity });
    };
    let less = reached(&cheap.left, ground.calendar).filter(|day| *day < planned && !ground.inputs.cheapest);
    if let Some(day) = less {
        let text = format!(
            "Scope: do only the {} tasks that open the gate ({} of {} working days) and leave {} undone",
            cheap.info.tasks.len(),
            cheap.info.days,
            cheap.info.all_days,
            cheap.info.left_out.len()
        );
        add(Gives::Scope, text, day, Vec::new());
    }
    if let Some((day, capacity)) = more_people(ground, scope, planned, &reached) {
        add(Gives::Capacity, format!("Capacity: {}", sentence(&capacity)), day, capacity);
    }
    if let Some(day) = less
        && let Some((both, capacity)) = more_people(ground, &cheap.left, day, &reached)
    {
        add(Gives::Both, format!("Both: that scope, and {}", sentence(&capacity)), both, capacity);
    }
    let slip = super::days_between(date.0, planned.0);
    let earliest = options.iter().map(|o| o.date).min().unwrap_or(planned);
    options.sort_by_key(|o| (!o.holds, o.gives as u8));
    options.push(OptionInfo {
        gives: Gives::Date,
        text: "Date: keep scope and capacity".to_owned(),
        date: planned,
        holds: false,
        capacity: Vec::new(),
    });
    let end = if earliest <= date {
        "Something else has to give.".to_owned()
    } else {
        format!("Nothing that this plan knows of holds it; the earliest day is {earliest}.")
    };
    let message = format!("{date} does not hold: the plan reaches {to} on {planned}, {}. {end}", later(slip));
    ByInfo { date, to, planned: Some(planned), holds: false, message, options }
}

/// The day on which the gate is reached with these tasks and this calendar.
type Reached<'r> = &'r dyn Fn(&[Option<u32>], &Calendar) -> Option<Day>;

/// One more person for the role that brings the day forward most, again and again, as long as it does.
fn more_people(
    ground: &Ground<'_>,
    left: &[Option<u32>],
    planned: Day,
    reached: Reached<'_>,
) -> Option<(Day, Vec<CapacityInfo>)> {
    let mut calendar = ground.calendar.clone();
    let mut best = planned;
    let mut given: Vec<CapacityInfo> = Vec::new();
    let full = f64::from(ground.calendar.per_week());
    while given.len() < MAX_ROLES {
        let tried =
            ground.network.roles.iter().filter(|role| !given.iter().any(|g| g.role == **role)).filter_map(|role| {
                let now = f64::from(ground.calendar.hundredths(role)) / 100.0;
                // A role that works part of the week gives the rest of it first.
                let more = if now < full { full } else { now + full };
                let wider = calendar.clone().with_capacity(role, more);
                let day = reached(left, &wider).filter(|day| *day < best)?;
                Some((day, (*role).to_owned(), more, wider))
            });
        let Some((day, role, days_per_week, wider)) = tried.min_by(|a, b| a.0.cmp(&b.0)) else { break };
        best = day;
        calendar = wider;
        given.push(CapacityInfo { role, days_per_week });
    }
    (best < planned).then_some((best, given))
}

fn sentence(capacity: &[CapacityInfo]) -> String {
    let each: Vec<String> = capacity
        .iter()
        .map(|c| format!("{} with {} days a week", c.role, crate::gate::short(c.days_per_week)))
        .collect();
    each.join(", ")
}
