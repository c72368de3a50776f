//! The conformance suite: every test runs on SQLite, and on PostgreSQL where `TEST_POSTGRES_URL` names a server on which
//! databases may be created.
#![allow(clippy::unwrap_used, reason = "tests")]

mod accept;
mod append;
mod audit;
mod bulk;
mod children;
mod collect;
mod database;
mod dashboard;
mod doubt;
mod failures;
mod isolation;
mod kv;
mod inspector;
mod limits;
mod migrate;
mod people;
mod polls;
mod queue;
mod retention;
mod runs;
mod samples;
mod search;
mod secrets;
mod signals;
mod snapshots;
mod support;
mod values;
mod subscriptions;
mod waits;
mod workflows;
