//! Whether a delivery comes from whom it should. Without a secret every delivery is refused.

use manifest::{Algorithm, Encoding, KeyEncoding, Part};
use model::definition::{Signature, Verify, WebhookTrigger};
use store::LiveHook;

use super::{HookReply, HookRequest, reply};
use crate::{
    Ingest,
    app_webhook::{self, Refusal},
};

impl Ingest {
    /// Outer error: the check itself could not be made. Inner: it was made and failed.
    pub(super) async fn verified(
        &self,
        hook: &LiveHook,
        webhook: &WebhookTrigger,
        request: &HookRequest,
    ) -> Result<Result<(), Refusal>, HookReply> {
        let recipe = match &webhook.verify {
            Verify::None => return Ok(Ok(())),
            Verify::SharedSecret { header } => shared_secret(header),
            Verify::Hmac(signature) => match hmac(signature) {
                Some(recipe) => recipe,
                None => return Ok(Err(Refusal::Unreadable)),
            },
        };
        let Some(secret) = hook.secret else { return Ok(Err(Refusal::NoSecret)) };
        let secret = self.vault.reveal(hook.workspace, secret).await.map_err(|error| {
            tracing::error!(error = %error, "the secret of a webhook cannot be read");
            reply::error(503, "unavailable", "The delivery cannot be checked right now; send it again later.")
        })?;
        let method = request.method.as_str();
        Ok(app_webhook::verify(&recipe, secret.as_bytes(), method, "", &request.headers, &request.body, self.store.now()))
    }
}

fn recipe(header: &str) -> manifest::Signature {
    manifest::Signature {
        header: header.to_owned(),
        algorithm: Algorithm::Equal,
        encoding: Encoding::Plain,
        prefix: String::new(),
        pair: None,
        parts: vec![Part::Body],
        key: KeyEncoding::Text,
        key_prefix: String::new(),
        timestamp: None,
    }
}

fn shared_secret(header: &str) -> manifest::Signature {
    recipe(header)
}

/// Nothing: the encoding is none.
fn hmac(signature: &Signature) -> Option<manifest::Signature> {
    let encoding = match signature.encoding.as_str() {
        "hex" => Encoding::Hex,
        "base64" => Encoding::Base64,
        _ => return None,
    };
    let (algorithm, prefix) = (Algorithm::HmacSha256, signature.prefix.clone());
    Some(manifest::Signature { algorithm, encoding, prefix, ..recipe(&signature.header) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::HeaderMap;
    use model::Timestamp;

    use super::*;

    fn signature(encoding: &str) -> Signature {
        Signature { header: "x-signature".into(), prefix: "sha256=".into(), encoding: encoding.into() }
    }

    fn signed(encoding: &str, sent: &str, secret: &[u8], body: &[u8]) -> bool {
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-signature"), sent.parse().unwrap())]);
        hmac(&signature(encoding))
            .is_some_and(|recipe| app_webhook::verify(&recipe, secret, "POST", "", &headers, body, Timestamp(0)).is_ok())
    }

    /// RFC 4231, test case 2.
    const MAC: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn takes_the_right_signature_only() {
        let body = b"what do ya want for nothing?";
        let sent = format!("sha256={MAC}");
        assert!(signed("hex", &sent, b"Jefe", body));
        assert!(signed("hex", &sent.to_uppercase().replace("SHA256", "sha256"), b"Jefe", body));
        assert!(!signed("hex", MAC, b"Jefe", body), "the prefix is part of it");
        assert!(!signed("hex", &sent, b"jefe", body));
        assert!(!signed("hex", &sent, b"Jefe", b"what do ya want for nothing!"));
        assert!(!signed("hex", "sha256=", b"Jefe", body));
        assert!(!signed("rot13", &sent, b"Jefe", body));
    }
}
