use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::Error;

/// Connections at once; more wait until one ends.
const CONNECTIONS: usize = 8_192;
/// For a request's headers to arrive, and for an idle connection to say something.
const HEADER_TIME: Duration = Duration::from_secs(30);
/// For requests under way when the server stops.
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// When the process has no file handle left, trying again at once only burns the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` is cancelled; then takes no new connections and gives those under way 10 s.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> Result<(), Error> {
    let address = listener.local_addr()?;
    tracing::info!(address = %address, "listening");
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are small and must not wait for more.
        let _ = socket.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(socket), service));
        tokio::spawn(async move {
            // Broken connections are the other side's matter.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    tokio::select! {
        () = connections.shutdown() => tracing::info!("every connection has ended"),
        () = tokio::time::sleep(DRAIN_TIME) => tracing::warn!("some connections did not end within 10 s and are cut"),
    }
    Ok(())
}
