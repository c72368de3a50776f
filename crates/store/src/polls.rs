//! Triggers that look at lists: where each of them stands, and the commit of a look.

mod commit;
mod plan;

use std::collections::HashSet;

use model::{
    Role, Timestamp,
    ids::{ConnectionId, TriggerId, WorkflowId, WorkspaceId},
    run::ErrorClass,
};
use sea_orm::{QueryResult, Value};

use crate::{Error, Scope, Store, audit, sql, store::transaction};

pub(crate) use commit::apply;
pub use commit::{PollLook, Told};
pub(crate) use plan::{forget, plan};

/// The job kind of triggers that look at a list; its key is [`poll_key`], its body is empty.
pub const POLL: &str = "poll";

/// `<workflow>:<trigger>`
pub fn poll_key(workflow: WorkflowId, trigger: &TriggerId) -> String {
    format!("{workflow}:{trigger}")
}

/// What a trigger does with what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PollPhase {
    /// What is there counts as known, up to the end of the list; from then on what comes is new.
    #[default]
    First,
    Live,
    /// So much was new at once that a person should say whether it is meant.
    Held,
    /// A person said so: everything is taken until nothing is left.
    GoingOn,
}

impl PollPhase {
    pub fn as_str(self) -> &'static str {
        match self {
            PollPhase::First => "first",
            PollPhase::Live => "live",
            PollPhase::Held => "held",
            PollPhase::GoingOn => "going_on",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [PollPhase::First, PollPhase::Live, PollPhase::Held, PollPhase::GoingOn].into_iter().find(|phase| phase.as_str() == text)
    }
}

/// Why the last look failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollError {
    pub class: ErrorClass,
    pub code: String,
    /// For a person.
    pub message: String,
}

/// What is kept between two looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PollState {
    pub phase: PollPhase,
    /// Of what makes the list; another one begins anew.
    pub fingerprint: String,
    pub connection: Option<ConnectionId>,
    pub cursor: Option<String>,
    /// Of a list without a cursor: every look so far read it to its end.
    pub is_whole: bool,
    pub last_at: Option<Timestamp>,
    pub next_at: Option<Timestamp>,
    /// New items of the last look.
    pub found: u64,
    /// New items that wait for a person's word.
    pub waiting: u64,
    /// Items that could not be read, all in all, and why the last one could not.
    pub left_out: u64,
    pub left_out_why: Option<String>,
    pub error: Option<PollError>,
    /// In a row.
    pub failures: u32,
    /// What a person should know of it.
    pub note: Option<String>,
    pub note_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRow {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    /// Another one with every change.
    pub seq: i64,
    pub state: PollState,
}

const COLUMNS: &str =
    "SELECT workspace_id, workflow_id, trigger_id, seq, phase, fingerprint, connection_id, cursor, is_whole, last_at,
    next_at, found, waiting, left_out, left_out_why, error_class, error_code, error_message, failures, note, note_at FROM poll";

impl Store {
    /// Where a trigger stands; nothing before its first look. For its job.
    pub async fn poll(&self, workflow: WorkflowId, trigger: &TriggerId) -> Result<Option<PollRow>, Error> {
        let sql = format!("{COLUMNS} WHERE workflow_id = $1 AND trigger_id = $2");
        let row = sql::one(&self.shared.read, sql, vec![workflow.0.into(), trigger.as_str().into()]).await?;
        row.as_ref().map(poll).transpose()
    }

    /// Where the triggers of a workflow stand.
    pub async fn polls(&self, scope: &Scope, workflow: WorkflowId) -> Result<Vec<PollRow>, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS} WHERE workflow_id = $1 AND workspace_id = $2 ORDER BY trigger_id");
        let rows = sql::all(&self.shared.read, sql, vec![workflow.0.into(), scope.workspace.0.into()]).await?;
        rows.iter().map(poll).collect()
    }

    /// Those of a trigger's duplicate keys that are known already.
    pub async fn known_keys(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        trigger: &TriggerId,
        hashes: &[[u8; 32]],
    ) -> Result<HashSet<[u8; 32]>, Error> {
        /// Parameters of one statement.
        const PIECE: usize = 500;
        let mut known = HashSet::new();
        for piece in hashes.chunks(PIECE) {
            let places: Vec<String> = (4..4 + piece.len()).map(|n| format!("${n}")).collect();
            let sql = format!(
                "SELECT hash FROM dedupe WHERE workspace_id = $1 AND trigger_scope = $2
                 AND (expires_at IS NULL OR expires_at > $3) AND hash IN ({})",
                places.join(", ")
            );
            let mut values: Vec<Value> = vec![workspace.0.into(), poll_key(workflow, trigger).into(), self.now().ms().into()];
            values.extend(piece.iter().map(|hash| Value::from(hash.to_vec())));
            for row in sql::all(&self.shared.read, sql, values).await? {
                let hash: Vec<u8> = sql::get(&row, 0)?;
                known.extend(<[u8; 32]>::try_from(hash.as_slice()));
            }
        }
        Ok(known)
    }

    /// A person's word about a trigger that is held: everything new is taken, or (`skip`) counts as known. `Error::Invalid` where
    /// nothing is held.
    pub async fn decide_poll(&self, scope: &Scope, workflow: WorkflowId, trigger: &TriggerId, skip: bool) -> Result<(), Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        let phase = if skip { PollPhase::First } else { PollPhase::GoingOn };
        transaction!(shared, |tx| {
            let sql = "UPDATE poll SET phase = $4, seq = $5, waiting = 0, note = NULL, note_at = NULL
                       WHERE workflow_id = $1 AND trigger_id = $2 AND workspace_id = $3 AND phase = 'held'";
            let values: Vec<Value> = vec![
                workflow.0.into(),
                trigger.as_str().into(),
                scope.workspace.0.into(),
                phase.as_str().into(),
                shared.next_id().into(),
            ];
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Err(Error::Invalid("nothing of this trigger waits for a decision".into()));
            }
            plan::wake(tx, shared, workflow, trigger).await?;
            let action = if skip { "poll.skipped" } else { "poll.released" };
            audit::by(tx, shared, scope, action, workflow, serde_json::json!({ "trigger": trigger })).await
        })?;
        shared.announce_work();
        Ok(())
    }

    /// Has a trigger look at its list at once; `false` while it looks already. Needs the operator's role.
    pub async fn look_now(&self, scope: &Scope, workflow: WorkflowId, trigger: &TriggerId) -> Result<bool, Error> {
        // What it finds starts live runs.
        scope.require(Role::Operator)?;
        // The workflow must be one of the caller's workspace.
        let sql = "SELECT 1 FROM poll WHERE workflow_id = $1 AND trigger_id = $2 AND workspace_id = $3";
        let key = vec![workflow.0.into(), trigger.as_str().into(), scope.workspace.0.into()];
        if sql::one(&self.shared.read, sql, key).await?.is_none() {
            return Err(Error::NotFound("where the trigger stands"));
        }
        let is_woken = plan::wake(&self.shared.write, &self.shared, workflow, trigger).await?;
        self.shared.announce_work();
        Ok(is_woken)
    }

    /// Triggers that wait for a connection look again at once.
    pub(crate) async fn wake_polls(&self, connection: ConnectionId) -> Result<(), Error> {
        let shared = &self.shared;
        let sql = "SELECT workflow_id, trigger_id FROM poll WHERE connection_id = $1 AND error_class = 'auth'
                   ORDER BY workflow_id, trigger_id";
        let waiting = sql::all(&shared.read, sql, vec![connection.0.into()]).await?;
        for row in &waiting {
            plan::wake(&shared.write, shared, WorkflowId(sql::get(row, 0)?), &TriggerId(sql::get(row, 1)?)).await?;
        }
        if !waiting.is_empty() {
            shared.announce_work();
        }
        Ok(())
    }
}

fn poll(row: &QueryResult) -> Result<PollRow, Error> {
    let time = |index| Ok::<_, Error>(sql::get::<Option<i64>>(row, index)?.map(Timestamp));
    let count = |index| Ok::<_, Error>(sql::get::<i64>(row, index)?.unsigned_abs());
    let phase: String = sql::get(row, 4)?;
    let class: Option<String> = sql::get(row, 15)?;
    let class = class.and_then(|class| ErrorClass::ALL.into_iter().find(|known| known.as_str() == class));
    let code: Option<String> = sql::get(row, 16)?;
    let message: Option<String> = sql::get(row, 17)?;
    let error = class.map(|class| PollError { class, code: code.unwrap_or_default(), message: message.unwrap_or_default() });
    Ok(PollRow {
        workspace: WorkspaceId(sql::get(row, 0)?),
        workflow: WorkflowId(sql::get(row, 1)?),
        trigger: TriggerId(sql::get(row, 2)?),
        seq: sql::get(row, 3)?,
        state: PollState {
            phase: PollPhase::parse(&phase).ok_or_else(|| Error::Database(format!("`{phase}` is no phase of a poll")))?,
            fingerprint: sql::get(row, 5)?,
            connection: sql::get::<Option<i64>>(row, 6)?.map(ConnectionId),
            cursor: sql::get(row, 7)?,
            is_whole: sql::get::<i64>(row, 8)? != 0,
            last_at: time(9)?,
            next_at: time(10)?,
            found: count(11)?,
            waiting: count(12)?,
            left_out: count(13)?,
            left_out_why: sql::get(row, 14)?,
            error,
            failures: u32::try_from(sql::get::<i64>(row, 18)?).unwrap_or(u32::MAX),
            note: sql::get(row, 19)?,
            note_at: time(20)?,
        },
    })
}
