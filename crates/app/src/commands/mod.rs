pub mod doctor;
pub mod owner;
pub mod token;
pub mod workflow;
