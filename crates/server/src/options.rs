use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::Live;

/// How the server presents itself and whom it trusts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; hook URLs begin with it when there is no `public_url`.
    pub bind: SocketAddr,
    /// How people and senders reach it (`PATCHBAY_PUBLIC_URL`). Other hosts are redirected to it, and cookies become `Secure` when it
    /// is https.
    pub public_url: Option<Url>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Host` are believed (`PATCHBAY_TRUSTED_PROXIES`).
    pub trusted_proxies: Vec<IpNet>,
    /// Printed at start; whoever knows it may create the owner. Absent: only the command line may.
    pub setup_token: Option<String>,
    /// Largest body of any request, in bytes.
    pub max_body_bytes: usize,
    /// `/metrics` answers everybody, not only this machine and API tokens.
    pub public_metrics: bool,
    /// Serve the browser's files from this folder instead of the embedded ones.
    pub ui_dir: Option<PathBuf>,
}

impl Options {
    pub fn new(bind: SocketAddr) -> Self {
        Options {
            bind,
            public_url: None,
            trusted_proxies: Vec::new(),
            setup_token: None,
            // A webhook's 10 MB unless set, and what surrounds it.
            max_body_bytes: 10 * 1024 * 1024 + 64 * 1024,
            public_metrics: false,
            ui_dir: None,
        }
    }

    /// Where hooks and links begin, without a slash at the end.
    pub fn base_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None if self.bind.ip().is_unspecified() => format!("http://localhost:{}", self.bind.port()),
            None => format!("http://{}", self.bind),
        }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

/// Says for how long a job runner has stood still.
pub type RunnerIdle = Arc<dyn Fn() -> std::time::Duration + Send + Sync>;

/// What the server works with.
#[derive(Clone)]
pub struct Services {
    pub store: store::Store,
    pub vault: vault::Vault,
    pub ingest: triggers::Ingest,
    /// Opens connections and keeps their tokens alive.
    pub tokens: vault::Tokens,
    /// Tests connections, and reads from their accounts what forms offer.
    pub connect: connect::Connect,
    pub connectors: Arc<Vec<manifest::Connector>>,
    pub live: Live,
    /// Channels of alerts.
    pub notify: notify::Notify,
    pub metrics: PrometheusHandle,
    /// For how long the job runner of this process has not looked at its queue; absent: it has none.
    pub runner: Option<RunnerIdle>,
    /// Cancelled when the process is asked to stop: streams end, `/readyz` says no.
    pub shutdown: CancellationToken,
}
