use model::{
    Timestamp,
    api::{Cursor, Page},
    ids::{AuditId, WorkspaceId},
};
use serde_json::Value;

use crate::{Error, Scope, Store};

/// Who did what; only ever added to.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    pub id: AuditId,
    pub actor: String,
    /// `workflow.published`, `token.created` ...
    pub action: String,
    pub target: String,
    pub detail: Value,
    pub at: Timestamp,
}

impl Store {
    pub async fn audit(&self, scope: &Scope, action: &str, target: &str, detail: Value) -> Result<(), Error> {
        todo!()
    }

    /// Newest first. Needs the owner's role.
    pub async fn audit_list(&self, scope: &Scope, cursor: Option<&Cursor>, limit: u32) -> Result<Page<AuditRow>, Error> {
        todo!()
    }

    pub async fn setting(&self, key: &str) -> Result<Option<String>, Error> {
        todo!()
    }

    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), Error> {
        todo!()
    }

    /// Deletes up to `most` runs (their journals, payloads and events too) that ended before `before`; how many went.
    pub async fn delete_ended_runs(&self, workspace: WorkspaceId, before: Timestamp, failed_before: Timestamp, most: u32) -> Result<u64, Error> {
        todo!()
    }

    /// Forgets expired duplicate keys, sessions and unused samples, and gives free pages back, a slice at a time; how many went.
    pub async fn sweep(&self, most: u32) -> Result<u64, Error> {
        todo!()
    }
}
