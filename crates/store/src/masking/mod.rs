//! Fields a workflow masks: out of what people read at once, and out of what is kept once a run has ended.

mod ended;
mod mask;
mod walk;

use std::collections::HashMap;

use model::{
    Role,
    ids::{EventId, RunId, WorkflowId},
};

use crate::{Append, Disposition, Error, NewEvent, Scope, Store, payload, sql};

pub(crate) use mask::spellings;
pub use mask::{MASK, Masking, hide, is_masked};

/// Journal rows read at once.
const ROWS: u32 = 500;

impl Store {
    /// What the live version of a workflow masks; nothing where it masks nothing.
    pub async fn masking(&self, workflow: WorkflowId) -> Result<Option<Masking>, Error> {
        Ok(Masking::of(&*self.shared.live_settings(workflow).await?))
    }

    /// Why an event leads to no run may quote what it says, and lists and exports repeat it: masked before it is written.
    pub(crate) async fn mask_reason(&self, new: &mut NewEvent) -> Result<(), Error> {
        let (Disposition::Filtered { reason } | Disposition::Refused { reason }) = &mut new.disposition else { return Ok(()) };
        let Some(mut masking) = self.masking(new.workflow).await? else { return Ok(()) };
        masking.learn_event(&new.payload);
        if let Some(masked) = masking.text(reason) {
            *reason = masked;
        }
        Ok(())
    }

    /// The run's row is read by lists, exports and alerts: what it says of a failure is masked before it is written.
    pub(crate) async fn mask_error(&self, append: &mut Append) -> Result<(), Error> {
        let (run, workflow) = (append.lease.run, append.lease.workflow);
        if self.masking(workflow).await?.is_none() {
            return Ok(());
        }
        let row = sql::one(&self.shared.read, "SELECT event_id FROM run WHERE id = $1", vec![run.0.into()]).await?;
        let event = row.map(|row| sql::get::<Option<i64>>(&row, 0)).transpose()?.flatten().map(EventId);
        let scope = Scope::system(append.lease.workspace);
        let Some(mut masking) = self.masking_of_run(&scope, workflow, run, event).await? else { return Ok(()) };
        append.events.iter().for_each(|event| masking.learn_fact(&event.kind));
        if let Some(error) = &mut append.projection.error
            && let Some(masked) = masking.text(&error.message)
        {
            error.message = masked;
        }
        Ok(())
    }

    /// The same with the values of one run.
    pub async fn masking_of_run(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        run: RunId,
        event: Option<EventId>,
    ) -> Result<Option<Masking>, Error> {
        scope.require(Role::Viewer)?;
        let Some(mut masking) = self.masking(workflow).await? else { return Ok(None) };
        if let Some(event) = event {
            let sql = "SELECT payload FROM event WHERE id = $1 AND workspace_id = $2";
            let row = sql::one(&self.shared.read, sql, vec![event.0.into(), scope.workspace.0.into()]).await?;
            if let Some(bytes) = row.map(|row| sql::get::<Option<Vec<u8>>>(&row, 0)).transpose()?.flatten() {
                masking.learn_event(&payload::from_json(&bytes)?);
            }
        }
        self.learn_run(scope, run, &mut masking).await?;
        Ok(Some(masking))
    }

    /// Learns what a run's steps gave, where fields of theirs are masked.
    async fn learn_run(&self, scope: &Scope, run: RunId, masking: &mut Masking) -> Result<(), Error> {
        if !masking.looks_at_steps() {
            return Ok(());
        }
        let mut after = -1;
        loop {
            let page = self.journal_page_with_payloads(scope, run, after, ROWS).await?;
            page.rows.iter().flat_map(|row| &row.events).for_each(|event| masking.learn_fact(&event.kind));
            match page.rows.last() {
                Some(last) if page.more => after = last.seq,
                _ => return Ok(()),
            }
        }
    }
}

/// The maskings of several workflows, each looked for once.
#[derive(Default)]
pub(crate) struct Maskings(HashMap<WorkflowId, Option<Masking>>);

impl Maskings {
    /// A fresh one: what it learns stays with the event it is for.
    pub(crate) async fn of(&mut self, store: &Store, workflow: WorkflowId) -> Result<Option<Masking>, Error> {
        if let Some(known) = self.0.get(&workflow) {
            return Ok(known.clone());
        }
        let found = store.masking(workflow).await?;
        self.0.insert(workflow, found.clone());
        Ok(found)
    }
}
