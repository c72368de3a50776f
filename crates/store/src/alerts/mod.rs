//! What went wrong without anybody looking, and who was told of it.
//!
//! Of each kind and subject one alert is open at a time; raising it again counts. The tellings are rows, written in the commit that opens
//! or resolves the alert, so that none is lost when the process ends before it was sent.

mod channels;
mod facts;
mod refused;
mod tellings;
mod throttled;
mod untrusted;

use std::collections::HashMap;

use model::{
    Role, Timestamp,
    api::{Alert, AlertCount, AlertKind, AlertsQuery, Page, Telling, Told, ToldState},
    ids::{AlertId, ChannelId, ConnectionId, RunId, WorkflowId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde_json::json;

pub use channels::{ChannelRow, NewChannelRow};
pub use facts::{ConnectionFact, DeafFact, EndingFact, Expected, FailedRun, FailureFact, HeldFact, OverdueFact, WaitingFact};
pub use refused::{Refused, RefusedFact};
pub use tellings::DueTelling;
pub use throttled::ThrottledFact;
pub use untrusted::{Untrusted, UntrustedFact};

use crate::{Error, Scope, Store, audit, page, sql, store::Shared, store::transaction};

/// Something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    pub kind: AlertKind,
    /// What it is about: the text of an id, or a name of ours.
    pub subject: String,
    pub title: String,
    pub text: String,
    pub workflow: Option<WorkflowId>,
    pub connection: Option<ConnectionId>,
    pub run: Option<RunId>,
    /// How often it has happened since the alert was opened.
    pub count: u64,
    /// When it first happened.
    pub at: Timestamp,
}

/// An alert that is open, as whoever watches needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAlert {
    pub id: AlertId,
    pub subject: String,
    pub workflow: Option<WorkflowId>,
    pub count: u64,
    pub opened_at: Timestamp,
}

const COLUMNS: &str = "SELECT a.id, a.kind, a.title, a.text, a.workflow_id, w.name, a.connection_id, a.run_id, a.count, a.opened_at, a.last_at,
    a.resolved_at, a.acknowledged_by, a.acknowledged_at, a.snoozed_until FROM alert a LEFT JOIN workflow w ON w.id = a.workflow_id";

/// An alert is over for so long before the same thing is told again, in milliseconds: one that comes and goes is not a message each time.
const CALM_MS: i64 = 15 * 60_000;

impl Store {
    /// Opens an alert, or counts on in the one that is open. Gives back whether it was opened.
    pub async fn raise(&self, workspace: WorkspaceId, raised: &Raised) -> Result<bool, Error> {
        let shared = &self.shared;
        transaction!(shared, |tx| raise(tx, shared, workspace, raised).await)
    }

    /// It is over: those who were told hear of it. Nothing when it is no longer open. `text`: how it ended, in words; empty: as before.
    pub async fn resolve(&self, id: AlertId, text: &str) -> Result<bool, Error> {
        let (shared, now) = (&self.shared, self.now());
        transaction!(shared, |tx| {
            let is_over = resolve(tx, id, text, now).await?;
            if is_over {
                tellings::resolved(tx, id, now).await?;
            }
            Ok(is_over)
        })
    }

    /// Of something that happened once: it is no longer open, and nobody hears of that. Who was not told yet still is.
    pub async fn close_alert(&self, id: AlertId) -> Result<bool, Error> {
        resolve(&self.shared.write, id, "", self.now()).await
    }

    /// The open alerts of a kind.
    pub async fn open_alerts(&self, workspace: WorkspaceId, kind: AlertKind) -> Result<Vec<OpenAlert>, Error> {
        let sql = "SELECT id, subject, workflow_id, count, opened_at FROM alert
                   WHERE workspace_id = $1 AND kind = $2 AND resolved_at IS NULL ORDER BY id";
        let rows = sql::all(&self.shared.read, sql, vec![workspace.0.into(), kind.as_str().into()]).await?;
        let open = |row: &QueryResult| {
            Ok(OpenAlert {
                id: AlertId(sql::get(row, 0)?),
                subject: sql::get(row, 1)?,
                workflow: sql::get::<Option<i64>>(row, 2)?.map(WorkflowId),
                count: sql::get::<i64>(row, 3)?.unsigned_abs(),
                opened_at: Timestamp(sql::get(row, 4)?),
            })
        };
        rows.iter().map(open).collect()
    }

    /// When the last alert of this kind and subject was over.
    pub async fn last_resolved(
        &self,
        workspace: WorkspaceId,
        kind: AlertKind,
        subject: &str,
    ) -> Result<Option<Timestamp>, Error> {
        let sql =
            "SELECT resolved_at FROM alert WHERE workspace_id = $1 AND kind = $2 AND subject = $3 AND resolved_at IS NOT NULL
                   ORDER BY id DESC LIMIT 1";
        let values = vec![workspace.0.into(), kind.as_str().into(), subject.into()];
        sql::one(&self.shared.read, sql, values).await?.map(|row| sql::get(&row, 0).map(Timestamp)).transpose()
    }

    /// When the last alert of this kind and subject was opened, be it over or not.
    pub async fn last_opened(&self, workspace: WorkspaceId, kind: AlertKind, subject: &str) -> Result<Option<Timestamp>, Error> {
        let sql = "SELECT opened_at FROM alert WHERE workspace_id = $1 AND kind = $2 AND subject = $3 ORDER BY id DESC LIMIT 1";
        let values = vec![workspace.0.into(), kind.as_str().into(), subject.into()];
        sql::one(&self.shared.read, sql, values).await?.map(|row| sql::get(&row, 0).map(Timestamp)).transpose()
    }

    /// Newest first, each with who was told.
    pub async fn alerts(&self, scope: &Scope, query: &AlertsQuery) -> Result<Page<Alert>, Error> {
        scope.require(Role::Viewer)?;
        let limit = page::limit(query.limit);
        let mut sql = format!("{COLUMNS} WHERE a.workspace_id = $1");
        let mut values: Vec<Value> = vec![scope.workspace.0.into()];
        match query.open {
            None => {}
            Some(true) => sql.push_str(" AND a.resolved_at IS NULL"),
            Some(false) => sql.push_str(" AND a.resolved_at IS NOT NULL"),
        }
        let mut and = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(workflow) = query.workflow {
            and("a.workflow_id =", workflow.0.into());
        }
        if let Some(kind) = query.kind {
            and("a.kind =", kind.as_str().into());
        }
        if let Some(after) = page::after(query.cursor.as_ref())? {
            and("a.id <", after.into());
        }
        sql.push_str(&format!(" ORDER BY a.id DESC LIMIT {}", limit + 1));
        let rows = sql::all(&self.shared.read, sql, values).await?;
        let items = rows.iter().map(alert).collect::<Result<Vec<_>, Error>>()?;
        let mut page = page::page(items, limit, |alert: &Alert| alert.id.0);
        self.add_told(&mut page.items).await?;
        Ok(page)
    }

    pub async fn alert(&self, scope: &Scope, id: AlertId) -> Result<Alert, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS} WHERE a.workspace_id = $1 AND a.id = $2");
        let row = sql::one(&self.shared.read, sql, vec![scope.workspace.0.into(), id.0.into()]).await?;
        let mut found = vec![alert(&row.ok_or(Error::NotFound("the alert"))?)?];
        self.add_told(&mut found).await?;
        found.pop().ok_or(Error::NotFound("the alert"))
    }

    /// Of those that nobody looks after. A channel tells people outside until a message through it was given up and none has gone
    /// through since.
    pub async fn count_alerts(&self, scope: &Scope) -> Result<AlertCount, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT (SELECT COUNT(*) FROM alert WHERE workspace_id = $1 AND resolved_at IS NULL AND acknowledged_at IS NULL
                    AND (snoozed_until IS NULL OR snoozed_until <= $2)),
                   (SELECT COUNT(*) FROM channel c WHERE c.workspace_id = $1 AND c.enabled = 1 AND c.proven_at IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM telling t WHERE t.channel_id = c.id AND t.state = 'failed' AND t.at >= c.proven_at))";
        let values = vec![scope.workspace.0.into(), self.now().ms().into()];
        let row = sql::one(&self.shared.read, sql, values).await?.ok_or(Error::NotFound("the workspace"))?;
        let open = sql::get::<i64>(&row, 0)?.unsigned_abs();
        Ok(AlertCount { open, is_told_outside: sql::get::<i64>(&row, 1)? > 0 })
    }

    /// Somebody looks after it. Needs the operator's role; the first one stays.
    pub async fn acknowledge_alert(&self, scope: &Scope, id: AlertId) -> Result<Alert, Error> {
        scope.require(Role::Operator)?;
        let (shared, now) = (&self.shared, self.now());
        transaction!(shared, |tx| {
            let sql = "UPDATE alert SET acknowledged_by = $3, acknowledged_at = $4
                       WHERE workspace_id = $1 AND id = $2 AND acknowledged_at IS NULL";
            let by = scope.actor.name();
            let values = vec![scope.workspace.0.into(), id.0.into(), by.into(), now.ms().into()];
            if sql::exec(tx, sql, values).await?.rows_affected() > 0 {
                audit::by(tx, shared, scope, "alert.acknowledged", id, json!({})).await?;
            }
            Ok(())
        })?;
        self.alert(scope, id).await
    }

    /// Nobody is told of it, or of the same thing again, until then. Needs the operator's role.
    pub async fn snooze_alert(&self, scope: &Scope, id: AlertId, until: Timestamp) -> Result<Alert, Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let sql = "UPDATE alert SET snoozed_until = $3 WHERE workspace_id = $1 AND id = $2";
            let values = vec![scope.workspace.0.into(), id.0.into(), until.ms().into()];
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Err(Error::NotFound("the alert"));
            }
            tellings::put_off(tx, id, until).await?;
            audit::by(tx, shared, scope, "alert.snoozed", id, json!({ "until": until.rfc3339() })).await
        })?;
        self.alert(scope, id).await
    }

    async fn add_told(&self, alerts: &mut [Alert]) -> Result<(), Error> {
        let ids: Vec<i64> = alerts.iter().map(|alert| alert.id.0).collect();
        let head = "SELECT alert_id, channel_id, name, what, state, at, attempts, error FROM telling WHERE alert_id IN ";
        let mut told: HashMap<AlertId, Vec<Told>> = HashMap::new();
        for row in sql::all_in(&self.shared.read, head, " ORDER BY at, channel_id", &ids).await? {
            let (what, state): (String, String) = (sql::get(&row, 3)?, sql::get(&row, 4)?);
            told.entry(AlertId(sql::get(&row, 0)?)).or_default().push(Told {
                channel: ChannelId(sql::get(&row, 1)?),
                name: sql::get(&row, 2)?,
                what: if what == Telling::Opened.as_str() { Telling::Opened } else { Telling::Resolved },
                state: ToldState::parse(&state).ok_or_else(|| Error::Database(format!("`{state}` is no state")))?,
                at: Timestamp(sql::get(&row, 5)?),
                attempts: u32::try_from(sql::get::<i64>(&row, 6)?).unwrap_or(u32::MAX),
                error: sql::get(&row, 7)?,
            });
        }
        for alert in alerts {
            alert.told = told.remove(&alert.id).unwrap_or_default();
        }
        Ok(())
    }
}

async fn resolve(db: &impl ConnectionTrait, id: AlertId, text: &str, now: Timestamp) -> Result<bool, Error> {
    let sql =
        "UPDATE alert SET resolved_at = $2, text = CASE WHEN $3 = '' THEN text ELSE $3 END WHERE id = $1 AND resolved_at IS NULL";
    Ok(sql::exec(db, sql, vec![id.0.into(), now.ms().into(), text.into()]).await?.rows_affected() > 0)
}

/// In the transaction of whatever found it out.
async fn raise(tx: &impl ConnectionTrait, shared: &Shared, workspace: WorkspaceId, raised: &Raised) -> Result<bool, Error> {
    let now = shared.now();
    let count = i64::try_from(raised.count).unwrap_or(i64::MAX);
    // Where it stands already, only its count rises: what is new is in the pages, nobody is told twice.
    let update =
        "UPDATE alert SET count = $4, last_at = CASE WHEN count = $4 THEN last_at ELSE $5 END, title = $6, text = $7, run_id = $8
                  WHERE workspace_id = $1 AND kind = $2 AND subject = $3 AND resolved_at IS NULL";
    let key: [Value; 3] = [workspace.0.into(), raised.kind.as_str().into(), raised.subject.as_str().into()];
    let run: Value = raised.run.map(|run| run.0).into();
    let (title, text): (Value, Value) = (raised.title.as_str().into(), raised.text.as_str().into());
    let values = [&key[..], &[count.into(), now.ms().into(), title.clone(), text.clone(), run.clone()]].concat();
    if sql::exec(tx, update, values).await?.rows_affected() > 0 {
        return Ok(false);
    }
    let before = "SELECT resolved_at, snoozed_until FROM alert WHERE workspace_id = $1 AND kind = $2 AND subject = $3
                  ORDER BY id DESC LIMIT 1";
    let (mut calm, mut snoozed) = (None, None);
    if let Some(row) = sql::one(tx, before, key.to_vec()).await? {
        calm = sql::get::<Option<i64>>(&row, 0)?.map(|at| Timestamp(at + CALM_MS));
        snoozed = sql::get::<Option<i64>>(&row, 1)?.map(Timestamp).filter(|until| *until > now);
    }
    let id = AlertId(shared.next_id());
    // Two processes may see the same thing at the same moment: one of them opens it.
    let insert =
        "INSERT INTO alert (id, workspace_id, kind, subject, workflow_id, connection_id, run_id, title, text, count, opened_at,
                  last_at, snoozed_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                  ON CONFLICT (workspace_id, kind, subject) WHERE resolved_at IS NULL DO NOTHING";
    let values: Vec<Value> = vec![
        id.0.into(),
        workspace.0.into(),
        raised.kind.as_str().into(),
        raised.subject.as_str().into(),
        raised.workflow.map(|id| id.0).into(),
        raised.connection.map(|id| id.0).into(),
        run,
        title,
        text,
        count.into(),
        raised.at.ms().into(),
        now.ms().into(),
        snoozed.map(|until| until.ms()).into(),
    ];
    if sql::exec(tx, insert, values).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let from = [calm, snoozed].into_iter().flatten().fold(now, Timestamp::max);
    tellings::opened(tx, shared, workspace, id, raised, (now, from)).await?;
    Ok(true)
}

fn alert(row: &QueryResult) -> Result<Alert, Error> {
    let kind: String = sql::get(row, 1)?;
    let kind = AlertKind::parse(&kind).ok_or_else(|| Error::Database(format!("`{kind}` is no kind of alert")))?;
    let time = |at| Ok::<_, Error>(sql::get::<Option<i64>>(row, at)?.map(Timestamp));
    Ok(Alert {
        id: AlertId(sql::get(row, 0)?),
        kind,
        urgency: kind.urgency(),
        title: sql::get(row, 2)?,
        text: sql::get(row, 3)?,
        workflow: sql::get::<Option<i64>>(row, 4)?.map(WorkflowId),
        workflow_name: sql::get(row, 5)?,
        connection: sql::get::<Option<i64>>(row, 6)?.map(ConnectionId),
        run: sql::get::<Option<i64>>(row, 7)?.map(RunId),
        count: sql::get::<i64>(row, 8)?.unsigned_abs(),
        opened_at: Timestamp(sql::get(row, 9)?),
        last_at: Timestamp(sql::get(row, 10)?),
        resolved_at: time(11)?,
        acknowledged_by: sql::get(row, 12)?,
        acknowledged_at: time(13)?,
        snoozed_until: time(14)?,
        told: Vec::new(),
    })
}
