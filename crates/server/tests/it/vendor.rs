//! A vendor with OAuth, as a connector: its port comes with the connection, so that each test has its own.

use manifest::Connector;
use serde_json::json;

pub fn connector() -> Connector {
    let connector = json!({
        "id": "vend", "name": "Vend", "version": 1, "description": "A vendor.",
        "base_url": "http://127.0.0.1:{connection.port}", "hosts": ["127.0.0.1"],
        "scopes": [{ "id": "read", "why": "To read." }, { "id": "write", "why": "To write." }],
        "auth": [{
            "id": "oauth", "label": "Vend account", "kind": "oauth2",
            "fields": [{ "key": "port", "label": "Port", "kind": "text", "required": true }],
            "oauth2": {
                "grant": "authorization_code",
                "authorize_url": "http://127.0.0.1:{connection.port}/authorize",
                "token_url": "http://127.0.0.1:{connection.port}/token",
                "app_steps": ["Enter {redirect_url} at Vend"],
            },
            "identity": { "request": { "path": "/me" }, "id": "body.id", "label": "{body.name}" },
        }, {
            "id": "key", "label": "Key", "kind": "api_key",
            "fields": [
                { "key": "port", "label": "Port", "kind": "text", "required": true },
                { "key": "key", "label": "Key", "kind": "text", "required": true, "secret": true },
            ],
            "send": [{ "in": "header", "name": "X-Key", "value": "{connection.key}" }],
        }],
        "operations": [],
        "triggers": [{
            "id": "new_order", "label": "New order", "description": "New orders.", "fields": [],
            "poll": { "request": { "path": "/orders" }, "items": "body.orders", "order": "oldest_first", "cursor": "item.id", "dedupe": "item.id" },
        }, { "id": "pushed", "label": "Pushed", "description": "Told at once.", "fields": [] }],
    });
    serde_json::from_value(connector).unwrap()
}
