//! The topology of `docker-compose.yml` from plain processes: one server, several workers, PostgreSQL.

use crate::torture::{Count, Rolling, Site, SitePlan};
use anyhow::Result;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// A process that ended by itself is started again after so long.
const WATCH: Duration = Duration::from_millis(500);

/// Serves until ctrl-c or SIGTERM; then stops every process.
pub async fn serve(plan: &SitePlan) -> Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut site = Site::build(plan).await?;
    let result = async {
        site.start().await?;
        println!("\nPatchbay is ready at http://{}: one server, {} workers", site.instance.address(), site.count() - 1);
        println!("sign in as {} with `{}`", crate::instance::OWNER, crate::instance::PASSWORD);
        println!("what the processes say: {}\nctrl-c stops everything", site.instance.log().display());
        loop {
            tokio::select! {
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                () = tokio::time::sleep(WATCH) => {
                    let ended = site.start().await?;
                    if ended > 0 {
                        println!("{ended} processes had ended and were started again");
                    }
                }
            }
        }
    }
    .await;
    println!("\nstopping");
    site.stop_all().await?;
    site.tear_down().await?;
    result
}

/// Sends load through a rolling restart of every process and a cut of every database connection, and counts.
pub async fn check(plan: &SitePlan) -> Result<Count> {
    let mut rolling = Rolling::begin(plan).await?;
    for at in 0..rolling.processes() {
        rolling.restart(at).await?;
    }
    rolling.cut_database().await?;
    let count = rolling.finish().await?;
    println!(
        "\n{} events acknowledged, {} runs: {} succeeded, {} parked, {} failed, {} lost, {} doubled, {} disagreeing",
        count.acknowledged, count.runs, count.succeeded, count.parked, count.failed, count.lost, count.doubled, count.disagreeing
    );
    for finding in &count.findings {
        println!("  {finding}");
    }
    Ok(count)
}
