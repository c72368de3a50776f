//! What is wrong with a certificate, in words that say who can mend it.

use rustls::CertificateError;

/// Follows "No secure connection to {host}: ".
pub(crate) fn words(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired; whoever runs it has to renew it"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; whoever runs it has put it in place too early, or the clock of this server is wrong"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name; correct the address, or ask whoever runs it for a certificate with this name"
        }
        CertificateError::Revoked => "its certificate was revoked; whoever runs it has to replace it",
        // A certificate that signed itself is one of these.
        _ => {
            "its certificate is not trusted; whoever runs it has to get one from a known authority, or an operator names its own \
             authority in PATCHBAY_EGRESS_CA"
        }
    }
}

/// How a host is named: with its port, unless that is the one of https.
pub(crate) fn authority(host: &str, port: u16) -> String {
    if port == 443 { host.to_owned() } else { format!("{host}:{port}") }
}
