//! Measures and tortures Patchbay: real processes, a load generator, and an upstream that counts.

pub mod cluster;
pub mod database;
pub mod http;
pub mod instance;
pub mod load;
pub mod peers;
pub mod process;
pub mod report;
pub mod scenario;
#[cfg(feature = "seed")]
pub mod seed;
pub mod torture;
pub mod upstream;
