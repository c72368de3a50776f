//! A service account proves itself by a token that it signs with its own key (RFC 7523, 2.1), and is given an access token for it.

use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use manifest::{Connector, Expiry, ServiceAccount};
use model::Timestamp;
use ring::{rand::SystemRandom, rsa::KeyPair, signature};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::oauth::{Granted, OAuthError, Scope, Values, ends, post_form};

/// The kind of key file that Google gives out.
pub(crate) const GOOGLE: &str = "google";
/// How long what is signed may be used, in seconds. Google takes an hour at most.
/// <https://developers.google.com/identity/protocols/oauth2/service-account>
const GOOD_FOR_S: i64 = 3_600;
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What of the key file is needed; the rest is left alone. Its `token_uri` is not followed: what is signed goes to the manifest's.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
}

/// Fetches a token. Values: `key`, the key file's text, and perhaps `subject`, the person for whom it acts.
pub(crate) async fn fetch(
    egress: &egress::Egress,
    connector: &Connector,
    account: &ServiceAccount,
    values: &Values,
    now: Timestamp,
) -> Result<Granted, OAuthError> {
    if account.native != GOOGLE {
        let message = format!("this version of Patchbay does not know the service account \"{}\"", account.native);
        return Err(OAuthError::Manifest(message));
    }
    let wrong = |message: &str| OAuthError::Keys { vendor: connector.name.clone(), message: message.to_owned() };
    let text = values.get("key").map(String::as_str).unwrap_or_default();
    let key: KeyFile = serde_json::from_str(text)
        .map_err(|_| wrong("the key must be the whole text of the JSON file that was given out with the account"))?;
    let scopes = asked(connector, account);
    let mut claims = json!({
        "iss": key.client_email,
        "scope": scopes.join(" "),
        "aud": account.audience.as_ref().unwrap_or(&account.token_url),
        "iat": now.ms() / 1000,
        "exp": now.ms() / 1000 + GOOD_FOR_S,
    });
    if let Some(subject) = values.get("subject").map(|text| text.trim()).filter(|text| !text.is_empty()) {
        claims["sub"] = Value::from(subject);
    }
    let assertion = sign(&key, &claims).map_err(|message| wrong(&message))?;
    let form = [("grant_type", GRANT), ("assertion", assertion.as_str())];
    let body = post_form(egress, connector, &account.token_url, &form).await?;
    let scope = Scope::default().with("body", body);
    let Some(token) = scope.text("body.access_token") else {
        let message = "there is no access token in its answer".to_owned();
        return Err(OAuthError::Unreadable { vendor: connector.name.clone(), message });
    };
    let mut values = values.clone();
    values.insert("access_token".to_owned(), token);
    Ok(Granted { values, expires_at: ends(&Expiry::default(), &scope, now), scopes: Some(scopes) })
}

/// All that the connector's parts may need, unless the manifest says otherwise: nobody is asked for a consent.
fn asked(connector: &Connector, account: &ServiceAccount) -> Vec<String> {
    match account.scopes.as_slice() {
        [] => connector.scopes.iter().map(|scope| scope.id.clone()).collect(),
        scopes => scopes.to_vec(),
    }
}

/// A JSON web token with RS256 (RFC 7515, RFC 7518, 3.3). The errors are for people.
fn sign(key: &KeyFile, claims: &Value) -> Result<String, String> {
    let broken = || "its private key cannot be read; download the key file again".to_owned();
    let der: String = key.private_key.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let der = zeroize::Zeroizing::new(STANDARD.decode(der).map_err(|_| broken())?);
    let pair = KeyPair::from_pkcs8(&der).map_err(|_| broken())?;
    let mut header = json!({ "alg": "RS256", "typ": "JWT" });
    if let Some(id) = &key.private_key_id {
        header["kid"] = Value::from(id.as_str());
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).map_err(|_| broken())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_ask_for_all_that_their_connector_needs_and_say_so() {
        let mut accounts = 0;
        for connector in manifest::builtin() {
            for method in &connector.auth {
                let Some(account) = &method.service_account else { continue };
                accounts += 1;
                let asked = asked(connector, account);
                let steps = method.steps.join("\n");
                let told: Vec<&str> = steps.split(|c: char| c == ',' || c.is_whitespace()).collect();
                for scope in &connector.scopes {
                    assert!(asked.contains(&scope.id), "{} does not ask for {}", connector.id, scope.id);
                    // An administrator has to allow each of them where it acts as a person; otherwise no token is given out.
                    assert!(told.contains(&scope.id.as_str()), "{} does not tell of {}", connector.id, scope.id);
                }
            }
        }
        assert!(accounts >= 4, "{accounts}");
    }
}
