//! Connections that only some may use: every way that leads through one, for whoever may, may not, and always may.

use axum::http::Method;
use model::{
    Role,
    ids::{ConnectionId, UserId},
};
use serde_json::{Value, json};
use store::{Actor, NewConnection, Scope};
use testkit::{Behaviour, Upstream};

use crate::app::{TestApp, TestRequest, TestResponse};

const PASSWORD: &str = "a horse that may build";

/// Somebody who signed in.
struct Person {
    id: String,
    cookie: String,
}

/// Ada owns the workspace. Mo has a connection, May may use it, Joe may not; all three publish.
struct World {
    app: TestApp,
    vendor: Upstream,
    mo: Person,
    may: Person,
    joe: Person,
    connection: String,
}

async fn person(app: &TestApp, name: &str, role: &str) -> Person {
    let made = app.post("/api/v1/invites").owner().json(json!({ "role": role, "days": 1 })).send().await.ok();
    let token = made["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let body = json!({ "token": token, "email": format!("{name}@example.com"), "name": name, "password": PASSWORD });
    let joined = app.post("/api/v1/invites/accept").json(body).send().await;
    Person { id: joined.ok()["user"]["id"].as_str().unwrap().to_owned(), cookie: joined.session().unwrap() }
}

impl World {
    async fn new() -> World {
        let app = TestApp::init().await.with_owner().await;
        let vendor = Upstream::start().await;
        let (mo, may, joe) =
            (person(&app, "mo", "operator").await, person(&app, "may", "operator").await, person(&app, "joe", "operator").await);
        let values = json!({ "port": vendor.address().port().to_string(), "key": "a-k3y" });
        let body = json!({ "connector": "vend", "method": "key", "label": "Sales", "values": values, "only": [may.id] });
        let made = app.post("/api/v1/connections").header("cookie", &mo.cookie).json(body).send().await.ok();
        assert_eq!((&made["restricted"], &made["owner"]["name"]), (&json!(true), &json!("mo")));
        let connection = made["id"].as_str().unwrap().to_owned();
        World { app, vendor, mo, may, joe, connection }
    }

    fn ask(&self, who: &str, method: Method, path: &str) -> TestRequest<'_> {
        let cookie = match who {
            "mo" => &self.mo.cookie,
            "may" => &self.may.cookie,
            "joe" => &self.joe.cookie,
            _ => &self.app.cookie,
        };
        self.app.request(method, path).header("cookie", cookie)
    }

    async fn post(&self, who: &str, path: &str, body: &Value) -> TestResponse {
        self.ask(who, Method::POST, path).json(body.clone()).send().await
    }

    /// Joe is refused with whom to ask, and everybody else is not.
    async fn only_joe_is_refused(&self, method: Method, path: &str, body: &Value) {
        for who in ["joe", "may", "mo", "ada"] {
            let request = self.ask(who, method.clone(), path);
            let request = if method == Method::GET { request } else { request.json(body.clone()) };
            let answer = request.send().await;
            if who == "joe" {
                not_allowed(&answer, &self.connection);
            } else {
                assert_ne!(answer.status, 403, "{who} {method} {path}: {}", answer.text());
                assert_ne!(answer.status, 500, "{who} {method} {path}: {}", answer.text());
            }
        }
    }

    fn at(&self, rest: &str) -> String {
        format!("/api/v1/connections/{}{rest}", self.connection)
    }

    /// A hook, and a step that posts through the connection.
    fn definition(&self, label: &str) -> Value {
        let step = json!({ "slug": "send", "label": label, "kind": {
            "type": "action", "connector": "vend", "version": 1, "operation": "post", "connection": self.connection,
            "input": { "room": { "literal": "lobby" } },
        } });
        json!({
            "schema": 1,
            "triggers": [{ "id": "hook", "label": "Told", "kind": { "type": "webhook" } }],
            "steps": { "send": step },
            "body": ["send"],
        })
    }

    async fn share(&self, who: &str, change: Value) -> TestResponse {
        self.ask(who, Method::PATCH, &self.at("/access")).json(change).send().await
    }
}

#[track_caller]
fn not_allowed(answer: &TestResponse, connection: &str) {
    assert_eq!(answer.error(403), "connection.not_allowed");
    let body = answer.json();
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("“Sales”") && message.contains("Ask mo, to whom it belongs, or an owner"), "{message}");
    assert_eq!((&answer.details()["connection"], &answer.details()["owner"]["name"]), (&json!(connection), &json!("mo")));
    assert!(!answer.text().contains("a-k3y"));
}

/// Of a list of problems or an error that holds one: those about the connection.
fn barred(problems: &Value) -> Vec<(String, String)> {
    let of = |problem: &Value| (problem["place"].to_string(), problem["message"].as_str().unwrap_or_default().to_owned());
    let list = problems.as_array().unwrap_or_else(|| panic!("{problems}"));
    list.iter().filter(|problem| problem["code"] == "definition.connection_not_allowed").map(of).collect()
}

#[tokio::test]
async fn everybody_sees_it_and_who_may_use_it() {
    let world = World::new().await;
    for (who, usable, may_change) in [("ada", true, true), ("mo", true, true), ("may", true, false), ("joe", false, false)] {
        let list = world.ask(who, Method::GET, "/api/v1/connections").send().await.ok();
        let found = &list["items"][0];
        assert_eq!((&found["restricted"], &found["usable"]), (&json!(true), &json!(usable)), "{who}");
        let detail = world.ask(who, Method::GET, &world.at("")).send().await.ok();
        assert_eq!(detail["connection"]["usable"], json!(usable));
        let access = &detail["access"];
        assert_eq!((&access["restricted"], &access["may_change"]), (&json!(true), &json!(may_change)), "{who}");
        assert_eq!(access["people"][0]["email"], "may@example.com");
    }
    let viewer = world.app.token(Role::Viewer).await;
    let found = world.app.get(&world.at("")).bearer(&viewer).send().await.ok();
    assert_eq!((&found["connection"]["usable"], &found["access"]["may_change"]), (&json!(false), &json!(false)));
    // A script stands for whoever made it.
    let script = json!({ "name": "ci", "role": "operator" });
    let secret = |made: Value| made["secret"].as_str().unwrap().to_owned();
    let owners = secret(world.post("ada", "/api/v1/tokens", &script).await.ok());
    let question = json!({ "form": "post", "field": "room", "input": {} });
    not_allowed(&world.app.post(&world.at("/options")).bearer(&owners).json(question).send().await, &world.connection);
}

#[tokio::test]
async fn nothing_is_done_in_its_name_for_whoever_may_not() {
    let world = World::new().await;
    let rooms = json!({ "rooms": [{ "id": "lobby", "name": "Lobby" }], "orders": [{ "id": 1 }] });
    world.vendor.behave(Behaviour::json(200, &rooms));
    let question = json!({ "form": "post", "field": "room", "input": {} });
    // May's answer is kept for a moment; it is not Joe's.
    assert_eq!(world.post("may", &world.at("/options"), &question).await.ok()["items"][0]["label"], "Lobby");
    world.only_joe_is_refused(Method::POST, &world.at("/options"), &question).await;
    world.only_joe_is_refused(Method::POST, &world.at("/fields"), &question).await;
    world.only_joe_is_refused(Method::POST, &world.at("/test"), &json!({})).await;
    world.only_joe_is_refused(Method::GET, &world.at("/question"), &json!({})).await;
    world.only_joe_is_refused(Method::POST, &world.at("/question"), &json!({ "choice": "x" })).await;
    world.only_joe_is_refused(Method::PUT, &world.at(""), &json!({ "label": "Sales" })).await;
    let consent = json!({ "connector": "vend", "method": "oauth", "connection": world.connection });
    world.only_joe_is_refused(Method::POST, "/api/v1/connections/consent", &consent).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        world.only_joe_is_refused(method, &world.at("/sandbox"), &json!({})).await;
    }
    // A trigger's list.
    let kind =
        json!({ "type": "app", "connector": "vend", "version": 1, "trigger": "new_order", "connection": world.connection });
    let looks = json!({ "schema": 1, "triggers": [{ "id": "orders", "label": "Orders", "kind": kind }], "steps": {
        "note": { "slug": "note", "label": "Note", "kind": { "type": "set", "fields": [{ "name": "who", "value": { "literal": "Ada" } }] } },
    }, "body": ["note"] });
    let made = world.post("joe", "/api/v1/workflows", &json!({ "name": "Looks", "definition": looks })).await.ok();
    let [(place, message)] = &barred(&made["problems"])[..] else { panic!("{made}") };
    assert!(place.contains("orders") && message.starts_with("“Orders” uses the connection “Sales”"), "{place} {message}");
    let path = format!("/api/v1/workflows/{}/triggers/orders/try", made["id"].as_str().unwrap());
    world.only_joe_is_refused(Method::POST, &path, &json!({})).await;
    assert_eq!(
        world
            .post(
                "ada",
                &format!("/api/v1/workflows/{}/publish", made["id"].as_str().unwrap()),
                &json!({ "rev": 1, "note": "", "turn_on": false })
            )
            .await
            .status,
        200
    );

    let calls = world.vendor.calls().len();
    not_allowed(&world.post("joe", &world.at("/options"), &question).await, &world.connection);
    assert_eq!(world.vendor.calls().len(), calls, "the account hears nothing of it");
    not_allowed(&world.ask("joe", Method::DELETE, &world.at("")).send().await, &world.connection);
}

#[tokio::test]
async fn it_is_tested_and_published_only_by_who_may() {
    let world = World::new().await;
    let definition = world.definition("Send <img onerror=x>");
    let made = world.post("joe", "/api/v1/workflows", &json!({ "name": "Joes", "definition": definition })).await.ok();
    let id = made["id"].as_str().unwrap();
    let [(place, message)] = &barred(&made["problems"])[..] else { panic!("{made}") };
    assert!(place.contains("send") && place.contains("connection"), "{place}");
    assert!(message.starts_with("“Send <img onerror=x>” uses the connection “Sales”"), "{message}");
    assert!(message.ends_with("Ask mo, to whom it belongs, or an owner of the workspace."), "{message}");
    let path = |rest: &str| format!("/api/v1/workflows/{id}{rest}");
    for (who, expected) in [("may", 0), ("mo", 0), ("ada", 0), ("joe", 1)] {
        let seen = world.ask(who, Method::GET, &path("")).send().await.ok();
        assert_eq!(barred(&seen["problems"]).len(), expected, "{who}: {seen}");
    }
    // A draft may keep it: somebody else may publish it.
    let saved =
        world.ask("joe", Method::PUT, &path("/draft")).json(json!({ "rev": 1, "definition": definition })).send().await.ok();
    assert_eq!(barred(&saved["problems"]).len(), 1);

    for only in [json!(null), json!("send")] {
        let test = json!({ "definition": definition, "trigger": "hook", "event": {}, "only": only });
        let refused = world.post("joe", &path("/test"), &test).await;
        not_allowed(&refused, &world.connection);
        assert_eq!(refused.details()["place"]["step"], "send");
        world.post("may", &path("/test"), &test).await.ok();
    }
    // Parked, and tested alone.
    let mut parked = definition.clone();
    (parked["body"], parked["shelf"]) = (json!([]), json!(["send"]));
    let test = json!({ "definition": parked, "trigger": "hook", "event": {}, "only": "send" });
    not_allowed(&world.post("joe", &path("/test"), &test).await, &world.connection);

    let publish = json!({ "rev": 2, "note": "", "turn_on": true });
    let refused = world.post("joe", &path("/publish"), &publish).await;
    assert_eq!(refused.error(422), "definition.invalid");
    assert_eq!(barred(&refused.details()["problems"]).len(), 1, "{}", refused.text());
    assert_eq!(world.post("may", &path("/publish"), &publish).await.ok()["version"], 1);

    // What May published runs for everybody; Joe stops it and lets it go on, but does not begin it anew.
    let hook = made["hooks"][0]["url"].as_str().unwrap();
    let hook = &hook[hook.find("/hooks/").unwrap()..];
    world.app.post(hook).json(json!({})).send().await.ok();
    for (who, state, refused) in [
        ("joe", "paused", false),
        ("joe", "on", false),
        ("joe", "off", false),
        ("joe", "on", true),
        ("joe", "paused", true),
        ("may", "on", false),
    ] {
        let answer = world.post(who, &path("/state"), &json!({ "state": state })).await;
        if refused { not_allowed(&answer, &world.connection) } else { _ = answer.ok() }
    }

    // Taken away: what is live goes on, and May publishes no more.
    world.share("mo", json!({ "remove": [world.may.id] })).await.ok();
    world.app.post(hook).json(json!({})).send().await.ok();
    assert_eq!(world.post("may", &path("/publish"), &publish).await.error(422), "definition.invalid");
    assert_eq!(world.ask("may", Method::GET, &path("")).send().await.ok()["state"], "on");
}

#[tokio::test]
async fn what_comes_from_outside_is_no_way_around() {
    let world = World::new().await;
    let definition = world.definition("Send");
    let import = |publish: bool| json!({ "name": "Brought", "definition": definition, "publish": publish });
    let refused = world.post("joe", "/api/v1/workflows/import", &import(true)).await;
    assert_eq!(refused.error(422), "definition.invalid");
    assert_eq!(world.ask("joe", Method::GET, "/api/v1/workflows").send().await.ok()["items"], json!([]), "nothing was made");
    let kept = world.post("joe", "/api/v1/workflows/import", &import(false)).await.ok();
    assert_eq!((barred(&kept["problems"]).len(), kept["version"].is_null()), (1, true));
    for who in ["may", "mo", "ada"] {
        let brought = world.post(who, "/api/v1/workflows/import", &import(true)).await.ok();
        assert_eq!((barred(&brought["problems"]).len(), &brought["version"]), (0, &json!(1)), "{who}");
    }

    // Templates take the only connection of a service, and sandboxes that are there: of those one may use.
    let mo = Scope {
        workspace: world.app.store.workspaces().await.unwrap()[0].id,
        actor: Actor::User { id: world.mo.id.parse().unwrap(), email: "mo@example.com".into() },
        role: Role::Operator,
    };
    let new = |connector: &str| NewConnection {
        id: ConnectionId(world.app.store.next_id()),
        connector: connector.into(),
        method: "token".into(),
        label: "Sales".into(),
        hosts: Vec::new(),
        secret: None,
        account: None,
        scopes: Vec::new(),
        expires_at: None,
    };
    let may: [UserId; 1] = [world.may.id.parse().unwrap()];
    let real = world.app.store.create_connection_for(&mo, new("twilio"), Some(&may)).await.unwrap().id.to_string();
    let sandbox = world.app.store.create_sandbox_connection(&mo, new("twilio"), Some(&may)).await.unwrap().id.to_string();
    let template = |sandbox: bool| json!({ "template": "text_message", "sandbox": sandbox });
    let uses = |made: Value, id: &str| made["draft"]["steps"].to_string().contains(id);
    let path = "/api/v1/workflows/from-template";
    for who in ["may", "mo", "ada"] {
        assert!(uses(world.post(who, path, &template(false)).await.ok(), &real), "{who}");
        assert!(uses(world.post(who, path, &template(true)).await.ok(), &sandbox), "{who}");
    }
    assert!(!uses(world.post("joe", path, &template(false)).await.ok(), &real));
    // A new one would be made for Joe; here nothing simulates.
    let refused = world.post("joe", path, &template(true)).await;
    assert!(refused.status == 422 && !refused.text().contains(&sandbox), "{}", refused.text());
}

#[tokio::test]
async fn a_run_is_replayed_under_its_publication_or_by_who_may() {
    let world = World::new().await;
    let (workflow, hook) = world.app.import(world.definition("Send")).await;
    let run = world.app.post(&hook).json(json!({})).send().await.ok()["run"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/runs/{run}/replay");
    let (same, newest) = (json!({}), json!({ "newest": true }));
    // Its version is live: the same again, as its publication allows.
    for body in [&same, &newest] {
        world.post("joe", &path, body).await.ok();
    }
    let rev = world.ask("may", Method::GET, &format!("/api/v1/workflows/{workflow}")).send().await.ok()["draft_rev"].clone();
    let publish = json!({ "rev": rev, "note": "", "turn_on": true });
    world.post("may", &format!("/api/v1/workflows/{workflow}/publish"), &publish).await.ok();
    for body in [&same, &newest] {
        world.only_joe_is_refused(Method::POST, &path, body).await;
    }
    // An action on many runs asks for each: Joe's does nothing, an owner's does.
    let vault = vault::Vault::open(world.app.store.clone(), &world.app.dir.path().join("patchbay.key")).await.unwrap();
    let ingest = triggers::Ingest::new(world.app.store.clone(), vault, std::sync::Arc::new(triggers::NoHandover));
    for (who, is_refused) in [("joe", true), ("ada", false)] {
        let bulk = json!({ "action": "replay", "filter": { "workflow": workflow, "version": 1 }, "newest": true });
        let begun = world.post(who, "/api/v1/bulk", &bulk).await.ok();
        let job = world.app.store.claim_jobs(&["bulk"], 10, 30_000).await.unwrap().pop().unwrap();
        assert_eq!(ingest.bulk(&job).await.unwrap(), None);
        let told = world.ask(who, Method::GET, &format!("/api/v1/bulk/{}", begun["id"].as_str().unwrap())).send().await.ok();
        let count = |field: &str| told[field].as_u64().unwrap();
        assert_eq!((count("done") == 0, count("failed") > 0), (is_refused, is_refused), "{told}");
        assert_eq!(told["error"].to_string().contains("“Sales”"), is_refused, "{told}");
    }
    // Deleted, nothing stands behind the run's version.
    world.ask("ada", Method::DELETE, &format!("/api/v1/workflows/{workflow}")).send().await.ok();
    not_allowed(&world.post("joe", &path, &same).await, &world.connection);
}

#[tokio::test]
async fn who_may_use_it_is_changed_by_few_and_said_in_the_activity() {
    let world = World::new().await;
    for who in ["may", "joe"] {
        let refused = world.share(who, json!({ "add": [world.joe.id], "restricted": false })).await;
        assert_eq!(refused.error(403), "connection.not_allowed");
        assert!(refused.text().contains("owners of the workspace say who may use it"), "{}", refused.text());
    }
    for (bad, status) in [
        (json!({ "add": ["usr_0000000000001"] }), 404),
        (json!({ "add": ["<img onerror=x>"] }), 400),
        (json!({ "add": [world.connection] }), 400),
        (json!({ "add": ["' OR 1=1 --"] }), 400),
        (json!({ "people": [] }), 400),
        (json!({ "restricted": "no" }), 400),
        (json!({ "add": vec![world.joe.id.clone(); 1_001] }), 422),
    ] {
        let answer = world.share("mo", bad.clone()).await;
        assert_eq!(answer.status, status, "{bad}: {}", answer.text());
    }
    let elsewhere = "/api/v1/connections/con_0000000000001/access";
    world.ask("ada", Method::PATCH, elsewhere).json(json!({ "restricted": true })).send().await.error(404);
    let viewer = world.app.token(Role::Viewer).await;
    world.app.request(Method::PATCH, &world.at("/access")).bearer(&viewer).json(json!({})).send().await.error(403);

    let access = world.share("ada", json!({ "add": [world.joe.id], "remove": [world.may.id] })).await.ok();
    assert_eq!((&access["people"][0]["name"], access["people"].as_array().unwrap().len()), (&json!("joe"), 1));
    assert_eq!(world.post("may", &world.at("/test"), &json!({})).await.error(403), "connection.not_allowed");
    world.share("mo", json!({ "restricted": false })).await.ok();
    assert_ne!(world.post("may", &world.at("/test"), &json!({})).await.status, 403);
    let told = world.ask("ada", Method::GET, "/api/v1/activity?action=connection.access").send().await.ok();
    let rows: Vec<_> =
        told["items"].as_array().unwrap().iter().map(|row| (row["actor"].clone(), row["detail"].clone())).collect();
    assert_eq!(
        rows,
        [
            (json!("mo@example.com"), json!({ "label": "Sales", "access": "everybody", "added": "", "removed": "" })),
            (
                json!("ada@example.com"),
                json!({ "label": "Sales", "access": "named", "added": "joe@example.com", "removed": "may@example.com" })
            ),
        ]
    );
    let created = world.ask("ada", Method::GET, "/api/v1/activity?action=connection.created").send().await.ok();
    assert_eq!(created["items"][0]["detail"]["added"], "may@example.com");

    // Whoever goes takes their permission along; whoever takes over says who may.
    world.share("mo", json!({ "restricted": true, "add": [world.may.id] })).await.ok();
    world.ask("ada", Method::DELETE, &format!("/api/v1/members/{}?to={}", world.mo.id, world.may.id)).send().await.ok();
    world.share("may", json!({ "remove": [world.joe.id] })).await.ok();
    let refused = world.post("joe", &world.at("/test"), &json!({})).await;
    assert!(refused.error(403) == "connection.not_allowed" && refused.text().contains("Ask may"), "{}", refused.text());
    world.ask("mo", Method::PATCH, &world.at("/access")).json(json!({ "restricted": false })).send().await.error(401);
}

#[tokio::test]
async fn a_consent_makes_one_for_whom_it_was_begun() {
    let world = World::new().await;
    let put = json!({ "client_id": "our-client", "client_secret": "our-app-s3cret" });
    world.app.put("/api/v1/apps/vend").owner().json(put).send().await.ok();
    let begin = async |only: Value| {
        let values = json!({ "port": world.vendor.address().port().to_string() });
        let body = json!({ "connector": "vend", "method": "oauth", "values": values, "only": only });
        world.post("mo", "/api/v1/connections/consent", &body).await
    };
    for (bad, status) in
        [(json!(["usr_0000000000001"]), 422), (json!([world.may.id, "usr_0000000000001"]), 422), (json!("everybody"), 400)]
    {
        assert_eq!(begin(bad.clone()).await.status, status, "{bad}");
    }
    let stranger = json!({ "connector": "vend", "method": "key", "label": "x", "values": { "port": "1", "key": "x" }, "only": [world.joe.id, "usr_0000000000001"] });
    assert_eq!(world.post("mo", "/api/v1/connections", &stranger).await.details()["path"], "only[1]");
    let renewed = json!({
        "connector": "vend", "method": "oauth", "values": { "port": "1" }, "connection": world.connection, "only": [],
    });
    assert_eq!(world.post("mo", "/api/v1/connections/consent", &renewed).await.details()["path"], "only");
    let begun = begin(json!([world.may.id, world.joe.id])).await.ok();
    let url = url::Url::parse(begun["url"].as_str().unwrap()).unwrap();
    let state = url.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
    assert!(!url.as_str().contains(&world.may.id), "the vendor hears nothing of it");
    // Joe leaves while Mo is at the vendor's.
    world.ask("ada", Method::DELETE, &format!("/api/v1/members/{}", world.joe.id)).send().await.ok();
    world.vendor.behave_next([
        Behaviour::json(200, &json!({ "access_token": "an-access-t0ken", "refresh_token": "r", "expires_in": 3600 })),
        Behaviour::json(200, &json!({ "id": "acme", "name": "Acme" })),
    ]);
    let page = world.ask("mo", Method::GET, &format!("/oauth/callback?state={state}&code=c")).send().await;
    assert_eq!(page.status, 200, "{}", page.text());
    let list = world.ask("may", Method::GET, "/api/v1/connections").send().await.ok();
    let made = &list["items"][1];
    assert_eq!((&made["restricted"], &made["usable"], &made["owner"]["name"]), (&json!(true), &json!(true), &json!("mo")));
    let detail = world.ask("mo", Method::GET, &format!("/api/v1/connections/{}", made["id"].as_str().unwrap())).send().await.ok();
    assert_eq!(detail["access"]["people"].as_array().unwrap().len(), 1, "{detail}");
}
