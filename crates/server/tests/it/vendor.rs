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
            "is_sandbox": "'_test_' in connection.key",
        }],
        "loads": { "rooms": { "request": { "path": "/rooms" }, "items": "body.rooms" } },
        "operations": [{
            "id": "post", "label": "Post", "description": "Posts.", "effect": "write", "idempotency": { "class": "unsafe" },
            "fields": [{ "key": "room", "label": "Room", "kind": "text", "required": true,
                "options_from": { "load": "rooms", "value": "item.id", "label": "{item.name}" } }],
            "requests": [{ "method": "POST", "path": "/rooms/{input.room}" }],
        }],
        "triggers": [{
            "id": "new_order", "label": "New order", "description": "New orders.", "fields": [],
            "poll": { "request": { "path": "/orders" }, "items": "body.orders", "order": "oldest_first", "cursor": "item.id", "dedupe": "item.id" },
        }, { "id": "pushed", "label": "Pushed", "description": "Told at once.", "fields": [] }],
    });
    serde_json::from_value(connector).unwrap()
}

/// A vendor whose accounts have several sites: a token, a key that is exchanged for one, a key as it is; it can be told that access ends.
pub fn sites() -> Connector {
    let field = |key: &str, secret: bool| json!({ "key": key, "label": key, "kind": "text", "required": true, "secret": secret });
    let fields = json!([field("port", false), field("key", true)]);
    let connector = json!({
        "id": "sites", "name": "Sites", "version": 1, "description": "A vendor.",
        "base_url": "http://127.0.0.1:{connection.port}", "hosts": ["127.0.0.1"],
        "auth": [
            { "id": "key", "label": "Key", "kind": "bearer", "fields": fields,
                "send": [{ "in": "header", "name": "Authorization", "value": "Bearer {connection.key}" }],
                "identity": { "request": { "path": "/me/{connection.site}" }, "id": "body.id", "label": "{body.name}" } },
            { "id": "exchanged", "label": "Key for a token", "kind": "two_step", "fields": fields,
                "send_as": { "key": [{ "in": "header", "name": "X-Key", "value": "{connection.key}" }] },
                "exchange": { "request": { "method": "POST", "path": "/token", "as": "key" }, "tokens": { "access_token": "body.token" } } },
            { "id": "oauth", "label": "Account", "kind": "oauth2", "fields": [field("port", false)],
                "oauth2": {
                    "grant": "authorization_code",
                    "authorize_url": "http://127.0.0.1:{connection.port}/authorize", "token_url": "http://127.0.0.1:{connection.port}/token",
                    "revoke": { "method": "POST", "path": "/revoke" },
                } },
        ],
        "after_connect": [{
            "request": { "path": "/sites", "when": "connection.site is missing" },
            "items": "body.sites", "label": "{item.name}", "ask": "Which site is it for?", "values": { "site": "{item.id}" },
        }],
        "operations": [],
    });
    serde_json::from_value(connector).unwrap()
}
