//! Secrets are planted in a real server, used in calls that succeed and calls that fail, and then looked for everywhere: in every table
//! and file of the database, in the log, in every answer of the API, in exports, in the event stream and in what the calls recorded.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use testkit::{Behaviour, Upstream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::instance::{EMAIL, Instance};

/// What is looked for, by what it is. Their ends hold characters that every encoding changes.
#[derive(Default)]
struct Canaries(Vec<(String, Vec<Vec<u8>>)>);

impl Canaries {
    fn plant(&mut self, what: &str) -> String {
        let secret = format!("cnry-{what}-{:x}/+=&?", self.0.len() * 7919 + 0x5eed_c0de);
        self.add(what, &secret);
        secret
    }

    fn add(&mut self, what: &str, secret: &str) {
        let mut forms = vec![secret.as_bytes().to_vec()];
        // In base64 a text looks like one of three, by where it stands; what its neighbours change at the ends is left out.
        for shift in 0..3 {
            let padded = [&b"xxx"[..shift], secret.as_bytes()].concat();
            let text = STANDARD.encode(&padded);
            let from = if shift == 0 { 0 } else { 4 };
            let to = (padded.len() / 3) * 4;
            for text in [text[from..to].to_owned(), text[from..to].replace('+', "-").replace('/', "_")] {
                forms.push(text.into_bytes());
            }
        }
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        forms.extend([encoded.clone().into_bytes(), encoded.to_lowercase().into_bytes()]);
        forms.extend([hex::encode(secret).into_bytes(), hex::encode_upper(secret).into_bytes()]);
        forms.push(serde_json::to_string(secret).unwrap().trim_matches('"').replace('/', "\\/").into_bytes());
        forms.retain(|form| form.len() >= 12);
        self.0.push((what.to_owned(), forms));
    }

    fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        let holds = |form: &Vec<u8>| bytes.windows(form.len()).any(|window| window == form.as_slice());
        self.0.iter().find(|(_, forms)| forms.iter().any(holds)).map(|(what, _)| what.as_str())
    }

    fn absent(&self, place: &str, bytes: &[u8]) {
        if let Some(what) = self.found_in(bytes) {
            panic!("{what} was found in {place}");
        }
    }
}

/// Everything the event stream says, as it came.
async fn listen(patchbay: &Instance, cookie: &str) -> Arc<Mutex<Vec<u8>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut stream = tokio::net::TcpStream::connect(patchbay.address).await.unwrap();
    let request = format!(
        "GET /api/v1/stream HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n",
        patchbay.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let into = Arc::clone(&heard);
    tokio::spawn(async move {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            into.lock().unwrap().extend_from_slice(&buffer[..read]);
        }
    });
    heard
}

/// A vendor with OAuth and keys, as a folder of the data directory.
fn connector(patchbay: &Instance, vendor: &Upstream) {
    let folder = patchbay.folder.path().join("data/connectors/canary_vendor");
    std::fs::create_dir_all(folder.join("operations")).unwrap();
    let identity = "[auth.identity]\nrequest = { path = \"/me\" }\nid = \"'one'\"\nlabel = \"Ours\"\n";
    let field = |key: &str, secret: bool| {
        format!("[[auth.fields]]\nkey = \"{key}\"\nlabel = \"{key}\"\nkind = \"text\"\nrequired = true\nsecret = {secret}\n")
    };
    let manifest = format!(
        "name = \"Canary\"\nversion = 1\ndescription = \"A vendor of this test.\"\ncategories = [\"test\"]\ndocs = \"https://example.com\"\n\
         base_url = \"{{connection.base}}\"\nhosts = [\"{{connection.base}}\"]\n\
         [[auth]]\nid = \"oauth\"\nkind = \"oauth2\"\nlabel = \"Account\"\n{base}\
         [auth.oauth2]\ngrant = \"authorization_code\"\nauthorize_url = \"{authorize}\"\ntoken_url = \"{token}\"\n\
         [auth.oauth2.revoke]\nmethod = \"POST\"\npath = \"/revoke\"\n{identity}\
         [[auth]]\nid = \"key\"\nkind = \"api_key\"\nlabel = \"Key\"\nsend = [{{ in = \"query\", name = \"key\", value = \"{{connection.key}}\" }}]\n{base}{key}{identity}",
        base = field("base", false),
        key = field("key", true),
        authorize = vendor.url("authorize"),
        token = vendor.url("token"),
    );
    std::fs::write(folder.join("connector.toml"), manifest).unwrap();
    std::fs::write(
        folder.join("operations/send.toml"),
        "label = \"Send\"\ndescription = \"Sends.\"\neffect = \"write\"\nchecked = { by = \"documentation\", url = \"https://example.com\" }\n\
         [idempotency]\nclass = \"safe\"\nnatural_key = [\"what\"]\n[[fields]]\nkey = \"what\"\nlabel = \"What\"\nkind = \"text\"\n\
         [[requests]]\nmethod = \"POST\"\npath = \"/send\"\nbody = { kind = \"json\", value = { what = \"{input.what}\" } }\n\
         [output]\nsample = { done = true }\n",
    )
    .unwrap();
}

/// A signed webhook that calls the vendor and any address with each of the connections.
fn workflow(vendor: &Upstream, connections: &BTreeMap<&str, String>, verify: Value) -> Value {
    let policy = json!({ "on_error": "continue", "retry": { "max_attempts": 1 } });
    let mut steps = serde_json::Map::new();
    for (name, connection) in connections {
        let kind = if name.starts_with("http") {
            json!({ "type": "action", "connector": "http", "version": 1, "operation": "request", "connection": connection, "input": {
                "method": { "literal": "POST" }, "url": { "literal": vendor.url("/any") }, "repeatable": { "literal": true } } })
        } else {
            json!({ "type": "action", "connector": "canary_vendor", "version": 1, "operation": "send", "connection": connection,
                "input": { "what": { "literal": "x" } } })
        };
        steps.insert((*name).to_owned(), json!({ "slug": name, "label": name, "kind": kind, "policy": policy }));
    }
    let body: Vec<&&str> = connections.keys().collect();
    let hook = json!({ "id": "hook", "label": "Webhook", "kind": { "type": "webhook", "verify": verify } });
    json!({ "schema": 1, "triggers": [hook], "steps": steps, "body": body })
}

/// Every address of the API that reads, with what is known put into its places.
fn addresses(document: &Value, known: &BTreeMap<&str, String>) -> Vec<String> {
    let mut addresses = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        if methods.get("get").is_none() || path.ends_with("/stream") {
            continue;
        }
        let family = path.trim_start_matches("/api/v1").trim_start_matches('/').split('/').next().unwrap_or_default();
        let mut address = if path.starts_with("/api/") { path.clone() } else { format!("/api/v1{path}") };
        while let (Some(from), Some(to)) = (address.find('{'), address.find('}')) {
            let name = &address[from + 1..to];
            let value = known.get(name).or_else(|| known.get(family)).map_or("none", String::as_str);
            address.replace_range(from..=to, value);
        }
        addresses.push(address);
    }
    addresses
}

#[tokio::test]
async fn no_secret_is_ever_told() {
    let mut canaries = Canaries::default();
    let vendor = Upstream::start().await;
    let mut patchbay = Instance::new();
    // What is most talkative of ours; what others log below that is theirs, and no operator's setting.
    patchbay.log = "debug,hyper=info,reqwest=info,h2=info,rustls=info".to_owned();
    connector(&patchbay, &vendor);
    let password = canaries.plant("password");
    let reset = patchbay.command(&["owner", "reset-password", "--email", EMAIL, "--password-stdin"], Some(&password));
    assert!(reset.status.success(), "{reset:?}");
    patchbay.start().await;
    let mut told: Vec<(String, Vec<u8>)> = Vec::new();

    let signed_in =
        patchbay.raw(Method::POST, "/api/v1/sign-in", &[], Some(&json!({ "email": EMAIL, "password": password }))).await;
    assert_eq!(signed_in.status, 200);
    let cookie = signed_in.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    told.push(("sign-in".into(), signed_in.body.to_vec()));
    let wrong = json!({ "email": EMAIL, "password": format!("{password}x") });
    told.push(("a wrong password".into(), patchbay.raw(Method::POST, "/api/v1/sign-in", &[], Some(&wrong)).await.body.to_vec()));
    let made = patchbay.post("/api/v1/tokens", &json!({ "name": "canary", "role": "maker" })).await;
    canaries.add("API token", made["secret"].as_str().or(made["token"].as_str()).unwrap());
    let heard = listen(&patchbay, &cookie).await;

    // Connections: typed, and by a consent.
    let port_base = vendor.url("").trim_end_matches('/').to_owned();
    let mut connections = BTreeMap::new();
    let mut connect = async |name: &'static str, body: Value| {
        let (status, answer) = patchbay.send(Method::POST, "/api/v1/connections", Some(&body)).await;
        assert_eq!(status, 200, "{name}: {answer}");
        connections.insert(name, answer["id"].as_str().unwrap().to_owned());
        answer.to_string().into_bytes()
    };
    let mut planted: BTreeMap<&str, String> = BTreeMap::new();
    let mut plant = |name: &'static str, secret: String| {
        planted.insert(name, secret.clone());
        secret
    };
    let http = |method: &str, values: Value| json!({ "connector": "http", "method": method, "label": method, "hosts": ["127.0.0.1"], "values": values });
    told.push((
        "bearer".into(),
        connect("http_bearer", http("bearer", json!({ "token": plant("http_bearer", canaries.plant("bearer")) }))).await,
    ));
    let basic = json!({ "username": "ada", "password": plant("http_basic", canaries.plant("basic")) });
    told.push(("basic".into(), connect("http_basic", http("basic", basic)).await));
    let header = json!({ "name": "X-Key", "value": plant("http_header", canaries.plant("header")) });
    told.push(("header".into(), connect("http_header", http("header", header)).await));
    let key = json!({ "base": port_base, "key": plant("vendor_key", canaries.plant("api-key")) });
    told.push((
        "key".into(),
        connect("vendor_key", json!({ "connector": "canary_vendor", "method": "key", "label": "Key", "values": key })).await,
    ));

    let app = json!({ "client_id": "our-client", "client_secret": canaries.plant("client-secret") });
    let (status, answer) = patchbay.send(Method::PUT, "/api/v1/apps/canary_vendor", Some(&app)).await;
    assert_eq!(status, 200, "{answer}");
    told.push(("the app".into(), answer.to_string().into_bytes()));
    let consent = json!({ "connector": "canary_vendor", "method": "oauth", "label": "Account", "values": { "base": port_base } });
    let begun = patchbay.raw(Method::POST, "/api/v1/connections/consent", &[("cookie", &cookie)], Some(&consent)).await;
    assert_eq!(begun.status, 200, "{:?}", String::from_utf8_lossy(&begun.body));
    told.push(("the consent".into(), begun.body.to_vec()));
    let begun: Value = serde_json::from_slice(&begun.body).unwrap();
    let url = url::Url::parse(begun["url"].as_str().unwrap()).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let (access, refresh, code) = (canaries.plant("access-token"), canaries.plant("refresh-token"), canaries.plant("code"));
    vendor.behave_next([Behaviour::json(200, &json!({ "access_token": access, "refresh_token": refresh, "expires_in": 3600 }))]);
    let code: String = url::form_urlencoded::byte_serialize(code.as_bytes()).collect();
    let page =
        patchbay.raw(Method::GET, &format!("/oauth/callback?state={state}&code={code}"), &[("cookie", &cookie)], None).await;
    assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(&page.body));
    told.push(("the end of the consent".into(), page.body.to_vec()));
    let exchanged = vendor.calls().into_iter().find(|call| call.path == "/token").unwrap();
    let sent: BTreeMap<String, String> = url::form_urlencoded::parse(&exchanged.body).into_owned().collect();
    canaries.add("PKCE verifier", &sent["code_verifier"]);
    let all = patchbay.get("/api/v1/connections").await;
    let account = all["items"].as_array().unwrap().iter().find(|one| one["method"] == "oauth").unwrap();
    planted.insert("vendor_oauth", access.clone());
    connections.insert("vendor_oauth", account["id"].as_str().unwrap().to_owned());

    // Calls that succeed, and fail in every way; the vendor sends back what it was sent.
    let (workflow_id, hook) = patchbay
        .publish("Canary", &workflow(&vendor, &connections, json!({ "type": "shared_secret", "header": "X-Token" })))
        .await;
    let secret = canaries.plant("webhook-secret");
    let put = format!("/api/v1/workflows/{workflow_id}/triggers/hook/secret");
    let (status, answer) = patchbay.send(Method::PUT, &put, Some(&json!({ "secret": secret }))).await;
    assert_eq!(status, 200, "{answer}");
    let refused = patchbay.raw(Method::POST, &hook, &[("x-token", "wrong")], Some(&json!({ "n": 0 }))).await;
    assert_eq!(refused.status, 401);
    told.push(("a forged delivery".into(), refused.body.to_vec()));
    let behaviours = [Behaviour::Echo, Behaviour::status(400), Behaviour::Reset, Behaviour::status(403)];
    let mut runs = Vec::new();
    for (n, behaviour) in behaviours.into_iter().enumerate() {
        vendor.behave(behaviour);
        let taken = patchbay.raw(Method::POST, &hook, &[("x-token", &secret)], Some(&json!({ "n": n }))).await;
        assert_eq!(taken.status, 200, "{}", String::from_utf8_lossy(&taken.body));
        let receipt: Value = serde_json::from_slice(&taken.body).unwrap();
        let run = receipt["run"].as_str().unwrap().to_owned();
        patchbay.settled(&run).await;
        runs.push(run);
        told.push(("a receipt".into(), taken.body.to_vec()));
    }
    // Errors that tell what the call was sent with.
    for (name, secret) in &planted {
        let one = BTreeMap::from([(*name, connections[name].clone())]);
        let (_, hook) = patchbay.publish(name, &workflow(&vendor, &one, json!({ "type": "none" }))).await;
        for status in [400, 503] {
            vendor.behave(Behaviour::json(status, &json!({ "error": { "message": format!("No: “{secret}” is wrong") } })));
            let receipt = patchbay.post(&hook, &json!({ "n": 1 })).await;
            let run = receipt["run"].as_str().unwrap().to_owned();
            patchbay.settled(&run).await;
            runs.push(run);
        }
    }
    // Refused, not to be renewed, and refused again.
    vendor.behave(Behaviour::json(401, &json!({ "error": "invalid_token" })));
    let taken = patchbay.raw(Method::POST, &hook, &[("x-token", &secret)], Some(&json!({ "n": 9 }))).await;
    let receipt: Value = serde_json::from_slice(&taken.body).unwrap();
    runs.push(receipt["run"].as_str().unwrap().to_owned());
    patchbay.settled(receipt["run"].as_str().unwrap()).await;
    for connection in connections.values() {
        let (_, answer) = patchbay.send(Method::POST, &format!("/api/v1/connections/{connection}/test"), Some(&json!({}))).await;
        told.push(("a test".into(), answer.to_string().into_bytes()));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;

    // Every address that reads, for every run.
    let document = patchbay.get("/api/v1/openapi.json").await;
    let mut answered = 0;
    for (n, run) in runs.iter().enumerate() {
        let detail = patchbay.get(&format!("/api/v1/runs/{run}")).await;
        let event = detail["run"]["event_id"].as_str().or(detail["run"]["event"].as_str()).unwrap_or_default().to_owned();
        let connection = connections.values().nth(n % connections.len()).unwrap().clone();
        let known = BTreeMap::from([
            ("runs", run.clone()),
            ("run", run.clone()),
            ("workflows", workflow_id.clone()),
            ("workflow", workflow_id.clone()),
            ("trigger", "hook".to_owned()),
            ("step", "http_bearer".to_owned()),
            ("connections", connection),
            ("events", event),
            ("connector", "canary_vendor".to_owned()),
            ("path", "http_bearer".to_owned()),
            ("version", "1".to_owned()),
        ]);
        // What does not depend on the run is asked for each connection once.
        let is_asked = |address: &String| n < connections.len() || address.contains(run.as_str());
        for address in addresses(&document, &known).into_iter().filter(is_asked) {
            let answer = patchbay.raw(Method::GET, &address, &[], None).await;
            answered += usize::from(answer.status == 200);
            told.push((format!("GET {address}"), answer.body.to_vec()));
        }
    }
    assert!(answered >= 20 * connections.len() + 2 * runs.len(), "only {answered} addresses answered");
    let metrics = patchbay.raw(Method::GET, "/metrics", &[], None).await;
    told.push(("metrics".into(), metrics.body.to_vec()));
    let exported = patchbay.command(&["workflow", "export", &workflow_id], None);
    assert!(exported.status.success());
    told.push(("an export".into(), exported.stdout));
    let gone = patchbay.send(Method::DELETE, &format!("/api/v1/connections/{}", connections["vendor_oauth"]), None).await;
    told.push(("a deletion that is refused".into(), gone.1.to_string().into_bytes()));
    patchbay.stop().await;

    for (place, bytes) in &told {
        canaries.absent(place, bytes);
    }
    canaries.absent("the event stream", &heard.lock().unwrap());
    assert!(String::from_utf8_lossy(&heard.lock().unwrap()).contains("event"), "the stream said something");
    let log = patchbay.said();
    assert!(log.contains("DEBUG"), "the log is talkative");
    canaries.absent("the log", log.as_bytes());
    tables(&patchbay, &canaries).await;
    // What is left in files beside the tables: pages that were given back, the log of writes.
    for file in std::fs::read_dir(patchbay.folder.path().join("data")).unwrap().flatten() {
        if file.path().is_file() {
            canaries.absent(&file.path().display().to_string(), &std::fs::read(file.path()).unwrap());
        }
    }
    let sent: Vec<u8> = vendor.calls().iter().flat_map(|call| call.headers.iter().flat_map(|(_, value)| value.bytes())).collect();
    assert!(canaries.found_in(&sent).is_some(), "the search finds what is there: the calls carried the secrets");
}

/// Every column of every row of every table.
async fn tables(patchbay: &Instance, canaries: &Canaries) {
    let url = format!("sqlite://{}/data/patchbay.db", patchbay.folder.path().display());
    let database = Database::connect(url).await.unwrap();
    let query =
        async |sql: String| database.query_all_raw(Statement::from_string(database.get_database_backend(), sql)).await.unwrap();
    let mut rows_seen = 0;
    let tables = query("SELECT name FROM sqlite_master WHERE type = 'table'".to_owned()).await;
    assert!(tables.len() > 20, "{} tables", tables.len());
    for table in tables {
        let table: String = table.try_get_by_index(0).unwrap();
        let columns = query(format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let columns: Vec<String> = columns.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        let cast: Vec<String> = columns.iter().map(|name| format!("CAST(\"{name}\" AS BLOB)")).collect();
        for row in query(format!("SELECT {} FROM \"{table}\"", cast.join(", "))).await {
            rows_seen += 1;
            for (index, column) in columns.iter().enumerate() {
                let bytes: Option<Vec<u8>> = row.try_get_by_index(index).unwrap();
                canaries.absent(&format!("{table}.{column}"), &bytes.unwrap_or_default());
            }
        }
    }
    assert!(rows_seen > 50, "{rows_seen} rows");
    let journal = query("SELECT format, events FROM journal".to_owned()).await;
    assert!(!journal.is_empty());
    for row in journal {
        let (format, events): (i64, Vec<u8>) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        canaries.absent("journal.events, unpacked", &store::journal_json(format, &events).unwrap());
    }
}

#[test]
fn the_search_knows_every_form() {
    let mut canaries = Canaries::default();
    let secret = canaries.plant("form");
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut forms = vec![secret.clone(), encoded, hex::encode(&secret), hex::encode_upper(&secret)];
    for before in ["", "a", "ab", "user:", "Bearer "] {
        forms.push(STANDARD.encode(format!("{before}{secret} and more")));
    }
    for form in forms {
        assert_eq!(canaries.found_in(format!("..{form}..").as_bytes()), Some("form"), "{form}");
    }
    assert_eq!(canaries.found_in(b"nothing of the kind"), None);
}
