//! Attempts of a step in words: the calls, counted, and the questions about them.

use model::run::{AttemptState, AttemptStatus};

/// "Attempt 2", "Question about attempt 2". Questions are not counted, as a step's settings do not count them either.
pub fn title(attempts: &[AttemptState], this: &AttemptState) -> String {
    let nth = |n: u32| attempts.iter().filter(|other| other.lookup.is_none() && other.n <= n).count();
    match this.lookup {
        None => format!("Attempt {}", nth(this.n)),
        Some(about) => format!("Question about attempt {}", nth(about)),
    }
}

/// How it ended; for a question, what the other side said.
pub fn outcome(this: &AttemptState) -> &'static str {
    match (this.happened, this.status) {
        (Some(true), _) => "It was carried out",
        (Some(false), _) => "It was not carried out",
        (None, AttemptStatus::Started) => "Under way",
        (None, AttemptStatus::Succeeded) => "Succeeded",
        (None, AttemptStatus::Failed) => "Failed",
        (None, AttemptStatus::TimedOut) => "No answer in time",
        (None, AttemptStatus::Lost) if this.lookup.is_some() => "No answer",
        (None, AttemptStatus::Lost) => "May have happened",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A call whose answer was lost, the question about it, a second call.
    fn attempts() -> Vec<AttemptState> {
        let attempt = |more: serde_json::Value| {
            let mut all = json!({ "round": 0, "key": "k", "class": "lookup", "timeout_ms": 1000, "started_at": 0 });
            if let (Some(all), serde_json::Value::Object(more)) = (all.as_object_mut(), more) {
                all.extend(more);
            }
            serde_json::from_value(all).expect("an attempt")
        };
        vec![
            attempt(json!({ "n": 1, "status": "failed" })),
            attempt(json!({ "n": 2, "status": "succeeded", "lookup": 1, "happened": false })),
            attempt(json!({ "n": 3, "status": "lost" })),
            attempt(json!({ "n": 4, "status": "lost", "lookup": 3 })),
        ]
    }

    #[test]
    fn questions_are_no_attempts() {
        let all = attempts();
        let titles: Vec<String> = all.iter().map(|one| title(&all, one)).collect();
        assert_eq!(titles, ["Attempt 1", "Question about attempt 1", "Attempt 2", "Question about attempt 2"]);
    }

    #[test]
    fn a_question_says_what_it_was_told() {
        let said: Vec<&str> = attempts().iter().map(outcome).collect();
        assert_eq!(said, ["Failed", "It was not carried out", "May have happened", "No answer"]);
    }
}
