//! Opening what a configuration names.

use std::sync::Arc;

use anyhow::Context as _;
use store::{Store, SystemClock};
use vault::Vault;

use crate::config::Config;

/// The database, locked and migrated.
pub async fn store(config: &Config) -> anyhow::Result<Store> {
    Store::open(config.store(), Arc::new(SystemClock)).await.context("the database cannot be opened")
}

/// The key that opens the stored secrets.
pub async fn vault(config: &Config, store: &Store) -> anyhow::Result<Vault> {
    Vault::open(store.clone(), &config.key_file).await.context("the stored secrets cannot be opened")
}
