//! Runs that begin with a commit of another run.

use model::{api::WorkflowState, run::RunKind};
use sea_orm::DatabaseTransaction;

use super::{
    accept::{self, Outcome},
    flush::Refused,
    prepare::{PreparedAppend, PreparedEvent},
    runs::{NewRun, insert_runs},
};
use crate::{Error, store::Shared};

/// Writes event, run, journal and job of every child; parents whose children's workflows have changed are named in `refused`.
pub(super) async fn begin(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    appends: &[&PreparedAppend],
    refused: &mut Refused,
) -> Result<(), Error> {
    let children: Vec<&PreparedEvent> = appends.iter().flat_map(|prepared| &prepared.children).collect();
    if children.is_empty() {
        return Ok(());
    }
    let live = accept::live(tx, shared, &children).await?;
    let mut paused = Vec::with_capacity(children.len());
    for prepared in appends {
        for child in &prepared.children {
            let new = &child.new;
            let of = live.get(&new.workflow.0).filter(|of| of.workspace == new.workspace.0);
            let is_test = matches!(new.kind, RunKind::Test { .. });
            let stands =
                |of: &&accept::Live| is_test || of.state != WorkflowState::Off && of.version == Some(i64::from(new.version));
            match of.filter(stands) {
                Some(of) => paused.push(of.state == WorkflowState::Paused && !is_test),
                None => {
                    shared.cache.forget_workflow(new.workflow);
                    refused.insert(prepared.append.lease.run.0, Error::Conflict { current: 0 });
                }
            }
        }
    }
    if !refused.is_empty() {
        return Ok(());
    }
    let outcomes: Vec<Outcome> = children.iter().map(|_| Outcome::Run { leased: false, workflow_name: String::new() }).collect();
    accept::insert_events(tx, &children, &outcomes).await?;
    let mut runs = Vec::with_capacity(children.len());
    for (child, paused) in children.iter().zip(paused) {
        let Some(run) = &child.run else { continue };
        runs.push(NewRun { run, new: &child.new, event: Some(child.event), limits: child.limits, leased: false, paused });
    }
    insert_runs(tx, shared, commit, &runs).await
}
