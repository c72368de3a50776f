//! The workflows and connections of a company that was made up.

use anyhow::{Context, Result};
use model::{
    WorkflowDefinition,
    ids::{ConnectionId, TriggerId, WorkflowId},
};
use serde_json::{Value, json};
use store::{NewConnection, Scope, Store};

/// A workflow whose events come in.
pub struct Flow {
    pub id: WorkflowId,
    pub trigger: TriggerId,
    /// Steps that call somebody: id, account, how long a call usually takes in milliseconds.
    pub calls: Vec<(String, ConnectionId, f64)>,
    /// Of all events.
    pub share: f64,
    /// Versions, the live one last.
    pub versions: u32,
    pub failing: f64,
    pub filtering: f64,
}

pub struct Site {
    pub flows: Vec<Flow>,
}

/// Connector, label, a call's usual time in milliseconds.
const ACCOUNTS: &[(&str, &str, f64)] = &[
    ("hubspot", "Acme HubSpot", 240.0),
    ("slack", "Acme Slack", 130.0),
    ("stripe", "Stripe", 310.0),
    ("mailchimp", "Newsletter", 420.0),
    ("notion", "Team wiki", 510.0),
    ("google_sheets", "Reports", 620.0),
];

/// Name, share of all events, accounts it calls, versions, share that fails, share that is filtered out.
type Plan = (&'static str, f64, &'static [usize], u32, f64, f64);

const PLANS: &[Plan] = &[
    ("Order to CRM", 0.31, &[0, 1], 9, 0.004, 0.05),
    ("Website leads", 0.17, &[0, 3, 1], 14, 0.012, 0.22),
    ("Payment events", 0.14, &[2, 1], 6, 0.003, 0.40),
    ("Survey to newsletter", 0.09, &[3], 4, 0.008, 0.02),
    ("Support escalation", 0.06, &[1], 3, 0.002, 0.61),
    ("Call notes", 0.05, &[0, 4], 5, 0.015, 0.0),
    ("Inventory sync", 0.045, &[5], 2, 0.02, 0.0),
    ("Invoice paid", 0.04, &[2, 5], 3, 0.004, 0.0),
    ("Refund alerts", 0.03, &[2, 1], 2, 0.006, 0.1),
    ("New hire checklist", 0.02, &[4, 1], 4, 0.01, 0.0),
    ("Pull requests", 0.015, &[1], 2, 0.001, 0.3),
    ("Churn watch", 0.012, &[0, 1], 7, 0.05, 0.2),
    ("Event sign-ups", 0.008, &[3, 0], 3, 0.03, 0.0),
    ("Contract renewals", 0.004, &[0, 4, 1], 2, 0.02, 0.0),
    ("Nightly report", 0.003, &[5, 1], 3, 0.08, 0.0),
    ("Expense claims", 0.002, &[5], 1, 0.01, 0.0),
    ("Partner feed", 0.0006, &[0], 1, 0.6, 0.0),
    ("Year-end archive", 0.0004, &[4], 1, 0.0, 0.0),
];

impl Site {
    pub async fn create(store: &Store, scope: &Scope) -> Result<Site> {
        let mut accounts = Vec::new();
        for (connector, label, _) in ACCOUNTS {
            let new = NewConnection {
                id: ConnectionId(store.next_id()),
                connector: (*connector).into(),
                method: "token".into(),
                label: (*label).into(),
                hosts: Vec::new(),
                secret: None,
                account: None,
                scopes: Vec::new(),
                expires_at: None,
            };
            accounts.push(store.create_connection(scope, new).await?.id);
        }
        let mut flows = Vec::new();
        for (name, share, called, versions, failing, filtering) in PLANS {
            let definition = definition(called, &accounts)?;
            let workflow = store.create_workflow(scope, name, &definition).await?;
            let mut rev = workflow.draft_rev;
            for version in 1..=*versions {
                store.publish(scope, workflow.id, rev, "", version == *versions, &[]).await?;
                rev = store.workflow(scope, workflow.id).await?.draft_rev;
            }
            let calls = called.iter().map(|at| (step_id(*at), accounts[*at], ACCOUNTS[*at].2)).collect();
            flows.push(Flow {
                id: workflow.id,
                trigger: TriggerId::from("hook"),
                calls,
                share: *share,
                versions: *versions,
                failing: *failing,
                filtering: *filtering,
            });
        }
        Ok(Site { flows })
    }
}

fn step_id(account: usize) -> String {
    format!("call_{}", ACCOUNTS[account].0)
}

/// A webhook, a filter and a call per account.
fn definition(called: &[usize], accounts: &[ConnectionId]) -> Result<WorkflowDefinition> {
    let mut steps = json!({
        "keep": { "slug": "keep", "label": "Only what matters", "kind": { "type": "filter", "condition": {
            "test": { "left": { "expr": "event.body.amount" }, "op": "greater_than", "right": { "literal": 10 } } } } }
    });
    let mut body: Vec<Value> = vec!["keep".into()];
    for at in called {
        let id = step_id(*at);
        let (connector, label, _) = ACCOUNTS[*at];
        steps[&id] = json!({ "slug": id, "label": format!("Tell {label}"), "kind": {
            "type": "action", "connector": connector, "version": 1, "operation": "send", "connection": accounts[*at], "input": {} } });
        body.push(id.into());
    }
    let definition = json!({
        "schema": 1,
        "triggers": [{ "id": "hook", "label": "Webhook", "kind": { "type": "webhook", "methods": ["POST"], "body": "one",
            "ack": { "when": "at_once" }, "verify": { "type": "none" } } }],
        "steps": steps,
        "body": body,
    });
    serde_json::from_value(definition).context("the made-up definition is not one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_make_up_all_events() {
        let sum: f64 = PLANS.iter().map(|plan| plan.1).sum();
        assert!((sum - 1.0).abs() < 0.01, "{sum}");
        let accounts: Vec<ConnectionId> = (0..ACCOUNTS.len()).map(|n| ConnectionId(n as i64)).collect();
        for plan in PLANS {
            assert_eq!(definition(plan.2, &accounts).map(|definition| definition.steps.len()).ok(), Some(plan.2.len() + 1));
        }
    }
}
