//! The words of facts that may repeat a value: what failed, and how other sides put it.

use super::{Ending, IterationEnd, LookupAnswer, RunError, RunEventKind, RunState, StepError, StepState};

impl StepError {
    /// Its words.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        std::iter::once(&mut self.message).chain(&mut self.suggestion)
    }
}

impl RunEventKind {
    /// Every text of it that was not written by Patchbay alone; values stand in [`RunEventKind::data_mut`].
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        match self {
            RunEventKind::AttemptFailed { error, .. } | RunEventKind::StepFailed { error, .. } => error.texts_mut().collect(),
            RunEventKind::IterationCaught { error, .. } => error.texts_mut().collect(),
            RunEventKind::AttemptLost { reason, .. } | RunEventKind::AttemptUnknown { reason, .. } => vec![reason],
            RunEventKind::LookupDue { reason, error, .. } => {
                std::iter::once(reason).chain(error.iter_mut().flat_map(StepError::texts_mut)).collect()
            }
            RunEventKind::LookupEnded { answer: LookupAnswer::Failed { error, .. }, .. } => error.texts_mut().collect(),
            RunEventKind::IterationsFinished { outputs, .. } => {
                outputs.iter_mut().filter_map(IterationEnd::error_mut).flat_map(StepError::texts_mut).collect()
            }
            RunEventKind::Responded { headers, .. } => headers.iter_mut().map(|(_, value)| value).collect(),
            RunEventKind::RunEnding(Ending { error, message, .. }) | RunEventKind::RunFinished { error, message, .. } => {
                error.iter_mut().map(|RunError { message, .. }| message).chain(message).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl RunState {
    /// The same of what was folded from them.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        let mut texts: Vec<&mut String> = self.steps.values_mut().flat_map(of_step).collect();
        texts.extend(self.error.as_mut().map(|error| &mut error.message));
        texts.extend(&mut self.message);
        texts.extend(self.responded.iter_mut().flat_map(|(_, headers, _)| headers.iter_mut().map(|(_, value)| value)));
        texts
    }
}

fn of_step(step: &mut StepState) -> Vec<&mut String> {
    let StepState { error, attempts, iterations, .. } = step;
    let mut texts: Vec<&mut String> = error.iter_mut().flat_map(StepError::texts_mut).collect();
    for attempt in attempts {
        texts.extend(attempt.error.iter_mut().flat_map(StepError::texts_mut));
        texts.extend(&mut attempt.lost);
    }
    if let Some(iterations) = iterations {
        let errors = iterations.caught.values_mut().chain(&mut iterations.failure);
        texts.extend(errors.flat_map(|error| error.texts_mut()));
    }
    texts
}
