//! Counters and work enter; while the work takes longer than a moment, a bar on the terminal shows how far it has come. What the
//! work returns leaves, and nothing of the bar stays behind.

use std::io::IsTerminal as _;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use aipp::evidence::tree::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Global;

/// Work that takes no longer shows nothing.
const MOMENT: Duration = Duration::from_millis(300);
/// How often the bar is drawn.
const BEAT: Duration = Duration::from_millis(80);

/// Does the work, and shows how far it has come when somebody is there to see it.
pub(super) fn watched<T>(progress: &Progress, global: &Global, work: impl FnOnce() -> T) -> T {
    if !is_seen(global) {
        return work();
    }
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut beat = MOMENT;
            let mut bar = None;
            while waiting.recv_timeout(beat) == Err(RecvTimeoutError::Timeout) {
                beat = BEAT;
                // Until there is something to count, the wait is for somebody who writes to standard input.
                if progress.listed() == 0 {
                    continue;
                }
                draw(bar.get_or_insert_with(new), progress);
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        });
        let result = work();
        // The other end ends when this one is gone, and the scope waits for it: the bar is cleared before anything is printed.
        drop(done);
        result
    })
}

/// Whether somebody is there to see a bar, and wants to.
fn is_seen(global: &Global) -> bool {
    // A terminal that cannot move its cursor would keep every bar that was ever drawn.
    let still = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !(global.quiet || global.no_progress || still) && std::io::stderr().is_terminal()
}

/// A bar over a known length, for work that says itself how far it has come; hidden where nobody would see it. The template is one
/// of `indicatif`.
pub(super) fn bar(length: u64, template: &str, global: &Global) -> ProgressBar {
    let target = if is_seen(global) { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Does work that cannot say how far it has come, such as a transaction on a server; says what it is while it takes longer than a
/// moment.
pub(super) fn waited<T>(what: &str, global: &Global, work: impl FnOnce() -> T) -> T {
    if !is_seen(global) {
        return work();
    }
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(MOMENT) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = new();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(what.to_owned());
            bar.tick();
            while waiting.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

fn new() -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
}

fn draw(bar: &ProgressBar, progress: &Progress) {
    let style =
        |template: &str| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    match progress.all() {
        None => {
            bar.set_style(style("{spinner} {msg}"));
            bar.set_message(format!("{} files listed", progress.listed()));
        }
        Some(all) => {
            let looked_at = progress.looked_at().min(all);
            bar.set_style(style("{bar:30} {pos}/{len} files  {msg}").progress_chars("=> "));
            bar.set_length(all as u64);
            bar.set_position(looked_at as u64);
            bar.set_message(if looked_at < all { "looking for evidence" } else { "dating it and putting it together" });
        }
    }
    bar.tick();
}
