//! Every way of spelling an address inside one's own network that we know of, for HTTP and for other protocols alike.

use axum::Router;
use axum::routing::get as route;
use egress::FailureKind;

use crate::upstream::{closed, get, send, serve};

/// As a host stands in an address of the web.
const TRICKS: &[&str] = &[
    // This machine, in every spelling of IPv4 that the web knows.
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "127.255.255.254",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7F.0x0.0x0.0x1",
    "0x7f.1",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.0.0.1",
    "127.0x0.0.01",
    "0x7f.0.0.0x00000001",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "１２７.0.0.1",
    "①②⑦.0.0.1",
    "%31%32%37.0.0.1",
    "127.0.0.%31",
    "0.0.0.0",
    "0",
    "0x0",
    "0.1.2.3",
    // By name.
    "localhost",
    "LOCALHOST",
    "ｌｏｃａｌｈｏｓｔ",
    "%6cocalhost",
    // This machine in IPv6.
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    // IPv4 wrapped in IPv6.
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:FFFF:127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[64:ff9b::169.254.169.254]",
    // Private networks and those of providers.
    "10.0.0.1",
    "10.1",
    "0xa000001",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.257",
    "3232235521",
    "100.64.0.1",
    "198.18.0.1",
    "[fc00::1]",
    "[fd00::1]",
    "[fec0::1]",
    "[fe80::1]",
    // Metadata of clouds.
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    // Nobody's, and everybody's.
    "192.0.2.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[2001:db8::1]",
    "[ff02::1]",
];

/// What is no host at all: never resolved, never connected to.
const NO_HOSTS: &[&str] = &[
    "",
    " ",
    ".",
    "a b",
    "user@127.0.0.1",
    "127.0.0.1/x",
    "127.0.0.1:25",
    "[::1",
    "::1]",
    "256.0.0.1",
    "0x100000000",
    "a\r\nb",
    "a\0b",
    "<x>",
];

#[tokio::test]
async fn no_spelling_leads_inside() {
    assert!(TRICKS.len() >= 80, "{}", TRICKS.len());
    let address = serve(Router::new().route("/", route(|| async { "reached" }))).await;
    let (egress, port) = (closed(), address.port());
    for host in TRICKS {
        let failure = send(&egress, get(format!("http://{host}:{port}/"))).await.expect_err(host);
        assert_eq!((failure.kind, failure.sent), (FailureKind::Refused, false), "http {host}: {failure}");
        let failure = egress.dial(host, port).await.expect_err(host);
        assert_eq!((failure.kind, failure.sent), (FailureKind::Refused, false), "dial {host}: {failure}");
        assert!(failure.message.ends_with("an operator can allow it with PATCHBAY_EGRESS_ALLOW"), "{host}: {failure}");
    }
    // Not every resolver knows this one.
    for failure in [
        send(&egress, get(format!("http://localhost.:{port}/"))).await.expect_err("http"),
        egress.dial("localhost.", port).await.expect_err("dial"),
    ] {
        assert!(matches!(failure.kind, FailureKind::Refused | FailureKind::Dns) && !failure.sent, "{failure}");
    }
    // Without the brackets that addresses of the web need.
    for host in ["::1", "::ffff:127.0.0.1", "fd00:ec2::254"] {
        assert_eq!(egress.dial(host, port).await.expect_err(host).kind, FailureKind::Refused, "{host}");
    }
    for host in NO_HOSTS {
        let failure = egress.dial(host, port).await.expect_err(host);
        assert_eq!((failure.kind, failure.sent), (FailureKind::InvalidUrl, false), "{host:?}: {failure}");
    }
}
