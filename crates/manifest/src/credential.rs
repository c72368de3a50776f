//! Names under which people pass credentials: they belong into a connection, where they are sealed, not into a step.

/// Whether a header of this name usually carries a credential.
pub fn is_credential_header(name: &str) -> bool {
    const EXACT: [&str; 7] =
        ["cookie", "apikey", "x-token", "x-session-token", "x-amz-security-token", "x-gitlab-token", "x-vault-token"];
    const PARTS: [&str; 9] =
        ["authorization", "api-key", "apikey", "auth-token", "auth-key", "access-token", "private-token", "secret", "password"];
    let name = fold(name);
    EXACT.contains(&name.as_str()) || PARTS.iter().any(|part| name.contains(part))
}

/// Whether a query parameter of this name usually carries a credential.
pub fn is_credential_parameter(name: &str) -> bool {
    const EXACT: [&str; 4] = ["token", "key", "sig", "auth"];
    const PARTS: [&str; 6] = ["api-key", "apikey", "access-token", "auth-token", "secret", "password"];
    let name = fold(name);
    EXACT.contains(&name.as_str()) || PARTS.iter().any(|part| name.contains(part))
}

fn fold(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_their_names() {
        for name in
            ["Authorization", "proxy-authorization", "X-API-Key", "x_api_key", " Cookie ", "apikey", "X-Shopify-Access-Token"]
        {
            assert!(is_credential_header(name), "{name}");
        }
        for name in ["Accept", "Content-Type", "X-CSRF-Token", "Idempotency-Key", "X-Request-Id", "Prefer", "X-Author"] {
            assert!(!is_credential_header(name), "{name}");
        }
        for name in ["api_key", "access_token", "token"] {
            assert!(is_credential_parameter(name), "{name}");
        }
        for name in ["q", "page_token", "sort_key", "author"] {
            assert!(!is_credential_parameter(name), "{name}");
        }
    }
}
