//! The links under which somebody outside answers a wait.

use model::ids::{RunId, StepPath};

use crate::SigningKey;

const PURPOSE: &str = "wait link 1";

/// Makes and checks `{public_url}/wait/{run}/{path}/{signature}`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WaitLinks {
    key: SigningKey,
    /// Without a slash at its end.
    base: String,
}

impl WaitLinks {
    /// `public_url`: where people and other systems reach this instance.
    pub fn new(key: SigningKey, public_url: &str) -> Self {
        WaitLinks { key, base: public_url.trim_end_matches('/').to_owned() }
    }

    /// The link of one wait of one run; the same at any time.
    pub fn url(&self, run: RunId, path: &StepPath) -> String {
        format!("{}/wait/{run}/{}/{}", self.base, segment(&path.0), self.signature(run, path))
    }

    /// Whether a link is one of ours. `path`: as it stood in the link, percent-decoded.
    pub fn verify(&self, run: RunId, path: &StepPath, signature: &str) -> bool {
        self.key.verify(PURPOSE, &[&run.0.to_be_bytes(), path.0.as_bytes()], signature)
    }

    /// For a form that posts to the link it was opened under.
    pub fn signature(&self, run: RunId, path: &StepPath) -> String {
        self.key.sign(PURPOSE, &[&run.0.to_be_bytes(), path.0.as_bytes()])
    }
}

/// One segment of a path (RFC 3986, 3.3): everything but unreserved characters is encoded.
fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_leads_back_to_its_wait_only() {
        let links = WaitLinks::new(SigningKey::of([7; 32]), "https://patchbay.example.com/");
        let (run, path) = (RunId(5), StepPath("each[3].ask".into()));
        let url = links.url(run, &path);
        let rest = url.strip_prefix("https://patchbay.example.com/wait/").unwrap();
        let parts: Vec<&str> = rest.split('/').collect();
        let [of, at, signature] = parts.as_slice() else { panic!("{rest}") };
        assert_eq!((*of, *at), (run.to_string().as_str(), "each%5B3%5D.ask"));
        assert!(links.verify(run, &path, signature));
        assert!(!links.verify(RunId(6), &path, signature));
        assert!(!links.verify(run, &StepPath("each[4].ask".into()), signature));
        let other = WaitLinks::new(SigningKey::of([8; 32]), "https://patchbay.example.com");
        assert!(!other.verify(run, &path, signature));
        assert_eq!(links.url(run, &path), url, "the same at any time");
    }

    #[test]
    fn hostile_paths_stay_one_segment() {
        assert_eq!(segment("a/../b?c#d%e é"), "a%2F..%2Fb%3Fc%23d%25e%20%C3%A9");
    }
}
