//! From a query to conditions. Whatever a person wrote is a bound parameter; only our own words and numbers get into the statement.

use model::{
    Timestamp,
    api::{Cursor, EventsQuery, RunsQuery, tag_key},
    ids::WorkspaceId,
    run::RunStatus,
};
use sea_orm::{DbBackend, Value};

use crate::{Error, ids, page, tags::TAGGED};

/// Rows of other nodes may be out of order by so much.
const OVERLAP_MS: i64 = 10_000;

/// Runs that took so long, in milliseconds, have an index of their own (`run_slow`).
pub(crate) const SLOW_MS: i64 = 10_000;

/// There is a replay of it.
const REPLAYED: &str = "EXISTS (SELECT 1 FROM run n WHERE n.of_run = r.id)";
/// It is a replay itself, and there is a later one of the same run.
const OVERTAKEN: &str = "EXISTS (SELECT 1 FROM run n WHERE n.of_run = r.of_run AND n.id > r.id)";

/// The conditions of a search.
#[derive(Debug)]
pub(crate) struct Narrowed {
    /// Those an index serves; they use the first of the values.
    pub near: String,
    near_values: usize,
    /// The others; empty: there are none.
    pub rest: String,
    pub values: Vec<Value>,
    /// The near ones leave few rows, or the others nearly all of them: nothing is gained by windows.
    pub few: bool,
    /// The page begins before this id.
    pub before: i64,
    /// The one that serves the near ones best.
    pub index: &'static str,
    /// Newest first, in words that let PostgreSQL take that index as well.
    pub order: &'static str,
}

impl Narrowed {
    fn new(workspace: WorkspaceId, column: &str, before: i64) -> Self {
        Narrowed {
            near: format!("{column} = $1"),
            near_values: 1,
            rest: String::new(),
            values: super::own(workspace),
            few: false,
            before,
            index: "",
            order: if column.starts_with("e.") { "e.id DESC" } else { "r.id DESC" },
        }
    }

    /// Conditions come near ones first.
    fn near(&mut self, condition: &str, value: impl Into<Value>) {
        debug_assert!(self.rest.is_empty(), "near conditions stand before the others");
        self.values.push(value.into());
        self.near_values = self.values.len();
        self.near.push_str(&format!(" AND {condition} ${}", self.values.len()));
    }

    /// Without a value of its own: as an index names it.
    fn near_text(&mut self, condition: &str) {
        self.near.push_str(" AND ");
        self.near.push_str(condition);
    }

    /// `?` stands for the value, as often as it is needed.
    fn rest(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.rest.push_str(" AND ");
        self.rest.push_str(&condition.replace('?', &place));
    }

    /// Without a value of its own.
    fn rest_text(&mut self, condition: &str) {
        self.rest.push_str(" AND ");
        self.rest.push_str(condition);
    }

    pub fn near_values(&self) -> &[Value] {
        &self.values[..self.near_values]
    }

    /// Runs. Statuses in `statuses` take the place of the query's.
    pub fn runs(
        workspace: WorkspaceId,
        query: &RunsQuery,
        statuses: &[RunStatus],
        now: Timestamp,
        backend: DbBackend,
    ) -> Result<Self, Error> {
        let mut narrowed =
            Narrowed::new(workspace, "r.workspace_id", before(query.cursor.as_ref(), sooner(query.until, query.finished_until))?);
        let slow = query.longer_than_ms.is_some_and(|ms| ms >= SLOW_MS) && all_ended(statuses);
        narrowed.index = match query {
            RunsQuery { parent: Some(_), .. } => "run_by_parent",
            RunsQuery { replay_of: Some(_), .. } => "run_by_origin",
            RunsQuery { hold: Some(_), .. } | RunsQuery { held: Some(true), .. } => "run_held",
            RunsQuery { error_class: Some(_), .. } => "run_by_error",
            RunsQuery { workflow: Some(_), version: Some(_), .. } => "run_by_version",
            _ if slow => "run_slow",
            RunsQuery { workflow: Some(_), trigger: Some(_), .. } => "run_by_trigger",
            RunsQuery { workflow: Some(_), .. } => "run_by_workflow",
            _ if statuses.len() == 1 => "run_by_status",
            _ => "run_by_workspace",
        };
        let related = query.parent.is_some() || query.replay_of.is_some();
        narrowed.few = query.hold.is_some() || query.held == Some(true) || related || slow || !is_picky(query, statuses);
        // Shapes are compared here, not by the database: never more at once than a window holds.
        narrowed.few &= query.error_shape.is_none();
        if let Some(parent) = query.parent {
            narrowed.near("r.parent_run_id =", parent.0);
        }
        if let Some(of) = query.replay_of {
            narrowed.near("r.of_run =", of.0);
        }
        if let Some(hold) = query.hold {
            narrowed.near("r.hold =", hold.as_str());
        }
        if let Some(workflow) = query.workflow {
            narrowed.near("r.workflow_id =", workflow.0);
        }
        // Each has an index of its own below a workflow.
        match query.version.map(i64::from) {
            // It takes the runs of a version to be spread over all runs, and would look for them from the newest on. In this order only the
            // index of versions gives them.
            Some(version) if backend == DbBackend::Postgres && query.workflow.is_some() => {
                narrowed.near("r.version >=", version);
                narrowed.near("r.version <=", version);
                narrowed.order = "r.version DESC, r.id DESC";
            }
            Some(version) => narrowed.near("r.version =", version),
            None => {}
        }
        if let Some(trigger) = &query.trigger {
            narrowed.near("r.trigger_id =", trigger.as_str());
        }
        if let Some(class) = query.error_class {
            narrowed.near("r.error_class =", class.as_str());
        }
        if let Some(since) = query.since {
            narrowed.near("r.id >=", ids::first_at(Timestamp(since).plus_ms(-OVERLAP_MS)));
        }
        if slow {
            narrowed.near_text("r.finished_at - COALESCE(r.started_at, r.created_at) >= 10000");
        }
        match statuses {
            [one] if query.workflow.is_none() => narrowed.near("r.status =", one.as_str()),
            [] => {}
            many => {
                let names: Vec<String> = many.iter().map(|status| format!("'{}'", status.as_str())).collect();
                narrowed.rest_text(&format!("r.status IN ({})", names.join(", ")));
            }
        }
        match query.kind.as_deref() {
            None | Some("live") => narrowed.rest_text("r.kind <> 'test'"),
            Some("test") => narrowed.rest_text("r.kind = 'test'"),
            Some("all") => {}
            Some(other) => return Err(Error::Invalid(format!("`{other}` is no kind of run: live, test or all"))),
        }
        match query.held {
            Some(true) => narrowed.near_text("r.hold IS NOT NULL"),
            Some(false) => narrowed.rest_text("r.hold IS NULL"),
            None => {}
        }
        if let Some(since) = query.since {
            narrowed.rest("r.created_at >= ?", since);
        }
        if let Some(until) = query.until {
            narrowed.rest("r.created_at < ?", until);
        }
        if let Some(since) = query.finished_since {
            narrowed.rest("r.finished_at >= ?", since);
        }
        if let Some(until) = query.finished_until {
            narrowed.rest("r.finished_at < ?", until);
        }
        if let Some(connection) = query.connection {
            // An id's text is unmistakable, so finding it in the JSON is enough.
            let holds = match backend {
                DbBackend::Postgres => "POSITION(?::bytea IN v.definition) > 0",
                _ => "INSTR(v.definition, ?) > 0",
            };
            let versions = format!(
                "(r.workflow_id, r.version) IN (SELECT v.workflow_id, v.version FROM workflow_version v WHERE v.workspace_id = $1 AND {holds})"
            );
            narrowed.rest(&versions, connection.to_string().into_bytes());
        }
        if let Some(tag) = &query.tag {
            narrowed.rest(&format!("r.workflow_id IN {TAGGED}"), tag_key(tag));
        }
        if let Some(code) = &query.error_code {
            narrowed.rest("r.error_code = ?", code.as_str());
        }
        if let Some(step) = &query.error_step {
            narrowed.rest(r"('.' || r.error_path) LIKE ? ESCAPE '\'", format!("%.{}", escaped(step.as_str())));
        }
        if let Some(replayed) = query.replayed {
            let condition =
                if replayed { format!("({REPLAYED} OR {OVERTAKEN})") } else { format!("NOT {REPLAYED} AND NOT {OVERTAKEN}") };
            narrowed.rest_text(&condition);
        }
        let took = format!("COALESCE(r.finished_at, {}) - COALESCE(r.started_at, r.created_at)", now.ms());
        if let Some(ms) = query.longer_than_ms {
            narrowed.rest(&format!("{took} >= ?"), ms);
        }
        if let Some(ms) = query.shorter_than_ms {
            narrowed.rest(&format!("{took} < ?"), ms);
        }
        Ok(narrowed)
    }

    /// Live events of every state.
    pub fn events(workspace: WorkspaceId, query: &EventsQuery) -> Result<Self, Error> {
        let mut narrowed = Narrowed::new(workspace, "e.workspace_id", before(query.cursor.as_ref(), query.until)?);
        if let Some(workflow) = query.workflow {
            narrowed.near("e.workflow_id =", workflow.0);
        }
        if let Some(since) = query.since {
            narrowed.near("e.id >=", ids::first_at(Timestamp(since).plus_ms(-OVERLAP_MS)));
        }
        narrowed.rest_text("e.kind <> 'test'");
        if let Some(since) = query.since {
            narrowed.rest("e.received_at >= ?", since);
        }
        if let Some(until) = query.until {
            narrowed.rest("e.received_at < ?", until);
        }
        if let Some(state) = query.state {
            narrowed.rest("e.state = ?", state.as_str());
        }
        if let Some(trigger) = &query.trigger {
            narrowed.rest("e.trigger_id = ?", trigger.as_str());
        }
        if let Some(reason) = &query.reason {
            narrowed.rest(r"LOWER(e.reason) LIKE ? ESCAPE '\'", format!("%{}%", escaped(&reason.to_lowercase())));
        }
        Ok(narrowed)
    }
}

/// The earlier one of two ends.
fn sooner(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    [one, other].into_iter().flatten().min()
}

/// Whether a condition no index knows may leave out most of what the indexes find.
fn is_picky(query: &RunsQuery, statuses: &[RunStatus]) -> bool {
    let RunsQuery { workflow, status, version, trigger, error_class, since, until, cursor, limit, .. } = query.clone();
    let known =
        RunsQuery { workflow, status, version, trigger, error_class, since, until, cursor, limit, ..RunsQuery::default() };
    let by_workflow = [query.workflow.is_some(), query.error_class.is_some()].into_iter().filter(|set| *set).count();
    known != *query
        || statuses.len() > 1
        || !statuses.is_empty() && by_workflow > 0
        || by_workflow > 1
        || query.version.is_some() && query.trigger.is_some()
        || query.workflow.is_none() && (query.version.is_some() || query.trigger.is_some())
}

/// Whether only runs that have ended are asked for.
fn all_ended(statuses: &[RunStatus]) -> bool {
    !statuses.is_empty() && statuses.iter().all(|status| status.is_final())
}

fn before(cursor: Option<&Cursor>, until: Option<i64>) -> Result<i64, Error> {
    let cursor = page::after(cursor)?.unwrap_or(i64::MAX);
    let until = until.map_or(i64::MAX, |until| ids::first_at(Timestamp(until).plus_ms(OVERLAP_MS)));
    Ok(cursor.min(until))
}

/// `%` and `_` are text, not wildcards.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
