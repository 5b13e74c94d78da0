//! TLS of whoever calls out: whose certificates are believed, and what a refused handshake means to a person. The sender and the command
//! line share it, so that both believe the same and say the same.

mod explain;
mod facts;
mod fault;
mod loopback;
mod own;
mod roots;
mod verifier;
mod words;

pub use fault::Fault;
pub use loopback::AnyCertificate;
pub use own::{OwnCertificate, OwnVerifier};
pub use roots::{BadRoots, roots_of_pem};
pub use verifier::Verifier;
