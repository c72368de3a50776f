//! n8n as it is shipped: SQLite, executions saved. Workflows go in by `n8n import:workflow`.

use super::{Running, free_address, node, wait_until_ready};
use crate::scenario::Setting;
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use tokio::process::Command;

pub(super) async fn start(setting: &Setting, peers: &Path, folder: &Path, fresh: bool) -> Result<Running> {
    let address = free_address()?;
    if fresh {
        let file = folder.join("workflows.json");
        std::fs::write(&file, workflows(&format!("http://{}/echo", setting.upstream.address)).to_string())?;
        let file = format!("--input={}", file.display());
        tell(peers, folder, address, &["import:workflow", &file]).await?;
        tell(peers, folder, address, &["update:workflow", "--all", "--active=true"]).await?;
    }
    let log = folder.join("log");
    let out = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
    let mut child = command(peers, folder, address).arg("start").stdout(out.try_clone()?).stderr(out).spawn()?;
    wait_until_ready(&mut child, address, "/healthz/readiness", 200, &log).await?;
    Ok(Running { child, address, hooks: ["/webhook/w1".to_owned(), "/webhook/w2".to_owned(), "/webhook/w3".to_owned()] })
}

fn command(peers: &Path, folder: &Path, address: SocketAddr) -> Command {
    let mut command = node(peers, peers.join("n8n/node_modules/n8n/bin/n8n"));
    command.current_dir(folder).env("N8N_USER_FOLDER", folder).env("N8N_PORT", address.port().to_string());
    command.env("N8N_LISTEN_ADDRESS", "127.0.0.1");
    for switch in ["DIAGNOSTICS", "VERSION_NOTIFICATIONS", "TEMPLATES", "PERSONALIZATION"] {
        command.env(format!("N8N_{switch}_ENABLED"), "false");
    }
    command
}

async fn tell(peers: &Path, folder: &Path, address: SocketAddr, arguments: &[&str]) -> Result<()> {
    let output = command(peers, folder, address).args(arguments).output().await?;
    if !output.status.success() {
        bail!("`n8n {}` ended with {}: {}", arguments.join(" "), output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn workflows(upstream: &str) -> Value {
    let assignment = |name: &str, kind: &str, value: &str| json!({ "id": name, "name": name, "type": kind, "value": value });
    let node = |name: &str, kind: &str, version: f64, parameters: Value| json!({ "id": name, "name": name, "type": format!("n8n-nodes-base.{kind}"), "typeVersion": version, "position": [0, 0], "parameters": parameters });
    let hook = |path: &str, mode: &str| {
        let mut hook =
            node("hook", "webhook", 2.0, json!({ "httpMethod": "POST", "path": path, "responseMode": mode, "options": {} }));
        hook["webhookId"] = json!(path);
        hook
    };
    let large = node(
        "large",
        "filter",
        2.2,
        json!({ "conditions": {
            "options": { "caseSensitive": true, "leftValue": "", "typeValidation": "strict", "version": 2 },
            "conditions": [{ "id": "c", "leftValue": "={{ $json.body.amount }}", "rightValue": 10, "operator": { "type": "number", "operation": "gt" } }],
            "combinator": "and" }, "options": {} }),
    );
    let shape = |from: &str| {
        let assignments = [
            assignment("name", "string", &format!("={{{{ {from}.name.toUpperCase() }}}}")),
            assignment("title", "string", &format!("={{{{ {from}.name + ' at ' + {from}.company }}}}")),
            assignment("amount", "number", &format!("={{{{ {from}.amount * 2 }}}}")),
        ];
        node("shape", "set", 3.4, json!({ "mode": "manual", "assignments": { "assignments": assignments }, "options": {} }))
    };
    let send = node(
        "send",
        "httpRequest",
        4.2,
        json!({ "method": "POST", "url": upstream, "sendBody": true, "specifyBody": "json", "jsonBody": "={{ JSON.stringify($json) }}", "options": {} }),
    );
    let split = node("split", "splitOut", 1.0, json!({ "fieldToSplitOut": "body.items", "options": {} }));
    let workflow = |id: &str, nodes: Vec<Value>| {
        let names: Vec<&str> = nodes.iter().filter_map(|node| node["name"].as_str()).collect();
        let connections: serde_json::Map<String, Value> = names
            .windows(2)
            .map(|pair| (pair[0].to_owned(), json!({ "main": [[{ "node": pair[1], "type": "main", "index": 0 }]] })))
            .collect();
        json!({ "id": id, "name": id, "active": true, "nodes": nodes, "connections": connections, "settings": { "executionOrder": "v1" } })
    };
    json!([
        workflow("w1", vec![hook("w1", "onReceived"), large.clone(), shape("$json.body"), send.clone()]),
        workflow("w2", vec![hook("w2", "lastNode"), large, shape("$json.body"), send.clone()]),
        workflow("w3", vec![hook("w3", "onReceived"), split, shape("$json"), send]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_workflow_is_one_chain() {
        for workflow in workflows("http://127.0.0.1:1/echo").as_array().expect("a list") {
            let nodes = workflow["nodes"].as_array().expect("nodes").len();
            let connections = workflow["connections"].as_object().expect("connections").len();
            assert_eq!((nodes, connections), (4, 3), "{workflow}");
        }
    }
}
