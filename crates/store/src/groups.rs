//! Failed runs gathered by what went wrong, so that a thousand equal failures are one line.

use std::collections::HashMap;

use model::{
    Role, Timestamp,
    api::{RunGroup, RunGroups, RunsQuery},
    ids::{RunId, StepId, StepPath, WorkflowId},
    run::{ErrorClass, RunStatus},
};
use sea_orm::QueryResult;

use crate::{Error, Scope, Store, search::Narrowed, sql};

/// Failed runs that are looked at, the newest ones.
const MOST_RUNS: usize = 50_000;
/// Groups in an answer.
const MOST_GROUPS: usize = 200;
/// Characters of a shape that are compared.
const SHAPE: usize = 200;

impl Store {
    /// Groups of the failed runs that fit the query, the most frequent first; its status, cursor and limit are not looked at.
    pub async fn run_groups(&self, scope: &Scope, query: &RunsQuery) -> Result<RunGroups, Error> {
        scope.require(Role::Viewer)?;
        let shared = &self.shared;
        let query = RunsQuery { status: None, cursor: None, limit: None, ..query.clone() };
        let narrowed = Narrowed::runs(scope.workspace, &query, &[RunStatus::Failed], shared.now(), shared.backend)?;
        let floor =
            shared.window("run r", &narrowed.near, narrowed.near_values(), narrowed.before, (narrowed.order, MOST_RUNS)).await?;
        let sql = format!(
            "SELECT r.workflow_id, w.name, r.error_class, r.error_code, r.error_path, r.error_message,
                    COUNT(*), MIN(r.finished_at), MAX(r.finished_at), MAX(r.id), MAX(r.version)
             FROM run r LEFT JOIN workflow w ON w.id = r.workflow_id
             WHERE {} AND r.id < {} AND r.id >= {}{}
             GROUP BY r.workflow_id, w.name, r.error_class, r.error_code, r.error_path, r.error_message",
            narrowed.near,
            narrowed.before,
            floor.unwrap_or(i64::MIN + 1),
            narrowed.rest,
        );
        let rows = sql::all(&shared.read, sql, narrowed.values.clone()).await?;
        let mut groups: HashMap<(WorkflowId, Option<StepId>, String, String), RunGroup> = HashMap::new();
        let mut versions: HashMap<WorkflowId, u32> = HashMap::new();
        let mut searched = 0;
        for row in &rows {
            let group = group(row)?;
            if query.error_shape.as_ref().is_some_and(|shape| *shape != group.shape) {
                continue;
            }
            searched += group.count;
            let version = u32::try_from(sql::get::<i64>(row, 10)?).unwrap_or_default();
            versions.entry(group.workflow).and_modify(|known| *known = version.max(*known)).or_insert(version);
            let key = (group.workflow, group.step.clone(), group.code.clone(), group.shape.clone());
            match groups.get_mut(&key) {
                None => drop(groups.insert(key, group)),
                Some(known) => add(known, group),
            }
        }
        let mut items: Vec<RunGroup> = groups.into_values().collect();
        items.sort_unstable_by(|a, b| b.count.cmp(&a.count).then(b.sample.cmp(&a.sample)));
        items.truncate(MOST_GROUPS);
        for group in &mut items {
            // Of the newest version with such a failure; a step that has gone since keeps its id alone.
            let version = versions.get(&group.workflow).copied().unwrap_or_default();
            if let Some(step) = &group.step
                && let Ok(definition) = self.definition(group.workflow, version).await
            {
                group.step_label = definition.step(step).map(|step| step.label.clone());
            }
        }
        Ok(RunGroups { items, searched, more: floor.is_some() })
    }
}

fn group(row: &QueryResult) -> Result<RunGroup, Error> {
    let text = |index| Ok::<_, Error>(sql::get::<Option<String>>(row, index)?.unwrap_or_default());
    let time = |index| Ok::<_, Error>(Timestamp(sql::get::<Option<i64>>(row, index)?.unwrap_or_default()));
    let message = text(5)?;
    let path = sql::get::<Option<String>>(row, 4)?.map(StepPath);
    Ok(RunGroup {
        workflow: WorkflowId(sql::get(row, 0)?),
        workflow_name: text(1)?,
        step: path.map(|path| path.step()),
        step_label: None,
        class: ErrorClass::parse(&text(2)?).unwrap_or(ErrorClass::System),
        code: text(3)?,
        shape: message_shape(&message),
        message,
        count: sql::get::<i64>(row, 6)?.unsigned_abs(),
        first_at: time(7)?,
        last_at: time(8)?,
        sample: RunId(sql::get(row, 9)?),
    })
}

fn add(known: &mut RunGroup, other: RunGroup) {
    known.count += other.count;
    known.first_at = known.first_at.min(other.first_at);
    known.last_at = known.last_at.max(other.last_at);
    if other.sample > known.sample {
        (known.sample, known.message, known.class) = (other.sample, other.message, other.class);
    }
}

/// The message without what differs from run to run: quoted texts, addresses and words with digits become `…`. What failures that are
/// alike have in common.
pub fn message_shape(message: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in without_quotes(message).split_whitespace() {
        let is_own = word.contains("://") || word.contains('@') || word.contains(|c: char| c.is_ascii_digit());
        let word = if is_own { "…" } else { word };
        // A list of ids is as long as it happens to be.
        if word != "…" || words.last().is_none_or(|last| last != "…") {
            words.push(word.to_owned());
        }
    }
    words.join(" ").chars().take(SHAPE).collect()
}

/// What stands between quotation marks becomes `…`; an apostrophe inside a word opens nothing.
fn without_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<char> = None;
    let mut before = ' ';
    for c in text.chars() {
        match open {
            Some(end) if c == end => open = None,
            Some(_) => {}
            None => {
                let end = match c {
                    '"' | '`' => Some(c),
                    '“' => Some('”'),
                    '\'' if !before.is_alphanumeric() => Some('\''),
                    _ => None,
                };
                if end.is_some() {
                    open = end;
                    out.push('…');
                } else {
                    out.push(c);
                }
            }
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::message_shape as shape;

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        let same = [
            ("The order 4711 was refused.", "The order 9 was refused."),
            ("https://api.example.com/x answered with “no such thing”", "http://b.example.com answered with “gone”"),
            ("no user `ada@example.com`", "no user `bob`"),
            ("ada@example.com is unknown", "bob@example.com is unknown"),
            ("ids 1 2 3 are gone", "ids 7 are gone"),
        ];
        for (one, other) in same {
            assert_eq!(shape(one), shape(other));
        }
        assert_ne!(shape("the customer's card was declined"), shape("the customer's card has expired"));
        assert_ne!(shape("timed out"), shape("refused"));
        assert_eq!(shape("never 'closed"), "never …");
        assert_eq!(shape(&"x ".repeat(10_000)).chars().count(), 200, "hostile lengths are cut");
    }
}
