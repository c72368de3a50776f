//! The command line's side of the API.

use std::time::Duration;

use anyhow::{Context as _, bail};
use egress::{Egress, Request, SendLimits};
use http::{HeaderValue, Method, header};
use model::api::{Endpoint, ErrorBody, PathArgs};

use crate::config::Config;

/// Talks to the server that `PATCHBAY_URL` names, with `PATCHBAY_TOKEN`.
pub struct Client {
    egress: Egress,
    base: url::Url,
    token: HeaderValue,
}

impl Client {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let token = config.token.as_deref().context("PATCHBAY_TOKEN is not set; make a token with `patchbay token create`")?;
        let mut token = HeaderValue::try_from(format!("Bearer {token}")).context("PATCHBAY_TOKEN is not a token")?;
        token.set_sensitive(true);
        // A person at the command line names the server: it may be anywhere.
        let anywhere = egress::Options::parse_allow("0.0.0.0/0,::/0")?;
        let egress = Egress::new(egress::Options { allow: anywhere, ..egress::Options::default() })?;
        Ok(Client { egress, base: config.url.clone(), token })
    }

    pub async fn call<E: Endpoint>(&self, path: E::Path, body: &E::Body) -> anyhow::Result<E::Reply> {
        let url = self.base.join(&path.fill(E::PATH))?;
        let mut request = Request::new(Method::from_bytes(E::METHOD.as_str().as_bytes())?, url);
        request.headers.insert(header::AUTHORIZATION, self.token.clone());
        request.secret_headers.push(header::AUTHORIZATION);
        if E::METHOD != model::api::Method::Get {
            request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.body = serde_json::to_vec(body)?.into();
        }
        let limits = SendLimits { timeout: Duration::from_secs(60), max_response_bytes: 64 * 1024 * 1024, max_redirects: 3 };
        let answer = self.egress.send(request, &limits).await.map_err(|failure| anyhow::anyhow!("{}", failure.message))?;
        if !(200..300).contains(&answer.status) {
            match serde_json::from_slice::<ErrorBody>(&answer.body) {
                Ok(ErrorBody { error }) if error.details.is_null() => bail!("{} ({})", error.message, error.code),
                Ok(ErrorBody { error }) => bail!("{} ({})\n{:#}", error.message, error.code, error.details),
                Err(_) => bail!("the server answered with status {}", answer.status),
            }
        }
        serde_json::from_slice(&answer.body).context("the server's answer is not understood; is it another version?")
    }
}
