//! What others tell a run: answers to its waits, and ends of the runs it has started.

use engine::{Signal, closes, signal};
use model::{
    Timestamp,
    ids::{RunId, SignalId, StepPath},
    run::{RunEvent, RunEventKind, SignalKind, StepStatus},
    step::StepKind,
};
use serde_json::{Value, json};

use super::World;

impl World<'_> {
    pub(super) fn tell(&mut self, kind: SignalKind, path: Option<StepPath>, body: Value) {
        self.signals += 1;
        self.inbox.push(Signal { id: SignalId(self.signals), kind, path, body, by: Some("Ada".into()) });
    }

    pub(super) fn answer_wait(&mut self, path: StepPath) {
        if self.told.insert(path.clone()) {
            let body = json!({ "at": "2026-01-01T00:00:00.000Z", "body": path });
            self.tell(SignalKind::Answered, Some(path), body);
        }
    }

    pub(super) fn take_signals(&mut self) {
        for waiting in self.inbox.clone() {
            if self.taken.insert(waiting.id) {
                let facts = self.ask(|ctx, state| signal(ctx, state, &waiting));
                self.take(facts);
            }
        }
    }

    /// Waits that are begun are answered at once, or when it is nearly too late, or never; other runs end.
    pub(super) fn hear(&mut self) {
        if self.outside.wild {
            // In the very moment in which it is too late.
            let late = closes(&self.open).into_iter().filter(|path| self.chance(&path.0, 36).is_multiple_of(2));
            late.collect::<Vec<_>>().into_iter().for_each(|path| self.answer_wait(path));
        }
        let waiting: Vec<(StepPath, Option<RunId>, Option<Timestamp>)> = self
            .state
            .steps
            .iter()
            .filter(|(path, step)| step.status == StepStatus::Waiting && !self.told.contains(*path))
            .filter(|(path, _)| {
                let kind = self.def.step(&path.step()).map(|step| &step.kind);
                matches!(kind, Some(StepKind::Wait(_) | StepKind::SubWorkflow(_)))
            })
            .map(|(path, step)| (path.clone(), step.child, step.until))
            .collect();
        for (path, child, until) in waiting {
            if let Some(run) = child {
                // It is written in the commit that says that it was started.
                let is_start =
                    |event: &RunEvent| matches!(&event.kind, RunEventKind::ChildStarted { path: of, .. } if of == &path);
                if !self.journal.iter().any(is_start) {
                    continue;
                }
                self.told.insert(path.clone());
                let failed = self.outside.wild && self.chance(&path.0, 33).is_multiple_of(3);
                let error = json!({ "class": "rejected", "code": "test", "message": "No." });
                let body = match failed {
                    true => json!({ "run": run, "status": "failed", "error": error }),
                    false => json!({ "run": run, "status": "succeeded", "output": { "of": path } }),
                };
                self.tell(SignalKind::ChildEnded, Some(path), body);
                continue;
            }
            match self.chance(&path.0, 32) % 3 {
                0 => {}
                1 if self.outside.wild && until.is_some_and(|until| until > self.now) => {}
                _ => self.answer_wait(path),
            }
        }
    }
}
