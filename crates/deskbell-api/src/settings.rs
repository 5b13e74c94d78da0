//! Settings: what of the operator's choices the calls must know. The program reads them; here they are plain values.

use crate::public_url::PublicUrl;
use deskbell_core::door::Deadlines;
#[cfg(test)]
use deskbell_core::policy::limit;
use deskbell_core::policy::retry;
use ipnet::IpNet;
use std::num::NonZeroU32;
use std::time::Duration;

/// The choices that calls and pages go by, each as the settings of the program describe it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How clients reach this instance.
    pub public_url: PublicUrl,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Limits by address leave out calls from this machine itself.
    pub loopback_exempt: bool,
    /// Webhooks that an account may have.
    pub max_webhooks: u32,
    /// How attempts are made, to show and to reckon with.
    pub delivery: Delivery,
    /// How long the tester's inboxes live, and how much they take.
    pub inbox: Inbox,
    /// Anybody may make an account of their own.
    pub sign_up: bool,
    /// Anybody may make an inbox without an account, for a day.
    pub anonymous_tester: bool,
}

/// How attempts are made.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The rules of retrying and resting.
    pub rules: retry::Rules,
    /// How long each phase of an attempt may take.
    pub deadlines: Deadlines,
    /// Webhooks may use plain http.
    pub allow_http: bool,
    /// Networks that may be called although they are not public.
    pub allow_addresses: Vec<IpNet>,
    /// The `User-Agent` header of attempts.
    pub user_agent: String,
}

/// The tester's bounds.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// How long an inbox takes requests.
    pub life: Duration,
    /// Requests that an inbox keeps.
    pub keep: u32,
    /// MiB of requests that all inboxes of an account keep.
    pub keep_mib: u32,
    /// Requests that one inbox takes in a minute; `None` when they are not counted.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Inboxes that an account may have.
    pub max_inboxes: u32,
}

#[cfg(test)]
impl Default for Settings {
    /// The defaults of the program, as far as one process can know them: nothing is served yet.
    fn default() -> Self {
        Self {
            public_url: PublicUrl::new("http://127.0.0.1:8480/".parse().unwrap(), false, "http"),
            trusted_proxies: Vec::new(),
            loopback_exempt: true,
            max_webhooks: limit::WEBHOOKS_PER_ACCOUNT,
            delivery: Delivery {
                rules: retry::Rules::default(),
                deadlines: Deadlines::default(),
                allow_http: false,
                allow_addresses: Vec::new(),
                user_agent: "Deskbell".to_owned(),
            },
            inbox: Inbox {
                life: Duration::from_secs(7 * 24 * 3600),
                keep: limit::CAPTURES_PER_INBOX,
                keep_mib: limit::CAPTURES_MIB_PER_ACCOUNT,
                requests_per_minute: None,
                max_inboxes: limit::INBOXES_PER_ACCOUNT,
            },
            sign_up: true,
            anonymous_tester: false,
        }
    }
}
