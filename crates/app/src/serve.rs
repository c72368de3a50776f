//! `patchbay serve`.

use std::{io::Write as _, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use connect::Connect;
use egress::Egress;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use notify::Notify;
use rand::TryRngCore as _;
use sandbox::Simulation;
use server::Live;
use store::{DatabaseUrl, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use triggers::{Handover, Ingest, NoHandover, SigningKey, WaitLinks, app_webhook::Apps, poll::Polls};
use vault::{Tokens, Vault};
use worker::{Catalog, Parts, Permits, Worker};

use crate::{
    config::Config,
    connectors,
    glue::{self, Alerts, Links, Masks, Retention, ToWorker, Traces},
    heartbeat::Heartbeat,
    open,
    sandboxes::Accounts,
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
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(server::figures::DURATIONS.into()), server::figures::DURATION_BUCKETS_S)
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics cannot be recorded")?;
    server::figures::begin();
    let store = open::store(&config).await?;
    let vault = open::vault(&config, &store).await?;
    let stop = stop_signal()?;
    let connectors = connectors::all(&config.data_dir)?;
    let roots = config.egress_ca.as_deref().map(egress::Options::parse_roots).transpose()?.unwrap_or_default();
    let egress = Egress::new(egress::Options { allow: config.egress_allow.clone(), roots, ..egress::Options::default() })
        .context("the guarded client cannot be made")?;
    let apps = config.apps.clone();
    let tokens = Tokens::new(vault.clone(), store.clone(), egress.clone(), Arc::clone(&connectors), apps)
        .with_sources(config.sources.clone());
    let simulation = Simulation::with_records(
        Arc::clone(&connectors),
        Arc::new(Accounts(store.clone())),
        connectors::records(&config.data_dir)?,
    );
    let heartbeat = Heartbeat::new(egress.clone(), config.heartbeat_url.clone());
    let connect = Connect::new(egress).with_connectors(Arc::clone(&connectors)).with_sandbox(Arc::new(simulation));

    // Bound first: links to this instance name the port it really has.
    let listener = match role {
        Role::Worker => None,
        Role::All | Role::Server => Some(
            TcpListener::bind(config.bind)
                .await
                .with_context(|| format!("{} cannot be listened on; set PATCHBAY_BIND", config.bind))?,
        ),
    };
    let address = listener.as_ref().map_or(Ok(config.bind), TcpListener::local_addr)?;
    let mut options = server::Options::new(address);
    options.public_url = config.public_url.clone();
    let base = options.base_url();

    let mut notify = Notify::new(store.clone(), vault.clone(), tokens.clone(), connect.clone(), &base);
    if matches!(config.database, DatabaseUrl::Sqlite { .. }) {
        notify = notify.on_disk(config.data_dir.clone());
    }
    let worker = worker(&config, &store, &vault, (&tokens, &connect, &notify, heartbeat), &connectors, &base).await?;
    let handover: Arc<dyn Handover> = match role {
        Role::All => Arc::new(ToWorker(worker.clone())),
        Role::Server | Role::Worker => Arc::new(NoHandover),
    };
    let apps = Apps { connectors: Arc::clone(&connectors), tokens: tokens.clone(), connect: connect.clone() };
    let ingest = Ingest::new(store.clone(), vault.clone(), handover).at(&base).with_apps(apps);

    let minutely = tokio::spawn(each_minute(ingest.clone(), metrics.clone(), stop.clone()));
    let mut server_task = None;
    if let Some(listener) = listener {
        options.trusted_proxies = config.trusted_proxies.clone();
        options.max_body_bytes = config.max_body_bytes;
        options.public_metrics = config.public_metrics;
        options.ui_dir = config.ui_dir.clone();
        options.setup_token = setup_token(&store, &base).await?;
        let services = server::Services {
            store: store.clone(),
            vault: vault.clone(),
            ingest: ingest.clone(),
            tokens: tokens.clone(),
            connect: connect.clone(),
            connectors: Arc::clone(&connectors),
            live: Live::new(store.clone()),
            notify: notify.clone(),
            metrics: metrics.clone(),
            runner: (role == Role::All).then(|| idle_of(&worker)),
            shutdown: stop.clone(),
        };
        let router = server::router(options, services);
        println!("Patchbay is ready at {base}");
        std::io::stdout().flush()?;
        server_task = Some(tokio::spawn(server::serve(listener, router, stop.clone())));
    }
    if role == Role::Server {
        stop.cancelled().await;
    } else {
        Retention::plan(&store).await?;
        Masks::plan(&store).await?;
        store.reconcile_subscriptions().await?;
        Alerts::plan(&store).await?;
        worker.run(stop.clone()).await;
    }
    if let Some(task) = server_task {
        task.await.context("the server ended unexpectedly")??;
    }
    minutely.await.context("what was refused could not be told")?;
    store.close().await;
    Ok(())
}

/// How long the job runner has stood still, for `/readyz`.
fn idle_of(worker: &Worker) -> server::RunnerIdle {
    let worker = worker.clone();
    Arc::new(move || worker.idle_for())
}

const MINUTE: Duration = Duration::from_secs(60);

/// Tells the store once a minute, and at the end, what was refused at the door; and puts durations into their buckets, which nobody else
/// does where `/metrics` is never asked for.
async fn each_minute(ingest: Ingest, metrics: PrometheusHandle, stop: CancellationToken) {
    loop {
        let is_over = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(MINUTE) => false,
        };
        metrics.run_upkeep();
        if let Err(error) = ingest.tell_refusals().await {
            tracing::warn!(error = %error, "refused events could not be counted; they are counted with the next ones");
        }
        if is_over {
            return;
        }
    }
}

async fn worker(
    config: &Config,
    store: &Store,
    vault: &Vault,
    (tokens, connect, notify, heartbeat): (&Tokens, &Connect, &Notify, Heartbeat),
    connectors: &Arc<Vec<manifest::Connector>>,
    base: &str,
) -> anyhow::Result<Worker> {
    let key = SigningKey::open(store, vault).await.context("links cannot be signed")?;
    // Runs that a job starts go through the queue: a job must not wait for a place.
    let apps = Apps { connectors: Arc::clone(connectors), tokens: tokens.clone(), connect: connect.clone() };
    let queued = Ingest::new(store.clone(), vault.clone(), Arc::new(NoHandover)).at(base).with_apps(apps);
    let catalog = Catalog::new(Arc::clone(connectors));
    let permits = Permits::new(store.clone(), catalog.clone(), matches!(config.database, DatabaseUrl::Postgres { .. }));
    let looks = Arc::new(glue::Permits(permits.clone()));
    let polls = Polls::new(queued.clone(), tokens.clone(), connect.clone(), Arc::clone(connectors), looks);
    let parts = Parts {
        store: store.clone(),
        tokens: tokens.clone(),
        connect: connect.clone(),
        catalog,
        permits,
        handlers: glue::handlers(store, &queued, polls, notify, heartbeat),
        links: Arc::new(Links(WaitLinks::new(key.clone(), base))),
        traces: Arc::new(Traces(triggers::Traces::new(key))),
    };
    let options = worker::Options { slots: config.slots, ..worker::Options::default() };
    Ok(Worker::new(parts, options))
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
