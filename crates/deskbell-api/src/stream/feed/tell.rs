//! Tell: what a step of the feed writes of what was read, each kind in its own room, and how far behind the feed is.

use super::Feed;
use crate::stream::lane::{Lane, Line};
use crate::stream::message;
use bytes::{Bytes, BytesMut};
use deskbell_core::time::until;
use deskbell_wire::stream as wire;
use deskbell_wire::word::Words as _;
use std::time::Duration;

/// A comment is sent when nothing else was for this long.
pub(super) const QUIET: Duration = Duration::from_secs(15);
/// A step tells about this much of each kind, and at least one message.
const STEP_BYTES: usize = 64 << 10;
/// Deliveries whose newest state was told while events were on their way; with more, the events are read again.
const NEWER: usize = 4_096;

impl Feed {
    /// Some of what was read, and how far behind that is; empty when there is nothing to say.
    pub(super) fn tell(&mut self) -> Bytes {
        let mut chunk = BytesMut::new();
        // A key that may be gone hears nothing until that is known.
        if self.check.since().is_none() {
            if !self.is_cut() {
                self.tell_events(&mut chunk);
                self.tell_captures(&mut chunk);
            }
            self.tell_attempts(&mut chunk);
        }
        if !self.is_cut() {
            self.tell_lag(&mut chunk);
        }
        if chunk.is_empty() && self.told.elapsed() >= QUIET {
            chunk.extend_from_slice(message::HEARTBEAT);
        }
        chunk.freeze()
    }

    fn tell_events(&mut self, chunk: &mut BytesMut) {
        let full = chunk.len() + STEP_BYTES;
        while chunk.len() < full
            && let Some(Line { place, message }) = self.events.next()
        {
            self.cursor.events = place;
            let known = message.delivery.is_some_and(|delivery| self.newer.contains(&delivery));
            if let Some((kind, json)) = message.told.filter(|_| !known) {
                message::write(chunk, kind.as_str(), &json, &self.cursor);
            }
        }
    }

    fn tell_captures(&mut self, chunk: &mut BytesMut) {
        let full = chunk.len() + STEP_BYTES;
        while chunk.len() < full
            && let Some(Line { place, message }) = self.captures.next()
        {
            self.cursor.captures = place;
            if let Some((kind, json)) = message.told {
                message::write(chunk, kind.as_str(), &json, &self.cursor);
            }
        }
    }

    fn tell_attempts(&mut self, chunk: &mut BytesMut) {
        let full = chunk.len() + STEP_BYTES;
        // An attempt and its delivery stay together.
        while (chunk.len() < full || self.cursor.attempts.begun().is_some())
            && let Some(Line { place, message }) = self.attempts.next()
        {
            self.cursor.attempts = place;
            if let Some((kind, json)) = message.told {
                message::write(chunk, kind.as_str(), &json, &self.cursor);
            }
            if let Some(delivery) = message.delivery.filter(|_| !self.events.is_empty_handed()) {
                self.newer.insert(delivery);
            }
        }
        if self.newer.len() > NEWER {
            self.newer.clear();
            self.events.again();
        }
    }

    fn tell_lag(&mut self, chunk: &mut BytesMut) {
        let lanes = [&self.events, &self.attempts, &self.captures];
        let through = lanes.iter().all(|lane| lane.is_through());
        let since = lanes.into_iter().filter_map(Lane::behind_since).min();
        let behind = since.map(|since| until(since, self.clock.now())).unwrap_or_default();
        if let Some(behind) = self.lag.say(behind, through)
            && let Ok(json) = serde_json::to_vec(&wire::Lag::new(behind))
        {
            message::write(chunk, wire::LAG, &json, &self.cursor);
        }
    }
}
