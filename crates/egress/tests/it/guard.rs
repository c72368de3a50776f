use std::net::IpAddr;

use axum::Router;
use axum::routing::get as route;
use egress::{FailureKind, Options};

use crate::upstream::{closed, get, send, serve, text, with};

#[test]
fn address_ranges() {
    let refused = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
        "2001:2::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    let open = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:82a::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ];
    let egress = closed();
    for address in refused {
        let failure = egress.check_ip(address.parse().unwrap()).expect_err(address);
        assert_eq!((failure.kind, failure.sent), (FailureKind::Refused, false), "{address}");
    }
    for address in open {
        assert_eq!(egress.check_ip(address.parse().unwrap()), Ok(()), "{address}");
    }
}

#[test]
fn an_allowed_network_is_allowed_in_every_wrapping_and_nothing_else_is() {
    let egress = with("10.1.0.0/16, fd00::/8,127.0.0.1");
    let check = |text: &str| egress.check_ip(text.parse::<IpAddr>().unwrap()).is_ok();
    for address in ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00::1", "127.0.0.1"] {
        assert!(check(address), "{address}");
    }
    for address in ["10.2.0.1", "::ffff:10.2.0.1", "fc00::1", "127.0.0.2", "169.254.169.254"] {
        assert!(!check(address), "{address}");
    }
}

#[test]
fn a_mistyped_network_is_named() {
    let error = Options::parse_allow("10.0.0.0/8,10.0.0.0/99").unwrap_err();
    assert_eq!(error.to_string(), "\"10.0.0.0/99\" is not a network; write it like 10.1.0.0/16 or 127.0.0.1/32");
    assert_eq!(error.code(), "egress_network");
    assert_eq!(Options::parse_allow(" ").unwrap(), []);
}

#[tokio::test]
async fn the_refusal_says_which_address_and_why() {
    let failure = send(&closed(), get("http://user@127.0.0.1/?key=secret")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InvalidUrl);
    let failure = send(&closed(), get("http://127.0.0.1/?key=secret")).await.unwrap_err();
    assert_eq!(failure.message, "127.0.0.1 is a loopback address; an operator can allow it with PATCHBAY_EGRESS_ALLOW");
    let failure = send(&closed(), get("http://localhost/")).await.unwrap_err();
    assert!(failure.message.starts_with("localhost leads to "), "{failure}");
    assert!(failure.message.contains(", a loopback address;"), "{failure}");
}

#[tokio::test]
async fn an_allowed_network_is_reached_by_address_and_by_name() {
    let address = serve(Router::new().route("/", route(|| async { "reached" }))).await;
    for url in [format!("http://{address}/"), format!("http://localhost:{}/", address.port())] {
        let response = send(&with("127.0.0.0/8"), get(&url)).await.expect(&url);
        assert_eq!((response.status, text(&response).as_str()), (200, "reached"), "{url}");
    }
}

#[tokio::test]
async fn only_web_addresses_are_called() {
    for url in ["ftp://127.0.0.1/", "file:///etc/passwd", "data:,x", "gopher://127.0.0.1/"] {
        let failure = send(&with("127.0.0.0/8"), get(url)).await.expect_err(url);
        assert_eq!((failure.kind, failure.sent), (FailureKind::InvalidUrl, false), "{url}");
    }
}
