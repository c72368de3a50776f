//! Events that are refused: counted where they come in, told as one alert for each workflow or trigger.

use model::{
    Timestamp,
    api::AlertKind,
    ids::{TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::Value;

use super::{Raised, raise};
use crate::{Error, Store, ids, sql, store::transaction};

/// Begins the subjects of what is refused because too many runs wait, and because signatures do not fit.
const BACKLOG: &str = "backlog:";
const SIGNATURE: &str = "signature:";

/// What a process has refused since it last said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    /// Whose signatures did not fit. Absent: too many runs of the workflow wait.
    pub trigger: Option<TriggerId>,
    /// Events, or deliveries.
    pub events: u64,
    /// When the first of them came.
    pub at: Timestamp,
}

/// An alert about refused events that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedFact {
    pub alert: model::ids::AlertId,
    pub last_at: Timestamp,
    /// Events that have come in since; counted up to one. Of a full backlog: none are looked for.
    pub accepted_since: u64,
    pub is_signature: bool,
}

impl Store {
    /// Opens the alert about what was refused, or adds to the one that is open. Gives back whether it was opened. Nothing where the
    /// workflow is no more.
    pub async fn count_refused(&self, refused: &Refused) -> Result<bool, Error> {
        let shared = &self.shared;
        let find = "SELECT name FROM workflow WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL";
        let values: Vec<Value> = vec![refused.workflow.0.into(), refused.workspace.0.into()];
        let Some(row) = sql::one(&shared.read, find, values).await? else { return Ok(false) };
        let raised = raised(refused, &sql::get::<String>(&row, 0)?);
        transaction!(shared, |tx| {
            let sql = "UPDATE alert SET count = count + $4, last_at = $5 WHERE workspace_id = $1 AND kind = $2 AND subject = $3
                       AND resolved_at IS NULL";
            let values: Vec<Value> = vec![
                refused.workspace.0.into(),
                raised.kind.as_str().into(),
                raised.subject.as_str().into(),
                i64::try_from(refused.events).unwrap_or(i64::MAX).into(),
                shared.now().ms().into(),
            ];
            if sql::exec(tx, sql, values).await?.rows_affected() > 0 {
                return Ok(false);
            }
            raise(tx, shared, refused.workspace, &raised).await
        })
    }

    /// The open alerts about refused events, with what has come in since the last refusal.
    pub async fn refused_events(&self, workspace: WorkspaceId) -> Result<Vec<RefusedFact>, Error> {
        let sql = "SELECT id, subject, last_at, workflow_id FROM alert
                   WHERE workspace_id = $1 AND kind = 'refused' AND resolved_at IS NULL ORDER BY id";
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await? {
            let (subject, last_at): (String, _) = (sql::get(&row, 1)?, Timestamp(sql::get(&row, 2)?));
            let workflow = sql::get::<Option<i64>>(&row, 3)?.map(WorkflowId);
            let trigger = subject.strip_prefix(SIGNATURE).and_then(|rest| rest.split_once(':')).map(|(_, trigger)| trigger);
            let accepted_since = match (workflow, trigger) {
                (Some(workflow), Some(trigger)) => {
                    self.events_of_trigger(workflow, &TriggerId::from(trigger), last_at, 1).await?
                }
                _ => 0,
            };
            let alert = model::ids::AlertId(sql::get(&row, 0)?);
            facts.push(RefusedFact { alert, last_at, accepted_since, is_signature: trigger.is_some() });
        }
        Ok(facts)
    }

    /// Events of a trigger since then, whatever became of them, tests left out; counted up to `most`.
    pub async fn events_of_trigger(
        &self,
        workflow: WorkflowId,
        trigger: &TriggerId,
        since: Timestamp,
        most: u64,
    ) -> Result<u64, Error> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM event WHERE workflow_id = $1 AND id >= $2 AND trigger_id = $3
                   AND kind <> 'test' LIMIT $4) AS e";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let values: Vec<Value> = vec![workflow.0.into(), ids::first_at(since).into(), trigger.as_str().into(), most.into()];
        let row = sql::one(&self.shared.read, sql, values).await?;
        Ok(row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or_default().unsigned_abs())
    }
}

fn raised(refused: &Refused, name: &str) -> Raised {
    let workflow = refused.workflow;
    let (subject, title, text) = match &refused.trigger {
        None => (
            format!("{BACKLOG}{workflow}"),
            format!("“{name}” refuses events"),
            "As many of its runs wait as may. Senders are told to come again later, and not all of them do: what they do not send again is lost. Let its runs be faster, or more of them wait (the workflow's settings)."
                .to_owned(),
        ),
        Some(trigger) => (
            format!("{SIGNATURE}{workflow}:{trigger}"),
            format!("“{name}” refuses what its webhook is sent"),
            "Nearly every delivery carries a signature or secret that does not fit, and becomes no event. Probably one side has another secret than the other: set the sender's in the workflow's trigger again, and have the deliveries sent again."
                .to_owned(),
        ),
    };
    Raised {
        kind: AlertKind::Refused,
        subject,
        title,
        text,
        workflow: Some(workflow),
        connection: None,
        run: None,
        count: refused.events,
        at: refused.at,
    }
}
