//! The API described for outsiders, made from the same endpoint types that serve it.

use model::api::{
    Access, Described, Empty, Endpoint, ErrorBody, ExportEventsCsv, ExportEventsJsonl, ExportRunsCsv, ExportRunsJsonl,
    GetEventFile, GetJournal, GetStream, SearchRuns, Visitor, visit,
};
use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

const ABOUT: &str = "The API of Patchbay. v1 only ever adds: fields, values and operations may appear, none changes or goes. \
     Times are milliseconds since 1970-01-01 UTC. Answers that are no success carry `error` with a stable `code`, a sentence for \
     people and details for programs.";

/// The OpenAPI 3.1 document.
pub fn document() -> Value {
    let mut writer = Writer { schemas: generator(), paths: Map::new() };
    visit(&mut writer);
    let error = writer.schemas.subschema_for::<ErrorBody>();
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Patchbay", "version": "1", "description": ABOUT },
        "paths": writer.paths,
        "components": {
            "schemas": writer.schemas.take_definitions(true),
            "responses": { "Error": { "description": "Not carried out", "content": { "application/json": { "schema": error } } } },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "An API token: `Authorization: Bearer pb_...`" },
                "session": { "type": "apiKey", "in": "cookie", "name": "patchbay", "description": "A person who signed in" },
            },
        },
    })
}

fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.contract = Contract::Deserialize;
    });
    settings.into_generator()
}

struct Writer {
    schemas: SchemaGenerator,
    paths: Map<String, Value>,
}

impl Visitor for Writer {
    fn visit<E: Endpoint>(&mut self, described: Described)
    where
        E::Query: JsonSchema,
        E::Body: JsonSchema,
        E::Reply: JsonSchema,
    {
        let mut operation = Map::new();
        operation.insert("operationId".into(), described.name.into());
        operation.insert("summary".into(), described.summary.into());
        operation.insert("tags".into(), json!([tag(described.path)]));
        let mut parameters: Vec<Value> = placeholders(described.path)
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        parameters.extend(query_parameters::<E::Query>(&mut self.schemas));
        if !parameters.is_empty() {
            operation.insert("parameters".into(), parameters.into());
        }
        if !is_empty::<E::Body>() {
            let schema = self.schemas.subschema_for::<E::Body>();
            operation.insert(
                "requestBody".into(),
                json!({ "required": true, "content": { "application/json": { "schema": schema } } }),
            );
        }
        let schema = self.schemas.subschema_for::<E::Reply>();
        operation.insert(
            "responses".into(),
            json!({ "200": reply(described.name, schema.into()), "default": { "$ref": "#/components/responses/Error" } }),
        );
        operation.insert("security".into(), security(described.access));
        operation.insert("x-access".into(), access(described.access).into());
        let path = self.paths.entry(described.path.to_owned()).or_insert_with(|| json!({}));
        path[described.method.as_str().to_ascii_lowercase()] = Value::Object(operation);
    }
}

fn is_empty<T: JsonSchema>() -> bool {
    T::schema_id() == Empty::schema_id()
}

fn reply(name: &str, schema: Value) -> Value {
    let mut content = Map::new();
    let streams = name == GetStream::NAME;
    let file = match name {
        GetEventFile::NAME => Some("application/octet-stream"),
        ExportRunsCsv::NAME | ExportEventsCsv::NAME => Some("text/csv"),
        ExportRunsJsonl::NAME | ExportEventsJsonl::NAME => Some("application/jsonl"),
        _ => None,
    };
    if let Some(media_type) = file {
        return json!({ "description": "Done", "content": { media_type: {} } });
    }
    if name == SearchRuns::NAME {
        return json!({ "description": "Done", "content": { "application/jsonl": { "schema": schema } } });
    }
    if !streams {
        content.insert("application/json".into(), json!({ "schema": schema.clone() }));
    }
    if streams || name == GetJournal::NAME {
        content.insert("text/event-stream".into(), if streams { json!({ "schema": schema }) } else { json!({}) });
    }
    json!({ "description": "Done", "content": content })
}

fn query_parameters<Q: JsonSchema>(schemas: &mut SchemaGenerator) -> Vec<Value> {
    let schema = Q::json_schema(schemas);
    let properties = schema.as_value().get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let mut parameter = json!({ "name": name, "in": "query", "schema": not_null(schema) });
        if let Some(about) = about {
            parameter["description"] = about;
        }
        parameter
    };
    properties.into_iter().map(parameter).collect()
}

/// A parameter is left out, never null.
fn not_null(mut schema: Value) -> Value {
    if let Some(types) = schema["type"].as_array_mut() {
        types.retain(|t| t != "null");
        if let [one] = types.as_slice() {
            schema["type"] = one.clone();
        }
    }
    match schema["anyOf"].as_array() {
        Some(choices) => choices.iter().find(|choice| choice["type"] != "null").cloned().unwrap_or(schema),
        None => schema,
    }
}

fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn tag(path: &str) -> &str {
    path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default()
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Public => "anyone",
        Access::Person => "a person",
        Access::Role(role) => role.as_str(),
    }
}

fn security(access: Access) -> Value {
    match access {
        Access::Public => json!([]),
        Access::Person => json!([{ "session": [] }]),
        Access::Role(_) => json!([{ "token": [] }, { "session": [] }]),
    }
}

/// Every operation as a row of a Markdown table, for the guide.
pub fn endpoint_table() -> String {
    struct Rows(String);
    impl Visitor for Rows {
        fn visit<E: Endpoint>(&mut self, described: Described)
        where
            E::Query: JsonSchema,
            E::Body: JsonSchema,
            E::Reply: JsonSchema,
        {
            let Described { method, path, summary, .. } = described;
            self.0.push_str(&format!("| `{} {path}` | {} | {summary} |\n", method.as_str(), access(described.access)));
        }
    }
    let mut rows = Rows("| operation | for | what it does |\n|---|---|---|\n".to_owned());
    visit(&mut rows);
    rows.0
}
