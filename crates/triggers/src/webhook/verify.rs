//! Whether a delivery comes from whom it should. Without a secret every delivery is refused.

use base64::Engine as _;
use hmac::{Hmac, Mac};
use model::definition::{Signature, Verify, WebhookTrigger};
use sha2::Sha256;
use store::LiveHook;
use subtle::ConstantTimeEq;

use super::{HookReply, HookRequest, reply};
use crate::Ingest;

impl Ingest {
    /// Outer error: the check itself could not be made. Inner: it was made and failed.
    pub(super) async fn verified(
        &self,
        hook: &LiveHook,
        webhook: &WebhookTrigger,
        request: &HookRequest,
    ) -> Result<Result<(), &'static str>, HookReply> {
        let header = match &webhook.verify {
            Verify::None => return Ok(Ok(())),
            Verify::SharedSecret { header } => header,
            Verify::Hmac(signature) => &signature.header,
        };
        let Some(secret) = hook.secret else {
            return Ok(Err("This webhook checks a secret, but none has been set yet."));
        };
        let Some(sent) = request.headers.get(header.as_str()) else {
            return Ok(Err("The delivery is not signed."));
        };
        let secret = self.vault.reveal(hook.workspace, secret).await.map_err(|error| {
            tracing::error!(error = %error, "the secret of a webhook cannot be read");
            reply::error(503, "unavailable", "The delivery cannot be checked right now; send it again later.")
        })?;
        let genuine = match &webhook.verify {
            Verify::None => true,
            Verify::SharedSecret { .. } => same(sent.as_bytes(), secret.as_bytes()),
            Verify::Hmac(signature) => signed(signature, sent.as_bytes(), secret.as_bytes(), &request.body),
        };
        Ok(if genuine { Ok(()) } else { Err("The signature does not match.") })
    }
}

/// Compares without telling by its duration where the texts differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

fn signed(signature: &Signature, sent: &[u8], secret: &[u8], body: &[u8]) -> bool {
    let Some(sent) = sent.strip_prefix(signature.prefix.as_bytes()) else { return false };
    let decoded = match signature.encoding.as_str() {
        "base64" => base64::engine::general_purpose::STANDARD.decode(sent).ok(),
        "hex" => hex::decode(sent).ok(),
        _ => None,
    };
    let Some(decoded) = decoded else { return false };
    Hmac::<Sha256>::new_from_slice(secret).is_ok_and(|mut mac| {
        mac.update(body);
        mac.verify_slice(&decoded).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(encoding: &str) -> Signature {
        Signature { header: "x-signature".into(), prefix: "sha256=".into(), encoding: encoding.into() }
    }

    /// RFC 4231, test case 2.
    const MAC: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn takes_the_right_signature_only() {
        let body = b"what do ya want for nothing?";
        let sent = format!("sha256={MAC}");
        assert!(signed(&signature("hex"), sent.as_bytes(), b"Jefe", body));
        assert!(signed(&signature("hex"), sent.to_uppercase().replace("SHA256", "sha256").as_bytes(), b"Jefe", body));
        assert!(!signed(&signature("hex"), MAC.as_bytes(), b"Jefe", body), "the prefix is part of it");
        assert!(!signed(&signature("hex"), sent.as_bytes(), b"jefe", body));
        assert!(!signed(&signature("hex"), sent.as_bytes(), b"Jefe", b"what do ya want for nothing!"));
        assert!(!signed(&signature("hex"), b"sha256=", b"Jefe", body));
        assert!(!signed(&signature("rot13"), sent.as_bytes(), b"Jefe", body));
    }
}
