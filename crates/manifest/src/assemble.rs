//! Makes one document of the files of a connector's folder. Used by the build script and, at run time, by [`crate::parse_folder`].

use serde_json::{Map, Value};

/// The files of one folder, each as its path below the folder and its contents.
pub type Files = Vec<(String, Value)>;

/// What a field of a form may say. Its type is read leniently, because its kind stands beside its other keys.
const FIELD_KEYS: [&str; 20] = [
    "key",
    "label",
    "help",
    "placeholder",
    "kind",
    "required",
    "default",
    "advanced",
    "secret_ok",
    "secret",
    "shown_when",
    "format",
    "options_from",
    "fields_from",
    "pattern",
    "clearable",
    "options",
    "suggest",
    "min",
    "max",
];

/// The connector's document; each problem is `path: what is wrong`.
pub fn assemble(id: &str, files: Files) -> Result<Value, Vec<String>> {
    let mut problems = Vec::new();
    let mut connector = Map::new();
    let (mut operations, mut triggers) = (Vec::new(), Vec::new());
    for (path, value) in files {
        let Value::Object(table) = value else {
            problems.push(format!("{path}: is not a table"));
            continue;
        };
        match path.strip_suffix(".toml").map(|path| path.split('/').collect::<Vec<_>>()).as_deref() {
            Some(["connector"]) => connector = table,
            Some(["operations", id]) => operations.push((path.clone(), (*id).to_owned(), table)),
            Some(["triggers", id]) => triggers.push((path.clone(), (*id).to_owned(), table)),
            _ => problems.push(format!("{path}: has no place in a connector; see docs/connectors.md")),
        }
    }
    if connector.is_empty() {
        problems.push("connector.toml: is missing".to_owned());
        return Err(problems);
    }
    let shared = match connector.remove("fields") {
        Some(Value::Object(fields)) => fields,
        None => Map::new(),
        Some(_) => {
            problems.push("connector.toml: \"fields\" must be tables, as in [fields.channel]".to_owned());
            Map::new()
        }
    };
    // What every connection asks for stands before what its method asks for.
    let asked = match connector.remove("connection") {
        Some(Value::Array(fields)) => fields,
        _ => Vec::new(),
    };
    if let Some(Value::Array(methods)) = connector.get_mut("auth") {
        for method in methods.iter_mut().filter_map(Value::as_object_mut) {
            let own = method.remove("fields").and_then(|own| own.as_array().cloned()).unwrap_or_default();
            method.insert("fields".to_owned(), asked.iter().cloned().chain(own).collect());
            fields(method, &shared, "connector.toml", &mut problems);
        }
    }
    let order = connector.get("order").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut finish = |list: Vec<(String, String, Map<String, Value>)>| {
        let mut done: Vec<Value> = Vec::with_capacity(list.len());
        for (path, id, mut table) in list {
            fields(&mut table, &shared, &path, &mut problems);
            table.insert("id".to_owned(), Value::from(id));
            done.push(Value::Object(table));
        }
        // Menus show them in the order the connector names them; by file name where it does not.
        done.sort_by_key(|one| one["id"].as_str().unwrap_or_default().to_owned());
        done.sort_by_key(|one| order.iter().position(|id| *id == one["id"]).unwrap_or(order.len()));
        done
    };
    let (operations, triggers) = (finish(operations), finish(triggers));
    connector.insert("id".to_owned(), Value::from(id));
    connector.insert("operations".to_owned(), Value::from(operations));
    if !triggers.is_empty() {
        connector.insert("triggers".to_owned(), Value::from(triggers));
    }
    if problems.is_empty() { Ok(Value::Object(connector)) } else { Err(problems) }
}

/// Puts shared fields in the place of `use = "name"`; what stands beside it wins.
fn fields(table: &mut Map<String, Value>, shared: &Map<String, Value>, path: &str, problems: &mut Vec<String>) {
    let list = table.entry("fields").or_insert_with(|| Value::Array(Vec::new()));
    let Some(list) = list.as_array_mut() else {
        problems.push(format!("{path}: \"fields\" must be a list, as in [[fields]]"));
        return;
    };
    for field in list.iter_mut().filter_map(Value::as_object_mut) {
        let Some(name) = field.remove("use") else { continue };
        let name = name.as_str().unwrap_or_default().to_owned();
        let Some(base) = shared.get(&name).and_then(Value::as_object) else {
            problems.push(format!("{path}: there is no shared field \"{name}\""));
            continue;
        };
        let mut whole = base.clone();
        whole.entry("key").or_insert_with(|| Value::from(name));
        whole.extend(std::mem::take(field));
        *field = whole;
    }
    for field in list.iter().filter_map(Value::as_object) {
        for odd in field.keys().filter(|key| !FIELD_KEYS.contains(&key.as_str())) {
            let name = field.get("key").and_then(Value::as_str).unwrap_or_default();
            problems.push(format!("{path}: the field \"{name}\" has no \"{odd}\""));
        }
    }
}
