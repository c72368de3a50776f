//! Addresses of webhooks, and whether vendors can reach them.

use std::net::IpAddr;

use model::{
    api::Reachable,
    definition::{Verify, WebhookTrigger},
};
use url::{Host, Url};

/// `https://patchbay.example.com/hooks/<key>`
pub fn of_trigger(public_url: &str, key: &str) -> String {
    format!("{}/hooks/{key}", public_url.trim_end_matches('/'))
}

/// `https://patchbay.example.com/hooks/app/slack/<key>`
pub fn of_app(public_url: &str, connector: &str, key: &str) -> String {
    format!("{}/hooks/app/{connector}/{key}", public_url.trim_end_matches('/'))
}

/// Names that mean a private network (RFC 6761, 6762, 8375) or are common for one.
const PRIVATE_ENDS: [&str; 9] =
    [".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".home.arpa", ".test", ".invalid"];

/// Whether vendors can reach this server, judged by its public address alone: nobody is called.
pub fn reachable(public_url: &str) -> Reachable {
    let Ok(url) = Url::parse(public_url) else { return Reachable::No };
    let is_encrypted = url.scheme() == "https";
    match url.host() {
        None => Reachable::No,
        Some(Host::Ipv4(ip)) => of_ip(ip.into()),
        Some(Host::Ipv6(ip)) => of_ip(ip.to_ipv4_mapped().map_or(ip.into(), Into::into)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let is_private = !name.contains('.') || PRIVATE_ENDS.iter().any(|end| name.ends_with(end));
            match (is_private, is_encrypted) {
                (true, _) => Reachable::No,
                (false, true) => Reachable::Yes,
                (false, false) => Reachable::Unknown,
            }
        }
    }
}

fn of_ip(ip: IpAddr) -> Reachable {
    let is_private = match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || is_shared
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            ip.is_loopback() || ip.is_unspecified() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
        }
    };
    // Many vendors take names only.
    if is_private { Reachable::No } else { Reachable::Unknown }
}

/// A command line that sends a test event to a plain webhook; `$SECRET` stands for its secret.
pub fn curl(webhook: &WebhookTrigger, url: &str) -> Option<String> {
    let method = webhook.methods.iter().find(|method| *method == "POST").or(webhook.methods.first())?;
    let has_body = !matches!(method.as_str(), "GET" | "DELETE");
    let (url, body) = (quoted(url), quoted(r#"{"hello":"world"}"#));
    let mut line = format!("curl -X {} {url}", quoted(method));
    if has_body {
        line.push_str(&format!(" -H 'Content-Type: application/json' -d {body}"));
    }
    match &webhook.verify {
        Verify::None => {}
        Verify::SharedSecret { header } => line.push_str(&format!(" -H {}\"$SECRET\"", quoted(&format!("{header}: ")))),
        Verify::Hmac(signature) => {
            let encode = if signature.encoding == "base64" { "base64" } else { "xxd -p -c 64" };
            let body = if has_body { body } else { "''".to_owned() };
            let digest = format!("$(printf %s {body} | openssl dgst -sha256 -hmac \"$SECRET\" -binary | {encode})");
            line.push_str(&format!(" -H {}\"{digest}\"", quoted(&format!("{}: {}", signature.header, signature.prefix))));
        }
    }
    Some(line)
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn reach_is_told_by_the_name() {
        for url in ["https://patchbay.example.com", "https://a.b.co.uk:8443/x", "https://EXAMPLE.com."] {
            assert_eq!(reachable(url), Reachable::Yes, "{url}");
        }
        for url in [
            "",
            "http://localhost:8080",
            "https://localhost",
            "https://patchbay",
            "https://box.local",
            "https://x.internal",
            "https://127.0.0.1",
            "https://10.1.2.3",
            "https://192.168.0.9:8443",
            "https://100.64.0.1",
            "https://169.254.1.1",
            "https://[::1]",
            "https://[fd00::1]",
            "https://[::ffff:10.0.0.1]",
            "mailto:a@example.com",
        ] {
            assert_eq!(reachable(url), Reachable::No, "{url}");
        }
        for url in ["http://patchbay.example.com", "https://203.0.113.7", "https://[2001:db8::1]"] {
            assert_eq!(reachable(url), Reachable::Unknown, "{url}");
        }
    }

    fn line(webhook: serde_json::Value) -> String {
        curl(&serde_json::from_value(webhook).unwrap(), "https://x.example.com/hooks/k").unwrap()
    }

    #[test]
    fn the_command_line_sends_what_the_webhook_takes() {
        let plain = r#"curl -X POST https://x.example.com/hooks/k -H 'Content-Type: application/json' -d '{"hello":"world"}'"#;
        assert_eq!(line(json!({})), plain);
        assert_eq!(line(json!({ "methods": ["GET"] })), "curl -X GET https://x.example.com/hooks/k");
        let shared = line(json!({ "verify": { "type": "shared_secret", "header": "X-Token" } }));
        assert_eq!(shared, format!("{plain} -H 'X-Token: '\"$SECRET\""));
        let hmac = line(json!({ "verify": { "type": "hmac", "header": "X-Sig", "prefix": "sha256=" } }));
        assert!(hmac.contains("openssl dgst -sha256 -hmac \"$SECRET\" -binary | xxd -p -c 64"), "{hmac}");
        let hostile = line(json!({ "verify": { "type": "shared_secret", "header": "X'; rm -rf /; '" } }));
        assert!(hostile.contains(r"'X'\''; rm -rf /; '\'': '"), "{hostile}");
    }
}
