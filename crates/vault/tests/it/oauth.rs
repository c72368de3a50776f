//! Consents and renewals against a token endpoint that answers as it is told.

use std::{collections::BTreeMap, sync::Arc};

use egress::Egress;
use futures_util::future::join_all;
use manifest::Connector;
use model::{
    Role, Timestamp,
    api::ConnectionStatus,
    ids::{ConnectionId, WorkspaceId},
};
use serde_json::{Value, json};
use store::{Actor, DatabaseUrl, ManualClock, NewConnection, Options, Scope, Store};
use testkit::{Behaviour, Upstream};
use vault::{App, Begin, OAuthError, OpenError, Tokens, Values, Vault};

struct World {
    vendor: Upstream,
    store: Store,
    vault: Vault,
    clock: Arc<ManualClock>,
    scope: Scope,
    connectors: Arc<Vec<Connector>>,
    _dir: tempfile::TempDir,
}

const START: Timestamp = Timestamp(1_800_000_000_000);

impl World {
    async fn new(more: Value) -> Self {
        let vendor = Upstream::start().await;
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(START));
        let options = Options::new(DatabaseUrl::Sqlite { dir: dir.path().join("data") });
        let store = Store::open(options, clock.clone()).await.unwrap();
        let vault = Vault::open(store.clone(), &dir.path().join("key")).await.unwrap();
        let mut oauth = json!({
            "grant": "authorization_code",
            "authorize_url": vendor.url("authorize"),
            "token_url": vendor.url("token"),
            "granted": "body.scope",
            "rotates": true,
        });
        if let (Value::Object(oauth), Value::Object(more)) = (&mut oauth, more) {
            oauth.extend(more);
        }
        let connector = json!({
            "id": "vend", "name": "Vend", "version": 1, "description": "A vendor.", "operations": [],
            "scopes": [{ "id": "read", "why": "To read." }, { "id": "admin", "why": "To act for a person.", "kind": "user" }],
            "auth": [{ "id": "oauth", "label": "Vend account", "kind": "oauth2", "oauth2": oauth }],
        });
        let connectors = Arc::new(vec![serde_json::from_value(connector).unwrap()]);
        let scope = Scope { workspace: WorkspaceId(1), actor: Actor::System, role: Role::Owner };
        World { vendor, store, vault, clock, scope, connectors, _dir: dir }
    }

    /// As one process has it.
    fn tokens(&self) -> Tokens {
        let allow = egress::Options::parse_allow("127.0.0.0/8").unwrap();
        let egress = Egress::new(egress::Options { allow, ..egress::Options::default() }).unwrap();
        let app = App { client_id: "client".into(), client_secret: Some("app-secret".into()) };
        let apps = BTreeMap::from([("vend".to_owned(), app)]);
        Tokens::new(self.vault.clone(), self.store.clone(), egress, self.connectors.clone(), apps)
    }

    /// A connection whose access token ends in `ms`.
    async fn connection(&self, ms: i64) -> ConnectionId {
        let id = ConnectionId(self.store.next_id());
        let values = Values::from([("access_token".into(), "a1".into()), ("refresh_token".into(), "r1".into())]);
        let secret = self.tokens().seal(self.scope.workspace, id, &values).await.unwrap();
        let new = NewConnection {
            id,
            connector: "vend".into(),
            method: "oauth".into(),
            label: "Vend of Ada".into(),
            hosts: vec!["127.0.0.1".into()],
            secret: Some(secret),
            account: None,
            scopes: vec!["read".into()],
            expires_at: Some(START.plus_ms(ms)),
        };
        self.store.create_connection(&self.scope, new).await.unwrap();
        id
    }

    fn answers(&self, status: u16, body: Value) {
        self.vendor.behave(Behaviour::json(status, &body));
    }

    fn form(&self, call: usize) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(&self.vendor.calls()[call].body).into_owned().collect()
    }

    async fn status(&self, id: ConnectionId) -> ConnectionStatus {
        self.store.connection(&self.scope, id).await.unwrap().connection.status
    }

    fn begin(&self, session: &[u8]) -> Begin {
        Begin {
            connector: "vend".into(),
            method: "oauth".into(),
            label: "Vend of Ada".into(),
            values: Values::new(),
            connection: None,
            other_account: false,
            only: None,
            scopes: vec!["read".into(), "admin".into()],
            session: session.to_vec(),
            redirect_uri: "https://patchbay.example/oauth/callback".into(),
        }
    }

    async fn state(&self, tokens: &Tokens, session: &[u8]) -> (String, BTreeMap<String, String>) {
        let url = tokens.begin(&self.scope, self.begin(session)).await.unwrap().url;
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        (query["state"].clone(), query)
    }
}

#[tokio::test]
async fn a_hundred_calls_renew_an_ended_token_once_over_two_processes() {
    let world = World::new(json!({})).await;
    let id = world.connection(-1).await;
    world.answers(200, json!({ "access_token": "a2", "refresh_token": "r2", "expires_in": 3600 }));
    let (one, other) = (world.tokens(), world.tokens());
    let opening = (0..100).map(|n| if n % 2 == 0 { one.open(WorkspaceId(1), id) } else { other.open(WorkspaceId(1), id) });
    for opened in join_all(opening).await {
        assert_eq!(opened.unwrap_or_else(|error| panic!("{error}")).values["access_token"], "a2");
    }
    assert_eq!(world.vendor.calls().len(), 1);
    let sent = world.form(0);
    assert_eq!((sent["grant_type"].as_str(), sent["refresh_token"].as_str()), ("refresh_token", "r1"));
    // The rotated refresh token is the one used next.
    world.clock.advance_ms(3600 * 1000);
    one.open(WorkspaceId(1), id).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(world.form(1)["refresh_token"], "r2");
}

#[tokio::test]
async fn tokens_are_renewed_ahead_of_their_end_and_not_before() {
    let world = World::new(json!({})).await;
    let id = world.connection(600_000).await;
    world.answers(200, json!({ "access_token": "a2", "expires_in": 3600 }));
    let tokens = world.tokens();
    let open = async || tokens.open(WorkspaceId(1), id).await.unwrap_or_else(|error| panic!("{error}")).values;
    assert_eq!(open().await["access_token"], "a1");
    world.clock.advance_ms(520_000);
    let values = open().await;
    assert_eq!((values["access_token"].as_str(), values["refresh_token"].as_str()), ("a2", "r1"), "an old refresh token stays");
}

#[tokio::test]
async fn a_grant_that_is_gone_asks_for_its_owner() {
    let world = World::new(json!({})).await;
    let id = world.connection(-1).await;
    world.answers(400, json!({ "error": "invalid_grant", "error_description": "Token has been revoked." }));
    let tokens = world.tokens();
    assert!(matches!(tokens.open(WorkspaceId(1), id).await, Err(OpenError::NeedsReauth(_))));
    assert_eq!(world.status(id).await, ConnectionStatus::NeedsReauth);
    assert!(matches!(tokens.open(WorkspaceId(1), id).await, Err(OpenError::NeedsReauth(_))));
    assert_eq!(world.vendor.calls().len(), 1, "nobody asks again");
}

#[tokio::test]
async fn a_failing_vendor_is_left_in_peace_and_good_tokens_are_used_on() {
    let world = World::new(json!({})).await;
    let id = world.connection(60_000).await;
    world.answers(503, json!({ "error": "invalid_grant" }));
    let tokens = world.tokens();
    for _ in 0..5 {
        let opened = tokens.open(WorkspaceId(1), id).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(opened.values["access_token"], "a1");
    }
    assert_eq!(world.vendor.calls().len(), 1, "it cools down first");
    world.clock.advance_ms(61_000);
    let Err(OpenError::Later { retry_after_ms, message }) = tokens.open(WorkspaceId(1), id).await else {
        panic!("an ended token was handed out");
    };
    assert!((1..=600_000).contains(&retry_after_ms), "{retry_after_ms}");
    assert!(!message.contains("r1") && !message.contains("a1"));
    assert_eq!(world.status(id).await, ConnectionStatus::Active, "a failing server is no withdrawn consent");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let world = World::new(json!({})).await;
    let id = world.connection(3_600_000).await;
    world.answers(200, json!({ "access_token": "a2", "expires_in": 3600 }));
    let tokens = world.tokens();
    let stale = tokens.open(WorkspaceId(1), id).await.unwrap_or_else(|error| panic!("{error}")).secret;
    let (first, second) = tokio::join!(tokens.renew(WorkspaceId(1), id, stale), tokens.renew(WorkspaceId(1), id, stale));
    for renewed in [first, second] {
        assert_eq!(renewed.unwrap_or_else(|error| panic!("{error}")).values["access_token"], "a2");
    }
    assert_eq!(world.vendor.calls().len(), 1);
}

#[tokio::test]
async fn a_consent_goes_its_way() {
    let world = World::new(json!({
        "authorize_params": { "access_type": "offline" },
        "scope_params": { "": "scope", "user": "user_scope" },
        "scope_separator": ",", "granted_separator": ",",
        "client_auth": "basic",
        "tokens": { "access_token": "body.access_token", "user_token": "body.authed_user.access_token" },
    }))
    .await;
    let tokens = world.tokens();
    let (state, query) = world.state(&tokens, b"session").await;
    assert_eq!((query["client_id"].as_str(), query["response_type"].as_str()), ("client", "code"));
    assert_eq!((query["scope"].as_str(), query["user_scope"].as_str()), ("read", "admin"));
    assert_eq!(query["access_type"], "offline");
    assert_eq!(query["redirect_uri"], "https://patchbay.example/oauth/callback");
    assert_eq!((query["code_challenge_method"].as_str(), query["code_challenge"].len()), ("S256", 43));
    assert!(state.len() >= 43, "256 bits");

    let body = json!({ "access_token": "xoxb", "authed_user": { "access_token": "xoxp" }, "scope": "read" });
    world.answers(200, body);
    let finished = tokens.finish(&state, b"session", "the-code").await.unwrap();
    assert_eq!(finished.granted.values["user_token"], "xoxp");
    assert_eq!(finished.granted.scopes, Some(vec!["read".to_owned()]), "less than was asked for");
    let sent = world.form(0);
    assert_eq!((sent["code"].as_str(), sent["redirect_uri"].as_str()), ("the-code", "https://patchbay.example/oauth/callback"));
    assert!(sent["code_verifier"].len() >= 43);
    assert!(!sent.contains_key("client_secret"), "it stands in the header");
    assert!(world.vendor.calls()[0].header("authorization").is_some_and(|header| header.starts_with("Basic ")));

    assert!(matches!(tokens.finish(&state, b"session", "the-code").await, Err(OAuthError::UnknownState)), "used up");
}

#[tokio::test]
async fn a_consent_belongs_to_one_browser_and_ten_minutes() {
    let world = World::new(json!({})).await;
    let tokens = world.tokens();
    let (state, _) = world.state(&tokens, b"ada").await;
    assert!(matches!(tokens.finish(&state, b"mallory", "c").await, Err(OAuthError::UnknownState)));
    assert!(matches!(tokens.finish("guessed", b"ada", "c").await, Err(OAuthError::UnknownState)));
    world.clock.advance_ms(10 * 60_000 + 1);
    assert!(matches!(tokens.finish(&state, b"ada", "c").await, Err(OAuthError::UnknownState)));
    assert!(world.vendor.calls().is_empty(), "no code left the house");

    let (state, _) = world.state(&tokens, b"ada").await;
    let said = tokens.refused(&state, b"ada", "access_denied", "<b>no</b>").await.to_string();
    assert_eq!(said, "Vend said: the access was not granted");
    assert!(matches!(tokens.finish(&state, b"ada", "c").await, Err(OAuthError::UnknownState)), "an error uses it up");
}

#[tokio::test]
async fn vendors_answer_in_many_ways() {
    let quirks =
        json!({ "token_body": "json", "client_auth": "body", "fails_when": "body.ok == false", "token_headers": { "X-V": "2" } });
    let world = World::new(quirks).await;
    let tokens = world.tokens();
    let finish = async || {
        let (state, _) = world.state(&tokens, b"s").await;
        tokens.finish(&state, b"s", "c").await
    };
    world.answers(200, json!({ "ok": false, "error": "invalid_code" }));
    assert!(matches!(finish().await, Err(OAuthError::Refused { code, .. }) if code == "invalid_code"));
    let call = &world.vendor.calls()[0];
    assert_eq!((call.header("content-type"), call.header("x-v")), (Some("application/json"), Some("2")));
    assert_eq!(call.json()["client_secret"], "app-secret");

    world.vendor.behave(Behaviour::Answer {
        status: 200,
        headers: vec![],
        body: b"access_token=gho_1&scope=read&token_type=bearer".to_vec(),
    });
    assert_eq!(finish().await.unwrap().granted.values["access_token"], "gho_1", "a form, as GitHub answers without Accept");

    world.vendor.behave(Behaviour::Answer { status: 200, headers: vec![], body: b"<html>secret-token</html>".to_vec() });
    let error = finish().await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("secret-token"), "{error:?}");

    world.vendor.behave(Behaviour::Reset);
    assert!(matches!(finish().await, Err(OAuthError::Unreachable { .. })));
}

#[tokio::test]
async fn without_an_app_there_is_no_consent() {
    let world = World::new(json!({})).await;
    let egress = Egress::new(egress::Options::default()).unwrap();
    let tokens = Tokens::new(world.vault.clone(), world.store.clone(), egress, world.connectors.clone(), BTreeMap::new());
    assert!(matches!(tokens.begin(&world.scope, world.begin(b"s")).await, Err(OAuthError::NoApp(_))));
    tokens.put_app(&world.scope, "vend", "mine".into(), Some("kept".into())).await.unwrap();
    let url = tokens.begin(&world.scope, world.begin(b"s")).await.unwrap().url;
    assert!(url.query_pairs().any(|(name, value)| name == "client_id" && value == "mine"));
    assert!(!url.as_str().contains("kept"));
    let maker = Scope { role: Role::Maker, ..world.scope.clone() };
    assert!(tokens.put_app(&maker, "vend", "theirs".into(), None).await.is_err());
}

#[tokio::test]
async fn an_app_may_act_in_its_own_name() {
    let world = World::new(json!({ "grant": "client_credentials" })).await;
    world.answers(200, json!({ "access_token": "m2m", "expires_in": 60 }));
    let tokens = world.tokens();
    let granted =
        tokens.without_consent(WorkspaceId(1), "vend", "oauth", &Values::new(), &["read".into()]).await.unwrap().unwrap();
    assert_eq!(granted.values["access_token"], "m2m");
    assert_eq!((world.form(0)["grant_type"].as_str(), world.form(0)["scope"].as_str()), ("client_credentials", "read"));
    assert!(tokens.begin(&world.scope, world.begin(b"s")).await.is_err(), "nobody is asked");
}
