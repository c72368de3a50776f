pub mod backup;
pub mod doctor;
pub mod key;
pub mod owner;
pub mod token;
pub mod workflow;
