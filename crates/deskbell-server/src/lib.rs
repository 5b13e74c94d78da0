//! The program: settings, wiring, HTTP in, the public door of the tester, and the command line.

pub mod api;
pub mod cli;
pub mod config;
pub mod dashboard;
pub mod door;
pub mod http;
pub mod inbox;
pub mod instance;
pub mod metrics;
pub mod serve;
pub mod sweep;
