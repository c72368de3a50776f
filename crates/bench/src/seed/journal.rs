//! The journal of a run that was made up.

use model::{
    Timestamp,
    ids::StepPath,
    run::{Datum, EffectClass, RunError, RunEvent, RunEventKind, RunKind, RunStatus, StepError},
};
use serde_json::{Value, json};
use store::seed::SeedCall;

use super::dice::Dice;
use super::site::Flow;

const NAMES: &[&str] = &["Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov", "Tony Hoare"];

/// JSON of an event, a few hundred bytes.
pub fn payload(dice: &mut Dice) -> Vec<u8> {
    let name = dice.one(NAMES);
    let number = dice.below(1_000_000);
    let event = json!({
        "method": "POST",
        "headers": { "content-type": "application/json", "user-agent": "orders/2.1" },
        "query": {},
        "body": { "id": format!("ord_{number:06}"), "name": name, "email": format!("person{number}@example.com"),
                  "company": format!("Company {}", number % 500), "amount": number % 9_000, "plan": dice.one(&["free", "team", "scale"]) },
    });
    event.to_string().into_bytes()
}

fn datum(value: Value) -> Datum {
    value.into()
}

/// One list of facts per commit: created; begun, with the first call's intent; each call's outcome, with what follows from it.
#[expect(clippy::too_many_arguments, reason = "everything a journal tells, and its only caller has all of it")]
pub fn commits(
    flow: &Flow,
    version: u32,
    created: Timestamp,
    begun: Timestamp,
    calls: &[SeedCall],
    status: RunStatus,
    error: Option<&RunError>,
    end: Timestamp,
) -> Vec<(Timestamp, Vec<RunEvent>)> {
    let fact = |at, kind| RunEvent { at, kind };
    let kind = RunEventKind::RunCreated {
        kind: RunKind::Live,
        version,
        trigger: flow.trigger.clone(),
        event: None,
        definition: None,
        given: Vec::new(),
    };
    let mut commits = vec![(created, vec![fact(created, kind)])];
    let mut open = Vec::new();
    if status != RunStatus::Cancelled {
        let filter = RunEventKind::StepFinished {
            path: StepPath::from("keep"),
            output: datum(json!({ "passed": status != RunStatus::Filtered })),
            notes: Vec::new(),
            detail: None,
        };
        open.extend([fact(begun, RunEventKind::RunStarted), fact(begun, filter)]);
    }
    let mut attempt = 0;
    for (n, call) in calls.iter().enumerate() {
        let path = StepPath::from(call.step.as_str());
        let first = n == 0 || calls[n - 1].step != call.step;
        attempt = if first { 1 } else { attempt + 1 };
        if first {
            let input = datum(json!({ "email": "person@example.com", "amount": 42 }));
            open.push(fact(call.at, RunEventKind::StepReady { path: path.clone(), input, notes: Vec::new() }));
        }
        open.push(fact(
            call.at,
            RunEventKind::AttemptStarted {
                path: path.clone(),
                n: attempt,
                round: 0,
                key: format!("{:016x}{n:04x}", created.ms()),
                class: EffectClass::Safe,
                timeout_ms: 30_000,
                request: first.then(|| datum(json!({ "method": "POST", "url": "https://api.example.com/v3/contacts", "body": { "email": "person@example.com" } }))),
                connection: call.connection,
            },
        ));
        commits.push((call.at, std::mem::take(&mut open)));
        let done = call.at.plus_ms(i64::try_from(call.ms).unwrap_or(0));
        let last = calls.get(n + 1).is_none_or(|next| next.step != call.step);
        if last && !call.failed && status.is_final() {
            let response = datum(json!({ "status": 200, "body": { "id": format!("{n}"), "ok": true } }));
            open.push(fact(done, RunEventKind::AttemptSucceeded { path: path.clone(), n: attempt, response: Some(response) }));
            let output = datum(json!({ "id": format!("{n}"), "ok": true }));
            open.push(fact(done, RunEventKind::StepFinished { path, output, notes: Vec::new(), detail: None }));
        } else if last && !status.is_final() {
            let reason = "The connection broke before an answer came.".to_owned();
            open.push(fact(done, RunEventKind::AttemptUnknown { path, n: attempt, reason }));
            commits.push((done, std::mem::take(&mut open)));
            return commits;
        } else {
            let error = step_error(error, call.limited);
            let retry_at = (!last).then(|| done.plus_ms(2_000));
            let failed = RunEventKind::AttemptFailed {
                path: path.clone(),
                n: attempt,
                error: error.clone(),
                retry_at,
                indeterminate: false,
            };
            open.push(fact(done, failed));
            if last {
                open.push(fact(done, RunEventKind::StepFailed { path, error, continued: false }));
            }
        }
    }
    let by = (status == RunStatus::Cancelled).then(|| "ada@example.com".to_owned());
    open.push(fact(end, RunEventKind::RunFinished { status, error: error.cloned(), message: None, by }));
    commits.push((end, open));
    commits
}

fn step_error(of_run: Option<&RunError>, limited: bool) -> StepError {
    use model::run::ErrorClass::{RateLimited, Transient};
    match of_run {
        _ if limited => StepError::new(RateLimited, "http.status", "The service asked to be called less often"),
        Some(error) => StepError::new(error.class, error.code.clone(), error.message.clone()),
        None => StepError::new(Transient, "http.status", "The service answered with 502"),
    }
}
