//! A database of its own for a test, on SQLite or PostgreSQL.

use std::sync::Arc;

use model::{Role, Timestamp};
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use store::{Actor, DatabaseUrl, ManualClock, NewOwner, Options, Scope, Store};
use vault::Vault;

/// 2026-01-01T00:00:00Z, a Thursday
pub const START: Timestamp = Timestamp(1_767_225_600_000);

/// Runs each test on both databases, as `sqlite::name` and, where there is a server, `postgres::name`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$attr:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {
        $($(#[$attr])* async fn $name($world: $crate::world::World) $body)*

        mod sqlite {
            $(#[tokio::test] async fn $name() {
                super::$name($crate::world::World::new($crate::database::Db::sqlite().await).await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test] async fn $name() {
                let Some(db) = $crate::database::Db::postgres().await else { return };
                let (name, world) = (db.name.clone(), $crate::world::World::new(db).await);
                super::$name(world).await;
                $crate::database::drop_database(&name).await;
            })*
        }
    };
}

/// A database with an owner and a workspace.
pub struct Db {
    pub store: Store,
    pub vault: Vault,
    pub clock: Arc<ManualClock>,
    pub scope: Scope,
    pub options: Options,
    /// On PostgreSQL.
    pub name: String,
    pub folder: tempfile::TempDir,
}

impl Db {
    pub async fn sqlite() -> Db {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new(DatabaseUrl::Sqlite { dir: folder.path().join("data") });
        Db::open(options, String::new(), folder).await
    }

    pub async fn postgres() -> Option<Db> {
        let server = testkit::postgres_url()?;
        let folder = tempfile::tempdir().unwrap();
        let name =
            format!("patchbay_test_{}", folder.path().file_name().unwrap().to_string_lossy().replace('.', "").to_lowercase());
        let admin = Database::connect(ConnectOptions::new(server.clone())).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await.unwrap();
        admin.close().await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let mut options = Options::new(DatabaseUrl::Postgres { url: format!("{base}/{name}") });
        options.pool_size = 4;
        Some(Db::open(options, name, folder).await)
    }

    async fn open(options: Options, name: String, folder: tempfile::TempDir) -> Db {
        let clock = Arc::new(ManualClock::new(START));
        let store = Store::open(options.clone(), clock.clone()).await.unwrap();
        let vault = Vault::open(store.clone(), &folder.path().join("key")).await.unwrap();
        let owner = NewOwner {
            email: "ada@example.com".into(),
            name: "Ada".into(),
            password_hash: "$hash".into(),
            workspace: "Main".into(),
            time_zone: "UTC".into(),
        };
        let (user, workspace) = store.create_owner(owner).await.unwrap();
        let actor = Actor::User { id: user.id, email: "ada@example.com".into() };
        let scope = Scope { workspace: workspace.id, actor, role: Role::Owner };
        Db { store, vault, clock, scope, options, name, folder }
    }

    /// Changes the database behind everybody's back.
    pub async fn execute(&self, sql: &str) {
        let url = match &self.options.url {
            DatabaseUrl::Sqlite { dir } => format!("sqlite://{}/patchbay.db", dir.display()),
            DatabaseUrl::Postgres { url } => url.clone(),
        };
        let database = Database::connect(ConnectOptions::new(url)).await.unwrap();
        database.execute_unprepared(sql).await.unwrap();
        database.close().await.unwrap();
    }

    /// Another process on the same PostgreSQL database; SQLite has one process.
    pub async fn second(&self) -> Store {
        match self.options.url {
            DatabaseUrl::Sqlite { .. } => self.store.clone(),
            DatabaseUrl::Postgres { .. } => Store::open(self.options.clone(), self.clock.clone()).await.unwrap(),
        }
    }
}

pub async fn drop_database(name: &str) {
    let server = testkit::postgres_url().unwrap();
    let admin = Database::connect(ConnectOptions::new(server)).await.unwrap();
    admin.execute_unprepared(&format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await.unwrap();
    admin.close().await.unwrap();
}
