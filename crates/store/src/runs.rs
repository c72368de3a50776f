use std::sync::Arc;

use model::{
    api::{JournalRow, Page, RunSummary, RunsQuery},
    ids::{RunId, WorkspaceId},
    run::RunEvent,
};

use crate::{Error, Scope, Store};

impl Store {
    /// Runs, newest first.
    pub async fn runs(&self, scope: &Scope, query: &RunsQuery) -> Result<Page<RunSummary>, Error> {
        todo!()
    }

    pub async fn run(&self, scope: &Scope, id: RunId) -> Result<RunSummary, Error> {
        todo!()
    }

    /// Several by id, for the live list; unknown ones are left out.
    pub async fn runs_by_id(&self, workspace: WorkspaceId, ids: &[RunId]) -> Result<Vec<RunSummary>, Error> {
        todo!()
    }

    /// Journal rows with a higher sequence number than `after` (-1: all), oldest first.
    pub async fn journal(&self, scope: &Scope, id: RunId, after: i64) -> Result<Vec<JournalRow>, Error> {
        todo!()
    }

    /// The journal's events with every long value put back in place, for showing.
    pub async fn journal_with_payloads(&self, scope: &Scope, id: RunId, after: i64) -> Result<Vec<JournalRow>, Error> {
        todo!()
    }
}
