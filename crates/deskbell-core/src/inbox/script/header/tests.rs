//! What is known to do harm is refused, and so is everything else that is not on the lists.

use super::*;
use crate::inbox::ScriptedAnswer;
use proptest::prelude::*;

fn is_refused(name: &str, value: &str) -> bool {
    !ScriptedAnswer::may_carry(name, value)
}

/// What browsers obey, many of them for the whole origin.
const BROWSERS: [&str; 51] = [
    "Accept-CH",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Origin",
    "Activate-Storage-Access",
    "Alt-Svc",
    "Attribution-Reporting-Register-Source",
    "Authentication-Info",
    "Cache-Control",
    "Clear-Site-Data",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Location",
    "Content-Security-Policy",
    "Content-Security-Policy-Report-Only",
    "Critical-CH",
    "Cross-Origin-Embedder-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Document-Policy",
    "Expect-CT",
    "Expires",
    "Feature-Policy",
    "Link",
    "Location",
    "NEL",
    "No-Vary-Search",
    "Observe-Browsing-Topics",
    "Origin-Agent-Cluster",
    "Origin-Trial",
    "P3P",
    "Permissions-Policy",
    "Pragma",
    "Proxy-Authenticate",
    "Public-Key-Pins",
    "Referrer-Policy",
    "Refresh",
    "Report-To",
    "Reporting-Endpoints",
    "Service-Worker-Allowed",
    "Set-Cookie",
    "Set-Cookie2",
    "Set-Login",
    "SourceMap",
    "Speculation-Rules",
    "Strict-Transport-Security",
    "Supports-Loading-Mode",
    "Timing-Allow-Origin",
    "Use-As-Dictionary",
    "Vary",
    "WWW-Authenticate",
    "X-SourceMap",
];
/// What else browsers obeyed under names of their own.
const OLD: [&str; 11] = [
    "X-Content-Security-Policy",
    "X-Content-Type-Options",
    "X-DNS-Prefetch-Control",
    "X-Download-Options",
    "X-Frame-Options",
    "X-Permitted-Cross-Domain-Policies",
    "X-Robots-Tag",
    "X-UA-Compatible",
    "X-Webkit-CSP",
    "X-XSS-Protection",
    "X-Content-Duration",
];
/// What proxies, caches and servers in front obey.
const PROXIES: [&str; 34] = [
    "Age",
    "CDN-Cache-Control",
    "CDN-Loop",
    "Cache-Tag",
    "Cloudflare-CDN-Cache-Control",
    "Connection",
    "Content-Length",
    "Content-Range",
    "Date",
    "Edge-Cache-Tag",
    "Edge-Control",
    "Keep-Alive",
    "Netlify-CDN-Cache-Control",
    "Proxy-Connection",
    "Server",
    "Surrogate-Capability",
    "Surrogate-Control",
    "Surrogate-Key",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "X-Accel-Buffering",
    "X-Accel-Expires",
    "X-Accel-Redirect",
    "X-LIGHTTPD-send-file",
    "X-LiteSpeed-Cache-Control",
    "X-LiteSpeed-Location",
    "X-LiteSpeed-Purge",
    "X-Proxy-Cache",
    "X-Reproxy-URL",
    "X-Sendfile",
    "X-Varnish",
];

#[test]
fn what_a_browser_or_a_proxy_obeys_is_refused() {
    for name in BROWSERS.iter().chain(&OLD).chain(&PROXIES) {
        for name in [(*name).to_owned(), name.to_lowercase(), name.to_uppercase()] {
            let unfit = check(&name, "x").expect_err(&name);
            assert_eq!(unfit.code, "response_header_forbidden", "A-137: {name}");
            assert!(
                unfit.message.contains(&name) && unfit.message.contains("Retry-After"),
                "{}",
                unfit.message
            );
        }
    }
}

/// What browsers render, run, or hand to something that does; and what only looks like a type of data.
const TYPES_THAT_ACT: [&str; 53] = [
    "application/atom+xml",
    "application/ecmascript",
    "application/graphql-response+json",
    "application/java-archive",
    "application/javascript",
    "application/json, text/html",
    "application/json; a=\",text/html\"",
    "application/json;charset=utf-7",
    "application/json;charset=utf-8, text/html",
    "application/json;charset=utf-8;x=1",
    "application/manifest+json",
    "application/mathml+xml",
    "application/octet-stream,text/html",
    "application/pdf",
    "application/rdf+xml",
    "application/rss+xml",
    "application/speculationrules+json",
    "application/wasm",
    "application/x-ecmascript",
    "application/x-javascript",
    "application/x-mimearchive",
    "application/x-shockwave-flash",
    "application/x-xpinstall",
    "application/xhtml+xml",
    "application/xml",
    "application/xml-dtd",
    "application/xslt+xml",
    "font/woff2",
    "image/png",
    "image/svg+xml",
    "message/rfc822",
    "multipart/mixed",
    "multipart/related",
    "multipart/x-mixed-replace; boundary=a",
    "text/cache-manifest",
    "text/css",
    "text/ecmascript",
    "text/event-stream",
    "text/html",
    "text/javascript",
    "text/javascript1.5",
    "text/jscript",
    "text/livescript",
    "text/plain, text/html",
    "text/plain;charset=iso-2022-jp",
    "text/vtt",
    "text/x-component",
    "text/x-ecmascript",
    "text/x-javascript",
    "text/xml",
    "text/xsl",
    "video/mp4",
    "",
];

#[test]
fn what_a_browser_renders_or_runs_is_refused() {
    for kind in TYPES_THAT_ACT {
        for kind in [kind.to_owned(), kind.to_uppercase(), format!(" {kind} ")] {
            assert!(is_refused("content-type", &kind), "A-137: {kind:?}");
        }
    }
    let unfit = check("Content-Type", "text/xsl").unwrap_err();
    assert_eq!(unfit.code, "response_header_forbidden");
    assert!(unfit.message.contains("text/xsl") && unfit.message.contains("text/plain"), "{}", unfit.message);
}

#[test]
fn what_is_on_the_lists_is_taken_in_every_spelling() {
    for name in HEADERS.iter().filter(|name| **name != "Content-Type").chain(&["X-Test-Anything", "x-test-a"])
    {
        assert!(!is_refused(name, "1") && !is_refused(&name.to_uppercase(), "1"), "{name}");
    }
    for kind in TYPES {
        for kind in [kind.to_owned(), kind.to_uppercase(), format!("{kind}; Charset=UTF-8")] {
            assert!(!is_refused("CONTENT-TYPE", &kind), "{kind}");
        }
    }
}

fn is_listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

proptest! {
    #[test]
    fn a_name_that_is_not_on_the_list_is_refused(name in "(X-|Sec-|CDN-|Content-)?[A-Za-z][A-Za-z0-9-]{0,30}", value in "[ -~]{0,40}") {
        let free = name.to_lowercase().starts_with("x-test-");
        prop_assume!(!free && !is_listed(&HEADERS, &name));
        prop_assert!(is_refused(&name, &value), "A-137: {}: {}", name, value);
    }

    #[test]
    fn a_type_that_is_not_on_the_list_is_refused(
        kind in "(text|application|image|multipart)/[a-z0-9.+-]{1,20}",
        more in "(; ?(charset|version|a)=[a-z0-9\",/-]{1,12}|,[a-z/]{1,9})?",
    ) {
        let plain = more.replace(' ', "") == ";charset=utf-8" || more.is_empty();
        prop_assume!(!(plain && is_listed(&TYPES, &kind)));
        prop_assert!(is_refused("Content-Type", &format!("{kind}{more}")), "A-137: {}{}", kind, more);
    }
}
