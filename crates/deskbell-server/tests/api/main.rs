//! The API against the real server: its own store, port 0, real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod bell;
mod booking;
mod calendar;
mod client;
mod coach;
mod conversation;
mod delivery;
mod doctor;
mod entrance;
mod event;
mod export;
mod health;
mod inbox;
mod key;
mod ledger;
mod list;
mod log;
mod metrics;
mod openapi;
mod people;
mod promise;
mod relay;
mod requests;
mod secret;
mod session;
mod share;
mod stream;
mod target;
mod tester;
mod walk;
mod webhook;
mod why;
