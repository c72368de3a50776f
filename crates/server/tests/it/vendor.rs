//! A vendor with OAuth, as a connector: its addresses come with the connection, so that each test has its own.

use manifest::Connector;
use serde_json::json;

pub fn connector() -> Connector {
    let connector = json!({
        "id": "vend", "name": "Vend", "version": 1, "description": "A vendor.",
        "base_url": "{connection.server}", "hosts": ["{connection.server}"],
        "scopes": [{ "id": "read", "why": "To read." }, { "id": "write", "why": "To write." }],
        "auth": [{
            "id": "oauth", "label": "Vend account", "kind": "oauth2",
            "fields": [{ "key": "server", "label": "Server", "kind": "text", "required": true }],
            "oauth2": {
                "grant": "authorization_code",
                "authorize_url": "{connection.server}/authorize",
                "token_url": "{connection.server}/token",
                "app_steps": ["Enter {redirect_url} at Vend"],
            },
            "identity": { "request": { "path": "/me" }, "id": "body.id", "label": "{body.name}" },
        }],
        "operations": [],
    });
    serde_json::from_value(connector).unwrap()
}
