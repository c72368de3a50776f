//! Events from outside with a real database, and a clock that stands still until told.
#![allow(clippy::unwrap_used, clippy::large_futures, reason = "tests")]

mod bodies;
mod bulk;
mod database;
mod dedupe;
mod forms;
mod lines;
mod listing;
mod lists;
mod manual;
mod polls;
mod pressure;
mod refusals;
mod requests;
mod schedules;
mod secrets;
mod states;
mod vendor;
mod vendor_deliveries;
mod vendor_life;
mod vendor_routes;
mod world;
