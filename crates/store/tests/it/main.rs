//! The conformance suite: every test runs on SQLite, and on PostgreSQL where `TEST_POSTGRES_URL` names a server on which
//! databases may be created.
#![allow(clippy::unwrap_used, reason = "tests")]

mod accept;
mod alerts;
mod append;
mod audit;
mod bulk;
mod children;
mod collect;
mod dashboard;
mod database;
mod doubt;
mod erasure;
mod failures;
mod inspector;
mod isolation;
mod kv;
mod limits;
mod masking;
mod migrate;
mod people;
mod polls;
mod queue;
mod retention;
mod runs;
mod samples;
mod search;
mod secrets;
mod shapes;
mod sharing;
mod signals;
mod snapshots;
mod subscriptions;
mod support;
mod values;
mod waits;
mod workflows;
