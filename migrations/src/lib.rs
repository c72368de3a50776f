//! The database's schema, step by step. One schema serves SQLite and PostgreSQL.
//!
//! Within a major version a migration only adds, so that the version before keeps running beside a newer one.

mod dialect;
mod m0001_first;
mod m0002_polls;
mod m0003_subscriptions;
mod m0004_dashboard;
mod m0005_alerts;
mod m0006_sandbox;
mod m0009_mend;
mod m0010_members;
mod m0012_masked;
mod m0013_erasure;
mod m0014_inviters;
mod m0015_connection_ends;
mod m0017_watched;
mod m0018_bulk_rows;
mod m0019_pins;

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::MigratorTrait;

/// The schema this code knows: major and minor. Raised with every migration.
pub const SCHEMA: (i32, i32) = (1, 16);

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_first::Migration),
            Box::new(m0002_polls::Migration),
            Box::new(m0003_subscriptions::Migration),
            Box::new(m0004_dashboard::Migration),
            Box::new(m0005_alerts::Migration),
            Box::new(m0006_sandbox::Migration),
            Box::new(m0009_mend::Migration),
            Box::new(m0010_members::Migration),
            Box::new(m0012_masked::Migration),
            Box::new(m0013_erasure::Migration),
            Box::new(m0014_inviters::Migration),
            Box::new(m0015_connection_ends::Migration),
            Box::new(m0017_watched::Migration),
            Box::new(m0018_bulk_rows::Migration),
            Box::new(m0019_pins::Migration),
        ]
    }
}
