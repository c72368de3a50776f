//! The hosts a credential may be sent to, as somebody types them.

/// One per line, or with commas between; an address is cut down to its host.
pub fn read(text: &str) -> Result<Vec<String>, ()> {
    let mut hosts = Vec::new();
    for part in text.split([',', '\n', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        let host = part.split_once("://").map_or(part, |(_, rest)| rest);
        let host = host.split(['/', '?', '#']).next().unwrap_or_default().to_lowercase();
        let fine =
            !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '*' | ':' | '[' | ']' | '_'));
        if !fine {
            return Err(());
        }
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn takes_what_people_paste() {
        assert_eq!(
            read("https://API.example.com/v1?x\n*.example.org, api.example.com"),
            Ok(vec!["api.example.com".into(), "*.example.org".into()])
        );
        assert_eq!(read(" \n"), Ok(Vec::new()));
        assert_eq!(read("a b@c"), Err(()));
    }
}
