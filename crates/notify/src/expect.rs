//! Events that should have come and did not.

use model::{
    Timestamp,
    api::AlertKind,
    definition::{LatePolicy, ScheduleTrigger},
    ids::WorkspaceId,
};
use store::{Error, Expected, Raised};
use triggers::schedule::Plan;

use crate::{Notify, rules::clock};

/// Begins the subjects of expectations.
const PREFIX: &str = "expected:";

/// The span that ended last: from one time of the plan to the next. None before a whole one has passed since the workflow was published.
fn span(plan: &Plan, since: Timestamp, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let to = plan.last(now)?;
    let from = plan.last(to.plus_ms(-1))?;
    (from >= since).then_some((from, to))
}

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let store = &notify.store;
    let now = store.now();
    let open = store.open_alerts(workspace, AlertKind::Missed).await?;
    let open: Vec<_> = open.into_iter().filter(|alert| alert.subject.starts_with(PREFIX)).collect();
    let expected = store.expected(workspace).await?;
    for alert in open.iter().filter(|alert| !expected.iter().any(|one| alert.subject == subject(one))) {
        store.resolve(alert.id, "Nothing is expected of the workflow any more.").await?;
    }
    for one in &expected {
        let schedule = ScheduleTrigger { cron: one.expects.by.clone(), time_zone: None, late: LatePolicy::default() };
        // Publishing has checked it; one that cannot be read any more expects nothing.
        let Ok(plan) = Plan::new(&schedule, &one.time_zone) else { continue };
        let alert = open.iter().find(|alert| alert.subject == subject(one));
        let Some((from, to)) = span(&plan, one.since, now) else { continue };
        if let Some(alert) = alert {
            // Over as soon as what is missing comes, late or in the next span.
            if store.events_between(one.workflow, alert.opened_at, now, one.expects.events).await?
                >= u64::from(one.expects.events)
            {
                store.resolve(alert.id, "Events come again.").await?;
            }
            continue;
        }
        let came = store.events_between(one.workflow, from, to, one.expects.events).await?;
        let is_told = store.last_opened(workspace, AlertKind::Missed, &subject(one)).await?.is_some_and(|at| at >= to);
        if came >= u64::from(one.expects.events) || is_told {
            continue;
        }
        let raised = Raised {
            kind: AlertKind::Missed,
            subject: subject(one),
            title: format!("“{}” did not get what it should", one.name),
            text: format!(
                "{} came between {} and {}; at least {} should have.",
                match came {
                    0 => "No event".to_owned(),
                    1 => "1 event".to_owned(),
                    n => format!("{n} events"),
                },
                clock(from),
                clock(to),
                one.expects.events
            ),
            workflow: Some(one.workflow),
            connection: None,
            run: None,
            count: 1,
            at: to,
        };
        store.raise(workspace, &raised).await?;
    }
    Ok(())
}

fn subject(of: &Expected) -> String {
    format!("{PREFIX}{}", of.workflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let schedule = ScheduleTrigger { cron: "0 10 * * 1-5".into(), time_zone: None, late: LatePolicy::default() };
        Plan::new(&schedule, "Europe/Berlin").unwrap_or_else(|error| panic!("{error}"))
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().map_or_else(|error| panic!("{error}"), |at| at.as_millisecond()))
    }

    #[test]
    fn a_span_ends_at_the_last_time_and_begins_at_the_one_before() {
        let published = at("2026-01-01T00:00:00Z");
        // A Monday: the span reaches back over the weekend.
        let monday = at("2026-03-02T09:30:00Z");
        assert_eq!(span(&plan(), published, monday), Some((at("2026-02-27T09:00:00Z"), at("2026-03-02T09:00:00Z"))));
        // Before ten o'clock in Berlin it is still last week's.
        let early = at("2026-03-02T08:59:00Z");
        assert_eq!(span(&plan(), published, early), Some((at("2026-02-26T09:00:00Z"), at("2026-02-27T09:00:00Z"))));
    }

    #[test]
    fn nothing_is_missed_before_a_whole_span_has_passed() {
        let monday = at("2026-03-02T09:30:00Z");
        assert_eq!(span(&plan(), at("2026-02-27T12:00:00Z"), monday), None);
        assert!(span(&plan(), at("2026-02-27T08:00:00Z"), monday).is_some());
    }
}
