//! The program: settings, wiring, HTTP in, the public door of the tester, and the command line.

pub mod config;
pub mod door;
pub mod instance;
