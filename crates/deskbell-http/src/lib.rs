//! HTTP in: our own accept loop, the filter in front of hyper, what is refused before the router, and what every answer has.

pub mod background;
pub mod body;
pub mod call_log;
pub mod checks;
pub mod head;
pub mod header_case;
pub mod listen;
pub mod middleware;
pub mod request_count;
pub mod security_headers;
pub mod tls;
pub mod turns;

mod bytes_in_flight;
mod bytes_out;
mod client;
mod connection_limit;
mod head_filter;
mod pipeline;
mod served;
mod unread;
mod write_deadline;

pub use bytes_in_flight::BytesInFlight;
pub use client::client_address;
pub use head::RawHead;
pub use listen::{Limits, Peer, serve};
pub use middleware::{Front, Notes};
pub use served::Served;
pub use tls::Tls;
