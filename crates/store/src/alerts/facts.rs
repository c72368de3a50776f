//! What alerts are made of, read from counts and indexes; none of it goes through runs.

use model::{
    Timestamp,
    definition::{Expectation, Settings},
    ids::{ConnectionId, RunId, TriggerId, WorkflowId, WorkspaceId},
    run::Hold,
};
use sea_orm::{QueryResult, Value};

use crate::{
    Error, Store,
    dashboard::minute_of,
    ids, payload,
    slots::{self, Slot},
    sql,
};

/// How a workflow has fared lately, in buckets of a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureFact {
    pub workflow: WorkflowId,
    pub name: String,
    /// Begin of the first and of the last minute in which a run failed.
    pub first_failed: Timestamp,
    pub last_failed: Timestamp,
    /// Begin of the last minute in which a run succeeded.
    pub last_succeeded: Option<Timestamp>,
    pub failed: u64,
}

/// Runs that wait for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldFact {
    pub workflow: WorkflowId,
    pub name: String,
    pub runs: u64,
    /// The one that waits longest.
    pub run: RunId,
}

/// A connection that somebody has to connect again before long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingFact {
    pub connection: ConnectionId,
    pub label: String,
    pub connector: String,
    pub ends_at: Timestamp,
}

/// A connection whose credentials were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionFact {
    pub connection: ConnectionId,
    pub label: String,
    pub connector: String,
    /// Runs that wait for it.
    pub waiting: u64,
}

/// A schedule whose time has passed without an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueFact {
    pub workflow: WorkflowId,
    pub name: String,
    pub trigger: TriggerId,
    pub due_at: Timestamp,
}

/// A trigger that looks at a list and waits for a person's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingFact {
    pub workflow: WorkflowId,
    pub name: String,
    pub trigger: String,
    /// New items that it found.
    pub items: u64,
}

/// A trigger of a connector that gets no events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeafFact {
    pub workflow: WorkflowId,
    pub name: String,
    pub trigger: String,
    /// Looks, or calls to the vendor, in a row that failed.
    pub failures: u64,
    pub message: String,
}

/// A workflow of which events are expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub workflow: WorkflowId,
    pub name: String,
    pub expects: Expectation,
    pub time_zone: String,
    /// When its live version was published.
    pub since: Timestamp,
}

/// A failed run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRun {
    pub run: RunId,
    pub path: Option<String>,
    pub message: Option<String>,
}

/// The run that failed first began no longer before the first failure than this, in milliseconds.
const BEGAN_BEFORE_MS: i64 = 24 * 3_600_000;
/// And is one of so many that began first.
const FIRST_AMONG: u32 = 200;

impl Store {
    /// Workflows with failures since then.
    pub async fn failures_since(&self, workspace: WorkspaceId, since: Timestamp) -> Result<Vec<FailureFact>, Error> {
        self.failures_where(workspace, since, None).await
    }

    async fn failures_where(
        &self,
        workspace: WorkspaceId,
        since: Timestamp,
        workflow: Option<WorkflowId>,
    ) -> Result<Vec<FailureFact>, Error> {
        let only = if workflow.is_some() { " AND workflow_id = $3" } else { " AND workflow_id <> 0" };
        let sql = format!(
            "SELECT w.id, w.name, MIN(CASE WHEN r.failed > 0 THEN r.bucket_at END), MAX(CASE WHEN r.failed > 0 THEN r.bucket_at END),
             MAX(CASE WHEN r.succeeded > 0 THEN r.bucket_at END), CAST(SUM(r.failed) AS BIGINT)
             FROM (
                 SELECT workflow_id, bucket_at, succeeded, failed FROM tally
                 WHERE workspace_id = $1 AND width = 60000 AND bucket_at >= $2{only}
                 UNION ALL SELECT workflow_id, minute, succeeded, failed FROM tally_new
                 WHERE workspace_id = $1 AND minute >= $2{only}
             ) AS r JOIN workflow w ON w.id = r.workflow_id
             WHERE w.deleted_at IS NULL GROUP BY w.id, w.name HAVING SUM(r.failed) > 0 ORDER BY w.id"
        );
        let mut values: Vec<Value> = vec![workspace.0.into(), minute_of(since.ms()).into()];
        values.extend(workflow.map(|workflow| workflow.0.into()));
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, values).await? {
            facts.push(FailureFact {
                workflow: WorkflowId(sql::get(&row, 0)?),
                name: sql::get(&row, 1)?,
                first_failed: Timestamp(sql::get(&row, 2)?),
                last_failed: Timestamp(sql::get(&row, 3)?),
                last_succeeded: sql::get::<Option<i64>>(&row, 4)?.map(Timestamp),
                failed: sql::get::<i64>(&row, 5)?.unsigned_abs(),
            });
        }
        Ok(facts)
    }

    /// How one workflow has fared since then; nothing when none of its runs has failed.
    pub async fn failures_of(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        since: Timestamp,
    ) -> Result<Option<FailureFact>, Error> {
        Ok(self.failures_where(workspace, since, Some(workflow)).await?.pop())
    }

    /// What failed last in a workflow.
    pub async fn last_failed_run(&self, workspace: WorkspaceId, workflow: WorkflowId) -> Result<Option<FailedRun>, Error> {
        let sql =
            "SELECT id, error_path, error_message FROM run WHERE workspace_id = $1 AND status = 'failed' AND workflow_id = $2
                   AND kind <> 'test' ORDER BY id DESC LIMIT 1";
        let row = sql::one(&self.shared.read, sql, vec![workspace.0.into(), workflow.0.into()]).await?;
        row.as_ref().map(failed_run).transpose()
    }

    /// What failed first in a workflow since then, of runs that began no longer than a day before.
    pub async fn first_failed_run(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        since: Timestamp,
    ) -> Result<Option<FailedRun>, Error> {
        // Ids tell when runs began: which of the first of them ended first is found among few.
        let sql = format!(
            "SELECT id, error_path, error_message FROM (
                 SELECT id, error_path, error_message, finished_at FROM run WHERE workspace_id = $1 AND status = 'failed' AND id >= $3
                 AND workflow_id = $2 AND finished_at >= $4 AND kind <> 'test' ORDER BY id LIMIT {FIRST_AMONG}
             ) AS begun ORDER BY finished_at, id LIMIT 1"
        );
        let values: Vec<Value> =
            vec![workspace.0.into(), workflow.0.into(), ids::first_at(since.plus_ms(-BEGAN_BEFORE_MS)).into(), since.ms().into()];
        sql::one(&self.shared.read, sql, values).await?.as_ref().map(failed_run).transpose()
    }

    /// Workflows with runs held for this reason.
    pub async fn held_runs(&self, workspace: WorkspaceId, hold: Hold) -> Result<Vec<HeldFact>, Error> {
        let sql = "SELECT r.workflow_id, w.name, COUNT(*), MIN(r.id) FROM run r JOIN workflow w ON w.id = r.workflow_id
                   WHERE r.hold = $2 AND r.hold IS NOT NULL AND r.workspace_id = $1 AND r.kind <> 'test'
                   GROUP BY r.workflow_id, w.name ORDER BY r.workflow_id";
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into(), hold.as_str().into()]).await? {
            facts.push(HeldFact {
                workflow: WorkflowId(sql::get(&row, 0)?),
                name: sql::get(&row, 1)?,
                runs: sql::get::<i64>(&row, 2)?.unsigned_abs(),
                run: RunId(sql::get(&row, 3)?),
            });
        }
        Ok(facts)
    }

    /// Connections that have to be reconnected.
    pub async fn refused_connections(&self, workspace: WorkspaceId) -> Result<Vec<ConnectionFact>, Error> {
        let sql =
            "SELECT c.id, c.label, c.connector, (SELECT COUNT(*) FROM run r WHERE r.hold = 'connection' AND r.hold_ref = c.id)
                   FROM connection c WHERE c.workspace_id = $1 AND c.status = 'needs_reauth' ORDER BY c.id";
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await? {
            facts.push(ConnectionFact {
                connection: ConnectionId(sql::get(&row, 0)?),
                label: sql::get(&row, 1)?,
                connector: sql::get(&row, 2)?,
                waiting: sql::get::<i64>(&row, 3)?.unsigned_abs(),
            });
        }
        Ok(facts)
    }

    /// Connections that cannot renew themselves, and end before a time.
    pub async fn ending_connections(&self, workspace: WorkspaceId, before: Timestamp) -> Result<Vec<EndingFact>, Error> {
        let sql = "SELECT id, label, connector, expires_at FROM connection
                   WHERE workspace_id = $1 AND renews = 0 AND expires_at < $2 AND status <> 'disabled' ORDER BY id";
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into(), before.ms().into()]).await? {
            facts.push(EndingFact {
                connection: ConnectionId(sql::get(&row, 0)?),
                label: sql::get(&row, 1)?,
                connector: sql::get(&row, 2)?,
                ends_at: Timestamp(sql::get(&row, 3)?),
            });
        }
        Ok(facts)
    }

    /// Workflows that are on and of which events are expected.
    pub async fn expected(&self, workspace: WorkspaceId) -> Result<Vec<Expected>, Error> {
        let sql = "SELECT w.id, w.name, w.live_settings, v.published_at FROM workflow w
                   JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.live_version
                   WHERE w.workspace_id = $1 AND w.state = 'on' AND w.deleted_at IS NULL AND w.live_settings IS NOT NULL ORDER BY w.id";
        let mut expected = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await? {
            let settings: Vec<u8> = sql::get(&row, 2)?;
            let settings: Settings = payload::from_json(&settings)?;
            let Some(expects) = settings.expects else { continue };
            expected.push(Expected {
                workflow: WorkflowId(sql::get(&row, 0)?),
                name: sql::get(&row, 1)?,
                expects,
                time_zone: settings.time_zone,
                since: Timestamp(sql::get(&row, 3)?),
            });
        }
        Ok(expected)
    }

    /// Events of a workflow that came in from `from` until `to`, tests and refused ones left out; counted up to `most`.
    pub async fn events_between(&self, workflow: WorkflowId, from: Timestamp, to: Timestamp, most: u32) -> Result<u64, Error> {
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 AS one FROM event WHERE workflow_id = $1 AND id >= $2 AND id < $3 AND kind <> 'test'
             AND state <> 'refused' LIMIT {most}) AS e"
        );
        let values = vec![workflow.0.into(), ids::first_at(from).into(), ids::first_at(to).into()];
        let row = sql::one(&self.shared.read, sql, values).await?;
        Ok(row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or_default().unsigned_abs())
    }

    /// Triggers whose list cannot be read, or whose webhook cannot be made at the vendor, for so many tries in a row. What
    /// cannot be taken back at the vendor is no trigger's any more.
    pub async fn deaf_triggers(&self, workspace: WorkspaceId, failures: u32) -> Result<Vec<DeafFact>, Error> {
        let sql = "SELECT d.workflow_id, w.name, d.trigger_id, d.failures, d.message FROM (
                       SELECT workflow_id, trigger_id, failures, COALESCE(error_message, '') AS message FROM poll
                       WHERE workspace_id = $1 AND failures >= $2
                       UNION ALL SELECT workflow_id, trigger_id, failures, COALESCE(error, '') FROM subscription
                       WHERE workspace_id = $1 AND failures >= $2 AND state <> 'ending'
                   ) AS d JOIN workflow w ON w.id = d.workflow_id
                   WHERE w.state <> 'off' AND w.deleted_at IS NULL
                   ORDER BY d.workflow_id, d.trigger_id, d.failures DESC, d.message";
        let values: Vec<Value> = vec![workspace.0.into(), i64::from(failures).into()];
        let mut facts: Vec<DeafFact> = Vec::new();
        for row in sql::all(&self.shared.read, sql, values).await? {
            facts.push(DeafFact {
                workflow: WorkflowId(sql::get(&row, 0)?),
                name: sql::get(&row, 1)?,
                trigger: sql::get(&row, 2)?,
                failures: sql::get::<i64>(&row, 3)?.unsigned_abs(),
                message: sql::get(&row, 4)?,
            });
        }
        // After an edit a trigger has two webhooks for a while: the one that fails longest speaks.
        facts.dedup_by(|other, worst| (other.workflow, &other.trigger) == (worst.workflow, &worst.trigger));
        Ok(facts)
    }

    /// Triggers that found so many new items at once that nothing is taken before a person has said a word.
    pub async fn waiting_triggers(&self, workspace: WorkspaceId) -> Result<Vec<WaitingFact>, Error> {
        let sql = "SELECT p.workflow_id, w.name, p.trigger_id, p.waiting FROM poll p JOIN workflow w ON w.id = p.workflow_id
                   WHERE p.workspace_id = $1 AND p.phase = 'held' AND w.state <> 'off' AND w.deleted_at IS NULL
                   ORDER BY p.workflow_id, p.trigger_id";
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await? {
            facts.push(WaitingFact {
                workflow: WorkflowId(sql::get(&row, 0)?),
                name: sql::get(&row, 1)?,
                trigger: sql::get(&row, 2)?,
                items: sql::get::<i64>(&row, 3)?.unsigned_abs(),
            });
        }
        Ok(facts)
    }

    /// Schedules whose slot has passed and has not fired, also where it is tried again and again.
    pub async fn overdue_schedules(&self, workspace: WorkspaceId) -> Result<Vec<OverdueFact>, Error> {
        let of = slots::Of { workspace: workspace.0, workflow: None, paused: true };
        let late = slots::late(&self.shared.read, of, self.now()).await?;
        let fact =
            |Slot { workflow, workflow_name, trigger, at }| OverdueFact { workflow, name: workflow_name, trigger, due_at: at };
        Ok(late.into_iter().map(fact).collect())
    }
}

fn failed_run(row: &QueryResult) -> Result<FailedRun, Error> {
    Ok(FailedRun { run: RunId(sql::get(row, 0)?), path: sql::get(row, 1)?, message: sql::get(row, 2)? })
}
