//! Token calls: the `oauth2` crate speaks the protocol, through the guard; the vendor's ways are applied to its requests and taken back
//! from its answers.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use egress::{Egress, Request, SendLimits};
use http::{HeaderMap, HeaderName, HeaderValue};
use manifest::{ClientAuth, Connector, OAuth2, TokenBody};
use model::Timestamp;
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope as OAuthScope, StandardErrorResponse, TokenUrl,
    basic::{BasicClient, BasicErrorResponseType},
};
use serde_json::{Map, Value, json};
use url::Url;

use super::{App, Granted, OAuthError, Scope, Values, data::address};

/// Token calls are short; nothing waits longer for one.
const LIMITS: SendLimits = SendLimits { timeout: Duration::from_secs(20), max_response_bytes: 1024 * 1024, max_redirects: 0 };

type Client = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;
type Refused<E> = RequestTokenError<E, StandardErrorResponse<BasicErrorResponseType>>;

/// One vendor, for one call.
pub(crate) struct Vendor<'a> {
    pub egress: &'a Egress,
    pub connector: &'a Connector,
    pub oauth: &'a OAuth2,
    pub app: &'a App,
    pub now: Timestamp,
}

/// Turns the code of a consent into tokens.
pub(crate) async fn exchange(
    vendor: &Vendor<'_>,
    values: &Values,
    code: &str,
    redirect_uri: &str,
    verifier: Option<String>,
) -> Result<Granted, OAuthError> {
    let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(|error| OAuthError::Manifest(error.to_string()))?;
    let client = vendor.client(values, &vendor.oauth.token_url)?.set_redirect_uri(redirect);
    let mut request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
    for (name, value) in vendor.params(&vendor.oauth.token_params, values)? {
        request = request.add_extra_param(name, value);
    }
    if let Some(verifier) = verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
    }
    let door = Door::new(vendor, values);
    let result = request.request_async(&door.http()).await;
    door.read(result.map(drop), values, false)
}

/// Fetches a token in the app's own name.
pub(crate) async fn client_credentials(vendor: &Vendor<'_>, values: &Values, scopes: &[String]) -> Result<Granted, OAuthError> {
    let client = vendor.client(values, &vendor.oauth.token_url)?;
    let mut request = client.exchange_client_credentials();
    request = request.add_scopes(scopes.iter().cloned().map(OAuthScope::new));
    for (name, value) in vendor.params(&vendor.oauth.token_params, values)? {
        request = request.add_extra_param(name, value);
    }
    let door = Door::new(vendor, values);
    let result = request.request_async(&door.http()).await;
    door.read(result.map(drop), values, false)
}

/// Renews the tokens of a connection.
pub(crate) async fn refresh(vendor: &Vendor<'_>, values: &Values) -> Result<Granted, OAuthError> {
    let Some(token) = values.get("refresh_token") else {
        return Err(OAuthError::Refused {
            vendor: vendor.connector.name.clone(),
            code: "invalid_grant".into(),
            message: "there is no refresh token".into(),
        });
    };
    let url = vendor.oauth.refresh_url.as_ref().unwrap_or(&vendor.oauth.token_url);
    let client = vendor.client(values, url)?;
    let token = RefreshToken::new(token.clone());
    let mut request = client.exchange_refresh_token(&token);
    for (name, value) in vendor.params(&vendor.oauth.refresh_params, values)? {
        request = request.add_extra_param(name, value);
    }
    let door = Door::new(vendor, values);
    let result = request.request_async(&door.http()).await;
    door.read(result.map(drop), values, true)
}

/// Posts a form to a token endpoint, for grants that the protocol's crate does not speak. Gives the answer's body, if it is no refusal.
pub(crate) async fn post_form(
    egress: &Egress,
    connector: &Connector,
    url: &str,
    form: &[(&str, &str)],
) -> Result<Value, OAuthError> {
    let vendor = connector.name.clone();
    let url = Url::parse(url).map_err(|error| OAuthError::Manifest(format!("token_url: {error}")))?;
    let mut request = Request::new(http::Method::POST, url);
    request.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    request.body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish().into();
    let answer = match egress.send(request, &LIMITS).await {
        Ok(answer) => answer,
        Err(failure) => return Err(OAuthError::Unreachable { vendor, message: failure.message }),
    };
    let body = read_body(&answer.body);
    if (200..300).contains(&answer.status) {
        return Ok(body);
    }
    let said = refusal(answer.status, &body);
    let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
    let (code, message) = (text("error"), text("error_description"));
    Err(match answer.status {
        429 | 500.. => OAuthError::Unreachable { vendor, message },
        _ => OAuthError::Refused { vendor, code, message },
    })
}

impl Vendor<'_> {
    fn client(&self, values: &Values, url: &str) -> Result<Client, OAuthError> {
        let url = address(url, values)?;
        let url = TokenUrl::new(url).map_err(|error| OAuthError::Manifest(format!("token_url: {error}")))?;
        let mut client = BasicClient::new(ClientId::new(self.app.client_id.clone())).set_token_uri(url);
        if let (Some(secret), false) = (&self.app.client_secret, self.oauth.client_auth == ClientAuth::None) {
            client = client.set_client_secret(ClientSecret::new(secret.clone()));
        }
        let auth = if self.oauth.client_auth == ClientAuth::Basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        Ok(client.set_auth_type(auth))
    }

    fn params(&self, params: &BTreeMap<String, String>, values: &Values) -> Result<Vec<(String, String)>, OAuthError> {
        let scope = Scope::default().connection(values);
        params.iter().map(|(name, value)| Ok((name.clone(), scope.fill(value)?))).collect()
    }
}

/// The way out of the process and back: shared by the request and whoever reads the answer afterwards. It owns what it needs: the
/// protocol's futures could not be sent to another thread with anything borrowed.
#[derive(Clone)]
struct Door(Arc<Inside>);

struct Inside {
    egress: Egress,
    oauth: OAuth2,
    vendor: String,
    headers: Result<HeaderMap, String>,
    body: Mutex<Option<Value>>,
    now: Timestamp,
}

type Sending = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreachable>> + Send>>;

/// Nothing came back.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreachable(String);

impl Door {
    fn new(vendor: &Vendor<'_>, values: &Values) -> Self {
        Door(Arc::new(Inside {
            egress: vendor.egress.clone(),
            oauth: vendor.oauth.clone(),
            vendor: vendor.connector.name.clone(),
            headers: headers(vendor.oauth, values).map_err(|error| error.to_string()),
            body: Mutex::default(),
            now: vendor.now,
        }))
    }

    fn http(&self) -> impl Fn(HttpRequest) -> Sending + Send + Sync + use<> {
        let inside = Arc::clone(&self.0);
        move |request| {
            let inside = Arc::clone(&inside);
            Box::pin(async move { inside.send(request).await })
        }
    }

    fn read(&self, result: Result<(), Refused<Unreachable>>, before: &Values, is_refresh: bool) -> Result<Granted, OAuthError> {
        self.0.read(result, before, is_refresh)
    }
}

impl Inside {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let unreachable = |text: String| Unreachable(text);
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|error| unreachable(error.to_string()))?;
        let mut outgoing = Request::new(parts.method, url);
        outgoing.headers = parts.headers;
        match &self.headers {
            Ok(headers) => outgoing.headers.extend(headers.clone()),
            Err(error) => return Err(unreachable(error.clone())),
        }
        outgoing.body = match self.oauth.token_body {
            TokenBody::Form => body.into(),
            TokenBody::Json => {
                outgoing.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                as_json(&body).into()
            }
        };
        let answer = self.egress.send(outgoing, &LIMITS).await.map_err(|failure| unreachable(failure.message))?;
        let body = read_body(&answer.body);
        let standard = self.standard(answer.status, &answer.headers, &body);
        *self.body.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        Ok(standard)
    }

    /// The answer as RFC 6749, 5.1 and 5.2 have it.
    fn standard(&self, status: u16, headers: &HeaderMap, body: &Value) -> HttpResponse {
        let oauth = &self.oauth;
        let texts: Map<String, Value> =
            headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.into()))).collect();
        let scope =
            Scope::default().with("body", body.clone()).with("status", status.into()).with("headers", Value::Object(texts));
        let token =
            oauth.tokens.get("access_token").or(oauth.refreshed.get("access_token")).and_then(|source| scope.text(source));
        let token = token.or_else(|| scope.text("body.access_token"));
        let fails = !(200..300).contains(&status) || oauth.fails_when.as_ref().is_some_and(|source| scope.is_true(source));
        let (status, standard) = match token {
            Some(token) if !fails => (200, json!({ "access_token": token, "token_type": "bearer" })),
            _ => (400, refusal(status, body)),
        };
        let mut response = HttpResponse::new(standard.to_string().into_bytes());
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_REQUEST);
        response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    fn read(&self, result: Result<(), Refused<Unreachable>>, before: &Values, is_refresh: bool) -> Result<Granted, OAuthError> {
        let vendor = self.vendor.clone();
        let body = self.body.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (result, body) {
            (Ok(()), Some(body)) => Ok(Granted::read(&self.oauth, body, before, self.now, is_refresh)),
            (Ok(()), None) => Err(OAuthError::Unreadable { vendor, message: "the answer is empty".into() }),
            (Err(RequestTokenError::ServerResponse(error)), _) => {
                let code = error.error().as_ref().to_owned();
                let message = error.error_description().cloned().unwrap_or_else(|| code.clone());
                if code.starts_with("http_5") {
                    return Err(OAuthError::Unreachable { vendor, message });
                }
                Err(OAuthError::Refused { vendor, code, message })
            }
            (Err(RequestTokenError::Request(error)), _) => Err(OAuthError::Unreachable { vendor, message: error.to_string() }),
            // Their texts may quote the answer.
            (Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)), _) => {
                Err(OAuthError::Unreadable { vendor, message: "the token answer has an unknown form".into() })
            }
        }
    }
}

fn headers(oauth: &OAuth2, values: &Values) -> Result<HeaderMap, OAuthError> {
    let scope = Scope::default().connection(values);
    let mut headers = HeaderMap::new();
    for (name, value) in &oauth.token_headers {
        let wrong = |_| OAuthError::Manifest(format!("token_headers: `{name}`"));
        let value =
            HeaderValue::from_str(&scope.fill(value)?).map_err(|_| OAuthError::Manifest(format!("token_headers: `{name}`")))?;
        headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|e| wrong(e.to_string()))?, value);
    }
    Ok(headers)
}

fn as_json(form: &[u8]) -> Vec<u8> {
    let entries: Map<String, Value> =
        url::form_urlencoded::parse(form).map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
    Value::Object(entries).to_string().into_bytes()
}

/// JSON, or a form as some vendors answer.
fn read_body(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| {
        let entries: Map<String, Value> =
            url::form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
        Value::Object(entries)
    })
}

/// What the vendor says went wrong; `error` may be a text or an object of its own.
fn refusal(status: u16, body: &Value) -> Value {
    let text =
        |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(|text| text.chars().take(300).collect::<String>());
    let code = text(&body["error"]).or_else(|| text(&body["error"]["code"])).or_else(|| text(&body["code"]));
    let said = [&body["error_description"], &body["error"]["message"], &body["message"], &body["detail"]];
    let message = said.into_iter().find_map(text);
    // A failing server says nothing of the grant, whatever its body.
    let code = if status >= 500 { None } else { code };
    let code = code.unwrap_or_else(|| format!("http_{status}"));
    let message = message.unwrap_or_else(|| format!("{code} (HTTP status {status})"));
    json!({ "error": code, "error_description": message })
}
