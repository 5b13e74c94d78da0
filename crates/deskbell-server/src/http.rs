//! HTTP in: our own accept loop, the tap in front of hyper, what is refused before the router, and what every answer has.

pub mod body;
pub mod checks;
pub mod head;
pub mod listen;
pub mod request_id;

mod crowd;
mod line;
mod tap;

pub use head::RawHead;
pub use listen::{Limits, Peer, serve};
pub use request_id::{Front, LoggedAccount, RequestId};
