//! Certificates that were refused are remembered by host, for whoever watches.

use model::run::RunKind;
use store::{Lease, Untrusted};

use crate::worker::Inner;

impl Inner {
    /// A call of a run met a certificate that is not accepted. Tests tell nobody.
    pub(crate) async fn untrusted(&self, lease: &Lease, kind: &RunKind, host: &str, message: &str) {
        if matches!(kind, RunKind::Test { .. }) {
            return;
        }
        let refused = Untrusted {
            workspace: lease.workspace,
            host: host.to_owned(),
            message: message.to_owned(),
            workflow: Some(lease.workflow),
            run: Some(lease.run),
        };
        if let Err(error) = self.store.certificate_refused(&refused).await {
            tracing::warn!(run.id = %lease.run, host, error = %error, "that a certificate was refused could not be noted");
        }
    }
}
