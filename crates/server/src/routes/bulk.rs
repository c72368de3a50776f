use std::time::{Duration, Instant};

use axum::http::StatusCode;
use model::api::*;
use store::Scope;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

/// Runs counted, and for how long; beyond either there are just more.
const MOST_COUNTED: u64 = 10_000;
const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) async fn count(app: App, caller: Member, input: Input<CountRuns>) -> Result<RunCount, ApiError> {
    let mut query = RunsQuery { limit: Some(200), ..input.query };
    let (mut count, started) = (0, Instant::now());
    loop {
        let page = app.store.find_run_ids(&caller.scope, &query).await?;
        count += page.items.len() as u64;
        let Some(next) = page.next else { return Ok(RunCount { count, more: false }) };
        if count >= MOST_COUNTED || started.elapsed() > PATIENCE {
            return Ok(RunCount { count, more: true });
        }
        query.cursor = Some(next);
    }
}

pub(crate) async fn start(app: App, caller: Member, input: Input<StartBulk>) -> Result<Bulk, ApiError> {
    let new = input.body;
    check(&new)?;
    // Says what is wrong with the filter before anything is begun.
    let probe = RunsQuery { limit: Some(1), ..new.filter.clone() };
    app.store.find_run_ids(&caller.scope, &probe).await?;
    Ok(app.store.start_bulk(&caller.scope, new).await?)
}

/// A run for each row of a table.
pub(crate) async fn rows(app: App, caller: Member, input: Input<RunForMany>) -> Result<Bulk, ApiError> {
    let table = input.body;
    if table.rows.is_empty() || table.rows.len() > NewRows::MOST {
        return Err(ApiError::field(
            "rows",
            format!("A table has 1 to {} rows; this one has {}.", NewRows::MOST, table.rows.len()),
        ));
    }
    if !(1..=NewRows::MOST_PER_MINUTE).contains(&table.per_minute) {
        return Err(ApiError::field("per_minute", format!("Runs can begin 1 to {} times a minute.", NewRows::MOST_PER_MINUTE)));
    }
    Ok(app.ingest.run_many(&caller.scope, input.path.0, table).await?)
}

pub(crate) async fn get(app: App, caller: Member, input: Input<GetBulk>) -> Result<Bulk, ApiError> {
    Ok(app.store.bulk(&caller.scope, input.path.0).await?)
}

pub(crate) async fn stop(app: App, caller: Member, input: Input<StopBulk>) -> Result<Bulk, ApiError> {
    let (id, scope): (_, &Scope) = (input.path.0, &caller.scope);
    app.store.stop_bulk(scope, id).await?;
    Ok(app.store.bulk(scope, id).await?)
}

/// A filter that says nothing would mean every run there is: that has to be said.
fn check(new: &NewBulk) -> Result<(), ApiError> {
    let NewBulk { action, filter, from_step, newest, choice } = new;
    if filter.cursor.is_some() || filter.limit.is_some() {
        return Err(ApiError::field("filter", "A bulk action takes all runs that fit; leave out `cursor` and `limit`."));
    }
    if *action == BulkAction::Run {
        return Err(ApiError::field("action", "A run for each row of a table is begun with `run-many` of the workflow."));
    }
    if *filter == RunsQuery::default() {
        return Err(ApiError::field("filter", "Say which runs: name a workflow, a status, a time or another condition."));
    }
    let has_nothing = |field: &str| ApiError::field(field, "This has no meaning for this action; leave it out.");
    if *action != BulkAction::Replay && from_step.is_some() {
        return Err(has_nothing("from_step"));
    }
    if *action != BulkAction::Replay && *newest {
        return Err(has_nothing("newest"));
    }
    match (action, choice) {
        (BulkAction::Settle, None) => {
            Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Say what happened to the calls with `choice`."))
        }
        (BulkAction::Settle, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err(has_nothing("choice")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(body: serde_json::Value) -> bool {
        check(&serde_json::from_value(body).expect("a bulk action")).is_err()
    }

    #[test]
    fn says_which_runs_and_what() {
        assert!(!refused(json!({ "action": "cancel", "filter": { "status": "queued" } })));
        assert!(!refused(json!({ "action": "settle", "filter": { "hold": "unknown" }, "choice": "fail" })));
        for bad in [
            json!({ "action": "delete", "filter": {} }),
            json!({ "action": "cancel", "filter": { "status": "queued", "limit": 5 } }),
            json!({ "action": "settle", "filter": { "hold": "unknown" } }),
            json!({ "action": "cancel", "filter": { "status": "queued" }, "choice": "fail" }),
            json!({ "action": "cancel", "filter": { "status": "queued" }, "from_step": "send" }),
            json!({ "action": "run", "filter": { "status": "queued" } }),
        ] {
            assert!(refused(bad.clone()), "{bad}");
        }
        assert!(serde_json::from_value::<NewBulk>(json!({ "action": "delete", "filter": { "statsu": "failed" } })).is_err());
    }
}
