//! The dashboard's door: the link of the start, sign-up, sign-in and sign-out, their headers, and who is turned away.

use crate::bell::{Bell, CLOSED, now};
use crate::client::Answer;
use deskbell_core::time::later;
use std::time::Duration;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    font-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    object-src 'none'; require-trusted-types-for 'script'; trusted-types deskbell";

const PASSWORD: &str = "correct horse battery";

/// The `name=value` of the cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

async fn get(bell: &Bell, path: &str, headers: &[(&str, &str)]) -> Answer {
    bell.send("GET", path, headers, None).await
}

async fn post(bell: &Bell, path: &str, email: &str, password: &str) -> Answer {
    bell.form(path, &[("Origin", &bell.origin())], &[("email", email), ("password", password)]).await
}

async fn sign_up(bell: &Bell, email: &str) -> Answer {
    let answer = post(bell, "/sign-up", email, PASSWORD).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("./")), "{}", answer.text());
    answer
}

#[tokio::test]
async fn the_link_of_the_start_signs_in_the_first_accounts_owner() {
    let bell = Bell::start(CLOSED).await;
    bell.account("second@bell.example").await;
    let entered = get(&bell, &bell.enter, &[]).await;
    assert_eq!(entered.status, 200, "{}", entered.text());
    // A strict cookie is sent only with a request that a page of ours made.
    assert!(
        entered.text().contains(r#"<meta http-equiv="refresh" content="0;url=./">"#),
        "{}",
        entered.text()
    );
    let session = bell.call_as(&cookie(&entered), "GET", "/v2/session", None).await;
    assert_eq!((session.at("/account"), session.at("/role")), (bell.account.to_string(), "owner".into()));
    assert_eq!((session.at("/email"), session.at("/recent")), ("null".into(), "true".into()));
    let again = get(&bell, &bell.enter, &[]).await;
    let again = bell.call_as(&cookie(&again), "GET", "/v2/session", None).await;
    assert_eq!(again.status, 200, "it works for its whole hour");
    for wrong in
        ["/enter", "/enter?token=", "/enter?token=nonsense", &format!("/enter?token={}", "A".repeat(43))]
    {
        let refused = get(&bell, wrong, &[]).await;
        assert_eq!((refused.status, refused.header("set-cookie")), (403, None), "H-26: {wrong}");
    }
}

#[tokio::test]
async fn the_cookie_has_every_flag_that_its_scheme_allows() {
    let plain = Bell::start(CLOSED).await;
    let set = get(&plain, &plain.enter, &[]).await.header("set-cookie").unwrap().to_owned();
    let (value, flags) = set.split_once("; ").unwrap();
    assert_eq!(flags, "Path=/; Max-Age=604800; HttpOnly; SameSite=Strict", "H-14");
    assert_eq!(value.len(), "deskbell=".len() + 43, "256 bits");
    let https = [CLOSED, &[("DESKBELL_SERVER__PUBLIC_URL", "https://bell.example")]].concat();
    let secure = Bell::start(&https).await;
    let set = get(&secure, &secure.enter, &[]).await.header("set-cookie").unwrap().to_owned();
    let (value, flags) = set.split_once("; ").unwrap();
    assert!(value.starts_with("__Host-deskbell="), "H-14: {value}");
    assert_eq!(flags, "Path=/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure", "H-14");
    let path = [CLOSED, &[("DESKBELL_SERVER__PUBLIC_URL", "https://ops.example/hooks")]].concat();
    let below = Bell::start(&path).await;
    let set = get(&below, &below.enter, &[]).await.header("set-cookie").unwrap().to_owned();
    let (name, flags) = set.split_once("; ").unwrap();
    assert!(name.starts_with("__Secure-deskbell="), "H-14: {name}");
    assert_eq!(flags, "Path=/hooks/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure", "H-14");
    assert_eq!(get(&below, "/v2/session", &[("Cookie", name)]).await.status, 200);
    let mine = [("Cookie", value)];
    assert_eq!(get(&secure, "/v2/session", &mine).await.status, 200);
    let renamed = value.replace("__Host-", "");
    assert_eq!(
        get(&secure, "/v2/session", &[("Cookie", &renamed)]).await.status,
        401,
        "the plain name is none"
    );
}

#[tokio::test]
async fn every_answer_to_a_browser_has_the_security_headers() {
    let bell = Bell::start(CLOSED).await;
    let html = [("Accept", "text/html")];
    let pages = [
        "/sign-in",
        "/sign-up",
        "/enter",
        "/enter?token=x",
        "/page.css",
        "/mark.svg",
        "/nowhere",
        "/a/b/c",
        "/assets/%ff",
    ];
    let mut answers = Vec::new();
    for path in pages {
        answers.push((path.to_owned(), get(&bell, path, &html).await));
    }
    answers.push(("the link".into(), get(&bell, &bell.enter, &html).await));
    answers.push(("405".into(), bell.send("DELETE", "/sign-in", &html, None).await));
    answers.push(("403".into(), bell.form("/sign-in", &[], &[]).await));
    answers.push(("422".into(), post(&bell, "/sign-up", "nobody", "short").await));
    answers.push(("another host".into(), get(&bell, "/sign-in", &[("Host", "evil.example")]).await));
    answers.push(("too long".into(), get(&bell, &format!("/{}", "x".repeat(9_000)), &html).await));
    answers.push(("healthz".into(), get(&bell, "/healthz", &[]).await));
    for (what, answer) in answers {
        let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("{what} has no {name}"));
        assert_eq!(header("content-security-policy"), POLICY, "H-03: {what}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "H-05: {what}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{what}");
        assert!(header("permissions-policy").contains("camera=()"), "{what}");
        let kept = ["/page.css", "/mark.svg"].contains(&what.as_str());
        assert_eq!(header("cache-control") == "no-store", !kept, "{what}");
        assert!(!answer.text().contains("style=") && !answer.text().contains("<script"), "{what}");
    }
    let api = bell.get("/v2/test").await;
    assert_eq!(api.header("cache-control"), Some("no-store"), "what a session reads is not kept");
    assert_eq!(api.header("x-content-type-options"), Some("nosniff"));
    let (_, inbox) = bell.inbox(&[]).await;
    let captured = get(&bell, &inbox[inbox.find("/in/").unwrap()..], &[]).await;
    assert_eq!(captured.header("content-security-policy"), Some("sandbox; default-src 'none'"));
}

#[tokio::test]
async fn a_file_is_sent_once_and_no_path_leads_out() {
    let bell = Bell::start(CLOSED).await;
    let icon = get(&bell, "/favicon.svg", &[]).await;
    let tag = icon.header("etag").unwrap();
    assert_eq!((icon.status, icon.header("cache-control")), (200, Some("no-cache")));
    for known in [tag, &format!("W/{tag}"), &format!("\"x\", {tag}"), "*"] {
        let again = get(&bell, "/favicon.svg", &[("If-None-Match", known)]).await;
        assert_eq!((again.status, again.text().len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), Some(tag), "{known}");
    }
    assert_eq!(get(&bell, "/favicon.svg", &[("If-None-Match", "\"x\"")]).await.status, 200);
    for path in [
        "/assets/%ff",
        "/assets/..%2findex.html",
        "/assets/%2e%2e%2findex.html",
        "/assets/",
        "/assets/a%00.js",
    ] {
        assert_eq!(get(&bell, path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn whoever_signs_up_has_an_account_of_their_own() {
    let bell = Bell::start(CLOSED).await;
    let signed_up = sign_up(&bell, "Ana@Mail.example").await;
    let session = bell.call_as(&cookie(&signed_up), "GET", "/v2/session", None).await;
    assert_eq!((session.at("/email"), session.at("/role")), ("Ana@Mail.example".into(), "owner".into()));
    assert_ne!(session.at("/account"), bell.account.to_string());
    assert_eq!(session.at("/operator"), "false", "only the first account has that right");
    let calendars = bell.call_as(&cookie(&signed_up), "GET", "/v2/booking-calendars", None).await;
    assert!(calendars.json()["data"][0].is_object(), "there is a sandbox to ring from");
    for taken in ["ana@mail.example", "owner@bell.example"] {
        let refused = post(&bell, "/sign-up", taken, PASSWORD).await;
        assert_eq!((refused.status, refused.header("set-cookie")), (409, None), "{taken}");
        assert!(refused.text().contains("in use already"), "{}", refused.text());
    }
    for (email, password, said) in [
        ("nobody", PASSWORD, "An e-mail address has a name"),
        ("bo@mail.example", "ninechars", "A password has at least 10 characters; this one has 9."),
        ("bo@mail.example", &"x".repeat(1_025), "A password has at most 1024 characters; this one has 1025."),
        (&format!("{}@mail.example", "b".repeat(254)), PASSWORD, "at most 254 characters"),
        ("bo@mail.example", "Password2026!", "This password is a common one"),
        ("bo.miller@mail.example", "bomiller2026", "This password is made of the e-mail address"),
        ("bo\u{200b}@mail.example", PASSWORD, "each of which can be seen"),
    ] {
        let refused = post(&bell, "/sign-up", email, password).await;
        assert_eq!((refused.status, refused.header("set-cookie")), (422, None), "{said}");
        assert!(
            refused.text().contains(said) && refused.text().contains("aria-invalid"),
            "{}",
            refused.text()
        );
        assert!(!refused.text().contains(password), "a password is never shown again");
    }
    let hostile = post(&bell, "/sign-up", "\"><script>alert(1)</script>", PASSWORD).await;
    assert!(!hostile.text().contains("<script"), "{}", hostile.text());
}

#[tokio::test]
async fn sign_up_can_be_turned_off() {
    let settings = [CLOSED, &[("DESKBELL_DASHBOARD__SIGN_UP", "false")]].concat();
    let bell = Bell::start(&settings).await;
    let accounts = bell.store.accounts().await.unwrap().len();
    assert_eq!(get(&bell, "/sign-up", &[]).await.status, 403);
    assert_eq!(post(&bell, "/sign-up", "ana@mail.example", PASSWORD).await.status, 403);
    assert_eq!(bell.store.accounts().await.unwrap().len(), accounts);
    assert!(!get(&bell, "/sign-in", &[]).await.text().contains("sign-up"), "nothing leads there");
}

#[tokio::test]
async fn a_sign_in_takes_the_address_in_any_case_and_the_password_exactly() {
    let bell = Bell::start(CLOSED).await;
    sign_up(&bell, "ana@mail.example").await;
    let signed_in = post(&bell, "/sign-in", " ANA@mail.example ", PASSWORD).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some("./")));
    let mine = cookie(&signed_in);
    assert_eq!(bell.call_as(&mine, "GET", "/v2/session", None).await.status, 200);
    let onward = get(&bell, "/sign-in", &[("Cookie", &mine)]).await;
    assert_eq!((onward.status, onward.header("location")), (303, Some("./")), "no need to sign in twice");
    let wrong = post(&bell, "/sign-in", "ana@mail.example", "correct horse batterY").await;
    let unknown = post(&bell, "/sign-in", "bob@mail.example", PASSWORD).await;
    let short = post(&bell, "/sign-in", "ana@mail.example", "short").await;
    // Accounts that were made otherwise have nobody who signs in.
    let nobody = post(&bell, "/sign-in", "own@bell.example", PASSWORD).await;
    for refused in [&wrong, &unknown, &short, &nobody] {
        assert_eq!((refused.status, refused.header("set-cookie")), (403, None));
    }
    let told = |answer: &Answer, email: &str| answer.text().replace(email, "EMAIL");
    assert_eq!(told(&wrong, "ana@mail.example"), told(&unknown, "bob@mail.example"), "H-20");
}

#[tokio::test]
async fn a_form_of_another_page_does_nothing() {
    let bell = Bell::start(CLOSED).await;
    let session = cookie(&sign_up(&bell, "ana@mail.example").await);
    let other_port = format!("http://127.0.0.1:{}", bell.address.port().wrapping_add(1).max(1));
    let dotted = format!("http://127.0.0.1.:{}", bell.address.port());
    let secure = format!("https://{}", bell.address);
    let accounts = bell.store.accounts().await.unwrap().len();
    for origin in
        [None, Some("null"), Some("http://evil.example"), Some(&*other_port), Some(&dotted), Some(&secure)]
    {
        let mut headers = vec![("Cookie", session.as_str())];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        let fields = [("email", "bo@mail.example"), ("password", PASSWORD)];
        for path in ["/sign-in", "/sign-up", "/sign-out"] {
            let refused = bell.form(path, &headers, &fields).await;
            assert_eq!(
                (refused.status, refused.header("set-cookie")),
                (403, None),
                "H-13: {path} {origin:?}"
            );
        }
    }
    assert_eq!(bell.store.accounts().await.unwrap().len(), accounts);
    assert_eq!(bell.call_as(&session, "GET", "/v2/session", None).await.status, 200, "it was not signed out");
}

#[tokio::test]
async fn a_sign_out_ends_the_session_at_once() {
    let bell = Bell::start(CLOSED).await;
    let session = cookie(&sign_up(&bell, "ana@mail.example").await);
    let other = cookie(&post(&bell, "/sign-in", "ana@mail.example", PASSWORD).await);
    let out = bell.form("/sign-out", &[("Origin", &bell.origin()), ("Cookie", &session)], &[]).await;
    assert_eq!((out.status, out.header("location")), (303, Some("./sign-in")));
    assert!(out.header("set-cookie").unwrap().starts_with("deskbell=; Path=/; Max-Age=0;"));
    assert_eq!(bell.call_as(&session, "GET", "/v2/session", None).await.status, 401);
    assert_eq!(bell.call_as(&other, "GET", "/v2/session", None).await.status, 200, "another browser stays");
}

#[tokio::test]
async fn guesses_are_counted_by_network_and_by_email_whatever_the_api_allows() {
    let settings = [CLOSED, &[("DESKBELL_SERVER__TRUSTED_PROXIES", "127.0.0.1")]].concat();
    let bell = Bell::start(&settings).await;
    let guess = async |address: &str, email: &str| {
        let headers = [("Origin", &*bell.origin()), ("X-Forwarded-For", address)];
        // Too short to be one: what is counted is the try, not the work.
        bell.form("/sign-in", &headers, &[("email", email), ("password", "guess")]).await
    };
    for _ in 0..10 {
        assert_eq!(guess("198.51.100.1", "ana@mail.example").await.status, 403);
    }
    let refused = guess("198.51.100.1", "ANA@mail.example").await;
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(refused.status, 429);
    assert!((1..=60).contains(&seconds), "{seconds}");
    let said = format!("There were too many tries. Try again in {seconds} s.");
    assert!(refused.text().contains(&said), "{}", refused.text());
    for n in 2..52 {
        assert_eq!(guess(&format!("198.51.100.{n}"), "ana@mail.example").await.status, 403, "sixty in all");
    }
    assert_eq!(guess("198.51.100.99", "ana@mail.example").await.status, 429, "by e-mail, from anywhere");
    for n in 0..20 {
        assert_eq!(guess("203.0.113.7", &format!("{n}@mail.example")).await.status, 403);
    }
    assert_eq!(guess("203.0.113.7", "x@mail.example").await.status, 429, "by network");
    assert_eq!(guess("203.0.113.8", "x@mail.example").await.status, 403, "another one is not to blame");
}

#[tokio::test]
async fn strangers_who_guess_do_not_shut_the_owner_out() {
    let settings = [CLOSED, &[("DESKBELL_SERVER__TRUSTED_PROXIES", "127.0.0.1")]].concat();
    let bell = Bell::start(&settings).await;
    let signed_up = sign_up(&bell, "ana@mail.example").await;
    let device = signed_up.headers.iter().find(|(_, value)| value.starts_with("deskbell-device="));
    let (device, flags) = device.unwrap().1.split_once("; ").unwrap();
    assert_eq!(flags, "Path=/; Max-Age=15552000; HttpOnly; SameSite=Strict", "H-14");
    let attempt = async |address: &str, device: Option<&str>, password: &str| {
        let mut headers = vec![("Origin", bell.origin()), ("X-Forwarded-For", address.to_owned())];
        headers.extend(device.map(|device| ("Cookie", device.to_owned())));
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        bell.form("/sign-in", &headers, &[("email", "ana@mail.example"), ("password", password)]).await.status
    };
    let (office, home) = ("198.51.100.1", "203.0.113.1");
    while attempt(office, None, "guess").await == 403 {}
    assert_eq!(attempt(office, None, PASSWORD).await, 429, "who shares the network with them waits");
    assert_eq!(attempt(home, None, PASSWORD).await, 303, "another network");
    for n in 0..60 {
        attempt(&format!("192.0.2.{n}"), None, "guess").await;
    }
    assert_eq!(attempt("192.0.2.99", None, PASSWORD).await, 429, "many networks are bounded too");
    assert_eq!(attempt(office, Some(device), PASSWORD).await, 303, "a browser that is known");
    let forged = format!("{}x", &device[..device.len() - 1]);
    assert_eq!(attempt("192.0.2.99", Some(&forged), PASSWORD).await, 429, "and not one that says so");
    while attempt(office, Some(device), "guess").await == 403 {}
    assert_eq!(attempt(office, Some(device), PASSWORD).await, 429, "nor may it guess for ever");
    let opened = bell.send("GET", "/v2/session", &[("Cookie", device)], None).await;
    assert_eq!(opened.status, 401, "it opens nothing");
}

/// The `name=value` of the cookie by which the browser is known from an answer on.
fn device(answer: &Answer) -> Option<&str> {
    let mut cookies = answer.headers.iter().filter(|(name, _)| name == "Set-Cookie");
    let (_, set) = cookies.find(|(_, value)| value.starts_with("deskbell-device="))?;
    set.split(';').next()
}

#[tokio::test]
async fn a_browser_is_known_by_one_token_until_the_password_changes() {
    let bell = Bell::start(CLOSED).await;
    let signed_up = sign_up(&bell, "ana@mail.example").await;
    let first = device(&signed_up).unwrap();
    let sign_in = async |known: &str, password: &str| {
        let headers = [("Origin", &*bell.origin()), ("Cookie", known)];
        bell.form("/sign-in", &headers, &[("email", "ana@mail.example"), ("password", password)]).await
    };
    let again = sign_in(first, PASSWORD).await;
    let again = device(&again).unwrap();
    let nonce = |token: &str| token.split('.').nth(1).unwrap().to_owned();
    assert_eq!(nonce(again), nonce(first), "signing in again gives no further tries");
    while sign_in(first, "guess").await.status == 403 {}
    assert_eq!(sign_in(again, PASSWORD).await.status, 429, "both are one browser");

    let new = "staple orbit lantern";
    let change = serde_json::json!({"email": "an@mail.example", "password": new});
    let changed = bell.call_as(&cookie(&signed_up), "PATCH", "/v2/session", Some(change)).await;
    assert_eq!((changed.status, device(&changed)), (200, None), "nobody signed in under that address");
    let headers = [("Origin", &*bell.origin()), ("Cookie", again)];
    let fields = [("email", "an@mail.example"), ("password", new)];
    let signed_in = bell.form("/sign-in", &headers, &fields).await;
    assert_eq!(signed_in.status, 303, "what the old token has used up is not counted any more");
    assert_ne!(nonce(device(&signed_in).unwrap()), nonce(again), "a new password voids the token");
}

#[tokio::test]
async fn tries_are_counted_before_a_chosen_password_is_judged() {
    let settings = [CLOSED, &[("DESKBELL_SERVER__TRUSTED_PROXIES", "127.0.0.1")]].concat();
    let bell = Bell::start(&settings).await;
    let weak = async |email: &str| {
        let headers = [("Origin", &*bell.origin()), ("X-Forwarded-For", "198.51.100.1")];
        bell.form("/sign-up", &headers, &[("email", email), ("password", "Password2026!")]).await.status
    };
    for n in 0..20 {
        assert_eq!(weak(&format!("{n}@mail.example")).await, 422);
    }
    assert_eq!(weak("x@mail.example").await, 429, "a network that is throttled is told nothing of the rule");
    assert_eq!(weak("nobody").await, 422, "what is no address is no try");

    let session = bell.session(&bell.account).await;
    let mut refused = Vec::new();
    for _ in 0..11 {
        let change = serde_json::json!({"email": "ana@mail.example", "password": "Password2026!"});
        refused.push(bell.call_as(&session, "PATCH", "/v2/session", Some(change)).await.status);
    }
    assert_eq!(refused, [[422; 10].as_slice(), &[429]].concat(), "nor is a member who changes theirs");
}

#[tokio::test]
async fn a_session_falls_silent_after_twelve_hours_and_ends_after_seven_days() {
    use deskbell_core::member::Role::Owner;
    let bell = Bell::start(CLOSED).await;
    let ago = |seconds: u64| now().saturating_sub(Duration::from_secs(seconds)).unwrap();
    let (hour, day) = (3_600, 24 * 3_600);
    let status = async |cookie: &str| bell.call_as(cookie, "GET", "/v2/session", None).await.status;
    let alive = bell.session_since(&bell.account, Owner, ago(12 * hour - 60)).await;
    let silent = bell.session_since(&bell.account, Owner, ago(12 * hour)).await;
    assert_eq!((status(&alive).await, status(&silent).await), (200, 401));
    let hash = bell.session_hash(&alive);
    let (noted, _) = bell.store.session(&hash).await.unwrap().unwrap();
    assert!(noted.seen > ago(60), "the call was noted, and gave it another twelve hours");
    let old = bell.session_since(&bell.account, Owner, ago(7 * day)).await;
    bell.store.note_session(&bell.session_hash(&old), now()).await.unwrap();
    assert_eq!(status(&old).await, 401, "busy or not");
    assert!(later(noted.created, Duration::from_secs(12 * hour)) < later(now(), Duration::from_secs(61)));
}

#[tokio::test]
async fn a_captured_request_does_not_hold_the_session() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let session = bell.session(&bell.account).await;
    let given = format!("a=b; {session}; c=d");
    get(&bell, &url[url.find("/in/").unwrap()..], &[("Cookie", &given)]).await;
    let captured = bell.captured(&inbox, 1).await;
    let text = captured[0].to_string();
    assert!(text.contains("a=b; c=d") && !text.contains(session.trim_start_matches("deskbell=")), "{text}");
}

#[tokio::test]
async fn the_first_answers_stay_in_their_block_and_count_as_a_call() {
    let bell = Bell::start(&[("DESKBELL_API__OWN_PER_SECOND", "1")]).await;
    let (_, url) = bell.inbox(&[]).await;
    bell.webhook("</script><script>alert(1)</script><!--", &url, &["booking"]).await;
    let session = bell.session(&bell.account).await;
    let mut answered = Vec::new();
    for _ in 0..20 {
        let page = get(&bell, "/", &[("Cookie", &session)]).await;
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
        let html = page.text();
        assert!(!html.contains("<script>alert") && !html.contains("<!--"), "H-01: {html}");
        answered.push(html.contains("id=\"first\"") && html.contains("script>alert(1)"));
    }
    assert!(answered[0], "a stranger's text is in the block, as data");
    assert!(answered.contains(&false), "no way around the limit of the account: {answered:?}");
    let (stranger, _) = bell.account("other@bell.example").await;
    let theirs = get(&bell, "/", &[("Cookie", &bell.session(&stranger).await)]).await.text();
    assert!(theirs.contains("id=\"first\"") && !theirs.contains("alert(1)"), "H-15: {theirs}");
    assert_eq!(get(&bell, "/", &[]).await.status, 303, "for who is signed in alone");
}
