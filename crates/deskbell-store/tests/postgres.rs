//! What is true of the store on PostgreSQL alone: how the database goes about its work.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "contract/cluster.rs"]
mod cluster;
#[path = "postgres/durable.rs"]
mod durable;
#[path = "postgres/explained.rs"]
mod explained;
#[path = "postgres/fail_over.rs"]
mod fail_over;
#[path = "postgres/held.rs"]
mod held;
#[path = "postgres/many.rs"]
mod many;
#[path = "postgres/node.rs"]
mod node;
#[path = "postgres/notices.rs"]
mod notices;
#[path = "postgres/pooler.rs"]
mod pooler;
#[path = "postgres/ready.rs"]
mod ready;
#[path = "many/world.rs"]
mod world;
