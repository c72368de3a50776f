//! The timeline as numbers: which stretch of which lane is drawn how. Long stretches in which nothing was under way are drawn
//! shorter, so that a retry after an hour does not squeeze everything else into a hair.

use model::{
    Timestamp,
    api::{RunDetail, RunStep},
    run::{AttemptStatus, StepStatus},
};

/// How a stretch looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Ok,
    Bad,
    Running,
    /// Nobody knows how it ended.
    Unknown,
    /// Between two attempts.
    Backoff,
    /// A delay, or somebody's answer.
    Waiting,
    Queued,
}

impl Look {
    pub fn class(self) -> &'static str {
        match self {
            Look::Ok => "seg ok",
            Look::Bad => "seg bad",
            Look::Running => "seg run",
            Look::Unknown => "seg unknown",
            Look::Backoff => "seg backoff",
            Look::Waiting => "seg waiting",
            Look::Queued => "seg queued",
        }
    }

    /// Something was under way.
    fn is_work(self) -> bool {
        matches!(self, Look::Ok | Look::Bad | Look::Running | Look::Queued)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    pub look: Look,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What a step did when. `now` ends what is still open.
pub fn stretches(step: &RunStep, now: Timestamp) -> Vec<Stretch> {
    let state = &step.state;
    let mut out = Vec::new();
    let mut add = |look: Look, from: Timestamp, to: Timestamp| out.push(Stretch { look, from, to: to.max(from) });
    let Some(started) = state.started_at else { return out };
    let end = state.finished_at.unwrap_or(now);
    for (at, attempt) in state.attempts.iter().enumerate() {
        let last = at + 1 == state.attempts.len();
        let look = match attempt.status {
            AttemptStatus::Started => Look::Running,
            AttemptStatus::Succeeded => Look::Ok,
            AttemptStatus::Failed | AttemptStatus::TimedOut => Look::Bad,
            AttemptStatus::Lost => Look::Unknown,
        };
        let until = attempt.finished_at.unwrap_or(now);
        add(look, attempt.started_at, until);
        if let Some(next) = state.attempts.get(at + 1) {
            add(Look::Backoff, until, next.started_at);
        } else if last && state.status == StepStatus::Backoff {
            add(Look::Backoff, until, now);
        } else if last && state.last_call().is_some_and(|call| call.status == AttemptStatus::Lost) {
            // For somebody's word on what happened.
            add(Look::Waiting, until, end);
        }
    }
    if state.attempts.is_empty() {
        let look = match state.status {
            StepStatus::Failed => Look::Bad,
            StepStatus::Waiting => Look::Waiting,
            StepStatus::Succeeded if step.kind == "delay" || step.kind.starts_with("wait") => Look::Waiting,
            StepStatus::Ready | StepStatus::Running | StepStatus::Pending => Look::Running,
            StepStatus::Skipped => return out,
            _ => Look::Ok,
        };
        add(look, started, end);
    }
    out
}

/// Maps moments to percent of the width.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// Moment and place, both rising.
    points: Vec<(i64, f64)>,
    pub shortened: bool,
}

/// Idle time takes at most this many times the width of the work.
const MOST_IDLE: f64 = 1.5;

impl Scale {
    pub fn new(from: Timestamp, to: Timestamp, all: &[Stretch]) -> Self {
        let (from, to) = (from.ms(), to.ms().max(from.ms() + 1));
        let mut work: Vec<(i64, i64)> =
            all.iter().filter(|s| s.look.is_work()).map(|s| (s.from.ms().clamp(from, to), s.to.ms().clamp(from, to))).collect();
        work.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (start, end) in work {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of one run")]
        let float = |ms: i64| ms as f64;
        let busy = float(merged.iter().map(|(start, end)| end - start).sum::<i64>()).max(1.0);
        let idle = float(to - from) - busy;
        let factor = if idle > busy * MOST_IDLE { busy * MOST_IDLE / idle } else { 1.0 };
        let width = busy + idle.max(0.0) * factor;
        let mut points = vec![(from, 0.0)];
        let (mut at, mut place) = (from, 0.0);
        for (start, end) in merged {
            place += float(start - at) * factor;
            points.push((start, place / width * 100.0));
            place += float(end - start);
            points.push((end, place / width * 100.0));
            at = end;
        }
        points.push((to, 100.0));
        Scale { points, shortened: factor < 0.999 }
    }

    pub fn place(&self, at: Timestamp) -> f64 {
        let at = at.ms();
        let next = self.points.partition_point(|(moment, _)| *moment < at);
        let (Some(after), Some(before)) = (self.points.get(next), next.checked_sub(1).and_then(|i| self.points.get(i))) else {
            return if next == 0 { 0.0 } else { 100.0 };
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of one run")]
        let share = (at - before.0) as f64 / ((after.0 - before.0) as f64).max(1.0);
        before.1 + (after.1 - before.1) * share
    }
}

/// Where a run's drawing begins and ends.
pub fn bounds(detail: &RunDetail, now: Timestamp) -> (Timestamp, Timestamp) {
    let from = detail.run.created_at;
    (from, detail.run.finished_at.unwrap_or(now).max(from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stretch(look: Look, from: i64, to: i64) -> Stretch {
        Stretch { look, from: Timestamp(from), to: Timestamp(to) }
    }

    #[test]
    fn work_alone_is_drawn_to_scale() {
        let scale = Scale::new(Timestamp(0), Timestamp(100), &[stretch(Look::Ok, 0, 50), stretch(Look::Bad, 50, 100)]);
        assert!(!scale.shortened);
        assert!((scale.place(Timestamp(50)) - 50.0).abs() < 0.01);
    }

    #[test]
    fn a_long_wait_leaves_room_for_the_work() {
        let all = [stretch(Look::Bad, 0, 100), stretch(Look::Backoff, 100, 3_600_100), stretch(Look::Ok, 3_600_100, 3_600_200)];
        let scale = Scale::new(Timestamp(0), Timestamp(3_600_200), &all);
        assert!(scale.shortened);
        assert!((scale.place(Timestamp(100)) - 20.0).abs() < 0.5, "{}", scale.place(Timestamp(100)));
        assert!((scale.place(Timestamp(3_600_100)) - 80.0).abs() < 0.5);
        assert!((scale.place(Timestamp(3_600_200)) - 100.0).abs() < f64::EPSILON);
    }

    #[test]
    fn who_is_asked_in_vain_leaves_a_wait_for_a_person() {
        let of = |n, from, status, lookup| {
            json!({
                "n": n, "round": 0, "key": "k", "class": "lookup", "timeout_ms": 50, "status": status, "started_at": from,
                "finished_at": from + 10, "lookup": lookup,
            })
        };
        let state = json!({
            "status": "unknown", "started_at": 0, "attempts": [of(1, 0, "lost", json!(null)), of(2, 20, "failed", json!(1))],
        });
        let state = serde_json::from_value(state).expect("a step's state");
        let step =
            RunStep { path: "s".into(), step: "s".into(), label: "S".into(), kind: "action".into(), state, wait_url: None };
        assert_eq!(
            stretches(&step, Timestamp(90)),
            [
                stretch(Look::Unknown, 0, 10),
                stretch(Look::Backoff, 10, 20),
                stretch(Look::Bad, 20, 30),
                stretch(Look::Waiting, 30, 90)
            ]
        );
    }

    #[test]
    fn an_empty_run_does_not_divide_by_nothing() {
        let scale = Scale::new(Timestamp(5), Timestamp(5), &[]);
        assert!(scale.place(Timestamp(5)).is_finite());
    }
}
