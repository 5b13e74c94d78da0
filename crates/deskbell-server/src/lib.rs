//! The program: settings, instance, sweeps, metrics, wiring, and the command line.

pub mod certificate;
pub mod checkup;
pub mod cli;
pub mod config;
mod descriptors;
pub mod door;
mod heartbeat;
pub mod instance;
mod master_key;
pub mod metrics;
mod pause;
pub mod serve;
mod service_manager;
pub mod sweep;
mod traces;
