/// `connector.toml` of a connector to a server of the test: where it is and its key are values of the connection, `base` and `key`,
/// under the auth method `key`. Calls carry the key as `X-Key`, and `X-Note`. More can be added below it.
pub const CONNECTOR: &str = r#"
name = "Local"
version = 1
description = "A server of this test."
categories = ["test"]
docs = "https://example.com"
base_url = "{connection.base}"
hosts = ["{connection.base}"]
[headers]
X-Note = "n"
[[auth]]
id = "key"
kind = "api_key"
label = "Key"
send = [{ in = "header", name = "X-Key", value = "{connection.key}" }]
[[auth.fields]]
key = "base"
label = "Address"
kind = "text"
[[auth.fields]]
key = "key"
label = "Key"
kind = "text"
secret = true
[auth.identity]
request = { path = "/me" }
id = "body.id"
label = "{body.name}"
"#;
