//! Schedules: every slot of a cron expression becomes one event, however many servers look at the clock.

use std::{str::FromStr, sync::Arc};

use croner::Cron;
use jiff::{Zoned, tz::TimeZone};
use model::{
    Place, Problem, Severity, Timestamp, WorkflowDefinition,
    api::{AlertKind, WorkflowState},
    definition::{LatePolicy, ScheduleTrigger, Trigger, TriggerKind},
    ids::TriggerId,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{ClaimedJob, DedupeKey, LiveHook, Raised};

use crate::{
    Error, Ingest,
    ingest::{Incoming, Source},
};

/// The kind of job that waits for a schedule's next slot.
pub const JOB: &str = "schedule";

/// A slot found so long after its time, in milliseconds, is late.
const LATE_MS: i64 = 60_000;

/// A slot that fires so long after its time, in milliseconds, or never, is told of.
const TOLD_MS: i64 = 5 * 60_000;

/// Begins the subjects of alerts about such slots.
pub const LATE: &str = "late:";

/// A fired slot is remembered for 40 days: longer than any schedule may be held up and still be wanted.
const REMEMBER_MS: u64 = 40 * 24 * 3_600 * 1_000;

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("`{name}` is no time zone; write it like Europe/Berlin"))
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Result<Zoned, String> {
    let at = jiff::Timestamp::from_millisecond(at.ms()).map_err(|e| e.to_string())?;
    Ok(at.to_zoned(zone.clone()))
}

/// A schedule that was understood.
pub struct Plan {
    cron: Cron,
    zone: TimeZone,
}

impl Plan {
    /// Five fields; `default_zone` is the workflow's. The error is a sentence for the maker.
    pub fn new(schedule: &ScheduleTrigger, default_zone: &str) -> Result<Self, String> {
        if schedule.cron.split_whitespace().count() != 5 && !schedule.cron.trim_start().starts_with('@') {
            return Err("A schedule has five parts: minute, hour, day of month, month, day of week.".into());
        }
        let cron = Cron::from_str(&schedule.cron)
            .map_err(|error| format!("The schedule `{}` is not understood: {error}.", schedule.cron))?;
        Ok(Plan { cron, zone: zone(schedule.time_zone.as_deref().unwrap_or(default_zone))? })
    }

    /// The first slot after `at`; none when there is no further one.
    pub fn next(&self, at: Timestamp) -> Option<Timestamp> {
        let from = zoned(at, &self.zone).ok()?;
        let next = self.cron.find_next_occurrence(&from, false).ok()?;
        Some(Timestamp(next.timestamp().as_millisecond()))
    }

    /// The last slot at or before `at`.
    pub fn last(&self, at: Timestamp) -> Option<Timestamp> {
        let from = zoned(at, &self.zone).ok()?;
        let last = self.cron.find_previous_occurrence(&from, true).ok()?;
        Some(Timestamp(last.timestamp().as_millisecond()))
    }

    fn local(&self, at: Timestamp) -> String {
        zoned(at, &self.zone).map(|z| z.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()).unwrap_or_default()
    }
}

fn schedules(def: &WorkflowDefinition) -> impl Iterator<Item = (&Trigger, &ScheduleTrigger)> {
    def.triggers.iter().filter_map(|trigger| match &trigger.kind {
        TriggerKind::Schedule(schedule) => Some((trigger, schedule)),
        _ => None,
    })
}

/// What is wrong with a definition's schedules and time zone.
pub fn check(def: &WorkflowDefinition) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(message) = zone(&def.settings.time_zone) {
        problems.push(Problem {
            code: "definition.time_zone".into(),
            severity: Severity::Error,
            place: Place { field: Some("settings.time_zone".into()), ..Place::default() },
            message,
            suggestion: None,
        });
    }
    if let Some(expects) = &def.settings.expects {
        let schedule = ScheduleTrigger { cron: expects.by.clone(), time_zone: None, late: LatePolicy::default() };
        let wrong = match Plan::new(&schedule, &def.settings.time_zone) {
            Err(message) => Some(("by", message)),
            Ok(_) if expects.events == 0 => Some(("events", "Expect at least 1 event, or nothing at all.".to_owned())),
            Ok(_) => None,
        };
        problems.extend(wrong.map(|(field, message)| Problem {
            code: "definition.expects".into(),
            severity: Severity::Error,
            place: Place { field: Some(format!("settings.expects.{field}")), ..Place::default() },
            message,
            suggestion: None,
        }));
    }
    for (trigger, schedule) in schedules(def) {
        if let Err(message) = Plan::new(schedule, &def.settings.time_zone) {
            problems.push(Problem {
                code: "definition.schedule".into(),
                severity: Severity::Error,
                place: Place { trigger: Some(trigger.id.clone()), field: Some("cron".into()), ..Place::default() },
                message,
                suggestion: None,
            });
        }
    }
    problems
}

/// The first slot of every schedule after `now`; broken ones are left to [`check`].
pub fn first_slots(def: &WorkflowDefinition, now: Timestamp) -> Vec<(TriggerId, Timestamp)> {
    schedules(def)
        .filter_map(|(trigger, schedule)| {
            let plan = Plan::new(schedule, &def.settings.time_zone).ok()?;
            Some((trigger.id.clone(), plan.next(now)?))
        })
        .collect()
}

/// What to do at `now` about a schedule whose next slot was `slot`: the slot to fire, if any.
fn due(plan: &Plan, late: LatePolicy, slot: Timestamp, now: Timestamp) -> Option<Timestamp> {
    if slot > now {
        return None;
    }
    // Only the last of several missed slots can still fire.
    let last = plan.last(now).filter(|last| *last >= slot).unwrap_or(slot);
    match late {
        LatePolicy::RunOnce => Some(last),
        LatePolicy::Skip => (now.since(last) <= LATE_MS).then_some(last),
    }
}

impl Ingest {
    /// Fires a schedule that is due. Gives back its next slot; none: the schedule is no more and its job ends. An error: nothing fired, and
    /// the job is to be tried again.
    pub async fn fire(&self, job: &ClaimedJob) -> Result<Option<Timestamp>, Error> {
        let (Some(workflow), Some((_, trigger))) = (job.workflow, job.key.rsplit_once(':')) else { return Ok(None) };
        let trigger = TriggerId::from(trigger);
        let source = Source::Trigger(workflow, &trigger);
        let hook = match self.resolve(&source).await {
            Ok(hook) => hook,
            Err(Error::Gone(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(def) = hook.live.clone() else { return Ok(None) };
        let Some(TriggerKind::Schedule(schedule)) = def.trigger(&trigger).map(|t| &t.kind) else { return Ok(None) };
        if hook.state == WorkflowState::Off {
            return Ok(None);
        }
        // The job stays, so that the slot is late, and told of, until somebody mends it.
        let plan = Plan::new(schedule, &def.settings.time_zone)
            .map_err(|message| Error::Invalid(format!("a published schedule cannot be read: {message}")))?;
        let now = self.store.now();
        let slot = job.body.get("slot").and_then(Value::as_i64).map_or(job.available_at, Timestamp);
        let fires = due(&plan, schedule.late, slot, now);
        if let Some(slot) = fires {
            let payload = json!({
                "method": "SCHEDULE",
                "body": { "scheduled_for": slot.rfc3339(), "local": plan.local(slot), "late_ms": now.since(slot) },
            });
            let key = Sha256::digest(format!("slot:{}", slot.rfc3339()).as_bytes()).into();
            let incoming = Incoming {
                payload: Arc::new(payload),
                files: Vec::new(),
                received_at: now,
                dedupe: Some(DedupeKey { hash: key, keep_ms: Some(REMEMBER_MS) }),
                reply: false,
            };
            self.accept(Arc::clone(&hook), vec![incoming], &source).await?;
        }
        // Only now is it true: what cannot be stored has not started.
        if hook.state == WorkflowState::On && now.since(slot) > TOLD_MS {
            self.late(&hook, slot, fires.is_some()).await?;
        }
        Ok(plan.next(now.max(slot)))
    }

    /// An alert: whoever counts on a schedule hears that it was late.
    async fn late(&self, hook: &LiveHook, slot: Timestamp, fires: bool) -> Result<(), Error> {
        let (workflow, trigger, name) = (hook.workflow, &hook.trigger, &hook.workflow_name);
        let end = if fires { "It has started late." } else { "It was left out, as its schedule says of late ones." };
        let raised = Raised {
            kind: AlertKind::Missed,
            subject: format!("{LATE}{workflow}:{trigger}:{}", slot.ms()),
            title: format!("“{name}” missed its time"),
            text: format!("Nothing could start it at {}, when its schedule was due. {end}", slot.rfc3339()),
            workflow: Some(workflow),
            connection: None,
            run: None,
            count: 1,
            at: slot,
        };
        self.store.raise(hook.workspace, &raised).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use model::definition::Expectation;

    use super::*;

    fn plan(cron: &str, zone: &str) -> Plan {
        Plan::new(&ScheduleTrigger { cron: cron.into(), time_zone: Some(zone.into()), late: LatePolicy::Skip }, "UTC").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn slots(plan: &Plan, from: &str, n: usize) -> Vec<String> {
        let mut now = at(from);
        (0..n)
            .map(|_| {
                now = plan.next(now).unwrap();
                now.rfc3339()
            })
            .collect()
    }

    #[test]
    fn keeps_to_the_wall_clock() {
        let nine = plan("0 9 * * 1-5", "Europe/Berlin");
        assert_eq!(
            slots(&nine, "2026-03-27T00:00:00Z", 2),
            ["2026-03-27T08:00:00.000Z", "2026-03-30T07:00:00.000Z"],
            "summer time began on the Sunday between"
        );
    }

    #[test]
    fn a_time_in_the_gap_fires_after_it_and_a_doubled_one_once() {
        let half_past_two = plan("30 2 * * *", "Europe/Berlin");
        assert_eq!(
            slots(&half_past_two, "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"],
            "02:30 does not exist on 29 March: 03:00 is the first moment after the gap"
        );
        assert_eq!(
            slots(&half_past_two, "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"],
            "02:30 occurs twice on 25 October and fires once"
        );
    }

    #[test]
    fn missed_slots_follow_the_policy() {
        let hourly = plan("0 * * * *", "UTC");
        let slot = at("2026-01-01T10:00:00Z");
        let fire = |late, now: &str| due(&hourly, late, slot, at(now)).map(Timestamp::rfc3339);
        assert_eq!(fire(LatePolicy::Skip, "2026-01-01T09:59:59Z"), None);
        assert_eq!(fire(LatePolicy::Skip, "2026-01-01T10:00:30Z").as_deref(), Some("2026-01-01T10:00:00.000Z"));
        assert_eq!(fire(LatePolicy::Skip, "2026-01-01T13:30:00Z"), None);
        assert_eq!(fire(LatePolicy::RunOnce, "2026-01-01T13:30:00Z").as_deref(), Some("2026-01-01T13:00:00.000Z"));
    }

    #[test]
    fn says_what_is_not_understood() {
        let refused = |cron: &str, zone: &str| {
            Plan::new(&ScheduleTrigger { cron: cron.into(), time_zone: Some(zone.into()), late: LatePolicy::Skip }, "UTC")
                .err()
                .unwrap()
        };
        assert!(refused("every day", "UTC").contains("five parts"));
        assert!(refused("61 * * * *", "UTC").contains("61 * * * *"));
        assert!(refused("0 9 * * *", "Mars/Base").contains("Mars/Base"));
    }

    #[test]
    fn what_is_expected_must_be_possible() {
        let problems = |events, by: &str| {
            let mut def = WorkflowDefinition::default();
            def.settings.expects = Some(Expectation { events, by: by.into() });
            check(&def).into_iter().filter_map(|problem| problem.place.field).collect::<Vec<_>>()
        };
        assert_eq!(problems(1, "0 10 * * 1-5"), [""; 0]);
        assert_eq!(problems(0, "0 10 * * 1-5"), ["settings.expects.events"]);
        assert_eq!(problems(1, "at ten"), ["settings.expects.by"]);
    }
}
