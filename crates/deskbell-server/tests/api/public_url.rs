//! Where links lead: to the host that was called, else to the public URL, which may have a path that a proxy in front takes off.

use crate::bell::{Bell, CLOSED};
use crate::client::{Answer, send_raw};
use serde_json::json;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What the link to the next page of two webhooks begins with, asked for with this beginning of a request.
async fn base(bell: &Bell, version: &str, headers: &str) -> String {
    let request = format!(
        "GET /v2/webhooks?limit=1 {version}\r\n{headers}API-Key: {}\r\nConnection: close\r\n\r\n",
        bell.key
    );
    let answer = send_raw(bell.address, request.as_bytes()).await;
    let link = answer.header("Link").unwrap_or_else(|| panic!("{headers}: {}", answer.text()));
    link[1..link.find("/v2/webhooks?limit=1&after=").unwrap()].to_owned()
}

async fn with_two_webhooks(settings: &[(&str, &str)]) -> Bell {
    let bell = Bell::start_on_file(&[CLOSED, settings].concat()).await;
    for name in ["one", "two"] {
        bell.webhook(name, "https://example.com/", &["booking"]).await;
    }
    bell
}

const NAMES: [(&str, &str); 2] = [
    ("DESKBELL_SERVER__PUBLIC_URL", "https://bell.example/hooks"),
    ("DESKBELL_SERVER__HOSTS", "bell.internal"),
];

#[tokio::test]
async fn a_link_leads_to_the_host_that_was_called() {
    let bell = with_two_webhooks(&NAMES).await;
    let called = async |host: &str| base(&bell, "HTTP/1.1", &format!("Host: {host}\r\n")).await;
    assert_eq!(called("bell.example").await, "https://bell.example/hooks");
    let address = bell.address.to_string();
    for direct in ["bell.internal", "bell.internal:8480", "localhost:1", &address] {
        assert_eq!(called(direct).await, format!("http://{direct}"));
    }
    assert_eq!(base(&bell, "HTTP/1.0", "").await, "https://bell.example/hooks", "no host was called");
    let forged = format!("Host: {address}\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n");
    assert_eq!(base(&bell, "HTTP/1.1", &forged).await, format!("http://{address}"), "nobody's proxy");
}

#[tokio::test]
async fn a_trusted_proxy_may_call_a_host_of_its_own() {
    let trusted = ("DESKBELL_SERVER__TRUSTED_PROXIES", "127.0.0.1");
    let bell = with_two_webhooks(&[NAMES[0], NAMES[1], trusted]).await;
    let host = format!("Host: {}\r\n", bell.address);
    let forwarded = format!("{host}X-Forwarded-For: 203.0.113.9\r\n");
    assert_eq!(base(&bell, "HTTP/1.1", &forwarded).await, "https://bell.example/hooks");
    assert_eq!(base(&bell, "HTTP/1.1", &host).await, bell.origin(), "this machine itself");
}

#[tokio::test]
async fn without_a_public_url_a_link_still_leads_to_the_host_that_was_called() {
    let bell = with_two_webhooks(&[NAMES[1]]).await;
    assert_eq!(base(&bell, "HTTP/1.1", "Host: bell.internal:80\r\n").await, "http://bell.internal:80");
    assert_eq!(base(&bell, "HTTP/1.0", "").await, bell.origin());
}

/// A proxy that has `server` below `/hooks/`, and takes that off the request line.
async fn proxy(listener: TcpListener, server: SocketAddr) {
    while let Ok((mut client, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut line = Vec::new();
            while !line.ends_with(b"\n") {
                line.push(client.read_u8().await.unwrap());
            }
            let line = String::from_utf8(line).unwrap();
            assert!(line.contains(" /hooks/"), "another program's: {line}");
            let mut server = TcpStream::connect(server).await.unwrap();
            server.write_all(line.replacen(" /hooks/", " /", 1).as_bytes()).await.unwrap();
            // Either side may end it.
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

/// A server below `/hooks/` of a proxy, and how clients reach it.
struct Below {
    bell: Bell,
    proxy: SocketAddr,
    url: String,
}

impl Below {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://localhost:{}/hooks", address.port());
        let bell = Bell::start_on_file(&[CLOSED, &[("DESKBELL_SERVER__PUBLIC_URL", &url)]].concat()).await;
        tokio::spawn(proxy(listener, bell.address));
        Self { bell, proxy: address, url }
    }

    /// What the proxy answers to `method` at a URL of ours.
    async fn at(&self, method: &str, url: &str, header: &str) -> Answer {
        let path = url.strip_prefix(&format!("http://localhost:{}", self.proxy.port())).unwrap();
        let host = format!("localhost:{}", self.proxy.port());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        send_raw(self.proxy, request.as_bytes()).await
    }
}

#[tokio::test]
async fn below_a_path_every_address_that_is_given_can_be_followed() {
    let below = Below::start().await;
    let (bell, url) = (&below.bell, &below.url);
    let key = format!("API-Key: {}", bell.key);

    let (inbox, address) = bell.inbox(&[]).await;
    assert!(address.starts_with(&format!("{url}/in/")), "{address}");
    assert_eq!(below.at("POST", &format!("{address}/deep?x=1"), "X-Test: 1").await.status, 200);
    assert_eq!(bell.captured(&inbox, 1).await[0]["path"], "/deep?x=1");

    let (webhook, _) = bell.webhook("own inbox", &address, &["booking"]).await;
    assert_eq!(bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({})).await.status, 202);
    assert_eq!(bell.captured(&inbox, 2).await[0]["path"], "", "delivered past the proxy");

    let list = format!("/v2/deliveries?webhook={webhook}&status=delivered");
    let found =
        bell.until(&list, |found| found.json()["data"].as_array().is_some_and(|data| data.len() == 1)).await;
    let share = bell.post("/v2/shares", json!({"delivery": found.at("/data/0/id")})).await.at("/url");
    assert!(share.starts_with(&format!("{url}/s/")), "{share}");
    let page = below.at("GET", &share, "Accept: text/html").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains(r#"href="../page.css""#),
        "its files are below the path too: {}",
        page.text()
    );

    bell.webhook("another", &address, &["booking"]).await;
    let first = below.at("GET", &format!("{url}/v2/webhooks?limit=1"), &key).await;
    let link = first.header("Link").unwrap();
    let next = &link[1..link.find('>').unwrap()];
    assert!(next.starts_with(&format!("{url}/v2/webhooks?limit=1&after=")), "{link}");
    assert_eq!(below.at("GET", next, &key).await.at("/data/0/id"), webhook);
}

#[tokio::test]
async fn below_a_path_the_dashboard_is_entered_and_its_cookies_stay_there() {
    let below = Below::start().await;
    let (bell, url) = (&below.bell, &below.url);
    let entered = below.at("GET", &format!("{url}{}", bell.enter), "Accept: text/html").await;
    let (cookie, flags) = entered.header("Set-Cookie").unwrap().split_once("; ").unwrap();
    assert_eq!(flags, "Path=/hooks/; Max-Age=604800; HttpOnly; SameSite=Strict", "H-14");
    assert_eq!(below.at("GET", &format!("{url}/"), &format!("Cookie: {cookie}")).await.status, 200);
    let session = below.at("GET", &format!("{url}/v2/session"), &format!("Cookie: {cookie}")).await;
    assert_eq!(session.at("/settings/public_url"), *url);
    let turned_away = below.at("GET", &format!("{url}/"), "Accept: text/html").await;
    assert_eq!((turned_away.status, turned_away.header("Location")), (303, Some("./sign-in")));

    let page = url.strip_suffix("/hooks").unwrap();
    let fields = [("email", "new@bell.example"), ("password", "correct horse battery")];
    assert_eq!(
        bell.form("/sign-up", &[("Origin", page)], &fields).await.status,
        303,
        "a page of ours has no path"
    );
    assert_eq!(bell.form("/sign-up", &[("Origin", url)], &fields).await.status, 403);
}

#[tokio::test]
async fn below_a_path_the_rest_of_this_instance_is_still_no_target() {
    let below = Below::start().await;
    let register = async |url: String| {
        let webhook = json!({"name": url, "url": url, "events": ["booking"]});
        below.bell.post("/v2/webhooks", webhook).await.refusal().2
    };
    let (url, bell) = (&below.url, below.bell.address);
    for own in [format!("{url}/v2/events"), format!("{url}/"), format!("http://{bell}/v2/events")] {
        assert_eq!(register(own.clone()).await, "target_self_forbidden", "A-043: {own}");
    }
    let other = url.replace("/hooks", "/other");
    assert_eq!(register(other).await, "url_https_required", "another program's is judged like any other");
}
