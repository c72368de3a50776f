//! The short lists: steps that fail or take long, workflows, accounts.

use std::collections::HashMap;

use model::{
    Timestamp, WorkflowDefinition,
    api::{ConnectionFigures, ConnectionName, QuietWorkflow, StepFigures, WorkflowFigures},
    ids::{ConnectionId, StepId, WorkflowId},
};
use sea_orm::DatabaseTransaction;

use super::{
    Cell,
    cell::{StepCount, StepKey},
    read::Figures,
};
use crate::{Error, payload, sql};

/// Entries of a list.
const MOST: usize = 5;
const MOST_CONNECTIONS: usize = 20;

/// The steps that failed most, and those whose calls took longest.
pub(super) async fn steps(
    tx: &DatabaseTransaction,
    workspace: i64,
    sum: &Cell,
) -> Result<(Vec<StepFigures>, Vec<StepFigures>), Error> {
    let average = |count: &StepCount| count.ms.checked_div(count.timed).unwrap_or(0);
    let top = |rank: &dyn Fn(&StepCount) -> (u64, u64)| {
        let mut steps: Vec<(&StepKey, &StepCount)> = sum.steps.iter().filter(|(_, count)| rank(count).0 > 0).collect();
        steps.sort_by_key(|(key, count)| (std::cmp::Reverse(rank(count)), (*key).clone()));
        steps.truncate(MOST);
        steps
    };
    let failing = top(&|count| (count.failures, count.calls));
    let slowest = top(&|count| (average(count), count.longest_ms));
    let mut ids: Vec<i64> = failing.iter().chain(&slowest).map(|(key, _)| key.workflow).collect();
    ids.sort_unstable();
    ids.dedup();
    let head = "SELECT id, name, draft FROM workflow WHERE workspace_id = $1 AND deleted_at IS NULL AND id IN ";
    let mut known: HashMap<i64, (String, Option<WorkflowDefinition>)> = HashMap::new();
    for row in sql::all_in_with(tx, head, "", &[workspace.into()], &ids).await? {
        // A draft made by a newer version names no steps here; the figures stand all the same.
        let draft = payload::from_json(&sql::get::<Vec<u8>>(&row, 2)?).ok();
        known.insert(sql::get(&row, 0)?, (sql::get(&row, 1)?, draft));
    }
    let figures = |(key, count): (&StepKey, &StepCount)| {
        let (name, draft) = known.get(&key.workflow)?;
        let step = StepId::from(key.step.as_str());
        let label = draft.as_ref().and_then(|draft| draft.step(&step)).map(|step| step.label.clone());
        Some(StepFigures {
            workflow: WorkflowId(key.workflow),
            workflow_name: name.clone(),
            step,
            label: label.unwrap_or_default(),
            calls: count.calls,
            failures: count.failures,
            average_ms: average(count),
            longest_ms: count.longest_ms,
        })
    };
    Ok((failing.into_iter().filter_map(figures).collect(), slowest.into_iter().filter_map(figures).collect()))
}

/// Those with the most failures, and those that have gone quiet.
pub(super) async fn workflows(
    tx: &DatabaseTransaction,
    figures: &Figures<'_>,
    since: i64,
    until: i64,
) -> Result<(Vec<WorkflowFigures>, Vec<QuietWorkflow>), Error> {
    let counts = figures.by_workflow(since, until.max(figures.now + 1)).await?;
    let before = figures.by_workflow(since - (until - since).max(0), since).await?;
    let mut top: Vec<_> = counts.iter().filter(|(_, counts)| counts.all() > 0).collect();
    top.sort_by_key(|(id, counts)| (std::cmp::Reverse((counts.failed, counts.all())), **id));
    top.truncate(MOST);
    let mut silent: Vec<_> = before
        .iter()
        .filter(|(id, before)| before.all() > 0 && counts.get(id).is_none_or(|counts| counts.all() == 0))
        .map(|(id, before)| (*id, before.all()))
        .collect();
    silent.sort_by_key(|(id, before)| (std::cmp::Reverse(*before), *id));
    // Some of them may be off.
    silent.truncate(10 * MOST);
    let ids: Vec<i64> = top.iter().map(|(id, _)| **id).chain(silent.iter().map(|(id, _)| *id)).collect();
    let head = "SELECT w.id, w.name, w.state, (SELECT MAX(t.bucket_at) FROM tally t WHERE t.workspace_id = w.workspace_id
                AND t.workflow_id = w.id AND t.width = 3600000) FROM workflow w
                WHERE w.workspace_id = $1 AND w.deleted_at IS NULL AND w.id IN ";
    let mut known: HashMap<i64, (String, bool, Option<i64>)> = HashMap::new();
    for row in sql::all_in_with(tx, head, "", &[figures.workspace.into()], &ids).await? {
        let on = sql::get::<String>(&row, 2)? == "on";
        known.insert(sql::get(&row, 0)?, (sql::get(&row, 1)?, on, sql::get(&row, 3)?));
    }
    let shown = |(id, counts): (&i64, &model::api::RunCounts)| {
        let (name, ..) = known.get(id)?;
        Some(WorkflowFigures { workflow: WorkflowId(*id), name: name.clone(), counts: *counts })
    };
    let quiet = silent.iter().filter_map(|(id, before)| {
        let (name, on, last) = known.get(id)?;
        let quiet =
            QuietWorkflow { workflow: WorkflowId(*id), name: name.clone(), before: *before, last_at: last.map(Timestamp) };
        on.then_some(quiet)
    });
    let quiet = quiet.take(MOST).collect();
    Ok((top.into_iter().filter_map(shown).collect(), quiet))
}

/// The accounts that were called, the busiest first.
pub(super) async fn connections(
    tx: &DatabaseTransaction,
    figures: &Figures<'_>,
    sum: &Cell,
) -> Result<Vec<ConnectionFigures>, Error> {
    if sum.connections.is_empty() {
        return Ok(Vec::new());
    }
    let last_minute = figures.last_minute().await?;
    let ids: Vec<i64> = sum.connections.keys().map(|id| id.0).collect();
    let head = "SELECT id, label, connector FROM connection WHERE workspace_id = $1 AND id IN ";
    let mut found = Vec::new();
    for row in sql::all_in_with(tx, head, "", &[figures.workspace.into()], &ids).await? {
        let id = ConnectionId(sql::get(&row, 0)?);
        let count = sum.connections.get(&id).copied().unwrap_or_default();
        found.push(ConnectionFigures {
            connection: ConnectionName { id, label: sql::get(&row, 1)?, connector: sql::get(&row, 2)? },
            calls: count.calls,
            limited: count.limited,
            calls_last_minute: last_minute.connections.get(&id).map_or(0, |count| count.calls),
            budget_per_minute: None,
        });
    }
    found.sort_by_key(|figures| (std::cmp::Reverse((figures.calls, figures.limited)), figures.connection.id));
    found.truncate(MOST_CONNECTIONS);
    Ok(found)
}
