//! Descriptors: whether as many files and sockets can be open as the settings allow.

use super::Finding;
use super::holder::Holder;
use crate::config::Config;
use crate::descriptors::needed;
use rustix::process::{Resource, getrlimit};

const PART: &str = "descriptors";

/// Of the server that runs, or of one that this user would start.
pub(super) fn check(config: &Config, holder: Option<&Holder>) -> Finding {
    let of_server = holder.and_then(|Holder { process, .. }| {
        let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
        let open = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        let limit = open.split_whitespace().next()?.parse().unwrap_or(u64::MAX);
        let used = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?.count();
        Some((limit, format!("{used} of {limit} are open")))
    });
    let (limit, said) = of_server.unwrap_or_else(|| {
        let limit = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
        (limit, format!("{limit} may be open"))
    });
    let needed = needed(config);
    if limit >= needed {
        return Finding::ok(PART, said);
    }
    let remedy =
        "Raise the limit (LimitNOFILE, ulimit -n), or lower server.max_connections and delivery.in_flight.";
    Finding::warn(PART, format!("{said}, and the settings allow connections for {needed}"), remedy)
}
