use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use connect::{AuthMethod, Credential};
use model::run::ErrorClass;
use serde_json::json;

use crate::upstream::{call, call_with, serve};

fn credential(method: AuthMethod, values: &[(&str, &str)]) -> Credential {
    let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Credential { method, values, allowed_hosts: vec!["127.0.0.1".into()] }
}

fn bearer() -> Credential {
    credential(AuthMethod::Bearer, &[("token", "hunter22-token")])
}

/// Answers 204 to one exact header, else 401.
fn guarded(name: &'static str, value: &'static str) -> Router {
    let handler = move |headers: HeaderMap| async move {
        let fits = headers.get(name).is_some_and(|given| given == value);
        if fits { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }
    };
    Router::new().route("/", any(handler))
}

#[tokio::test]
async fn each_method_opens_its_door() {
    let cases = [
        (credential(AuthMethod::Basic, &[("username", "a"), ("password", "b")]), "authorization", "Basic YTpi"),
        (bearer(), "authorization", "Bearer hunter22-token"),
        (credential(AuthMethod::Header, &[("name", "X-Api-Key"), ("value", "k-7")]), "x-api-key", "k-7"),
    ];
    for (credential, name, value) in cases {
        let address = serve(guarded(name, value)).await;
        let input = json!({ "url": format!("http://{address}/") });
        assert!(call_with(input.clone(), Some(&credential)).await.outcome.is_ok(), "{name}");
        let error = call(input).await.outcome.unwrap_err();
        assert_eq!((error.class, error.status), (ErrorClass::Auth, Some(401)), "{name}");
    }
}

#[tokio::test]
async fn a_credential_goes_to_its_hosts_only() {
    let address = serve(guarded("authorization", "Bearer hunter22-token")).await;
    let input = json!({ "url": format!("http://{address}/") });
    let elsewhere = Credential { allowed_hosts: vec!["api.example.com".into()], ..bearer() };
    let error = call_with(input.clone(), Some(&elsewhere)).await.outcome.unwrap_err();
    assert_eq!((error.class, error.code(), error.status), (ErrorClass::Permission, "connection.host", None));
    let nowhere = Credential { allowed_hosts: Vec::new(), ..bearer() };
    assert_eq!(call_with(input.clone(), Some(&nowhere)).await.outcome.unwrap_err().code(), "connection.host");
    let here = Credential { allowed_hosts: vec![format!("127.0.0.1:{}", address.port())], ..bearer() };
    assert!(call_with(input, Some(&here)).await.outcome.is_ok());
}

#[tokio::test]
async fn a_credential_does_not_follow_a_redirect_to_another_server() {
    let door = serve(guarded("x-api-key", "hunter22")).await;
    let there = format!("http://{door}/");
    let first =
        serve(Router::new().route("/", any(move || async move { (StatusCode::FOUND, [(header::LOCATION, there)]) }))).await;
    let credential = credential(AuthMethod::Header, &[("name", "X-Api-Key"), ("value", "hunter22")]);
    let error = call_with(json!({ "url": format!("http://{first}/") }), Some(&credential)).await.outcome.unwrap_err();
    assert_eq!(error.status, Some(401));
}

#[tokio::test]
async fn what_a_server_sends_back_of_the_credentials_is_masked() {
    async fn mirror(headers: HeaderMap) -> impl IntoResponse {
        let given = headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
        ([("x-mirror", given.clone()), ("content-type", "application/json".to_owned())], json!({ "given": given }).to_string())
    }
    async fn refuse(headers: HeaderMap) -> impl IntoResponse {
        (StatusCode::BAD_REQUEST, format!("bad header: {}", headers[header::AUTHORIZATION].to_str().unwrap()))
    }
    let address = serve(Router::new().route("/", get(mirror)).route("/refuse", get(refuse))).await;
    let basic = credential(AuthMethod::Basic, &[("username", "someone"), ("password", "hunter22")]);
    for (credential, expected) in [(bearer(), "Bearer •••"), (basic, "Basic •••")] {
        let result = call_with(json!({ "url": format!("http://{address}/") }), Some(&credential)).await;
        let output = result.outcome.clone().unwrap();
        assert_eq!((&output["body"]["given"], &output["headers"]["x-mirror"]), (&json!(expected), &json!(expected)));
        let refused = call_with(json!({ "url": format!("http://{address}/refuse") }), Some(&credential)).await;
        assert_eq!(refused.response.as_ref().unwrap().body.as_deref(), Some(format!("bad header: {expected}").as_str()));
        let shown = format!("{result:?}{refused:?}");
        assert!(!shown.contains("hunter22") && !shown.contains("c29tZW9uZTpodW50ZXIyMg"), "{shown}");
    }
}

#[tokio::test]
async fn an_incomplete_connection_is_said_before_anything_is_sent() {
    let empty = credential(AuthMethod::Bearer, &[]);
    let result = call_with(json!({ "url": "http://127.0.0.1:1/" }), Some(&empty)).await;
    let error = result.outcome.unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Auth, "connection.incomplete"));
    assert_eq!(error.message, "The connection of this step cannot be used: its token is missing");
}
