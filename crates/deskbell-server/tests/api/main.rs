//! The API against the real server: its own store, port 0, real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod availability;
mod bell;
mod booking;
mod bytes;
mod calendar;
mod call;
mod client;
#[path = "../../../deskbell-store/tests/contract/cluster.rs"]
mod cluster;
mod coach;
mod conversation;
mod delivery;
mod disk;
mod doctor;
mod entrance;
mod event;
mod export;
mod filter;
mod foreign_secret;
mod header_case;
mod health;
mod import;
mod inbox;
mod key;
mod ledger;
mod list;
mod log;
mod metrics;
mod notification;
mod one_time_link;
mod open;
mod openapi;
mod pages;
mod people;
mod promise;
mod public_url;
mod quota;
mod ready;
mod relay;
mod requests;
mod retention;
mod secret;
mod session;
mod settings;
mod share;
mod stream;
mod target;
mod tester;
mod trace;
mod unreadable;
mod usage;
mod walk;
mod webhook;
mod why;
