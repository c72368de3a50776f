//! `patchbay serve`.

use std::{collections::HashMap, io::Write as _, sync::Arc};

use anyhow::{Context as _, bail};
use connect::Connect;
use egress::Egress;
use metrics_exporter_prometheus::PrometheusBuilder;
use rand::TryRngCore as _;
use server::Live;
use store::{DatabaseUrl, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use triggers::{Handover, Ingest, NoHandover};
use vault::Vault;
use worker::{Catalog, JobHandler, Worker};

use crate::{
    config::Config,
    glue::{Retention, Schedules, ToWorker},
    open,
};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Pages, events and runs.
    All,
    /// Pages and events.
    Server,
    /// Runs only.
    Worker,
}

pub async fn run(config: Config, role: Role) -> anyhow::Result<()> {
    if role != Role::All && matches!(config.database, DatabaseUrl::Sqlite { .. }) {
        bail!("--role server and --role worker need PostgreSQL: set PATCHBAY_DATABASE_URL, or leave --role out");
    }
    let metrics = PrometheusBuilder::new().install_recorder().context("metrics cannot be recorded")?;
    let store = open::store(&config).await?;
    let vault = open::vault(&config, &store).await?;
    let stop = stop_signal()?;
    let connectors = Arc::new(manifest::builtin().to_vec());

    let worker = worker(&config, &store, &vault, &connectors)?;
    let handover: Arc<dyn Handover> = match role {
        Role::All => Arc::new(ToWorker(worker.clone())),
        Role::Server | Role::Worker => Arc::new(NoHandover),
    };
    let ingest = Ingest::new(store.clone(), vault.clone(), handover);

    let mut server_task = None;
    if role != Role::Worker {
        let listener = TcpListener::bind(config.bind)
            .await
            .with_context(|| format!("{} cannot be listened on; set PATCHBAY_BIND", config.bind))?;
        let mut options = server::Options::new(listener.local_addr()?);
        options.public_url = config.public_url.clone();
        options.trusted_proxies = config.trusted_proxies.clone();
        options.max_body_bytes = config.max_body_bytes;
        options.public_metrics = config.public_metrics;
        options.ui_dir = config.ui_dir.clone();
        options.setup_token = setup_token(&store, &options.base_url()).await?;
        let services = server::Services {
            store: store.clone(),
            vault: vault.clone(),
            ingest: ingest.clone(),
            connectors: Arc::clone(&connectors),
            live: Live::new(store.clone()),
            metrics,
            shutdown: stop.clone(),
        };
        let base = options.base_url();
        let router = server::router(options, services);
        println!("Patchbay is ready at {base}");
        std::io::stdout().flush()?;
        server_task = Some(tokio::spawn(server::serve(listener, router, stop.clone())));
    }
    if role == Role::Server {
        stop.cancelled().await;
    } else {
        Retention::plan(&store).await?;
        worker.run(stop.clone()).await;
    }
    if let Some(task) = server_task {
        task.await.context("the server ended unexpectedly")??;
    }
    store.close().await;
    Ok(())
}

fn worker(config: &Config, store: &Store, vault: &Vault, connectors: &Arc<Vec<manifest::Connector>>) -> anyhow::Result<Worker> {
    let egress = Egress::new(egress::Options { allow: config.egress_allow.clone(), ..egress::Options::default() })
        .context("the guarded client cannot be made")?;
    // Runs that a schedule starts go through the queue: a job must not wait for a place.
    let scheduled = Ingest::new(store.clone(), vault.clone(), Arc::new(NoHandover));
    let schedules: Arc<dyn JobHandler> = Arc::new(Schedules(scheduled));
    let retention: Arc<dyn JobHandler> = Arc::new(Retention { store: store.clone() });
    let handlers = HashMap::from([(triggers::schedule::JOB, schedules), (Retention::JOB, retention)]);
    let options = worker::Options { slots: config.slots, ..worker::Options::default() };
    Ok(Worker::new(store.clone(), vault.clone(), Connect::new(egress), Catalog::new(Arc::clone(connectors)), handlers, options))
}

/// Whoever started the server, and nobody else who reaches it, may create the owner.
async fn setup_token(store: &Store, base: &str) -> anyhow::Result<Option<String>> {
    if !store.needs_owner().await? {
        return Ok(None);
    }
    let mut bytes = [0u8; 16];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).context("no randomness")?;
    let token = hex::encode(bytes);
    println!("Open {base} to create the owner's account.");
    println!("Setup token: {token}");
    Ok(Some(token))
}

/// Cancelled by SIGTERM or Ctrl-C.
fn stop_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let told = stop.clone();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        tracing::info!("stopping: no new work is taken");
        told.cancel();
    });
    Ok(stop)
}
