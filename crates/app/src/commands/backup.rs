//! `patchbay backup` and `patchbay restore`.

use std::path::Path;

use anyhow::{Context as _, bail};
use store::{Before, Copied, DatabaseUrl};

use crate::config::Config;

/// The folder of the built-in database; PostgreSQL has tools of its own.
fn folder(config: &Config, tool: &str) -> anyhow::Result<std::path::PathBuf> {
    match config.store().url {
        DatabaseUrl::Sqlite { dir } => Ok(dir),
        DatabaseUrl::Postgres { .. } => bail!("the database is PostgreSQL: use {tool}"),
    }
}

/// Copies the database while it is in use.
pub async fn back_up(config: &Config, to: &Path) -> anyhow::Result<()> {
    let dir = folder(config, "pg_dump")?;
    let copied = store::backup(&dir, to).await.context("the backup was not made")?;
    println!("{}: {}.", to.display(), words(&copied));
    println!("Keep {} as well, apart from it: without the key its secrets do not open.", config.key_file.display());
    Ok(())
}

/// Puts a copy in the place of the database; the server must be stopped.
pub async fn restore(config: &Config, from: &Path) -> anyhow::Result<()> {
    let dir = folder(config, "pg_restore")?;
    let (copied, before) = store::restore(&dir, from).await.context("nothing was restored")?;
    println!("Restored {}.", words(&copied));
    match before {
        Some(Before { kept, unchecked: None }) => println!("What stood there before is kept as {}.", kept.display()),
        Some(Before { kept, unchecked: Some(why) }) => {
            println!("What stood there before could not be copied: {why}.");
            println!("It was set aside as it stood, unchecked, as {} and files of that name.", kept.display());
        }
        None => {}
    }
    if !config.key_file.exists() {
        println!("The key file {} is missing: bring it back before starting.", config.key_file.display());
    }
    Ok(())
}

fn words(copied: &Copied) -> String {
    let Copied { bytes, workflows, runs, journal_rows } = copied;
    format!("{workflows} workflows, {runs} runs with {journal_rows} journal rows, {bytes} bytes")
}
