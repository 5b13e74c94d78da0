//! The machines that serve an instance, for its operator.

use crate::time::Time;
use crate::word::Word;
use crate::{fixed, word};
use deskbell_core::node::Seen;
use serde::Serialize;
use utoipa::ToSchema;

/// A machine that serves: a process of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct NodeObject {
    object: fixed::Node,
    /// Drawn anew with each start.
    #[schema(example = "NODE-7QK2M9D4XR")]
    id: String,
    /// What the setting `server.name` calls it.
    #[schema(example = "bell-1:8480")]
    name: String,
    /// Another one that is there has the same name: each should have one of its own.
    has_namesake: bool,
    /// What the machine calls itself.
    #[schema(example = "bell-1")]
    host: String,
    /// What it does.
    roles: Vec<word::NodeRole>,
    #[schema(example = "0.1.0")]
    version: String,
    /// `working`; `late`, after 7 s without a heartbeat; `gone`, after 15 s. What one held that is gone, the others take over within
    /// `delivery.timeout` and 15 s of its last beat: 35 s by default.
    state: word::NodeState,
    /// When it began, by its own clock.
    started_time: Time,
    /// How long ago its last heartbeat was, by the clock of the store.
    heartbeat_age_seconds: f64,
    /// How far its clock is ahead of the store's.
    clock_ms: i64,
    /// As what it makes attempts; null while it makes none.
    epoch: Option<u64>,
    /// Attempts under way, or waiting to be recorded.
    in_flight: u32,
    /// These, and what waits in its lines.
    in_hand: u32,
}

impl NodeObject {
    /// `seen`, among `all`.
    pub fn new(seen: &Seen, all: &[Seen]) -> Self {
        let node = &seen.node;
        Self {
            object: fixed::Node,
            id: node.id.to_string(),
            name: node.name.clone(),
            has_namesake: seen.has_namesake(all),
            host: node.host.clone(),
            roles: node.roles.iter().map(Word).collect(),
            version: node.version.clone(),
            state: Word(seen.state()),
            started_time: node.started.into(),
            heartbeat_age_seconds: seen.silent.as_secs_f64(),
            clock_ms: seen.clock_ms,
            epoch: node.load.epoch.map(|epoch| epoch.0),
            in_flight: node.load.in_flight,
            in_hand: node.load.in_hand,
        }
    }
}
