//! Walks every endpoint as everybody.

use axum::http::Method as HttpMethod;
use model::{
    Role,
    api::{Access, Described, Endpoint, Method, Visitor, visit},
};
use serde_json::{Value, json};
use sha2::Digest;
use store::Scope;

use crate::app::{EMAIL, PASSWORD, TestApp, TestResponse, definition};

struct Everything(Vec<Described>);

impl Visitor for Everything {
    fn visit<E: Endpoint>(&mut self, described: Described) {
        self.0.push(described);
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    Stranger,
    Token(Role),
    /// Signed in, the workspace's owner.
    Person,
    /// The owner of another workspace.
    Neighbour,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Allowed,
    Refused(u16),
}

fn expected(endpoint: &Described, who: Who) -> Outcome {
    let refused = Outcome::Refused;
    match (endpoint.access, who) {
        (Access::Public, _) => Outcome::Allowed,
        (_, Who::Stranger) => refused(401),
        (Access::Person, Who::Token(_) | Who::Neighbour) => refused(403),
        (Access::Person, Who::Person) => Outcome::Allowed,
        (Access::Role(role), Who::Token(has)) if has < role => refused(403),
        // Every workspace has its own app of a connector.
        (Access::Role(_), Who::Neighbour) if endpoint.path == "/api/v1/apps/{connector}" => Outcome::Allowed,
        (Access::Role(_), Who::Neighbour) if endpoint.path.contains('{') || is_one_value(endpoint) => refused(404),
        (Access::Role(_), _) => Outcome::Allowed,
    }
}

/// Named by a parameter, and so not found by others.
fn is_one_value(endpoint: &Described) -> bool {
    endpoint.name == "GetValue"
}

fn query(name: &str) -> &'static str {
    match name {
        "GetValue" | "SetValue" | "DeleteValue" => "?key=walked",
        "ListItems" => "?path=name",
        "SearchRuns" => "?q=walked",
        _ => "",
    }
}

/// One of each, made anew after every request that may have changed or deleted them.
struct Fixture {
    workflow: String,
    run: String,
    event: String,
    sample: String,
    connection: String,
    token: String,
    session: String,
    bulk: String,
    erasure: String,
    alert: String,
    channel: String,
    rev: i64,
    member: String,
    invite: String,
    /// What stands behind `#` in the invitation's link.
    link: String,
}

impl Fixture {
    async fn new(app: &TestApp) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let import = json!({ "name": "Walked", "definition": definition(), "publish": true });
        let import = app.post("/api/v1/workflows/import").owner().json(import).send().await.ok();
        let workflow = text(&import["workflow_id"]);
        let path = format!("/api/v1/workflows/{workflow}");
        let rev = app.get(&path).owner().send().await.ok()["draft_rev"].as_i64().unwrap();
        let form = "--X\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"cv.txt\"\r\n\r\nAda\r\n--X--\r\n";
        let hook = import["hook_url"].as_str().unwrap();
        let hook = &hook[hook.find("/hooks/").unwrap()..];
        let receipt = app.post(hook).header("content-type", "multipart/form-data; boundary=X").body(form).send().await.ok();
        let sample =
            app.post(&format!("{path}/samples")).owner().json(json!({ "trigger": "hook", "event": {} })).send().await.ok();
        let connection = json!({
            "connector": "http", "method": "bearer", "label": "Walked", "hosts": ["a.example.com"], "values": { "token": "x" },
        });
        let connection = app.post("/api/v1/connections").owner().json(connection).send().await.ok();
        let token = app.post("/api/v1/tokens").owner().json(json!({ "name": "Walked", "role": "viewer" })).send().await.ok();
        let value = json!({ "value": "walked value" });
        app.put("/api/v1/values/one?key=walked").owner().json(value).send().await.ok();
        let bulk = json!({ "action": "cancel", "filter": { "workflow": workflow } });
        let bulk = app.post("/api/v1/bulk").owner().json(bulk).send().await.ok();
        let erasures = app.get("/api/v1/erasures").owner().send().await.ok();
        let erasure = match &erasures["items"][0] {
            // One at a time, and nobody carries it on here.
            open if open["state"] == "counting" => open.clone(),
            _ => app.post("/api/v1/erasures").owner().json(json!({ "value": "ada@example.com" })).send().await.ok(),
        };
        crate::alerts::raise(app).await;
        let alerts = app.get("/api/v1/alerts").owner().send().await.ok();
        let channel = json!({ "name": "Walked", "kind": { "type": "slack" }, "url": "http://127.0.0.1:9/walked" });
        let channel = app.post("/api/v1/channels").owner().json(channel).send().await.ok();
        let sessions = app.get("/api/v1/sessions").owner().send().await.ok();
        let workspace =
            app.store.memberships(app.store.user_by_email(EMAIL).await.unwrap().unwrap().user.id).await.unwrap()[0].0.id;
        let scope = Scope::system(workspace);
        for open in app.store.invites(&scope).await.unwrap() {
            app.store.revoke_invite(&scope, open.id).await.unwrap();
        }
        let invite = json!({ "role": "viewer", "days": 7 });
        let invite = app.post("/api/v1/invites").owner().json(invite).send().await.ok();
        let email = format!("member-{}@example.com", text(&invite["invite"]["id"]));
        let member = app.store.create_user(workspace, Role::Viewer, &email, "Mem", "no hash").await.unwrap();
        Fixture {
            workflow,
            run: text(&receipt["run"]),
            event: text(&receipt["event"]),
            sample: text(&sample["id"]),
            connection: text(&connection["id"]),
            token: text(&token["token"]["id"]),
            session: text(&sessions["items"][0]["id"]),
            bulk: text(&bulk["id"]),
            erasure: text(&erasure["id"]),
            alert: text(&alerts["items"][0]["id"]),
            channel: text(&channel["id"]),
            member: member.id.to_string(),
            invite: text(&invite["invite"]["id"]),
            link: invite["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned(),
            rev,
        }
    }

    fn path(&self, template: &str) -> String {
        let id = match template.split('/').nth(3).unwrap() {
            "workflows" => &self.workflow,
            "runs" => &self.run,
            "events" => &self.event,
            "connections" => &self.connection,
            "tokens" => &self.token,
            "sessions" => &self.session,
            "bulk" => &self.bulk,
            "erasures" => &self.erasure,
            "alerts" => &self.alert,
            "channels" => &self.channel,
            "members" => &self.member,
            "invites" => &self.invite,
            _ => "",
        };
        let file = hex::encode(sha2::Sha256::digest("Ada"));
        let filled = template
            .replace("{id}", id)
            .replace("{connector}", "slack")
            .replace("{sha256}", &file)
            .replace("{version}", "1")
            .replace("{trigger}", "hook")
            .replace("{request}", &self.event.replace("evt_", "req_"))
            .replace("{step}", "name")
            .replace("{sample}", &self.sample);
        assert!(!filled.contains('{'), "a placeholder nobody fills: {filled}");
        filled
    }

    fn body(&self, name: &str) -> Value {
        match name {
            "CreateOwner" => crate::app::new_owner(),
            "SignIn" => json!({ "email": EMAIL, "password": PASSWORD }),
            "ChangePassword" => json!({ "current": PASSWORD, "new": PASSWORD }),
            "ChangeMember" => json!({ "role": "maker" }),
            "CreateInvite" => json!({ "role": "viewer", "days": 7 }),
            "LookAtInvite" => json!({ "token": self.link }),
            "AcceptInvite" => {
                json!({ "token": self.link, "email": format!("new-{}@example.com", &self.link[..16]), "name": "New", "password": PASSWORD })
            }
            "CreateToken" => json!({ "name": "x", "role": "viewer" }),
            "CreateWorkflow" => json!({ "name": "x" }),
            "ImportWorkflow" => json!({ "name": "x", "definition": definition() }),
            "RenameWorkflow" => json!({ "name": "x" }),
            "SaveDraft" => json!({ "rev": self.rev, "definition": definition() }),
            "PublishWorkflow" => json!({ "rev": self.rev }),
            "SetWorkflowState" => json!({ "state": "paused" }),
            "SetTriggerSecret" => json!({ "secret": "x" }),
            "RunWorkflow" => json!({ "trigger": "form" }),
            "RunForMany" => json!({ "trigger": "form", "rows": [{}] }),
            "TestWorkflow" => json!({ "definition": definition(), "trigger": "hook", "event": {} }),
            "TagWorkflow" => json!({ "tags": ["x"] }),
            "PinOutput" => json!({ "output": 1, "setup": "x" }),
            "AddSample" => json!({ "trigger": "hook", "event": {} }),
            "StartBulk" => json!({ "action": "delete", "filter": { "status": "failed" } }),
            "StartErasure" => json!({ "value": "somebody@example.com" }),
            "CarryOutErasure" => json!({ "kept_values": false }),
            "SetValue" => json!({ "value": 1 }),
            "SettleRun" => json!({ "path": "name", "choice": "fail" }),
            "DecideTrigger" => json!({ "choice": "take" }),
            "CreateConnection" => json!({
                "connector": "http", "method": "bearer", "label": "x", "hosts": ["a.example.com"], "values": { "token": "x" },
            }),
            "UpdateConnection" => json!({ "label": "y" }),
            "ShareConnection" => json!({ "restricted": true }),
            "SnoozeAlert" => json!({ "until": 4_000_000_000_000_i64 }),
            "CreateChannel" | "UpdateChannel" => {
                json!({ "name": "x", "kind": { "type": "slack" }, "url": "http://127.0.0.1:9/" })
            }
            "AnswerConnectionQuestion" => json!({ "choice": "x" }),
            "PutApp" => json!({ "client_id": "walked", "client_secret": "x" }),
            "ListOptions" | "ListFields" => json!({ "form": "request", "field": "url" }),
            _ => json!({}),
        }
    }

    /// Whether an answer tells of something of this workspace.
    fn leaks(&self, answer: &TestResponse) -> bool {
        let text = answer.text();
        let ids = [
            &self.workflow,
            &self.run,
            &self.event,
            &self.sample,
            &self.connection,
            &self.token,
            &self.alert,
            &self.channel,
            &self.member,
            &self.invite,
        ];
        ids.iter().any(|id| text.contains(*id)) || text.contains("walked value")
    }
}

fn method(method: Method) -> HttpMethod {
    method.as_str().parse().unwrap()
}

#[tokio::test]
async fn every_endpoint_is_for_whom_it_says() {
    let mut app = TestApp::init().await.with_owner().await;
    let neighbour = neighbour(&app).await;
    let mut tokens = Vec::new();
    for role in Role::ALL {
        tokens.push((role, app.token(role).await));
    }
    let mut everything = Everything(Vec::new());
    visit(&mut everything);
    let mut everybody = vec![Who::Stranger, Who::Neighbour];
    everybody.extend(Role::ALL.map(Who::Token));
    everybody.push(Who::Person);
    let mut failures = Vec::new();
    let mut fixture = Fixture::new(&app).await;
    let mut used = false;
    for endpoint in everything.0 {
        for who in everybody.iter().copied() {
            if std::mem::take(&mut used) {
                fixture = Fixture::new(&app).await;
            }
            let path = format!("{}{}", fixture.path(endpoint.path), query(endpoint.name));
            let mut request = app.request(method(endpoint.method), &path);
            request = match who {
                Who::Stranger => request,
                Who::Person => request.owner(),
                Who::Neighbour => request.bearer(&neighbour),
                Who::Token(role) => request.bearer(&tokens.iter().find(|(r, _)| *r == role).unwrap().1),
            };
            if !matches!(endpoint.method, Method::Get | Method::Delete) {
                request = request.json(fixture.body(endpoint.name));
            }
            let streams = endpoint.name == "GetStream" && expected(&endpoint, who) == Outcome::Allowed;
            if streams {
                assert_eq!(request.open().await.status(), 200, "{who:?}");
                continue;
            }
            let answer = request.send().await;
            // Whatever was refused or only read is as it was.
            used = answer.status == 200 && endpoint.method != Method::Get;
            let outcome = match answer.status {
                401 | 403 | 404 => Outcome::Refused(answer.status),
                _ => Outcome::Allowed,
            };
            if outcome != expected(&endpoint, who) || answer.status >= 500 || answer.status == 405 {
                failures.push(format!("{} {} as {who:?}: {}", endpoint.method.as_str(), endpoint.path, answer.text()));
            }
            if matches!(who, Who::Stranger | Who::Neighbour) && fixture.leaks(&answer) {
                failures.push(format!("{} {} as {who:?} tells: {}", endpoint.method.as_str(), endpoint.path, answer.text()));
            }
            if who == Who::Person && !matches!(endpoint.access, Access::Role(_)) {
                app.cookie = app.sign_in().await;
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn filters_do_not_reach_into_another_workspace() {
    let app = TestApp::init().await.with_owner().await;
    let neighbour = neighbour(&app).await;
    let fixture = Fixture::new(&app).await;
    let workflow = &fixture.workflow;
    for path in [
        format!("/api/v1/runs?kind=all&workflow={workflow}"),
        format!("/api/v1/runs?version=1&workflow={workflow}"),
        format!("/api/v1/runs?parent={}", fixture.run),
        format!("/api/v1/runs?replay_of={}", fixture.run),
        format!("/api/v1/runs/groups?workflow={workflow}"),
        format!("/api/v1/events?workflow={workflow}"),
        "/api/v1/backlogs".to_owned(),
        "/api/v1/values".to_owned(),
    ] {
        let answer = app.get(&path).bearer(&neighbour).send().await;
        assert_eq!(answer.ok()["items"], json!([]), "{path}");
    }
    let counted = app.get(&format!("/api/v1/runs/count?workflow={workflow}")).bearer(&neighbour).send().await.ok();
    assert_eq!(counted["count"], 0);
    let mut def = definition();
    def["steps"]["call"] = json!({ "slug": "call", "label": "Call", "kind": {
        "type": "action", "connector": "http", "version": 1, "operation": "request", "connection": fixture.connection, "input": {},
    } });
    def["body"] = json!(["name", "call"]);
    let made = app.post("/api/v1/workflows").bearer(&neighbour).json(json!({ "name": "x", "definition": def })).send().await.ok();
    assert!(made["problems"].to_string().contains("definition.unknown_connection"), "another workspace's connection is none");
}

/// A token of another workspace's owner, with a workflow of its own.
async fn neighbour(app: &TestApp) -> String {
    let ada = app.store.user_by_email(EMAIL).await.unwrap().unwrap().user;
    let other = app.store.create_workspace(ada.id, "Next door", "UTC").await.unwrap();
    let bob = app.store.create_user(other.id, Role::Owner, "bob@example.com", "Bob", "no hash").await.unwrap();
    let secret = "pb_the-neighbours-secret";
    let hash = sha2::Sha256::digest(secret).into();
    app.store.create_token(&Scope::system(other.id), bob.id, "x", Role::Owner, hash, "pb_the", None).await.unwrap();
    secret.to_owned()
}
