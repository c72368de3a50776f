//! The master key is changed while others read and write secrets.

use std::path::{Path, PathBuf};

use model::ids::{SecretId, WorkspaceId};
use store::Store;
use vault::{Error, Vault};

use crate::store;

const WS: WorkspaceId = WorkspaceId(1);

struct World {
    store: Store,
    key: PathBuf,
    dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        World { store: store(dir.path()).await, key: dir.path().join("patchbay.key"), dir }
    }

    /// As one process has it.
    async fn vault(&self) -> Vault {
        Vault::open(self.store.clone(), &self.key).await.unwrap()
    }

    fn keys(&self) -> Vec<String> {
        std::fs::read_to_string(&self.key).unwrap().lines().map(str::to_owned).collect()
    }
}

async fn put(vault: &Vault, n: usize) -> SecretId {
    vault.put_secret(WS, &format!("connection {n}"), "values", format!("secret {n}")).await.unwrap()
}

async fn reads(vault: &Vault, ids: &[SecretId]) {
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(vault.reveal(WS, *id).await.unwrap().as_bytes(), format!("secret {n}").as_bytes(), "{n}");
    }
}

#[tokio::test]
async fn every_secret_is_sealed_anew_and_stays_readable_for_others() {
    let world = World::new().await;
    let (one, other) = (world.vault().await, world.vault().await);
    let mut ids = Vec::new();
    for n in 0..250 {
        ids.push(put(&one, n).await);
    }
    let before = world.keys();
    let mut heard = Vec::new();
    let rotated = one
        .rotate(|n| {
            heard.push(n);
            true
        })
        .await
        .unwrap();
    assert_eq!((rotated.sealed, rotated.broken, rotated.went_on, rotated.is_stopped), (250, 0, false, false));
    assert_eq!(heard, [100, 200, 250]);
    let after = world.keys();
    assert!(after.len() == 1 && after != before, "the former key is gone");
    assert!(world.store.secrets_of_other_keys(&rotated.key_id, 0, 10).await.unwrap().is_empty());
    // A process that was there before knows only the former key until it needs the new one.
    reads(&other, &ids).await;
    let world_of_before = world.store.key_check().await.unwrap().unwrap();
    assert_eq!(world_of_before.key_id, rotated.key_id);
    ids.push(put(&other, 250).await);
    assert_eq!(world.store.secret(WS, ids[250]).await.unwrap().key_id, rotated.key_id, "sealed with the new one");
    reads(&world.vault().await, &ids).await;

    std::fs::write(&world.key, &before[0]).unwrap();
    assert!(
        matches!(Vault::open(world.store.clone(), &world.key).await, Err(Error::KeyWrong(_))),
        "the former key opens nothing"
    );
}

#[tokio::test]
async fn an_interrupted_change_goes_on() {
    let world = World::new().await;
    let vault = world.vault().await;
    let mut ids = Vec::new();
    for n in 0..250 {
        ids.push(put(&vault, n).await);
    }
    let stopped = vault.rotate(|sealed| sealed < 100).await.unwrap();
    assert!(stopped.is_stopped && stopped.sealed == 100);
    assert_eq!(world.keys().len(), 2, "both keys are needed");
    // Another process, before and after a restart, reads and writes.
    let other = world.vault().await;
    reads(&other, &ids).await;
    ids.push(put(&other, 250).await);
    let rotated = other.rotate(|_| true).await.unwrap();
    assert_eq!((rotated.sealed, rotated.went_on, rotated.key_id), (150, true, stopped.key_id));
    assert_eq!(world.keys().len(), 1);
    reads(&vault, &ids).await;

    // Killed after the file was written, and nothing else: the key that stands first is taken.
    let mut both = world.keys();
    both.insert(0, "ab".repeat(32));
    std::fs::write(&world.key, both.join("\n")).unwrap();
    let rotated = world.vault().await.rotate(|_| true).await.unwrap();
    assert_eq!((rotated.sealed, rotated.went_on), (251, true));
    assert_eq!(world.keys(), ["ab".repeat(32)]);
    reads(&vault, &ids).await;
    // Killed before the last step: nothing is left to seal, and the former key goes.
    std::fs::write(&world.key, [both[0].clone(), both[1].clone()].join("\n")).unwrap();
    let rotated = vault.rotate(|_| true).await.unwrap();
    assert_eq!((rotated.sealed, world.keys().len()), (0, 1));
}

#[tokio::test]
async fn a_machine_without_the_new_key_says_so_and_seals_nothing() {
    let world = World::new().await;
    let here = world.vault().await;
    let id = put(&here, 0).await;
    let elsewhere: &Path = &world.dir.path().join("copy.key");
    std::fs::copy(&world.key, elsewhere).unwrap();
    let there = Vault::open(world.store.clone(), elsewhere).await.unwrap();
    let prepared = vault::prepare(&here).await.unwrap();
    assert_eq!(vault::prepare(&here).await.unwrap(), prepared, "prepared once");
    reads(&there, &[id]).await;
    let rotated = here.rotate(|_| true).await.unwrap();
    assert_eq!((rotated.key_id, rotated.went_on), (prepared, true));
    assert!(matches!(there.reveal(WS, id).await, Err(Error::KeyLacking(_))));
    assert!(matches!(there.put_secret(WS, "o", "f", "x").await, Err(Error::KeyLacking(_))));
    std::fs::copy(&world.key, elsewhere).unwrap();
    reads(&there, &[id]).await;
}

#[tokio::test]
async fn what_no_key_opens_keeps_the_former_keys() {
    let world = World::new().await;
    let vault = world.vault().await;
    let (good, bad) = (put(&vault, 0).await, put(&vault, 1).await);
    let mut row = world.store.secret(WS, bad).await.unwrap();
    row.ciphertext[0] ^= 1;
    assert!(world.store.reseal(row).await.unwrap());
    let rotated = vault.rotate(|_| true).await.unwrap();
    assert_eq!((rotated.sealed, rotated.broken), (1, 1));
    assert_eq!(world.keys().len(), 2);
    reads(&world.vault().await, &[good]).await;
}
