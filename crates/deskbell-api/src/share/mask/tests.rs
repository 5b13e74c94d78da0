//! The known harmless is shown; every other value, and every address that could be a secret, is not.

use super::*;
use proptest::prelude::*;

#[test]
fn what_is_known_is_shown_and_signatures_keep_their_head() {
    let hex = "c1b91b7e".repeat(8);
    for (name, value, shown) in [
        ("Oncehub-Signature", &*format!("t=17,s={hex}"), "t=17,s=c1b91b7e…"),
        ("Webhook-Signature", "v1,QUJDREVGR0hJSktM", "v1,QUJDREVG…"),
        ("Webhook-Signature", "v1a,QUJDREVGR0hJSktM", "…"),
        ("Oncehub-Signature", &*hex, "…"),
        ("Location", "https://x.example/login?code=abc", "https://x.example/…?…"),
        ("Location", "/login?code=abc", "/…?…"),
        ("Location", "a-token", "…"),
        ("Location", "//x.example/a", "//…"),
        ("Referer", "https://x.example/#abc", "https://x.example/#…"),
        ("Location", "https://ana:abc@x.example/", "https://…@x.example/"),
        ("Origin", "https://x.example", "https://x.example"),
        ("Host", "127.0.0.1:8480", "127.0.0.1:8480"),
        ("Host", "en4q8xkv2b1h.x.tunnel.example:443", "….tunnel.example:443"),
        ("User-Agent", "Bell/1.2 (+https://x.example/t0k3n)", "Bell/1.2 …"),
        ("User-Agent", "Bell/1.2 https://x.example/t0k3n", "Bell/1.2 https://x.example/…"),
        ("Idempotency-Key", "EVNT-1", "EVNT-1"),
        ("Date", "Tue, 12 May 2026 09:30:00 GMT", "Tue, 12 May 2026 09:30:00 GMT"),
        ("content-type", "application/json", "application/json"),
        ("RETRY-AFTER", "60", "60"),
    ] {
        assert_eq!(header(name, value), shown, "{name}");
        assert_eq!(header(name, shown), shown, "what is masked stays so: {name}");
    }
}

/// Names under which secrets, or what leads to them, have been seen.
const SECRETS: [&str; 60] = [
    "Authorization",
    "Cf-Access-Client-Id",
    "Cf-Access-Client-Secret",
    "Cf-Access-Jwt-Assertion",
    "Cf-Authorization",
    "Content-Security-Policy-Report-Only",
    "Cookie",
    "DPoP",
    "Forwarded",
    "Link",
    "NEL",
    "Ocp-Apim-Subscription-Key",
    "PRIVATE-TOKEN",
    "Proxy-Authorization",
    "Report-To",
    "Set-Cookie",
    "Signature",
    "Signature-Input",
    "SourceMap",
    "Stripe-Signature",
    "WWW-Authenticate",
    "X-Access-Key",
    "X-Amz-Cf-Id",
    "X-Amz-Security-Token",
    "X-Amzn-Oidc-Data",
    "X-Amzn-Oidc-Identity",
    "X-Api-Key",
    "X-Appwrite-Key",
    "X-Auth",
    "X-Auth-Request-Email",
    "X-Client-Cert",
    "X-Client-Data",
    "X-Csrf",
    "X-Datadog-Trace",
    "X-Forwarded-Authorization",
    "X-Forwarded-Client-Cert",
    "X-Forwarded-For",
    "X-Forwarded-Uri",
    "X-Functions-Key",
    "X-Gitlab-Token",
    "X-Goog-Api-Key",
    "X-Goog-Iap-Jwt-Assertion",
    "X-Honeycomb-Team",
    "X-Hub-Signature-256",
    "X-Jwt",
    "X-Key",
    "X-Ms-Client-Principal",
    "X-Ms-Token-Aad-Access-Token",
    "X-Original-Url",
    "X-Otp",
    "X-Pass",
    "X-Pin",
    "X-Real-Ip",
    "X-Sentry-Auth",
    "X-Session-Id",
    "X-Shared",
    "X-Test-Token",
    "X-User",
    "X-Vault-Namespace",
    "X-Xsrf",
];

#[test]
fn names_of_secrets_are_masked_in_every_spelling() {
    for name in SECRETS {
        for name in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
            assert_eq!(header(&name, "planted"), MASKED, "{name}");
        }
    }
}

#[test]
fn an_address_is_shown_as_far_as_it_is_no_secret() {
    for (given, shown) in [
        ("https://x.example/hook", "https://x.example/hook"),
        ("https://x.example", "https://x.example"),
        ("https://x.example/api/v2/webhooks/", "https://x.example/api/v2/webhooks/"),
        ("https://x.example/hook?key=1", "https://x.example/hook?…"),
        ("https://x.example/in/abc/d?e=f", "https://x.example/in/…?…"),
        ("http://127.0.0.1:8480/in/abc", "http://127.0.0.1:8480/in/…"),
        ("http://[::1]:8480/in/abc", "http://[::1]:8480/in/…"),
        ("https://[2001:db8::1]/hook", "https://[2001:db8::1]/hook"),
        ("https://hooks.slack.example/services/T0/B0/s3cret", "https://hooks.slack.example/…"),
        ("https://chat.example/api/webhooks/1122/s3cret", "https://chat.example/api/webhooks/…"),
        ("https://hooks.zap.example/hooks/catch/12/s3cret/", "https://hooks.zap.example/hooks/…"),
        ("https://hook.eu1.make.example/s3cret", "https://….make.example/…"),
        ("https://s3cret.m.pipes.example/", "https://….pipes.example/"),
        ("https://s3cret.webhook.office.example/webhookb2/s3cret", "https://….webhook.office.example/…"),
        ("https://prod-1.logic.example:443/workflows/s3cret?sig=s3cret", "https://….logic.example:443/…?…"),
        ("https://api.telegram.example/bot12:s3cret/send", "https://api.telegram.example/…"),
        ("https://x.example/HOOK", "https://x.example/…"),
        ("https://x.example/hook;s3cret", "https://x.example/…"),
        ("https://x.example\\s3cret/", "https://…/"),
        ("s3cret://x.example/hook", "…"),
        ("https://ana:s3cret@x.example:99999/", "https://…@…/"),
    ] {
        assert_eq!(url(given), shown);
        assert_eq!(url(shown), shown, "what is masked stays so");
    }
}

#[test]
fn a_sentence_is_shown_without_labels_that_could_be_a_secret() {
    for (given, shown) in [
        (
            "The look-up of s3cret.m.pipes.example took too long.",
            "The look-up of ….pipes.example took too long.",
        ),
        ("The name s3cret.x.example does not exist.", "The name ….x.example does not exist."),
        (
            "The receiver's certificate is not for s3cret.m.pipes.example, but for *.s3cret.example, pipes.example.",
            "The receiver's certificate is not for ….pipes.example, but for …, pipes.example.",
        ),
        (
            "It says \"s3cret.x.example:443\" (at https://s3cret.x.example/).",
            "It says \"….x.example:443\" (at https://….x.example/).",
        ),
        (
            "The name hooks.x.example exists and has no address.",
            "The name hooks.x.example exists and has no address.",
        ),
        ("Nobody listens at 203.0.113.5:443.", "Nobody listens at 203.0.113.5:443."),
        ("[2001:db8::1]:443 did not answer in time.", "[2001:db8::1]:443 did not answer in time."),
        (
            "The receiver offers no TLS version from 1.2 on.",
            "The receiver offers no TLS version from 1.2 on.",
        ),
        (
            "What came back is not an HTTP/1.1 answer: invalid.",
            "What came back is not an HTTP/1.1 answer: invalid.",
        ),
        (
            "It expired on 2026-05-12T09:30:00.000Z. Set delivery.nameservers.",
            "It expired on 2026-05-12T09:30:00.000Z. Set delivery.nameservers.",
        ),
        ("", ""),
    ] {
        assert_eq!(sentence(given), shown);
        assert_eq!(sentence(shown), shown, "what is masked stays so");
    }
}

proptest! {
    #[test]
    fn a_name_that_is_not_known_is_masked(name in "(X-|Cf-|Sec-)?[A-Za-z][A-Za-z0-9-]{0,30}", value in "\\PC{1,40}") {
        let lower = name.to_lowercase();
        let known = [&SHOWN[..], &ADDRESSES, &SIGNATURES, &["host"]].concat();
        prop_assume!(!known.contains(&lower.as_str()));
        prop_assert_eq!(header(&name, &value), MASKED);
    }

    #[test]
    fn a_planted_secret_is_in_no_address(
        before in "(https?://)?([a-z]{1,8}\\.)?(x\\.example)?(:[0-9]{1,4})?(/(api|in|v1|[a-z]{1,6})){0,4}",
        between in "[/?#@:;,&=.]",
        after in "(-[a-z]{0,5}){0,2}",
    ) {
        // Whom a host belongs to is shown, so the secret stands elsewhere.
        let given = format!("{before}{between}S3CR3T{after}.x.example/");
        prop_assert!(!url(&given).contains("S3CR3T"), "{} shows as {}", given, url(&given));
        prop_assert!(!header("Location", &given).contains("S3CR3T"));
    }

    #[test]
    fn masking_twice_is_masking_once(text in "(https?://)?[a-z0-9.@:/?#…,=-]{0,40}") {
        prop_assert_eq!(sentence(&sentence(&text)), sentence(&text), "{}", text);
        for name in ["Location", "Host", "Oncehub-Signature", "Webhook-Signature", "User-Agent", "X-Key"] {
            let once = header(name, &text);
            prop_assert_eq!(header(name, &once), once.clone(), "{}: {}", name, text);
        }
    }
}
