//! Decides about addresses, and resolves names so that only checked addresses are connected to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::failure::{Failure, FailureKind};
use crate::ranges::{self, Reason};

#[derive(Debug, Clone)]
pub(crate) struct Guard {
    allow: Arc<[IpNet]>,
}

impl Guard {
    pub(crate) fn new(allow: Vec<IpNet>) -> Self {
        Self { allow: allow.into() }
    }

    /// Why the address may not be connected to; nothing when it may.
    fn reason(&self, ip: IpAddr) -> Option<Reason> {
        if self.is_allowed(ip) {
            return None;
        }
        let IpAddr::V6(v6) = ip else { return ranges::refused(ip) };
        // A wrapped address the operator allowed is allowed in its wrapping too.
        let inner = ranges::wrapped(v6).map(IpAddr::V4).filter(|inner| !self.is_allowed(*inner)).find_map(ranges::refused);
        inner.or_else(|| ranges::refused(ip))
    }

    /// Whether the operator named a network that holds it.
    pub(crate) fn is_allowed(&self, ip: IpAddr) -> bool {
        self.allow.iter().any(|net| net.contains(&ip))
    }

    pub(crate) fn check_ip(&self, ip: IpAddr) -> Result<(), Failure> {
        match self.reason(ip) {
            None => Ok(()),
            Some(reason) => {
                let message = format!("{ip} is {reason}; an operator can allow it with PATCHBAY_EGRESS_ALLOW");
                Err(Failure::unsent(FailureKind::Refused, message))
            }
        }
    }

    /// Checks what can be told from the address alone. Host names are checked when they are resolved.
    pub(crate) fn check_url(&self, url: &Url) -> Result<(), Failure> {
        if !matches!(url.scheme(), "http" | "https") {
            let message = format!("Only http and https addresses can be called, not \"{}:\"", url.scheme());
            return Err(Failure::unsent(FailureKind::InvalidUrl, message));
        }
        match url.host() {
            Some(host) => self.check_host(&host),
            None => Err(Failure::unsent(FailureKind::InvalidUrl, "The address has no host name")),
        }
    }

    pub(crate) fn check_host<S: AsRef<str>>(&self, host: &Host<S>) -> Result<(), Failure> {
        match host {
            Host::Ipv4(ip) => self.check_ip((*ip).into()),
            Host::Ipv6(ip) => self.check_ip((*ip).into()),
            // The connection would take such a "name" for an address and skip the resolver.
            Host::Domain(name) => name.as_ref().parse::<IpAddr>().map_or(Ok(()), |ip| self.check_ip(ip)),
        }
    }

    pub(crate) async fn resolve_checked(&self, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        let not_found = || Failure::unsent(FailureKind::Dns, format!("The host name {host} could not be found"));
        let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await.map_err(|_| not_found())?.collect();

        let (open, refused): (Vec<_>, Vec<_>) = found.into_iter().partition(|address| self.reason(address.ip()).is_none());
        if !open.is_empty() {
            return Ok(open);
        }
        let Some((ip, reason)) = refused.first().and_then(|address| Some((address.ip(), self.reason(address.ip())?))) else {
            return Err(not_found());
        };
        let message = format!("{host} leads to {ip}, {reason}; an operator can allow it with PATCHBAY_EGRESS_ALLOW");
        Err(Failure::unsent(FailureKind::Refused, message))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = guard.resolve_checked(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
