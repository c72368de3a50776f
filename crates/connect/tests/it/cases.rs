//! Every recorded case of every connector: the input, the exact requests it makes, what the other side answers, and what the step
//! gives. `docs/connectors.md` says what a case file holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use connect::{
    AuthMethod, CallError, Connect, Credential, OfTrigger, Question, Sending, Since, Subscribing, Transport, Want, Webhook,
};
use egress::{Egress, Failure, Options, Request, Response, SendLimits};
use manifest::Connector;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows: the name in failures.
    what: String,
    /// One of these ten.
    #[serde(default)]
    operation: Option<String>,
    /// `<operation or trigger>.<field>`
    #[serde(default)]
    options: Option<String>,
    #[serde(default)]
    fields: Option<String>,
    #[serde(default)]
    identity: bool,
    #[serde(default)]
    test: bool,
    /// The id of a trigger.
    #[serde(default)]
    poll: Option<String>,
    #[serde(default)]
    cursor: Option<String>,
    /// The id of a trigger: its webhook is made, made to last, taken away.
    #[serde(default)]
    subscribe: Option<String>,
    #[serde(default)]
    renew: Option<String>,
    #[serde(default)]
    unsubscribe: Option<String>,
    /// What the vendor is told, and what earlier answers gave.
    #[serde(default)]
    webhook: Hook,
    /// The id of a trigger whose deliveries name ids only: `event` is completed.
    #[serde(default)]
    fetch: Option<String>,
    #[serde(default)]
    event: Value,
    /// The id of a trigger: what comes of a delivery, which `triggers` looks at.
    #[serde(default)]
    delivery: Option<String>,
    /// Of a delivery.
    #[serde(default, rename = "account")]
    _account: Option<String>,
    #[serde(default, rename = "headers")]
    _headers: BTreeMap<String, String>,
    #[serde(default, rename = "body")]
    _body: Value,
    #[serde(default, rename = "fetched")]
    _fetched: Option<Value>,
    /// Keys that are known.
    #[serde(default)]
    seen: Vec<String>,
    /// The id of an auth method.
    #[serde(default)]
    auth: Option<String>,
    #[serde(default)]
    connection: BTreeMap<String, String>,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    search: Option<String>,
    #[serde(default)]
    exchanges: Vec<Exchange>,
    #[serde(default)]
    output: Option<Value>,
    #[serde(default)]
    error: Option<Expected>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Hook {
    #[serde(default)]
    url: String,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    state: Value,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Exchange {
    request: Asked,
    answer: Told,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Asked {
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// JSON as a value; anything else as text. `{"$base64url": "..."}` in it stands for that text in base64url.
    #[serde(default)]
    body: Option<Value>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Told {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// JSON unless it is text; `{"$base64": "..."}` stands for bytes.
    #[serde(default)]
    body: Option<Value>,
}

/// Parts that are absent are not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    class: String,
    #[serde(default)]
    code: Option<String>,
    /// A part of it.
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    retry_after_ms: Option<u64>,
    #[serde(default)]
    indeterminate: bool,
}

/// Answers what the case says, and remembers what did not fit.
#[derive(Debug, Default)]
struct Replay {
    left: Mutex<Vec<(Value, Response)>>,
    odd: Mutex<Vec<String>>,
}

impl Transport for Replay {
    fn send(&self, request: Request, _limits: SendLimits) -> Sending<'_> {
        let mut left = self.left.lock().unwrap();
        if left.is_empty() {
            let seen = seen(&request);
            self.odd.lock().unwrap().push(format!("one request too many: {seen:#}"));
            let failure = Failure::unsent(egress::FailureKind::Connect, "no answer left");
            return Box::pin(std::future::ready(Err(failure)));
        }
        let (asked, answer) = left.remove(0);
        let mut seen = seen(&request);
        if is_base64url(&asked) {
            open(&mut seen["body"], &asked["body"]);
        }
        if seen != asked {
            self.odd.lock().unwrap().push(format!("the request differs.\n--- is\n{seen:#}\n--- should be\n{asked:#}"));
        }
        Box::pin(std::future::ready(Ok(answer)))
    }
}

fn is_base64url(asked: &Value) -> bool {
    asked["body"].to_string().contains("$base64url")
}

/// Puts the opened text where the case expects one.
fn open(is: &mut Value, wanted: &Value) {
    match (wanted, is) {
        (Value::Object(wanted), is) if wanted.contains_key("$base64url") => {
            let bytes = is.as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok());
            *is = json!({ "$base64url": bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) });
        }
        (Value::Object(wanted), Value::Object(is)) => {
            for (key, wanted) in wanted {
                if let Some(is) = is.get_mut(key) {
                    open(is, wanted);
                }
            }
        }
        _ => {}
    }
}

fn seen(request: &Request) -> Value {
    let headers: BTreeMap<_, _> =
        request.headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
    let is_json = headers.get("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let body = match (request.body.is_empty(), is_json) {
        (true, _) => Value::Null,
        (false, true) => serde_json::from_str(&text).unwrap(),
        (false, false) => Value::from(text),
    };
    json!({ "method": request.method.as_str(), "url": request.url.as_str(), "headers": headers, "body": body })
}

fn asked(asked: &Asked) -> Value {
    let headers: BTreeMap<_, _> = asked.headers.iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    json!({ "method": asked.method, "url": asked.url, "headers": headers, "body": asked.body })
}

fn told(exchange: &Exchange) -> Response {
    let told = &exchange.answer;
    let mut headers = http::HeaderMap::new();
    let (kind, body) = match &told.body {
        None => (None, Vec::new()),
        Some(Value::String(text)) => (Some("text/plain; charset=utf-8"), text.clone().into_bytes()),
        Some(Value::Object(map)) if map.contains_key("$base64") => {
            (Some("application/octet-stream"), STANDARD.decode(map["$base64"].as_str().unwrap()).unwrap())
        }
        Some(value) => (Some("application/json; charset=utf-8"), serde_json::to_vec(value).unwrap()),
    };
    if let Some(kind) = kind {
        headers.insert("content-type", http::HeaderValue::from_static(kind));
    }
    for (name, value) in &told.headers {
        headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), http::HeaderValue::from_str(value).unwrap());
    }
    let url = url::Url::parse(&exchange.request.url).unwrap();
    Response { status: told.status, headers, body: body.into(), url, redirects: 0 }
}

async fn run(connector: &Connector, connect: &Connect, case: &Case) -> Result<Value, CallError> {
    let timeout = Duration::from_secs(5);
    let method = case.auth.as_deref().or(connector.auth.first().map(|method| method.id.as_str()));
    let credential = method.and_then(AuthMethod::parse).map(|method| Credential {
        method,
        values: case.connection.clone(),
        allowed_hosts: Vec::new(),
    });
    let credential = credential.as_ref();
    let question = |place: &'_ str| -> (String, String) {
        let (form, field) = place.split_once('.').expect("form.field");
        (form.to_owned(), field.to_owned())
    };
    let id = connector.id.as_str();
    if let Some(operation) = &case.operation {
        let prepared = connect.prepare(id, operation, &case.input)?;
        // The way a run does: through the journal's format.
        let stored = serde_json::to_string(&prepared.request).unwrap();
        for (key, value) in &case.connection {
            assert!(value.len() < 6 || !stored.contains(value), "{}: the record holds connection.{key}", case.what);
        }
        let request = serde_json::from_str(&stored).unwrap();
        return connect.perform(&request, "key-1", credential, timeout).await.outcome;
    }
    let credential = credential.expect("a connection");
    if let Some((form, field)) = case.options.as_deref().map(question) {
        let question = Question { connector: id, form: &form, field: &field, input: &case.input, search: case.search.as_deref() };
        let found = connect.options(question, credential, timeout).await?;
        let choices: Vec<_> = found.choices.iter().map(|one| json!({ "value": one.value, "label": one.label })).collect();
        return Ok(json!({ "choices": choices, "more": found.more }));
    }
    if let Some((form, field)) = case.fields.as_deref().map(question) {
        let question = Question { connector: id, form: &form, field: &field, input: &case.input, search: None };
        return Ok(serde_json::to_value(connect.fields(question, credential, timeout).await?).unwrap());
    }
    if let Some(trigger) = &case.poll {
        let want = Want::New { at_most: None };
        let (cursor, is_whole) = (case.cursor.as_deref(), case.seen.is_empty());
        let since = Since { connector: id, trigger, input: &case.input, cursor, is_whole, want };
        let known = case.seen.iter().cloned().collect::<std::collections::HashSet<String>>();
        let polled = connect.poll(since, &known, credential, timeout).await?;
        let events: Vec<_> = polled.events.iter().map(|one| json!({ "key": one.key, "data": one.data })).collect();
        return Ok(json!({ "events": events, "cursor": polled.cursor, "more": polled.more, "is_resync": polled.is_resync }));
    }
    if let Some((what, trigger)) = about_webhook(case) {
        let Hook { url, secret, state } = &case.webhook;
        let webhook = Webhook { input: &case.input, url, secret: secret.as_deref(), state };
        let kept = connect.webhook(OfTrigger { connector: id, trigger }, what, webhook, credential, timeout).await?;
        return Ok(Value::Object(kept));
    }
    if let Some(trigger) = &case.fetch {
        return connect.fetch_event(OfTrigger { connector: id, trigger }, &case.input, &case.event, credential, timeout).await;
    }
    if case.identity {
        let account = connect.identity(id, credential, timeout).await?;
        return Ok(json!({ "id": account.id, "label": account.label }));
    }
    assert!(case.test, "{}: says not what it is about", case.what);
    connect.test(id, credential, timeout).await.map(|()| Value::Null)
}

fn about_webhook(case: &Case) -> Option<(Subscribing, &str)> {
    let asked = [
        (Subscribing::Subscribe, &case.subscribe),
        (Subscribing::Renew, &case.renew),
        (Subscribing::Unsubscribe, &case.unsubscribe),
    ];
    asked.into_iter().find_map(|(what, trigger)| Some((what, trigger.as_deref()?)))
}

fn compare(case: &Case, outcome: Result<Value, CallError>) -> Result<(), String> {
    match (outcome, &case.output, &case.error) {
        (Ok(is), Some(wanted), None) if is == *wanted => Ok(()),
        (Ok(_), None, None) if case.test => Ok(()),
        (Ok(is), wanted, _) => Err(format!("the output is\n{is:#}\nand should be\n{wanted:#?}")),
        (Err(error), _, Some(wanted)) => {
            let class = serde_json::to_value(error.class).unwrap();
            let fits = class == json!(wanted.class)
                && wanted.code.as_ref().is_none_or(|code| *code == error.code)
                && wanted.message.as_ref().is_none_or(|part| error.message.contains(part))
                && wanted.field.as_ref().is_none_or(|field| error.field.as_ref() == Some(field))
                && wanted.status.is_none_or(|status| error.status == Some(status))
                && wanted.retry_after_ms.is_none_or(|ms| error.retry_after_ms == Some(ms))
                && wanted.indeterminate == error.indeterminate;
            if fits { Ok(()) } else { Err(format!("the error is {error:#?}")) }
        }
        (Err(error), _, None) => Err(format!("it fails: {error:#?}")),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/connectors")
}

fn cases(connector: &str) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    let folder = folder().join(connector).join("cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let list: Vec<Case> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        cases.extend(list.into_iter().map(|case| (name.clone(), case)));
    }
    cases
}

#[tokio::test]
async fn every_case() {
    let egress = Connect::new(Egress::new(Options::default()).unwrap());
    let mut failures = Vec::new();
    for connector in manifest::builtin() {
        for (file, case) in cases(&connector.id).into_iter().filter(|(_, case)| case.delivery.is_none()) {
            let exchanges = case.exchanges.iter().map(|exchange| (asked(&exchange.request), told(exchange))).collect();
            let replay = Arc::new(Replay { left: Mutex::new(exchanges), odd: Mutex::default() });
            let connect = egress.clone().with_transport(replay.clone());
            let outcome = run(connector, &connect, &case).await;
            let mut odd: Vec<String> = replay.odd.lock().unwrap().clone();
            if !replay.left.lock().unwrap().is_empty() {
                odd.push("a request of the case was not made".to_owned());
            }
            odd.extend(compare(&case, outcome).err());
            if !odd.is_empty() {
                failures.push(format!("{}/cases/{file}.json: {}\n{}", connector.id, case.what, odd.join("\n")));
            }
        }
    }
    assert!(failures.is_empty(), "{} cases fail\n\n{}", failures.len(), failures.join("\n\n"));
}

/// Requests about webhooks that no case makes, and templates that no delivery goes through.
fn webhooks(connector: &Connector, cases: &[(String, Case)]) -> Vec<String> {
    let mut missing = Vec::new();
    for (trigger, webhook) in connector.triggers.iter().filter_map(|trigger| Some((trigger, trigger.webhook.as_ref()?))) {
        let has = |of: fn(&Case) -> &Option<String>| {
            cases.iter().any(|(_, case)| case.output.is_some() && of(case).as_ref() == Some(&trigger.id))
        };
        let wanted = [
            ("subscribe", webhook.subscribe.is_some(), has(|case| &case.subscribe)),
            ("renew", webhook.renew.is_some(), has(|case| &case.renew)),
            ("unsubscribe", webhook.unsubscribe.is_some(), has(|case| &case.unsubscribe)),
            ("fetch", webhook.thin.is_some(), has(|case| &case.fetch)),
            ("delivery", true, has(|case| &case.delivery)),
        ];
        for (kind, _, _) in wanted.iter().filter(|(_, is_there, is_shown)| *is_there && !is_shown) {
            missing.push(format!("{}: no case of {kind} for the trigger {}", connector.id, trigger.id));
        }
    }
    missing
}

/// Each operation succeeds once; each connector meets 401, 429, another 4xx, and an empty list where it has lists.
#[test]
fn cases_cover_what_happens() {
    let mut missing = Vec::new();
    // Mail has no requests to record; `smtp.rs` speaks to a server instead.
    for connector in manifest::builtin().iter().filter(|connector| connector.is_data() && connector.native().is_none()) {
        let cases = cases(&connector.id);
        let succeeded: BTreeSet<_> =
            cases.iter().filter(|(_, case)| case.output.is_some()).filter_map(|(_, case)| case.operation.as_deref()).collect();
        for operation in connector.operations.iter().filter(|operation| !succeeded.contains(operation.id.as_str())) {
            missing.push(format!("{}: {} has no case that succeeds", connector.id, operation.id));
        }
        let polled: BTreeSet<_> = cases.iter().filter_map(|(_, case)| case.poll.as_deref()).collect();
        for trigger in connector.triggers.iter().filter(|trigger| trigger.poll.is_some() && !polled.contains(trigger.id.as_str()))
        {
            missing.push(format!("{}: the trigger {} has no case", connector.id, trigger.id));
        }
        missing.extend(webhooks(connector, &cases));
        let classes: BTreeSet<_> =
            cases.iter().filter_map(|(_, case)| case.error.as_ref()).map(|error| error.class.as_str()).collect();
        for class in ["auth", "rate_limited", "rejected"] {
            if !classes.contains(class) {
                missing.push(format!("{}: no case with an error of the class {class}", connector.id));
            }
        }
        let lists = connector.operations.iter().any(|operation| operation.requests.iter().any(|spec| spec.paging.is_some()));
        let is_empty = |case: &Case| case.output.as_ref().is_some_and(|output| output["items"] == json!([]));
        if lists && !cases.iter().any(|(_, case)| is_empty(case)) {
            missing.push(format!("{}: no case with an empty list", connector.id));
        }
        let methods: BTreeSet<_> =
            cases.iter().filter(|(_, case)| case.identity).filter_map(|(_, case)| case.auth.as_deref()).collect();
        if !connector.auth.is_empty() && methods.is_empty() && !cases.iter().any(|(_, case)| case.identity) {
            missing.push(format!("{}: no case of \"identity\"", connector.id));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
