//! Stage: a transport with the loopback opened, requests for it, and the rules that every attempt must keep.

use crate::receiver::authority::Authority;
use bytes::Bytes;
use deskbell_core::Transport as _;
use deskbell_core::attempt::Outcome;
use deskbell_core::door::{Deadlines, Request, Sent};
use deskbell_core::id::WebhookId;
use deskbell_core::policy::ssrf_guard::{Rules, SsrfGuard};
use deskbell_transport::{CertificateDer, HttpTransport, Resolver, Settings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Past a deadline an attempt may take this much longer; generous, for machines that are busy.
const SLACK: Duration = Duration::from_millis(1_500);

pub(crate) struct Stage {
    pub(crate) transport: HttpTransport,
    pub(crate) authority: Authority,
}

impl Stage {
    /// Opens 127.0.0.0/8.
    pub(crate) fn new() -> Self {
        Self::with("127.0.0.0/8", Resolver::Servers(vec!["127.0.0.1:9".parse().unwrap()]))
    }

    /// Opens `network`, and asks `servers` for names.
    pub(crate) fn with(network: &str, resolver: Resolver) -> Self {
        let rules =
            Rules { allow_http: true, allow_addresses: vec![network.parse().unwrap()], ..Rules::default() };
        Self::under(rules, resolver)
    }

    pub(crate) fn under(rules: Rules, resolver: Resolver) -> Self {
        Self::trusting(rules, resolver, Vec::new())
    }

    /// The same, and these certificates are those of a trust file too.
    pub(crate) fn trusting(
        rules: Rules,
        resolver: Resolver,
        mut roots: Vec<CertificateDer<'static>>,
    ) -> Self {
        let authority = Authority::new();
        roots.push(authority.root());
        let settings = Settings { resolver, extra_roots: roots, ..Settings::default() };
        Self { transport: HttpTransport::new(Arc::new(SsrfGuard::new(rules)), settings), authority }
    }

    pub(crate) async fn send(&self, request: Request) -> Sent {
        let deadlines = request.deadlines;
        let started = Instant::now();
        let sent = self.transport.send(&request).await;
        let took = started.elapsed();
        assert!(took <= deadlines.total + SLACK, "an attempt ends at its total deadline: {took:?}");
        assert!(Outcome::ALL.contains(&sent.outcome));
        let response = sent.response.as_ref();
        assert!(response.is_none_or(|response| response.body.len() <= 16 << 10), "what is kept is capped");
        let delivered = response.is_some_and(|response| (200..300).contains(&response.status));
        assert_eq!(sent.outcome == Outcome::Delivered, delivered, "a complete 2xx head decides: {sent:?}");
        assert!(!sent.detail.contains("whsec"), "no secret is told");
        sent
    }

    /// One attempt on a receiver, with the usual deadlines.
    pub(crate) async fn visit(&self, address: SocketAddr) -> Sent {
        self.send(request(&format!("http://{address}/hook"))).await
    }
}

pub(crate) fn request(url: &str) -> Request {
    Request {
        webhook: WebhookId::from_text("WHK-0000000001"),
        url: url.to_owned(),
        headers: vec![
            ("Content-Type".into(), "application/json".into()),
            ("User-Agent".into(), "Deskbell-Webhooks/test".into()),
            ("oncehub-signature".into(), "t=1,s=abc".into()),
            ("webhook-id".into(), "EVT-1".into()),
        ],
        body: Bytes::from_static(b"{\"id\":\"EVT-1\"}"),
        deadlines: Deadlines::default(),
    }
}

/// A request that gives up early: 300 ms for each phase, 3 s in all.
pub(crate) fn hasty(url: &str) -> Request {
    let short = Duration::from_millis(300);
    let deadlines = Deadlines {
        name: short,
        connect: short,
        tls: short,
        write: short,
        head: short,
        body: short,
        total: Duration::from_secs(3),
    };
    Request { deadlines, ..request(url) }
}
