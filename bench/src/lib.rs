//! The measuring side of Deskbell: it starts the real binary, talks to it over its public API, and stands at both
//! ends with a clock. What it measures and counts is kept outside the process under test.
//!
//! - [`program`], [`client`], [`api`]: the binary, a bare HTTP connection to it, and the calls we need.
//! - [`receiver`]: the other end of a delivery. [`load`]: open and closed loops. [`follower`]: a reader of the stream.
//! - [`seed`]: rows that are there before a program starts. [`growth`]: what things cost beside more and more of them.
//!   [`many`]: a healthy neighbour among many of everything. [`neighbours`]: one beside an account that is mean.
//! - [`month`]: a month of events, of which some days are kept.
//! - [`faults`]: what befalls the program from outside, one thing at a time. [`faketime`]: a wrong clock. [`tally`]: answers, counted.
//! - [`figures`], [`measurement`], [`report`]: percentiles, a figure with its goal, and the written evidence.
//! - [`machine`], [`process`]: what this machine is, and what a program uses of it.
//! - [`scenario`]: what `make bench` does to a program, one file each. [`summary`]: what it tells.
//! - [`drill`]: a backup, a loss and a restore, and their judge.
//! - [`machines`]: several programs over one PostgreSQL, what befalls them, and their judge.
//! - [`ledger`], [`verdict`], [`kill`]: what was published and received, on disk, and the judge that counts.

pub mod api;
pub mod client;
pub mod clock;
pub mod drill;
pub mod faketime;
pub mod faults;
pub mod figures;
pub mod follower;
pub mod growth;
pub mod kill;
pub mod ledger;
pub mod load;
pub mod machine;
pub mod machines;
pub mod many;
pub mod measurement;
pub mod month;
pub mod neighbours;
pub mod process;
pub mod program;
pub mod receiver;
pub mod report;
pub mod scenario;
pub mod seed;
pub mod summary;
pub mod tally;
pub mod verdict;
