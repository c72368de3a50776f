//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, header, request::Parts},
};
use ipnet::IpNet;

/// Letters of a `User-Agent` that are kept.
const AGENT: usize = 300;

/// The other side of a request.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// Absent when it is not known: all such share one limit.
    pub ip: Option<IpAddr>,
    pub user_agent: String,
}

impl Client {
    pub fn of(parts: &Parts, trusted: &[IpNet]) -> Self {
        let user_agent = parts.headers.get(header::USER_AGENT).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
        let user_agent = user_agent.unwrap_or_default().chars().take(AGENT).collect();
        Client { ip: peer(parts).map(|peer| behind_proxies(peer, &parts.headers, trusted)), user_agent }
    }

    pub fn ip_text(&self) -> String {
        self.ip.map(|ip| ip.to_string()).unwrap_or_default()
    }

    /// What attempts are counted under. Of IPv6 the first 64 bits: whoever has one address has all of them.
    pub fn throttle_key(&self) -> String {
        match self.ip {
            Some(IpAddr::V6(ip)) => ip.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
            _ => self.ip_text(),
        }
    }
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip().to_canonical())
}

fn trusts(trusted: &[IpNet], ip: IpAddr) -> bool {
    trusted.iter().any(|net| net.contains(&ip))
}

/// The nearest address that is none of our own proxies: what stands further left in `X-Forwarded-For` anybody may have written.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    if !trusts(trusted, peer) {
        return peer;
    }
    let mut nearest = peer;
    let values: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
    for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
        nearest = ip.to_canonical();
        if !trusts(trusted, nearest) {
            break;
        }
    }
    nearest
}

/// The host a person's browser asked for, as far as it can be known; absent: a proxy may have replaced it.
pub(crate) fn forwarded_host(parts: &Parts, trusted: &[IpNet]) -> Option<String> {
    let host = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_ascii_lowercase);
    match peer(parts) {
        Some(ip) if trusts(trusted, ip) => host("x-forwarded-host"),
        _ if parts.headers.contains_key("x-forwarded-for") || parts.headers.contains_key("forwarded") => None,
        _ => host("host"),
    }
}

/// Whether the request was made on this very machine, and not by a proxy that runs there.
pub(crate) fn is_this_machine(parts: &Parts) -> bool {
    let forwarded = ["x-forwarded-for", "forwarded", "via", "x-real-ip"].iter().any(|name| parts.headers.contains_key(*name));
    !forwarded && peer(parts).is_some_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &str) -> String {
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        let mut headers = HeaderMap::new();
        if !forwarded.is_empty() {
            headers.insert("x-forwarded-for", forwarded.parse().expect("a header"));
        }
        behind_proxies(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn addresses_of_one_network_count_together() {
        let key = |ip: &str| Client { ip: Some(ip.parse().expect("an address")), user_agent: String::new() }.throttle_key();
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", "203.0.113.9"), "192.0.2.1");
        assert_eq!(client("10.0.0.1", "203.0.113.9"), "203.0.113.9");
        assert_eq!(client("10.0.0.1", "198.51.100.7, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(client("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(client("10.0.0.1", ""), "10.0.0.1");
    }
}
