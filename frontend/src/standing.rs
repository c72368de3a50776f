//! How each step of a run stands, as its card shows it: inside loops the worst of its iterations, with how many ended how.

use std::collections::BTreeMap;

use model::{
    Timestamp, WorkflowDefinition,
    api::{RunDetail, RunStep},
    ids::{ArmId, StepId, StepPath},
    run::{SkipReason, StepStatus, Tally},
};

use crate::ended;

/// How one step of a run stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// Of the worst of its iterations.
    pub status: StepStatus,
    /// What of it is shown first: the worst iteration whose data is at hand.
    pub path: Option<StepPath>,
    /// When it began and ended; absent where it ran in several iterations.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Attempts after the first, over all iterations.
    pub retries: u32,
    /// Inside a loop: in how many iterations it ended how.
    pub times: Option<Times>,
    /// Of a loop: how far it has come.
    pub items: Option<Items>,
    /// The arms that were taken, in any iteration that is at hand.
    pub arms: Option<Vec<ArmId>>,
    /// Why it failed.
    pub error: Option<String>,
    pub skipped: Option<SkipReason>,
    /// The iteration it failed in last, where that is over.
    pub failed_at: Option<StepPath>,
}

impl Standing {
    /// How long it worked, in milliseconds: to its end, else up to `now`. Absent: it has not begun, or did so in several iterations, or
    /// was over at once.
    pub fn took(&self, now: impl FnOnce() -> Timestamp) -> Option<i64> {
        if self.times.is_some() {
            return None;
        }
        let to = match (self.to, self.status) {
            (Some(to), _) => to,
            (None, StepStatus::Running | StepStatus::Backoff | StepStatus::Waiting | StepStatus::Unknown) => now(),
            (None, _) => return None,
        };
        Some(to.since(self.from?)).filter(|ms| *ms > 0)
    }

    /// Whether items of the loop, or the step in items of its loop, have failed.
    pub fn has_failures(&self) -> bool {
        self.items.is_some_and(|items| items.failed > 0) || self.times.is_some_and(|times| times.failed > 0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    pub succeeded: u32,
    pub failed: u32,
    pub open: u32,
}

/// How far a loop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Items {
    /// Absent: nobody knows how often.
    pub of: Option<u32>,
    /// Failed ones among them.
    pub finished: u32,
    pub failed: u32,
}

/// The standing of every step that a run has come to.
pub fn standings(detail: &RunDetail) -> BTreeMap<StepId, Standing> {
    let RunDetail { steps, past, definition, .. } = detail;
    let mut all: BTreeMap<StepId, Standing> = BTreeMap::new();
    for (id, tally) in past {
        all.insert(id.clone(), of_past(tally));
    }
    for step in steps {
        let is_first = !all.contains_key(&step.step);
        let mut step = step.clone();
        ended::settle(detail, &mut step);
        add(all.entry(step.step.clone()).or_default(), &step, is_first, definition);
    }
    for (id, step) in worst(steps) {
        if let Some(standing) = all.get_mut(&id) {
            standing.path = Some(step.path.clone());
        }
    }
    all
}

/// The steps of a run whose data is at hand, each in its worst iteration.
pub fn worst(steps: &[RunStep]) -> BTreeMap<StepId, &RunStep> {
    let mut found: BTreeMap<StepId, &RunStep> = BTreeMap::new();
    for step in steps {
        let held = found.entry(step.step.clone()).or_insert(step);
        // Of equals the newest.
        if badness(step.state.status) >= badness(held.state.status) {
            *held = step;
        }
    }
    found
}

fn of_past(tally: &Tally) -> Standing {
    let Tally { succeeded, failed, skipped, retries, failed_at } = tally.clone();
    let status = match (failed, succeeded) {
        (1.., _) => StepStatus::Failed,
        (0, 1..) => StepStatus::Succeeded,
        (0, 0) if skipped > 0 => StepStatus::Skipped,
        (0, 0) => StepStatus::Pending,
    };
    Standing { status, retries, times: Some(Times { succeeded, failed, open: 0 }), failed_at, ..Standing::default() }
}

fn add(standing: &mut Standing, step: &RunStep, is_first: bool, definition: &WorkflowDefinition) {
    let state = &step.state;
    let status = shown_status(step, definition);
    let in_loop = step.path.iterations().next().is_some();
    if is_first || badness(status) >= badness(standing.status) {
        standing.status = status;
        standing.skipped = state.skipped;
    }
    if let Some(error) = &state.error {
        standing.error = Some(error.message.clone());
    }
    standing.retries += u32::try_from(state.calls().count().saturating_sub(1)).unwrap_or(u32::MAX);
    if let Some(taken) = &state.arms {
        let arms = standing.arms.get_or_insert_default();
        arms.extend(taken.iter().filter(|arm| !arms.contains(arm)).cloned().collect::<Vec<_>>());
    }
    if let Some(iterations) = &state.iterations {
        let items = standing.items.get_or_insert_default();
        items.of = match (is_first, items.of, iterations.count) {
            (true, _, count) => count,
            (false, Some(before), Some(count)) => Some(before.saturating_add(count)),
            (false, ..) => None,
        };
        items.finished += iterations.finished;
        items.failed += iterations.failed;
    }
    if in_loop {
        let times = standing.times.get_or_insert_default();
        match status {
            StepStatus::Succeeded => times.succeeded += 1,
            StepStatus::Failed => times.failed += 1,
            StepStatus::Skipped => {}
            _ => times.open += 1,
        }
    } else {
        (standing.from, standing.to) = (state.started_at, state.finished_at);
    }
}

/// What has begun and holds others is under way.
pub fn shown_status(step: &RunStep, definition: &WorkflowDefinition) -> StepStatus {
    let holds = || definition.step(&step.step).is_some_and(|step| step.kind.bodies().next().is_some());
    match step.state.status {
        StepStatus::Ready if holds() => StepStatus::Running,
        status => status,
    }
}

/// Of several iterations the highest shows.
fn badness(status: StepStatus) -> u8 {
    match status {
        StepStatus::Pending => 0,
        StepStatus::Skipped => 1,
        StepStatus::Succeeded => 2,
        StepStatus::Ready => 3,
        StepStatus::Waiting => 4,
        StepStatus::Running => 5,
        StepStatus::Backoff => 6,
        StepStatus::Failed => 7,
        StepStatus::Unknown => 8,
    }
}

/// The iterations a path stands in, the innermost first: which, and of which loop.
pub fn around(path: &StepPath, definition: &WorkflowDefinition) -> Vec<(u32, String)> {
    let label = |each: StepPath| definition.step(&each.step()).map_or_else(|| each.step().0, |step| step.label.clone());
    path.iterations().map(|(each, index)| (index, label(each))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn detail(steps: Value, past: Value) -> RunDetail {
        let set = |slug: &str| json!({ "slug": slug, "label": slug, "kind": { "type": "set", "fields": [] } });
        let each = json!({ "type": "for_each", "over": { "expr": "event.body" }, "item": "item", "body": ["send"] });
        serde_json::from_value(json!({
            "run": {
                "id": "run_0000000000001", "workflow": "wf_0000000000001", "workflow_name": "W", "version": 1, "trigger": "t",
                "kind": "live", "status": "running", "control": "active", "created_at": 0, "retries": 0, "notes": 0, "seq": 1,
            },
            "definition": {
                "schema": 1, "triggers": [], "body": ["each", "after"],
                "steps": { "each": { "slug": "each", "label": "Each", "kind": each }, "send": set("send"), "after": set("after") },
            },
            "steps": steps, "past": past,
        }))
        .unwrap()
    }

    fn step(path: &str, state: Value) -> Value {
        json!({ "path": path, "step": StepPath::from(path).step(), "label": path, "kind": "set", "state": state })
    }

    #[test]
    fn a_step_in_a_loop_shows_its_worst_iteration_and_counts_them_all() {
        let each = json!({ "status": "ready", "started_at": 5, "iterations": { "count": 6, "finished": 4, "failed": 1 } });
        let steps = json!([
            step("each", each),
            step("each[4].send", json!({ "status": "succeeded" })),
            step("each[5].send", json!({ "status": "running", "started_at": 9 })),
        ]);
        let past = json!({ "send": { "succeeded": 3, "failed": 1, "retries": 2, "failed_at": "each[1].send" } });
        let all = standings(&detail(steps, past));
        let send = &all[&StepId::from("send")];
        assert_eq!(send.status, StepStatus::Failed, "a later success does not hide the failed one");
        assert_eq!(send.times, Some(Times { succeeded: 4, failed: 1, open: 1 }));
        assert_eq!((send.retries, send.failed_at.as_ref()), (2, Some(&StepPath::from("each[1].send"))));
        assert!(send.path.is_some() && send.from.is_none());
        let each = &all[&StepId::from("each")];
        assert_eq!(each.status, StepStatus::Running, "what holds others is under way");
        assert_eq!(each.items, Some(Items { of: Some(6), finished: 4, failed: 1 }));
        assert_eq!((each.from, each.times), (Some(Timestamp(5)), None));
        assert!(!all.contains_key(&StepId::from("after")));
    }

    #[test]
    fn of_loops_within_loops_the_items_add_up() {
        let inner = |count: Value| json!({ "status": "ready", "iterations": { "count": count, "finished": 1, "failed": 0 } });
        let of = |second: Value| {
            let steps = json!([step("each[0].send", inner(json!(3))), step("each[1].send", inner(second))]);
            standings(&detail(steps, json!({}))).remove(&StepId::from("send")).and_then(|send| send.items)
        };
        assert_eq!(of(json!(2)), Some(Items { of: Some(5), finished: 2, failed: 0 }));
        assert_eq!(of(Value::Null), Some(Items { of: None, finished: 2, failed: 0 }));
    }

    #[test]
    fn what_was_left_out_everywhere_is_left_out() {
        let all = standings(&detail(json!([]), json!({ "send": { "skipped": 3 } })));
        assert_eq!(all[&StepId::from("send")].status, StepStatus::Skipped);
    }

    #[test]
    fn of_the_iterations_at_hand_the_worst_is_taken_and_of_equals_the_newest() {
        let of = |states: &[&str]| {
            let steps =
                states.iter().enumerate().map(|(n, status)| step(&format!("each[{n}].send"), json!({ "status": status })));
            let detail = detail(steps.collect(), json!({}));
            worst(&detail.steps)[&StepId::from("send")].path.0.clone()
        };
        assert_eq!(of(&["succeeded", "failed", "succeeded"]), "each[1].send");
        assert_eq!(of(&["succeeded", "succeeded"]), "each[1].send");
        assert_eq!(of(&["unknown", "failed"]), "each[0].send");
    }
}
