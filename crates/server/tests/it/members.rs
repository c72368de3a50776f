//! Members and the links by which one becomes one.

use model::Role;
use serde_json::{Value, json};

use crate::app::{EMAIL, PASSWORD, TestApp, TestResponse};

const MAY: &str = "may@example.com";
const MAYS: &str = "a horse that may build";

async fn invited(app: &TestApp, body: Value) -> String {
    let made = app.post("/api/v1/invites").owner().json(body).send().await.ok();
    let url = made["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:8080/join#"), "{url}");
    url.split_once('#').unwrap().1.to_owned()
}

async fn accept(app: &TestApp, token: &str, email: &str, password: &str) -> TestResponse {
    let body = json!({ "token": token, "email": email, "name": "May <b>", "password": password });
    app.post("/api/v1/invites/accept").json(body).send().await
}

async fn member(app: &TestApp, email: &str) -> Value {
    let members = app.get("/api/v1/members").owner().send().await.ok();
    let found = members["items"].as_array().unwrap().iter().find(|member| member["user"]["email"] == email);
    found.cloned().unwrap_or_default()
}

#[tokio::test]
async fn an_invitation_makes_one_member_once() {
    let app = TestApp::init().await.with_owner().await;
    let token = invited(&app, json!({ "role": "maker", "days": 7 })).await;
    let look = app.post("/api/v1/invites/look").json(json!({ "token": token })).send().await.ok();
    assert_eq!(
        (&look["workspace"], &look["role"], &look["invited_by"]),
        (&json!("Analytical engines"), &json!("maker"), &json!(EMAIL))
    );
    let (one, two) = tokio::join!(accept(&app, &token, MAY, MAYS), accept(&app, &token, "bob@example.com", MAYS));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404], "{} {}", one.text(), two.text());
    let joined = if one.status == 200 { &one } else { &two };
    let me = app.get("/api/v1/me").header("cookie", &joined.session().unwrap()).send().await.ok();
    assert_eq!((&me["role"], &me["user"]["name"]), (&json!("maker"), &json!("May <b>")));
    assert_eq!(accept(&app, &token, "carol@example.com", MAYS).await.error(404), "invite.closed");
    let look = app.post("/api/v1/invites/look").json(json!({ "token": token })).send().await;
    assert_eq!(look.error(404), "invite.closed");
    let list = app.get("/api/v1/invites").owner().send().await.ok();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn what_does_not_fit_is_said_and_uses_nothing_up() {
    let app = TestApp::init().await.with_owner().await;
    for bad in [
        json!({ "role": "maker", "days": 0 }),
        json!({ "role": "maker", "days": 31 }),
        json!({ "role": "maker", "days": 1, "email": "x" }),
    ] {
        assert_eq!(app.post("/api/v1/invites").owner().json(bad).send().await.error(422), "invalid");
    }
    let token = invited(&app, json!({ "role": "owner", "days": 1, "email": " MAY@example.com " })).await;
    assert_eq!(accept(&app, &token, "eve@example.com", MAYS).await.details()["path"], "email");
    assert_eq!(accept(&app, &token, MAY, "short").await.details()["path"], "password");
    assert_eq!(accept(&app, "", MAY, MAYS).await.error(404), "invite.closed");
    assert_eq!(accept(&app, &"x".repeat(10_000), MAY, MAYS).await.error(404), "invite.closed");
    accept(&app, &token, "May@Example.com", MAYS).await.ok();

    // Whoever is a member is none twice; whoever has an account proves it.
    let token = invited(&app, json!({ "role": "viewer", "days": 1 })).await;
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let counted = recorder.handle();
    {
        let _here = metrics::set_default_local_recorder(&recorder);
        assert_eq!(accept(&app, &token, MAY, "not the password").await.details()["path"], "password");
    }
    assert!(counted.render().contains("patchbay_sign_ins_total{outcome=\"refused\"} 1"), "{}", counted.render());
    assert_eq!(accept(&app, &token, MAY, MAYS).await.error(409), "exists");
    let taken_back = app.get("/api/v1/invites").owner().send().await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    app.delete(&format!("/api/v1/invites/{taken_back}")).owner().send().await.ok();
    assert_eq!(accept(&app, &token, "new@example.com", MAYS).await.error(404), "invite.closed");
}

#[tokio::test]
async fn a_role_holds_at_once_and_ends_what_may_do_more() {
    let app = TestApp::init().await.with_owner().await;
    let token = invited(&app, json!({ "role": "owner", "days": 1 })).await;
    let may = accept(&app, &token, MAY, MAYS).await.session().unwrap();
    let make = |role: &str| app.post("/api/v1/tokens").header("cookie", &may).json(json!({ "name": role, "role": role }));
    let strong = make("operator").send().await.ok()["secret"].as_str().unwrap().to_owned();
    let weak = make("viewer").send().await.ok()["secret"].as_str().unwrap().to_owned();
    let id = member(&app, MAY).await["user"]["id"].as_str().unwrap().to_owned();
    let change = |role: &str| {
        app.request(axum::http::Method::PATCH, &format!("/api/v1/members/{id}")).owner().json(json!({ "role": role }))
    };
    assert_eq!(change("maker").send().await.ok()["role"], "maker");
    assert_eq!(app.get("/api/v1/me").header("cookie", &may).send().await.ok()["role"], "maker");
    assert_eq!(make("viewer").send().await.status, 403);
    app.get("/api/v1/me").bearer(&strong).send().await.error(401);
    app.get("/api/v1/me").bearer(&weak).send().await.ok();
}

#[tokio::test]
async fn whoever_goes_leaves_nothing_that_works() {
    let app = TestApp::init().await.with_owner().await;
    let mine = member(&app, EMAIL).await["user"]["id"].as_str().unwrap().to_owned();
    let itself = format!("/api/v1/members/{mine}");
    assert_eq!(
        app.request(axum::http::Method::PATCH, &itself).owner().json(json!({ "role": "viewer" })).send().await.error(409),
        "member.last_owner"
    );

    let token = invited(&app, json!({ "role": "maker", "days": 1 })).await;
    let may = accept(&app, &token, MAY, MAYS).await.session().unwrap();
    let connection = json!({
        "connector": "http", "method": "bearer", "label": "Mays", "hosts": ["a.example.com"], "values": { "token": "x" },
    });
    app.post("/api/v1/connections").header("cookie", &may).json(connection).send().await.ok();
    let found = member(&app, MAY).await;
    assert_eq!((&found["connections"], found["last_seen_at"].is_number()), (&json!(1), true));
    let id = found["user"]["id"].as_str().unwrap();

    // The last owner cannot go, whoever takes over.
    let gone = app.delete(&format!("{itself}?to={id}")).owner().send().await;
    assert_eq!(gone.error(409), "member.last_owner");
    assert_eq!(app.delete(&itself).owner().send().await.details()["path"], "to");
    let none = app.delete(&format!("/api/v1/members/{id}?to=usr_0000000000001")).owner().send().await;
    assert_eq!(none.error(404), "not_found");

    let removed = app.delete(&format!("/api/v1/members/{id}")).owner().send().await.ok();
    assert_eq!((&removed["connections"], &removed["sessions"]), (&json!(1), &json!(1)));
    app.get("/api/v1/me").header("cookie", &may).send().await.error(401);
    assert_eq!(member(&app, EMAIL).await["connections"], 1);
    let sign_in = app.post("/api/v1/sign-in").json(json!({ "email": MAY, "password": MAYS })).send().await;
    assert_eq!(sign_in.error(401), "unauthorized");
    let activity = app.get("/api/v1/activity?action=member.*").owner().send().await.ok();
    let actions: Vec<_> = activity["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["member.removed", "member.joined", "member.invited"]);

    // With their password they may be invited anew.
    let token = invited(&app, json!({ "role": "viewer", "days": 1 })).await;
    assert_eq!(accept(&app, &token, MAY, MAYS).await.ok()["role"], "viewer");
    let viewer = app.token(Role::Viewer).await;
    assert_eq!(app.get("/api/v1/members").bearer(&viewer).send().await.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(app.post("/api/v1/sign-in").json(json!({ "email": EMAIL, "password": PASSWORD })).send().await.status, 200);
}
