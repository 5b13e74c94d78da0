//! Outbound HTTPS: the only place that looks up names and opens sockets to receivers.
//!
//! One attempt is: judge the URL, look its name up once, judge every address, dial a judged one, shake hands, write one
//! request, read one head, read a capped body for the log. Each step has a deadline and an outcome of its own. The route
//! through the files: `send` → `pool` (with `destination`, the URL as it was judged) → `name` → `dial` → `tls` → `wire` →
//! `connection` (with `progress`, and `deadline` throughout) → `body`; `failure` words what went wrong, `machine` tells the guard which addresses are our own. Environment proxies are ignored, redirects never followed, bodies never decoded.

mod body;
mod connection;
mod deadline;
mod destination;
mod dial;
mod failure;
mod machine;
mod name;
mod pool;
mod progress;
mod send;
mod tls;
mod wire;

pub use deskbell_tls::{BadRoots, OwnCertificate, roots_of_pem};
pub use machine::has_address;
pub use name::{Resolver, name_servers};
pub use rustls::pki_types::CertificateDer;
pub use send::{HttpTransport, Reached, Settings};
