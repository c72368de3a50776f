//! The templates, end to end through the binary: what they are for, and what goes wrong in real life.

mod crm;
mod messages;
mod payments;
mod sandbox;
mod sync;
mod world;
