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
        }],
        "operations": [],
    });
    serde_json::from_value(connector).unwrap()
}
