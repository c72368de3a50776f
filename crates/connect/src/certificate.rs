//! Whether a host whose certificate was refused is trusted by now.

use url::Url;

use crate::connect::Connect;
use crate::error::CallError;
use egress::{Failure, FailureKind};

impl Connect {
    /// Makes a secure connection to a host, named as in [`CallError::untrusted`], and says nothing over it: whether its certificate is
    /// accepted now. Servers that begin without encryption give another error than `egress.certificate`.
    pub async fn try_certificate(&self, host: &str) -> Result<(), CallError> {
        let url = Url::parse(&format!("https://{host}/")).ok();
        let place = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
        let Some((host, port)) = place else {
            return Err(Failure::unsent(FailureKind::InvalidUrl, "This is not the name of a host").into());
        };
        self.transport.dial(host, port).await?.secure().await?;
        Ok(())
    }
}
