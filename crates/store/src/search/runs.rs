use std::time::{Duration, Instant};

use model::{
    Role, Timestamp,
    api::{Cursor, Page, RunSummary, RunsQuery},
    ids::{ConnectionId, RunId, WorkflowId},
    run::RunStatus,
};
use sea_orm::DbBackend;

use super::{Narrowed, SLOW_MS, WINDOW, WINDOWS, indexed};
use crate::{Error, Scope, Store, groups::message_shape, ids, page, sql};

/// Most runs that end within some time began at most so long before it, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// Parts a query may be taken apart into.
const MOST_PARTS: usize = 64;
/// After so long what was found is answered, with a cursor to go on.
const PATIENCE: Duration = Duration::from_millis(40);

impl Store {
    /// Runs that fit every condition, newest first. With conditions no index knows a page may hold fewer than `limit`, even none, and
    /// still name a next one: so far was looked.
    pub async fn find_runs(&self, scope: &Scope, query: &RunsQuery) -> Result<Page<RunSummary>, Error> {
        if is_plain(query) {
            return self.runs(scope, query).await;
        }
        let Page { items, next } = self.find_run_ids(scope, query).await?;
        let mut runs = self.runs_by_id(scope.workspace, &items).await?;
        runs.sort_unstable_by_key(|run| std::cmp::Reverse(run.id));
        Ok(Page { items: runs, next })
    }

    /// The same, the ids alone.
    pub async fn find_run_ids(&self, scope: &Scope, query: &RunsQuery) -> Result<Page<RunId>, Error> {
        scope.require(Role::Viewer)?;
        let limit = page::limit(query.limit);
        let statuses = query.status.as_deref().map(statuses).transpose()?.unwrap_or_default();
        let parts = self.parts(scope, query, statuses).await?;
        let started = Instant::now();
        let mut pages = Vec::with_capacity(parts.len());
        for part in &parts {
            pages.push(self.find_in(scope, part, limit, started).await?);
        }
        Ok(merge(pages, limit))
    }

    /// The query in parts, each served by one index, so that what is rare is found among millions.
    async fn parts(&self, scope: &Scope, query: &RunsQuery, statuses: Vec<RunStatus>) -> Result<Vec<Part>, Error> {
        let mut versions = vec![query.clone()];
        if let Some(connection) = query.connection {
            let found = self.versions_with(scope, connection, query.workflow).await?;
            if found.len() <= MOST_PARTS {
                let of = |(workflow, version)| RunsQuery {
                    workflow: Some(workflow),
                    version: Some(version),
                    connection: None,
                    ..query.clone()
                };
                versions =
                    found.into_iter().filter(|(_, version)| query.version.is_none_or(|of| of == *version)).map(of).collect();
            }
        }
        let slow = query.longer_than_ms.is_some_and(|ms| ms >= SLOW_MS);
        let (ended, live): (Vec<_>, Vec<_>) = match statuses.as_slice() {
            [] if slow => RunStatus::ALL.iter().copied().partition(|status| status.is_final()),
            _ => statuses.iter().copied().partition(|status| status.is_final()),
        };
        let mut groups: Vec<Vec<RunStatus>> = match query.workflow {
            _ if statuses.is_empty() && !slow => vec![Vec::new()],
            _ if slow && !ended.is_empty() => std::iter::once(ended).chain(live.into_iter().map(|one| vec![one])).collect(),
            None => statuses.iter().map(|one| vec![*one]).collect(),
            Some(_) => vec![statuses.clone()],
        };
        if groups.len() * versions.len() > MOST_PARTS {
            groups = vec![statuses];
        }
        let part =
            |query: &RunsQuery| groups.iter().map(|statuses| Part { query: query.clone(), statuses: statuses.clone() }).collect();
        Ok(versions.iter().flat_map(|query| -> Vec<Part> { part(query) }).collect())
    }

    /// Versions with a step that uses the connection.
    async fn versions_with(
        &self,
        scope: &Scope,
        connection: ConnectionId,
        workflow: Option<WorkflowId>,
    ) -> Result<Vec<(WorkflowId, u32)>, Error> {
        // An id's text is unmistakable, so finding it in the JSON is enough.
        let holds = match self.shared.backend {
            DbBackend::Postgres => "POSITION($2::bytea IN v.definition) > 0",
            _ => "INSTR(v.definition, $2) > 0",
        };
        let only = workflow.map_or(String::new(), |id| format!(" AND v.workflow_id = {}", id.0));
        let sql = format!("SELECT v.workflow_id, v.version FROM workflow_version v WHERE v.workspace_id = $1 AND {holds}{only}");
        let values = vec![scope.workspace.0.into(), connection.to_string().into_bytes().into()];
        let rows = sql::all(&self.shared.read, sql, values).await?;
        let pair = |row| Ok((WorkflowId(sql::get(row, 0)?), u32::try_from(sql::get::<i64>(row, 1)?).unwrap_or(u32::MAX)));
        rows.iter().map(pair).collect()
    }

    async fn find_in(&self, scope: &Scope, part: &Part, limit: usize, started: Instant) -> Result<Page<RunId>, Error> {
        let shared = &self.shared;
        let narrowed = Narrowed::runs(scope.workspace, &part.query, &part.statuses, shared.now(), shared.backend)?;
        // What ended in a stretch of time mostly began in it as well: what is older is looked for when somebody asks for more.
        let enough = part.query.finished_since.map_or(i64::MIN, |since| ids::first_at(Timestamp(since).plus_ms(-HOUR_MS)));
        let table = format!("run r{}", indexed(shared.backend, narrowed.index));
        let shape = part.query.error_shape.as_ref();
        let mut found: Vec<RunId> = Vec::new();
        let mut before = narrowed.before;
        for _ in 0..WINDOWS {
            let floor = if narrowed.few {
                None
            } else if shape.is_none() && before > enough && enough > i64::MIN {
                // As many as are asked for are taken at once, however many there are; of a shape a window has to be gone through.
                Some(enough)
            } else {
                shared.window(&table, &narrowed.near, narrowed.near_values(), before, (narrowed.order, WINDOW)).await?
            };
            // Of a shape any number may be left over: the window alone is the bound.
            let most = if shape.is_some() { WINDOW } else { limit + 1 - found.len() };
            let message = if shape.is_some() { ", r.error_message" } else { "" };
            let sql = format!(
                "SELECT r.id{message} FROM {table} WHERE {} AND r.id < {before} AND r.id >= {}{} ORDER BY {} LIMIT {most}",
                narrowed.near,
                floor.unwrap_or(i64::MIN + 1),
                narrowed.rest,
                narrowed.order,
            );
            for row in sql::all(&shared.read, sql, narrowed.values.clone()).await? {
                if let Some(shape) = shape {
                    let message = sql::get::<Option<String>>(&row, 1)?.unwrap_or_default();
                    if message_shape(&message) != *shape {
                        continue;
                    }
                }
                found.push(RunId(sql::get(&row, 0)?));
                if found.len() > limit {
                    break;
                }
            }
            if found.len() > limit {
                return Ok(page::page(found, limit, |id| id.0));
            }
            match floor {
                Some(floor) => before = floor,
                None => return Ok(Page { items: found, next: None }),
            }
            if before <= enough || started.elapsed() > PATIENCE {
                break;
            }
        }
        Ok(Page { items: found, next: Some(Cursor(before.to_string())) })
    }
}

/// A query that one index serves. `statuses` take the place of the query's.
struct Part {
    query: RunsQuery,
    statuses: Vec<RunStatus>,
}

/// One page of several, each newest first. What lies before the place up to which all of them have looked is left for the next page.
fn merge(pages: Vec<Page<RunId>>, limit: usize) -> Page<RunId> {
    let looked = pages.iter().filter_map(|page| page.next.as_ref()?.0.parse::<i64>().ok()).max();
    let mut items: Vec<RunId> = pages.into_iter().flat_map(|page| page.items).collect();
    items.retain(|run| looked.is_none_or(|looked| run.0 >= looked));
    items.sort_unstable_by_key(|run| std::cmp::Reverse(*run));
    items.dedup();
    if items.len() > limit {
        items.truncate(limit);
        let last = items.last().map(|run| Cursor(run.0.to_string()));
        return Page { items, next: last };
    }
    Page { items, next: looked.map(|looked| Cursor(looked.to_string())) }
}

/// Whether everything is asked for, newest first.
fn is_plain(query: &RunsQuery) -> bool {
    let RunsQuery { kind, cursor, limit, .. } = query.clone();
    *query == RunsQuery { kind, cursor, limit, ..RunsQuery::default() }
}

/// `failed,waiting`.
fn statuses(text: &str) -> Result<Vec<RunStatus>, Error> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut list = names
        .map(|name| RunStatus::parse(name).ok_or_else(|| Error::Invalid(format!("`{name}` is no status of a run"))))
        .collect::<Result<Vec<_>, _>>()?;
    list.sort_unstable();
    list.dedup();
    if list.is_empty() { Err(Error::Invalid("`status` names no status".into())) } else { Ok(list) }
}
