//! `patchbay doctor`: what is wrong, and how to mend it.

use anyhow::bail;
use notify::Disk;
use store::{DatabaseUrl, Stats, Store};

use crate::{config::Config, open};

/// Findings, printed as they come.
#[derive(Default)]
struct Report {
    bad: u32,
}

impl Report {
    fn ok(&self, what: &str, detail: &str) {
        println!("ok    {what}: {detail}");
    }

    fn note(&self, what: &str, detail: &str) {
        println!("note  {what}: {detail}");
    }

    fn bad(&mut self, what: &str, detail: &str) {
        self.bad += 1;
        println!("BAD   {what}: {detail}");
    }
}

pub async fn run(config: &Config) -> anyhow::Result<()> {
    let mut report = Report::default();
    report.ok("configuration", &format!("listens on {}, data in {}", config.bind, config.data_dir.display()));
    address(config, &report);
    disk(config, &mut report);
    if let Some(store) = database(config, &mut report).await {
        match open::vault(config, &store).await {
            Ok(_) => report.ok("key", &format!("{} opens the stored secrets", config.key_file.display())),
            Err(error) => report.bad("key", &format!("{error:#}")),
        }
        clock(&store, &mut report);
        owner(&store, &mut report).await;
        store.close().await;
    }
    egress(config, &report);
    if report.bad > 0 {
        bail!("{} of these need mending", report.bad);
    }
    Ok(())
}

fn address(config: &Config, report: &Report) {
    match &config.public_url {
        Some(url) if url.scheme() == "https" => report.ok("address", &format!("{url}, cookies are Secure")),
        Some(url) => {
            report.note("address", &format!("{url} is not https: passwords and data travel readable for others on the way"))
        }
        None if config.bind.ip().is_loopback() => report.ok("address", "only this machine can reach it"),
        None => report.note("address", "PATCHBAY_PUBLIC_URL is not set: hook URLs name the bind address"),
    }
}

/// Where the data is kept; PostgreSQL's disk is its own machine's.
fn disk(config: &Config, report: &mut Report) {
    match Disk::of(&config.data_dir) {
        Ok(disk) => {
            let text = format!(
                "{} MB ({} %) are free under {}",
                disk.free_bytes / 1_000_000,
                disk.free_percent,
                config.data_dir.display()
            );
            if disk.is_low(false) {
                report.bad("disk", &format!("{text}; make room, or events will be refused"))
            } else {
                report.ok("disk", &text)
            }
        }
        Err(error) => report.note("disk", &format!("what is free under {} is not known: {error}", config.data_dir.display())),
    }
}

/// Whether anybody who does not look at the pages would hear of what is wrong, and what is.
fn alerts(stats: &Stats, report: &Report) {
    match stats.channels {
        0 => report.note(
            "channels",
            "no channel has delivered a message: alerts reach only who opens the page; add and test one in the settings",
        ),
        n => report.ok("channels", &format!("{n} deliver alerts")),
    }
    match stats.open_alerts {
        0 => report.ok("alerts", "none is open"),
        n => report.note("alerts", &format!("{n} are open; the page Alerts says which")),
    }
    if stats.undelivered_alerts > 0 {
        report.note("alerts", &format!("{} messages about them did not go through", stats.undelivered_alerts));
    }
}

async fn database(config: &Config, report: &mut Report) -> Option<Store> {
    match open::store(config).await {
        Ok(store) => match store.stats().await {
            Ok(stats) => {
                let mib = stats.bytes as f64 / (1024.0 * 1024.0);
                let runs: u64 = stats.live_runs.values().sum();
                report.ok(
                    "database",
                    &format!(
                        "{} with schema {}, {mib:.1} MiB, {} workflows, {runs} live runs",
                        stats.backend, stats.schema, stats.workflows
                    ),
                );
                if stats.held_events > 0 {
                    report.note("events", &format!("{} are held while their workflow is paused", stats.held_events));
                }
                if stats.failing_polls > 0 {
                    report.note("triggers", &format!("{} could not look at their lists the last time", stats.failing_polls));
                }
                if stats.held_polls > 0 {
                    let text = format!("{} found more than 100 new items at once and wait for somebody's word", stats.held_polls);
                    report.note("triggers", &text);
                }
                alerts(&stats, report);
                Some(store)
            }
            Err(error) => {
                report.bad("database", &error.to_string());
                None
            }
        },
        Err(error) => {
            if matches!(config.database, DatabaseUrl::Sqlite { .. })
                && matches!(error.downcast_ref::<store::Error>(), Some(store::Error::Locked(_)))
            {
                report.note("database", "a running Patchbay has it; stop it to have the database and the key checked here");
            } else {
                report.bad("database", &format!("{error:#}"));
            }
            None
        }
    }
}

/// Leases and schedules go by the database's clock.
fn clock(store: &Store, report: &mut Report) {
    let apart = store.now().ms() - store.clock().now().ms();
    if apart.abs() > 5_000 {
        report.bad("clock", &format!("this machine and the database are {apart} ms apart; set both by NTP"));
    } else {
        report.ok("clock", &format!("{} (UTC)", store.clock().now().rfc3339()));
    }
}

async fn owner(store: &Store, report: &mut Report) {
    match store.needs_owner().await {
        Ok(false) => report.ok("owner", "exists"),
        Ok(true) => report.note("owner", "not created yet: open the page, or use `patchbay owner create`"),
        Err(error) => report.bad("owner", &error.to_string()),
    }
}

fn egress(config: &Config, report: &Report) {
    if config.egress_allow.is_empty() {
        report.ok("egress", "workflows may call public addresses only");
    } else {
        let networks: Vec<String> = config.egress_allow.iter().map(ToString::to_string).collect();
        report.note("egress", &format!("workflows may also call {}", networks.join(", ")));
    }
}
