//! The way out: the name servers, and, where it is asked for, the way of a delivery up to the connection. Nothing is sent on it.

use super::Finding;
use crate::config::Config;
use crate::serve::transport_settings;
use deskbell_core::Alarm;
use deskbell_core::attempt::Timings;
use deskbell_core::policy::ssrf_guard::SsrfGuard;
use deskbell_transport::HttpTransport;
use std::sync::Arc;

const NAMES: &str = "names";
const REACH: &str = "reach";

pub(super) async fn check(config: &Config, urls: &[String]) -> Vec<Finding> {
    let transport = match transport_settings(config, None, &Alarm::default()) {
        Ok(settings) => settings,
        Err(error) => return vec![Finding::bad(REACH, format!("{error:#}"), "A start fails with it.")],
    };
    let servers = deskbell_transport::name_servers(&transport.resolver);
    let mut findings = vec![match servers {
        Ok(servers) if servers.is_empty() => Finding::bad(
            NAMES,
            "there is no name server",
            "Name one in /etc/resolv.conf or delivery.nameservers.",
        ),
        Ok(servers) => {
            let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
            Finding::ok(NAMES, format!("asked of {}", servers.join(", ")))
        }
        Err(error) => Finding::bad(
            NAMES,
            format!("the system's name servers cannot be read: {error}"),
            "Mend /etc/resolv.conf, or set delivery.nameservers.",
        ),
    }];
    let guard =
        Arc::new(SsrfGuard::new(config.ssrf_guard_rules(config.server.listen, config.metrics.listen)));
    let transport = HttpTransport::new(guard, transport);
    for url in urls {
        findings.push(match transport.reach(url, &config.deadlines()).await {
            Ok(reached) => {
                let said = format!("{url}: a connection to {}, {}", reached.address, took(&reached.timings));
                Finding::ok(REACH, said)
            }
            Err((outcome, detail)) => Finding::bad(
                REACH,
                format!("{url}: {}: {detail}", outcome.as_str()),
                "Deliveries there end the same way; docs/reference/outcomes.md says who has to act.",
            ),
        });
    }
    findings
}

fn took(timings: &Timings) -> String {
    let phases = [("name", timings.name_us), ("connection", timings.connect_us), ("TLS", timings.tls_us)];
    let shown = phases.iter().filter_map(|(phase, us)| Some(format!("{phase} {} ms", (*us)? / 1_000)));
    shown.collect::<Vec<_>>().join(", ")
}
