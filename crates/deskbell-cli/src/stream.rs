//! Stream: follows what happens in the account, as `GET /v2/stream` tells it, and when the connection breaks goes on behind
//! the last message that was read.

use crate::client::{Client, Fault, Query};
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _, unfold};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;
use sse_stream::SseByteStream;
use std::io;
use std::time::Duration;

/// The server says something every 15 seconds: after three of them in silence nobody is there.
const SILENCE: Duration = Duration::from_secs(45);
/// The pause before the first try to come back; each next one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);

/// One message.
pub(crate) struct Message {
    /// `booking`, `conversation`, `event`, `delivery`, `attempt` or `capture`.
    pub(super) kind: String,
    /// The object, as the API shows it.
    pub(super) object: Value,
}

type Blocks = SseByteStream<BoxStream<'static, io::Result<Bytes>>>;

/// A stream that does not end by itself.
pub(crate) struct Stream {
    client: Client,
    query: Query,
    /// `None` while it is broken.
    blocks: Option<Blocks>,
    last: Option<String>,
    pause: Duration,
}

impl Stream {
    /// Follows what happens from now on: what is called after this is told.
    pub(super) async fn start(client: &Client, query: Query) -> Result<Self, Fault> {
        let blocks = open(client, &query, None).await?;
        let mut stream =
            Self { client: client.clone(), query, blocks: Some(blocks), last: None, pause: PAUSE };
        // Its first block says where it begins: from there on nothing is missed, whenever it breaks.
        while stream.last.is_none() {
            stream.block().await?;
        }
        Ok(stream)
    }

    /// The next message. A future of it that is dropped loses none.
    pub(super) async fn next(&mut self) -> Result<Message, Fault> {
        loop {
            // How far behind the stream is says nothing of what happened.
            if let Some(message) = self.block().await?.filter(|message| message.kind != "lag") {
                return Ok(message);
            }
        }
    }

    /// Reads one block, or comes back; gives the message in it.
    async fn block(&mut self) -> Result<Option<Message>, Fault> {
        let Some(blocks) = &mut self.blocks else {
            self.come_back().await?;
            return Ok(None);
        };
        let Some(Ok(block)) = blocks.next().await else {
            self.blocks = None;
            return Ok(None);
        };
        self.pause = PAUSE;
        self.last = block.id.or(self.last.take());
        let object = block.data.and_then(|data| serde_json::from_str(&data).ok());
        Ok(object.map(|object| Message { kind: block.event.unwrap_or_default(), object }))
    }

    /// One try to come back, after a pause. Only a refusal that no waiting changes is an error.
    async fn come_back(&mut self) -> Result<(), Fault> {
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST);
        match open(&self.client, &self.query, self.last.as_deref()).await {
            Ok(blocks) => self.blocks = Some(blocks),
            Err(fault @ Fault::Refused { status: 400..=428 | 430..=499, .. }) => return Err(fault),
            Err(_) => {}
        }
        Ok(())
    }
}

async fn open(client: &Client, query: &Query, last: Option<&str>) -> Result<Blocks, Fault> {
    let body = client.open("/v2/stream", query, last).await?;
    Ok(SseByteStream::new(unfold(Some(body), chunk).boxed()))
}

/// The next bytes; an error ends them.
async fn chunk(body: Option<Incoming>) -> Option<(io::Result<Bytes>, Option<Incoming>)> {
    let mut body = body?;
    let frame = tokio::time::timeout(SILENCE, body.frame()).await;
    match frame.map_err(io::Error::from).map(|frame| frame.transpose().map_err(io::Error::other)) {
        Ok(Ok(frame)) => Some((Ok(frame?.into_data().unwrap_or_default()), Some(body))),
        Ok(Err(error)) | Err(error) => Some((Err(error), None)),
    }
}

#[cfg(test)]
mod tests;
