//! Node-RED: flows are a JSON file that it reads at its start; it stores no events.

use super::{Running, free_address, node, wait_until_ready};
use crate::scenario::Setting;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;

/// Below the folder of the peers.
pub(super) const PROGRAM: &str = "node-red/node_modules/node-red/red.js";
const SHAPE: &str = "const d = msg.payload; msg.payload = {name: d.name.toUpperCase(), title: d.name + ' at ' + d.company, amount: d.amount * 2};";

pub(super) async fn start(setting: &Setting, peers: &Path, folder: &Path) -> Result<Running> {
    let address = free_address()?;
    std::fs::write(folder.join("flows.json"), flows(&format!("http://{}/echo", setting.upstream.address)).to_string())?;
    std::fs::write(
        folder.join("settings.js"),
        "module.exports = { flowFile: 'flows.json', logging: { console: { level: 'warn' } }, apiMaxLength: '10mb' };\n",
    )?;
    let log = folder.join("log");
    let out = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
    let mut command = node(peers, peers.join(PROGRAM));
    command.args(["--port", &address.port().to_string(), "--userDir"]).arg(folder);
    let mut child = command.stdout(out.try_clone()?).stderr(out).spawn()?;
    wait_until_ready(&mut child, address, "/ready", 200, &log).await?;
    Ok(Running { child, address, hooks: ["/w1".to_owned(), "/w2".to_owned(), "/w3".to_owned()] })
}

/// One tab: W1 answered on receipt, W2 at the end, W3 split into its elements.
fn flows(upstream: &str) -> Value {
    let node = |id: &str, kind: &str, wires: Value, more: Value| {
        let mut node = json!({ "id": id, "type": kind, "z": "tab", "name": id, "x": 0, "y": 0, "wires": wires });
        if let (Some(node), Value::Object(more)) = (node.as_object_mut(), more) {
            node.extend(more);
        }
        node
    };
    let hook =
        |id: &str, url: &str, wires: Value| node(id, "http in", wires, json!({ "url": url, "method": "post", "upload": false }));
    let answer = |id: &str| node(id, "http response", json!([]), json!({ "statusCode": "200", "headers": {} }));
    let large = |id: &str, next: &str| {
        let rules = json!([{ "t": "gt", "v": "10", "vt": "num" }]);
        node(
            id,
            "switch",
            json!([[next]]),
            json!({ "property": "payload.amount", "propertyType": "msg", "rules": rules, "checkall": "true", "outputs": 1 }),
        )
    };
    let shape = |id: &str, next: &str| {
        let function = format!("{SHAPE} msg.headers = {{'content-type': 'application/json'}}; return msg;");
        node(id, "function", json!([[next]]), json!({ "func": function, "outputs": 1 }))
    };
    let send = |id: &str, next: Value| {
        node(
            id,
            "http request",
            next,
            json!({ "method": "POST", "ret": "obj", "url": upstream, "persist": true, "paytoqs": "ignore" }),
        )
    };
    let items = node(
        "items",
        "change",
        json!([["split"]]),
        json!({ "rules": [{ "t": "set", "p": "payload", "pt": "msg", "to": "payload.items", "tot": "msg" }] }),
    );
    let split = node(
        "split",
        "split",
        json!([["shape3"]]),
        json!({ "splt": "\\n", "spltType": "str", "arraySplt": 1, "arraySpltType": "len" }),
    );
    let ready = node("ready", "http in", json!([["is_ready"]]), json!({ "url": "/ready", "method": "get", "upload": false }));
    json!([
        { "id": "tab", "type": "tab", "label": "bench", "disabled": false },
        ready, answer("is_ready"),
        hook("hook1", "/w1", json!([["answer1", "large1"]])), answer("answer1"), large("large1", "shape1"), shape("shape1", "send1"), send("send1", json!([[]])),
        hook("hook2", "/w2", json!([["large2"]])), large("large2", "shape2"), shape("shape2", "send2"), send("send2", json!([["answer2"]])), answer("answer2"),
        hook("hook3", "/w3", json!([["answer3", "items"]])), answer("answer3"), items, split, shape("shape3", "send3"), send("send3", json!([[]])),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_leads_to_a_node() {
        let flows = flows("http://127.0.0.1:1/echo");
        let nodes = flows.as_array().expect("a list");
        let ids: Vec<&str> = nodes.iter().filter_map(|node| node["id"].as_str()).collect();
        for wire in nodes.iter().filter_map(|node| node["wires"].as_array()).flatten().filter_map(Value::as_array).flatten() {
            assert!(ids.contains(&wire.as_str().expect("an id")), "{wire}");
        }
        assert_eq!(nodes.iter().filter(|node| node["type"] == "http request").count(), 3);
    }
}
