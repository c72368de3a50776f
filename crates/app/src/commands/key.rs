use anyhow::Context as _;
use clap::Subcommand;

use crate::{config::Config, open};

#[derive(Subcommand)]
pub enum Key {
    /// Change the key that seals stored secrets. May be interrupted; called again, it goes on.
    Rotate {
        /// Only write the new key into the key file, to bring the file to every machine before the change.
        #[arg(long)]
        prepare: bool,
    },
}

impl Key {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = open::store(config).await?;
        let vault = open::vault(config, &store).await?;
        let file = config.key_file.display();
        let Key::Rotate { prepare } = self;
        let said = if prepare {
            let id = vault::prepare(&vault).await.context("the new key cannot be written")?;
            format!("The key {id} stands in {file}. Bring the file to every machine, then run `patchbay key rotate`.")
        } else {
            let told = |sealed: u64| {
                println!("{sealed} secrets are sealed anew.");
                true
            };
            let rotated = vault.rotate(told).await.context("keys cannot be changed; what was sealed anew stays so")?;
            if rotated.broken > 0 {
                anyhow::bail!(
                    "{} secrets open with none of the keys in {file} and stay as they are, and so do the former keys; see the log for whose they are",
                    rotated.broken
                );
            }
            let how = if rotated.went_on { "The change that was begun is done" } else { "Done" };
            format!(
                "{how}: the key {} seals everything, and {file} holds it alone. Back it up; backups of the database from before need the former one.",
                rotated.key_id
            )
        };
        store.close().await;
        println!("{said}");
        Ok(())
    }
}
