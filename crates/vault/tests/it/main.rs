//! The vault over a real database and key file.
#![allow(clippy::unwrap_used)]

mod grants;
mod keys;
mod oauth;

use std::{path::Path, sync::Arc};

use model::ids::WorkspaceId;
use store::{DatabaseUrl, Options, Store, SystemClock};
use vault::{Error, Vault};

async fn store(dir: &Path) -> Store {
    Store::open(Options::new(DatabaseUrl::Sqlite { dir: dir.into() }), Arc::new(SystemClock)).await.unwrap()
}

#[tokio::test]
async fn keeps_secrets_across_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("keys/patchbay.key");
    let ws = WorkspaceId(1);
    let first = store(dir.path()).await;
    let vault = Vault::open(first.clone(), &key).await.unwrap();
    let id = vault.put_secret(ws, "connection con_1", "values", "hunter2").await.unwrap();
    assert!(vault.reveal(WorkspaceId(2), id).await.is_err(), "another workspace does not see it");
    drop(vault);
    first.close().await;

    let second = store(dir.path()).await;
    let vault = Vault::open(second.clone(), &key).await.unwrap();
    let revealed = vault.reveal(ws, id).await.unwrap();
    assert_eq!(revealed.as_bytes(), b"hunter2");
    assert_eq!(format!("{revealed:?}"), "Revealed(hidden)");
    vault.delete(ws, id).await.unwrap();
    assert!(vault.reveal(ws, id).await.is_err());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn refuses_a_lost_or_wrong_key() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("patchbay.key");
    let store = store(dir.path()).await;
    Vault::open(store.clone(), &key).await.unwrap();
    let right = std::fs::read_to_string(&key).unwrap();

    std::fs::remove_file(&key).unwrap();
    assert!(matches!(Vault::open(store.clone(), &key).await, Err(Error::KeyMissing(_))));
    assert!(!key.exists(), "no new key is made beside secrets that it cannot open");
    std::fs::write(&key, "0".repeat(64)).unwrap();
    assert!(matches!(Vault::open(store.clone(), &key).await, Err(Error::KeyWrong(_))));
    std::fs::write(&key, "not a key").unwrap();
    assert!(matches!(Vault::open(store.clone(), &key).await, Err(Error::KeyMalformed(_))));
    std::fs::write(&key, right).unwrap();
    assert!(Vault::open(store, &key).await.is_ok());
}
