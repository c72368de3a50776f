//! Tests of the public surface that a case file cannot say.

mod hostile;
mod operations;
mod references;
mod rename;
mod round_trip;
