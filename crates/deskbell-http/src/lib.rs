//! HTTP in: our own accept loop, the filter in front of hyper, what is refused before the router, and what every answer has.

pub mod body;
pub mod checks;
pub mod head;
pub mod listen;
pub mod middleware;
pub mod request_count;
pub mod security_headers;
mod served;

mod connection_limit;
mod head_filter;
mod pipeline;
mod write_deadline;

pub use head::RawHead;
pub use listen::{Limits, Peer, serve};
pub use middleware::{Front, Notes};
pub use served::Served;
