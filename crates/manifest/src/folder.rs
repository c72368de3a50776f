//! Reads a connector from the texts of its files, for connectors that do not come with Patchbay.

use serde_json::Value;

use crate::Connector;
use crate::assemble::assemble;
use crate::lint::{Problem, lint};

/// Largest file, in bytes.
const MOST_BYTES: usize = 512 * 1024;
const MOST_FILES: usize = 500;

/// Reads and checks a connector from its files: pairs of path and text, where every path begins with the folder's name, which is
/// the connector's id (`slack/connector.toml`). Files that are not TOML are passed over.
pub fn parse_folder(files: &[(String, String)]) -> Result<Connector, Vec<Problem>> {
    let problem = |place: &str, message: String| Problem { place: place.to_owned(), message };
    let mut problems = Vec::new();
    let id = files.first().and_then(|(path, _)| path.split('/').next()).unwrap_or_default();
    if id.is_empty() || id.len() > 40 || !id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        problems.push(problem("", format!("\"{}\" cannot be a connector's id; use a-z, 0-9 and _", id.escape_debug())));
    }
    if files.len() > MOST_FILES {
        problems.push(problem("", format!("The folder has {} files; at most {MOST_FILES} are read", files.len())));
        return Err(problems);
    }
    let mut read = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".toml")) {
        let Some(path) = path.strip_prefix(id).and_then(|rest| rest.strip_prefix('/')) else {
            problems.push(problem(path, format!("The file does not lie in the folder \"{id}\"")));
            continue;
        };
        if text.len() > MOST_BYTES {
            problems.push(problem(path, format!("The file is larger than {} kB", MOST_BYTES / 1024)));
            continue;
        }
        match toml::from_str::<Value>(text) {
            Ok(value) => read.push((path.to_owned(), value)),
            Err(error) => problems.push(problem(path, error.to_string().trim().to_owned())),
        }
    }
    let document = match assemble(id, read) {
        Ok(document) => document,
        Err(found) => {
            let split = |text: String| text.split_once(": ").map(|(place, rest)| problem(place, rest.to_owned()));
            problems.extend(found.into_iter().filter_map(split));
            return Err(problems);
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let connector: Connector =
        serde_json::from_value(document).map_err(|error| vec![problem("connector.toml", error.to_string())])?;
    let found = lint(&connector);
    if found.is_empty() { Ok(connector) } else { Err(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTOR: &str = r#"
name = "Example"
version = 1
description = "An example."
categories = ["crm"]
docs = "https://developers.example.com"
base_url = "https://{connection.site}.example.com/v2"
hosts = ["*.example.com"]
[[connection]]
key = "site"
label = "Site"
kind = "text"
required = true
[[auth]]
id = "key"
kind = "api_key"
label = "Key"
send = [{ in = "header", name = "X-Key", value = "{connection.key}" }]
[[auth.fields]]
key = "key"
label = "Key"
kind = "text"
secret = true
[auth.identity]
request = { path = "/me" }
id = "body.id"
label = "{body.name}"
[[scopes]]
id = "write"
why = "Add contacts"
[fields.email]
label = "E-mail address"
kind = "text"
required = true
"#;
    const OPERATION: &str = r#"
label = "Add"
description = "Adds a contact."
effect = "write"
scopes = ["write"]
checked = { by = "unchecked" }
idempotency = { class = "unsafe" }
[[fields]]
use = "email"
help = "Of the contact."
[[requests]]
method = "POST"
path = "/contacts/{input.email}"
body = { kind = "json", value = { email = "{input.email}" } }
[output]
sample = { id = "1" }
"#;

    fn read(connector: &str, operation: &str) -> Result<Connector, Vec<Problem>> {
        let files =
            [("example/connector.toml", connector), ("example/operations/add.toml", operation), ("example/cases/a.json", "[")];
        parse_folder(&files.map(|(path, text)| (path.to_owned(), text.to_owned())))
    }

    #[test]
    fn a_sound_folder_is_read() {
        let connector = read(CONNECTOR, OPERATION).unwrap_or_else(|problems| panic!("{problems:?}"));
        assert_eq!((connector.id.as_str(), connector.operations[0].id.as_str()), ("example", "add"));
        let field = &connector.operations[0].fields[0];
        assert_eq!((field.key.as_str(), field.required, field.help.as_str()), ("email", true, "Of the contact."));
        let keys: Vec<_> = connector.auth[0].fields.iter().map(|field| field.key.as_str()).collect();
        assert_eq!(keys, ["site", "key"], "what every connection asks for comes first");
        // The same through the journal's and the browser's format.
        let json = serde_json::to_string(&connector).expect("written");
        assert_eq!(serde_json::from_str::<Connector>(&json).expect("read"), connector);
    }

    #[test]
    fn each_mistake_is_named() {
        let cases = [
            ("scopes = [\"write\"]", "scopes = [\"admin\"]", "the scope \"admin\" is not in connector.toml"),
            ("{input.email}\"\nbody", "{input.mail}\"\nbody", "input has no \"mail\""),
            ("{input.email}\"\nbody", "{input.email\"\nbody", "a brace that is not closed"),
            ("{input.email}\"\nbody", "{event.email}\"\nbody", "there is no \"event\" here"),
            (
                "value = { email = \"{input.email}\" }",
                "value = { email = \"{connection.key}\" }",
                "there is no \"connection\" here",
            ),
            ("\"/contacts/{input.email}\"", "\"https://evil.example/{input.email}\"", "\"path\" begins with a slash"),
            ("\"/contacts/{input.email}\"", "\"/contacts?e={input.email}\"", "\"path\" has no query"),
            ("\"POST\"", "\"CONNECT\"", "is no method"),
            ("use = \"email\"", "use = \"phone\"", "there is no shared field \"phone\""),
            ("help = \"Of the contact.\"", "hepl = \"Of the contact.\"", "has no \"hepl\""),
            ("class = \"unsafe\"", "class = \"safe\"", "\"safe\" needs a \"key\""),
            ("class = \"unsafe\"", "class = \"lookup\"", "needs the request that asks"),
            ("checked = { by = \"unchecked\" }", "checked = { by = \"documentation\" }", "needs the https address"),
            ("sample = { id = \"1\" }", "", "has no \"sample\""),
            ("label = \"Add\"", "label = \"\"", "has no label"),
            ("label = \"Add\"", "label = \"Add\"\nlabels = 1", "unknown field `labels`"),
            ("[output]", "[output", "expected"),
        ];
        for (from, to, message) in cases {
            assert!(OPERATION.contains(from), "{from}");
            let problems = read(CONNECTOR, &OPERATION.replace(from, to)).expect_err(to);
            assert!(problems.iter().any(|problem| problem.message.contains(message)), "{to}: {problems:?}");
        }
        let cases = [
            ("*.example.com", "*.example.org", "no entry of \"hosts\" covers"),
            ("https://{connection", "http://{connection", "must begin with https://"),
            ("{connection.site}", "{connection.shop}", "connection has no \"shop\""),
            ("why = \"Add contacts\"", "why = \"\"", "has no \"why\""),
            ("docs = \"https://developers.example.com\"", "docs = \"\"", "\"docs\" must be"),
            ("kind = \"api_key\"", "kind = \"oauth2\"", "come together"),
        ];
        for (from, to, message) in cases {
            assert!(CONNECTOR.contains(from), "{from}");
            let problems = read(&CONNECTOR.replace(from, to), OPERATION).expect_err(to);
            assert!(problems.iter().any(|problem| problem.message.contains(message)), "{to}: {problems:?}");
        }
    }

    #[test]
    fn what_code_carries_out_has_the_fields_it_knows() {
        let read = |connector: &str, operation: &str| {
            let files = [("email/connector.toml", connector), ("email/operations/send.toml", operation)];
            parse_folder(&files.map(|(path, text)| (path.to_owned(), text.to_owned())))
        };
        let connector = include_str!("../../../assets/connectors/email/connector.toml");
        let operation = include_str!("../../../assets/connectors/email/operations/send.toml");
        let email = read(connector, operation).unwrap_or_else(|problems| panic!("{problems:?}"));
        assert_eq!((email.native(), email.operations[0].native), (Some(crate::Native::Smtp), Some(crate::Native::Smtp)));
        let cases = [
            (connector.replace("native = \"smtp\"", ""), operation.to_owned(), "is not of the same code"),
            (connector.replace("key = \"host\"", "key = \"server\""), operation.to_owned(), "needs a field \"host\""),
            (connector.to_owned(), operation.replace("key = \"to\"", "key = \"whom\""), "needs a field \"to\""),
            (connector.to_owned(), operation.replace("class = \"unsafe\"", "class = \"safe\""), "no mail server knows"),
            (connector.to_owned(), operation.replace("native = \"smtp\"", "native = \"ftp\""), "unknown variant"),
            (connector.to_owned(), format!("{operation}\n[[requests]]\npath = \"/x\""), "has requests as well"),
        ];
        for (connector, operation, message) in cases {
            let problems = read(&connector, &operation).expect_err(message);
            assert!(problems.iter().any(|problem| problem.message.contains(message)), "{message}: {problems:?}");
        }
    }

    #[test]
    fn hostile_folders_are_refused() {
        let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        assert!(parse_folder(&[]).is_err());
        for id in ["..", "Exa mple", "a-b", ""] {
            assert!(parse_folder(&[file(&format!("{id}/connector.toml"), CONNECTOR)]).is_err(), "{id}");
        }
        let elsewhere = [file("example/connector.toml", CONNECTOR), file("other/operations/add.toml", OPERATION)];
        assert!(parse_folder(&elsewhere).is_err());
        let large = [file("example/connector.toml", &"#".repeat(MOST_BYTES + 1))];
        assert!(parse_folder(&large).is_err());
        let many: Vec<_> = (0..=MOST_FILES).map(|n| file(&format!("example/operations/{n}.toml"), OPERATION)).collect();
        assert!(parse_folder(&many).is_err());
        let deep = format!("x = {}1{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(parse_folder(&[file("example/connector.toml", &deep)]).is_err());
    }
}
