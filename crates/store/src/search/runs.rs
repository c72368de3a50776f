use model::{
    Role,
    api::{Cursor, Page, RunSummary, RunsQuery},
    ids::RunId,
    run::RunStatus,
};

use super::{Narrowed, WINDOW, WINDOWS};
use crate::{Error, Scope, Store, page, sql};

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
        let shared = &self.shared;
        let narrowed = Narrowed::runs(scope.workspace, query, &statuses, shared.now(), shared.backend)?;
        let mut found: Vec<RunId> = Vec::new();
        let mut before = narrowed.before;
        for _ in 0..WINDOWS {
            let floor = if narrowed.few {
                None
            } else {
                shared.window("run r", &narrowed.near, narrowed.near_values(), before, WINDOW).await?
            };
            let sql = format!(
                "SELECT r.id FROM run r WHERE {} AND r.id < {before} AND r.id >= {}{} ORDER BY r.id DESC LIMIT {}",
                narrowed.near,
                floor.unwrap_or(i64::MIN + 1),
                narrowed.rest,
                limit + 1 - found.len(),
            );
            for row in sql::all(&shared.read, sql, narrowed.values.clone()).await? {
                found.push(RunId(sql::get(&row, 0)?));
            }
            if found.len() > limit {
                return Ok(page::page(found, limit, |id| id.0));
            }
            match floor {
                Some(floor) => before = floor,
                None => return Ok(Page { items: found, next: None }),
            }
        }
        Ok(Page { items: found, next: Some(Cursor(before.to_string())) })
    }
}

/// Whether indexes know every condition.
fn is_plain(query: &RunsQuery) -> bool {
    let RunsQuery { workflow, status, hold, kind, since, until, cursor, limit, .. } = query.clone();
    *query == RunsQuery { workflow, status, hold, kind, since, until, cursor, limit, ..RunsQuery::default() }
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
