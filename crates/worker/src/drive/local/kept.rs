//! Values that outlive runs: read, computed, written with the outcome.

use engine::{KvChange, StoreCall, StoreWork};
use model::{ids::StepPath, run::RunEventKind, step::StoreScope};
use serde_json::{Value, json};
use store::KvWrite;

use crate::drive::{
    Drive, Stop,
    commit::{Riders, Written},
};

impl Drive<'_> {
    pub(super) async fn kept_value(&mut self, path: StepPath, call: StoreCall) -> Result<(), Stop> {
        if let StoreWork::List { limit } = call.work {
            let output = self.list(call.scope, &call.key, limit).await?;
            self.out(&path, Ok(output));
            return Ok(());
        }
        // Runs of this process that change the same value take turns; only other processes can still be in the way.
        let turn = match (&call.work, call.scope) {
            (StoreWork::Get, _) => None,
            (_, StoreScope::Workflow) => Some((self.lease.workspace, Some(self.lease.workflow), call.key.clone())),
            (_, StoreScope::Workspace) => Some((self.lease.workspace, None, call.key.clone())),
        };
        let _turn = match turn {
            Some(key) => Some(self.inner.turns.take(key).await),
            None => None,
        };
        loop {
            if self.hold.lost.is_cancelled() {
                return Err(Stop::Lost);
            }
            let entry = self.entry(call.scope, &call.key).await?;
            let (value, version) = entry.map_or((None, None), |(value, version)| (Some(value), Some(version)));
            let (change, output) = match engine::store_step(&call.work, value.as_ref()) {
                Ok(done) => done,
                Err(error) => {
                    self.out(&path, Err(error));
                    return Ok(());
                }
            };
            let Some(change) = change else {
                self.out(&path, Ok(output));
                return Ok(());
            };
            let facts = engine::local_ended(&self.context(), &self.state, &path, Ok(output));
            // An output that cannot be kept fails the step, and then nothing is changed.
            if !facts.iter().any(|fact| matches!(fact, RunEventKind::StepFinished { .. })) {
                self.push(facts);
                return Ok(());
            }
            let write = KvWrite {
                scope: call.scope,
                key: call.key.clone(),
                expected_version: version,
                value: match change {
                    KvChange::Put(value) => Some(value),
                    KvChange::Delete => None,
                },
            };
            if self.commit_with(facts, Riders { kv: vec![write], ..Riders::default() }).await? == Written::Yes {
                return Ok(());
            }
        }
    }

    /// The same over a copy that the test alone sees.
    pub(super) async fn kept_in_test(&mut self, path: StepPath, call: StoreCall) -> Result<(), Stop> {
        let run = self.lease.run;
        if let StoreWork::List { limit } = call.work {
            // What the test itself has changed stands in its own outputs.
            let output = self.list(call.scope, &call.key, limit).await?;
            self.out(&path, Ok(simulated(output)));
            return Ok(());
        }
        let present = match self.inner.overlays.get(run, call.scope, &call.key) {
            Some(value) => value,
            None => self.entry(call.scope, &call.key).await?.map(|(value, _)| value),
        };
        let outcome = engine::store_step(&call.work, present.as_ref()).map(|(change, output)| {
            if let Some(change) = change {
                let value = match change {
                    KvChange::Put(value) => Some(value),
                    KvChange::Delete => None,
                };
                self.inner.overlays.set(run, call.scope, call.key.clone(), value);
            }
            simulated(output)
        });
        self.out(&path, outcome);
        Ok(())
    }

    async fn entry(&self, scope: StoreScope, key: &str) -> Result<Option<(Value, i64)>, Stop> {
        let lease = self.lease;
        self.inner.store.kv_get(lease.workspace, lease.workflow, scope, key).await.map_err(Stop::Store)
    }

    async fn list(&self, scope: StoreScope, prefix: &str, limit: u32) -> Result<Value, Stop> {
        let lease = self.lease;
        let found = self.inner.store.kv_list(lease.workspace, lease.workflow, scope, prefix, limit).await.map_err(Stop::Store)?;
        let entries: Vec<Value> = found.entries.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        Ok(json!({ "entries": entries, "more": found.more }))
    }
}

/// Says that nothing was kept.
fn simulated(mut output: Value) -> Value {
    if let Value::Object(fields) = &mut output {
        fields.insert("simulated".into(), Value::Bool(true));
    }
    output
}
