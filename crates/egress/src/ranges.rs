//! Which addresses are not the public internet (IANA special-purpose registries, RFC 6890 and its successors).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// Why an address is refused: completes the sentence "... is ___".
pub(crate) type Reason = &'static str;

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

const METADATA: Reason = "the metadata address of a cloud provider";
const PRIVATE: Reason = "a private address";
const LOOPBACK: Reason = "a loopback address";
const LINK_LOCAL: Reason = "a link-local address";
const DOCUMENTATION: Reason = "an address reserved for documentation";
const BENCHMARK: Reason = "an address reserved for benchmarks";
const RESERVED: Reason = "a reserved address";
const MULTICAST: Reason = "a multicast address";
const UNSPECIFIED: Reason = "the unspecified address";

// The first network that holds the address names the reason.
const REFUSED_V4: &[(Ipv4Net, Reason)] = &[
    (v4(169, 254, 169, 254, 32), METADATA),
    (v4(169, 254, 170, 2, 32), METADATA),
    (v4(100, 100, 100, 200, 32), METADATA),
    (v4(192, 0, 0, 192, 32), METADATA),
    // Azure answers its virtual machines on a public address.
    (v4(168, 63, 129, 16, 32), METADATA),
    (v4(0, 0, 0, 0, 32), UNSPECIFIED),
    (v4(0, 0, 0, 0, 8), RESERVED),
    (v4(10, 0, 0, 0, 8), PRIVATE),
    (v4(100, 64, 0, 0, 10), "an address of a provider's shared network"),
    (v4(127, 0, 0, 0, 8), LOOPBACK),
    (v4(169, 254, 0, 0, 16), LINK_LOCAL),
    (v4(172, 16, 0, 0, 12), PRIVATE),
    (v4(192, 0, 0, 0, 24), RESERVED),
    (v4(192, 0, 2, 0, 24), DOCUMENTATION),
    (v4(192, 88, 99, 0, 24), RESERVED),
    (v4(192, 168, 0, 0, 16), PRIVATE),
    (v4(198, 18, 0, 0, 15), BENCHMARK),
    (v4(198, 51, 100, 0, 24), DOCUMENTATION),
    (v4(203, 0, 113, 0, 24), DOCUMENTATION),
    (v4(224, 0, 0, 0, 4), MULTICAST),
    (v4(255, 255, 255, 255, 32), "the broadcast address"),
    (v4(240, 0, 0, 0, 4), RESERVED),
];

const REFUSED_V6: &[(Ipv6Net, Reason)] = &[
    (v6([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254], 128), METADATA),
    (v6([0xfd20, 0x0ce, 0, 0, 0, 0, 0, 0x254], 128), METADATA),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), UNSPECIFIED),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), LOOPBACK),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), PRIVATE),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), RESERVED),
    (v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), BENCHMARK),
    (v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28), RESERVED),
    (v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28), RESERVED),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), DOCUMENTATION),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), DOCUMENTATION),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), RESERVED),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), PRIVATE),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), LINK_LOCAL),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), PRIVATE),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), MULTICAST),
];

/// Why this very address is refused, without looking at what it may wrap.
pub(crate) fn refused(ip: IpAddr) -> Option<Reason> {
    match ip {
        IpAddr::V4(ip) => REFUSED_V4.iter().find(|(net, _)| net.contains(&ip)).map(|(_, reason)| *reason),
        IpAddr::V6(ip) => REFUSED_V6.iter().find(|(net, _)| net.contains(&ip)).map(|(_, reason)| *reason),
    }
}

/// The IPv4 addresses an IPv6 address may end up at: mapped, compatible, NAT64, 6to4, Teredo (server and client), ISATAP.
pub(crate) fn wrapped(ip: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let s = ip.segments();
    let at = |i: usize| Ipv4Addr::from((u32::from(s[i]) << 16) | u32::from(s[i + 1]));
    let low = at(6);

    let is_mapped = s[..5] == [0; 5] && s[5] == 0xffff;
    let is_translated = s[..4] == [0; 4] && s[4] == 0xffff && s[5] == 0;
    // `::` and `::1` have names of their own.
    let is_compatible = s[..6] == [0; 6] && !(s[6] == 0 && s[7] <= 1);
    let is_nat64 = s[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    let is_isatap = matches!(s[4], 0 | 0x200) && s[5] == 0x5efe;
    let is_teredo = s[..2] == [0x2001, 0];

    let tail = (is_mapped || is_translated || is_compatible || is_nat64 || is_isatap).then_some(low);
    let six_to_four = (s[0] == 0x2002).then(|| at(1));
    let teredo_server = is_teredo.then(|| at(2));
    let teredo_client = is_teredo.then(|| Ipv4Addr::from(!u32::from(low)));
    [tail, six_to_four, teredo_server, teredo_client].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_wrapping_is_unwrapped() {
        let cases = [
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("::ffff:0:10.0.0.1", "10.0.0.1"),
            ("::127.0.0.1", "127.0.0.1"),
            ("64:ff9b::169.254.169.254", "169.254.169.254"),
            ("2002:7f00:1::", "127.0.0.1"),
            ("2001:db8::5efe:192.168.0.1", "192.168.0.1"),
        ];
        for (outer, inner) in cases {
            let outer: Ipv6Addr = outer.parse().expect("an address");
            let inner: Ipv4Addr = inner.parse().expect("an address");
            assert_eq!(wrapped(outer).collect::<Vec<_>>(), [inner], "{outer}");
        }
        // Teredo: server 65.54.227.120, client 192.0.2.45 stored inverted (RFC 4380).
        let teredo: Ipv6Addr = "2001:0:4136:e378:8000:63bf:3fff:fdd2".parse().expect("an address");
        assert_eq!(wrapped(teredo).map(|ip| ip.to_string()).collect::<Vec<_>>(), ["65.54.227.120", "192.0.2.45"]);
    }

    #[test]
    fn plain_addresses_wrap_nothing() {
        for plain in ["::", "::1", "2606:4700:4700::1111", "fd00::1"] {
            let ip: Ipv6Addr = plain.parse().expect("an address");
            assert_eq!(wrapped(ip).count(), 0, "{plain}");
        }
    }
}
