//! The audit list as its readers narrow it.

use model::{
    Role, Timestamp,
    api::{Activity, ActivityQuery, Page},
    ids::AuditId,
};
use sea_orm::Value;

use crate::{Error, Scope, Store, page, payload, search::escaped, sql};

impl Store {
    /// Who did what, newest first. Needs the owner's role.
    pub async fn activity(&self, scope: &Scope, query: &ActivityQuery) -> Result<Page<Activity>, Error> {
        scope.require(Role::Owner)?;
        let limit = page::limit(query.limit);
        let mut sql = String::from("SELECT id, at, actor, action, target, detail FROM audit WHERE workspace_id = $1");
        let mut values: Vec<Value> = vec![scope.workspace.0.into()];
        let mut and = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {}", condition.replace('?', &format!("${}", values.len()))));
        };
        if let Some(actor) = &query.actor {
            and("actor = ?", actor.as_str().into());
        }
        match query.action.as_deref().map(|action| (action, action.strip_suffix('*'))) {
            None => {}
            Some((_, Some(beginning))) => and(r"action LIKE ? ESCAPE '\'", format!("{}%", escaped(beginning)).into()),
            Some((action, None)) => and("action = ?", action.into()),
        }
        if let Some(target) = &query.target {
            and("target = ?", target.as_str().into());
        }
        if let Some(since) = query.since {
            and("at >= ?", since.into());
        }
        if let Some(until) = query.until {
            and("at < ?", until.into());
        }
        if let Some(after) = page::after(query.cursor.as_ref())? {
            and("id < ?", after.into());
        }
        sql.push_str(&format!(" ORDER BY id DESC LIMIT {}", limit + 1));
        let mut items = Vec::new();
        for row in sql::all(&self.shared.read, sql, values).await? {
            let detail: Vec<u8> = sql::get(&row, 5)?;
            items.push(Activity {
                id: AuditId(sql::get(&row, 0)?),
                at: Timestamp(sql::get(&row, 1)?),
                actor: sql::get(&row, 2)?,
                action: sql::get(&row, 3)?,
                target: sql::get(&row, 4)?,
                detail: payload::from_json(&detail)?,
            });
        }
        Ok(page::page(items, limit, |activity: &Activity| activity.id.0))
    }
}
