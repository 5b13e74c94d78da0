//! Every spelling that must be refused, and its public neighbours that must not (A-005 to A-043).

use super::*;

fn guard() -> SsrfGuard {
    SsrfGuard::new(Rules {
        own_urls: vec![
            Url::parse("http://127.0.0.1:8480").unwrap(),
            Url::parse("https://bell.example").unwrap(),
        ],
        own_socket: Some("127.0.0.1:8480".parse().unwrap()),
        ..Rules::default()
    })
}

fn code(url: &str) -> &'static str {
    guard().judge(url).map_or_else(|refusal| refusal.code, |_| "accepted")
}

fn all(row: &str, expected: &str, urls: &[&str]) {
    for url in urls {
        assert_eq!(code(url), expected, "{row}: {url}");
    }
}

#[test]
fn the_text_of_a_url_is_read_strictly() {
    all("A-004", "url_empty", &["", "   ", "\t"]);
    all(
        "A-005",
        "url_whitespace",
        &[
            " https://example.com/",
            "https://example.com/ ",
            "https://example.com/\t",
            "\nhttps://example.com/",
        ],
    );
    all(
        "A-006",
        "url_not_absolute",
        &[
            "/hook",
            "example.com/hook",
            "//example.com/x",
            "example.com:8443/x",
            "https:example.com",
            "https:/example.com",
        ],
    );
    let schemes = [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "dict://example.com/",
        "ldap://example.com/",
        "javascript:alert(1)",
        "data:,x",
        "ws://example.com/",
    ];
    all("A-007", "url_scheme_unsupported", &schemes);
    all("A-008", "url_https_required", &["http://example.com/", "HTTP://example.com/"]);
    all("A-009", "url_host_missing", &["https://", "https:///x", "https://:443/", "https://?x", "https:///"]);
    all(
        "A-010",
        "url_credentials_forbidden",
        &["https://user:pw@example.com/", "https://user@example.com/", "https://@example.com/"],
    );
    all("A-011", "url_fragment_forbidden", &["https://example.com/#x", "https://example.com#"]);
    all(
        "A-013",
        "url_control_character",
        &["https://exa\tmple.com/", "https://example.com/a\nb", "https://example.com/\0x"],
    );
    all(
        "A-014",
        "url_port_invalid",
        &[
            "https://example.com:0/",
            "https://example.com:-1/",
            "https://example.com:65536/",
            "https://example.com:abc/",
            "https://example.com:/",
        ],
    );
    for port in [22, 25, 53, 110, 3306, 5432, 6379, 11211] {
        assert_eq!(code(&format!("https://example.com:{port}/")), "url_port_blocked", "A-014: {port}");
    }
    let long = format!("https://example.com/{}", "a".repeat(2_048 - 20));
    assert_eq!((code(&long), code(&format!("{long}a"))), ("accepted", "url_too_long"), "A-012");
    assert!(
        guard().judge(&format!("{long}a")).unwrap_err().message.contains("2048"),
        "A-012 names the limit"
    );
}

#[test]
fn names_are_valid_names() {
    let label = "a".repeat(64);
    let name = format!("{}.com", vec!["a".repeat(49); 5].join("."));
    assert_eq!(name.len(), 253);
    all(
        "A-015",
        "accepted",
        &[
            &format!("https://{}.com/", &label[..63]),
            &format!("https://{name}/"),
            "https://my_app.example.com/",
        ],
    );
    all(
        "A-015",
        "url_host_invalid",
        &[&format!("https://{label}.com/"), &format!("https://a{name}/"), "https://a..b/", "https://.a.com/"],
    );
    all(
        "A-016",
        "url_host_invalid",
        &["https://xn--a/", "https://xn--a.com/", "https://xn--abc-.com/", "https://\u{5d0}a.com/"],
    );
    all(
        "A-018",
        "url_host_invalid",
        &[r"https:\\good\@127.0.0.1/".replace(r"https:\\", "https://").as_str(), r"https://good\.example/"],
    );
    assert_ne!(code(r"https:\\good\@127.0.0.1/"), "accepted", "A-018");
    all("A-016 control", "accepted", &["https://bücher.example.com/", "https://xn--bcher-kva.example.com/"]);
}

#[test]
fn two_readers_of_one_url_cannot_differ() {
    all("A-019", "url_credentials_forbidden", &["https://good.example@127.0.0.1/"]);
    all("A-019", "url_fragment_forbidden", &["https://good.example#@127.0.0.1/"]);
    all("A-019", "target_address_blocked", &["https://127.0.0.1?@good.example"]);
    let target = guard().judge("https://EXAMPLE.com./x").unwrap();
    assert_eq!(target.route, Route::Name("example.com".into()), "the name judged is the name looked up");
}

#[test]
fn forbidden_addresses_are_refused_in_every_spelling() {
    let blocked = |row: &str, hosts: &[&str]| {
        for host in hosts {
            assert_eq!(code(&format!("https://{host}/x")), "target_address_blocked", "{row}: {host}");
        }
    };
    blocked("A-017", &["%6c%6f%63alhost", "%31%32%37.0.0.1"]);
    blocked("A-020", &["127.0.0.1", "127.255.255.254"]);
    blocked("A-021", &["127.1", "127.0.1"]);
    blocked("A-022", &["2130706433", "2852039166"]);
    blocked("A-023", &["0177.0.0.1", "0251.0376.0251.0376", "00000000000000000000177.0.0.1"]);
    blocked("A-024", &["0x7f000001", "0x7f.0.0.1", "0X7F.0x0.0.1"]);
    blocked("A-026", &["0", "0.0.0.0", "0.1.2.3"]);
    blocked("A-027", &["①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1"]);
    blocked(
        "A-028",
        &["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
    );
    blocked("A-029", &["100.64.0.0", "100.127.255.255"]);
    blocked("A-030", &["169.254.0.1", "169.254.169.254"]);
    blocked("A-031", &["100.100.100.200", "192.0.0.192", "168.63.129.16", "169.254.170.2", "169.254.170.23"]);
    blocked(
        "A-032",
        &[
            "192.0.2.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.9",
            "203.0.113.9",
            "192.88.99.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ],
    );
    blocked("A-033", &["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]"]);
    blocked("A-034", &["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[::ffff:8.8.8.8]"]);
    blocked("A-035", &["[::127.0.0.1]"]);
    blocked("A-036", &["[64:ff9b::7f00:1]", "[64:ff9b:1::1]"]);
    blocked(
        "A-037",
        &[
            "[2002:7f00:1::]",
            "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
            "[2a00::5efe:7f00:1]",
            "[2a00::200:5efe:8.8.8.8]",
        ],
    );
    blocked("A-038", &["[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]"]);
    blocked(
        "A-040",
        &["[2001:db8::1]", "[100::1]", "[5f00::1]", "[2001:20::1]", "[2001:2::1]", "[ff02::1]", "[3fff::1]"],
    );
    blocked(
        "A-041",
        &["localhost", "LOCALHOST", "localhost.", "a.localhost", "ip6-localhost", "localhost.localdomain"],
    );
    all("A-025", "url_host_invalid", &["https://256.0.0.1/", "https://4294967296/", "https://6425673729/"]);
    all("A-039", "url_host_invalid", &["https://[fe80::1%25eth0]/", "https://[::1%lo]/"]);
    let private = [
        "https://intranet/",
        "https://x.internal/",
        "https://x.local/",
        "https://x.home.arpa/",
        "https://x.onion/",
        "https://metadata.google.internal/",
        "https://kubernetes.default.svc/",
    ];
    all("A-042", "target_name_blocked", &private);
}

#[test]
fn public_neighbours_pass() {
    let neighbours = [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "168.63.129.17",
        "[2606:4700::1111]",
        "[2a00:1450::1]",
        "[2001:200::1]",
        "[2003::1]",
        "example.com",
        "example.com:8443",
        "a.b.c.example.museum",
    ];
    for host in neighbours {
        assert_eq!(code(&format!("https://{host}/x")), "accepted", "control: {host}");
    }
}

#[test]
fn this_instance_is_no_target_but_its_inboxes_are() {
    all(
        "A-043",
        "target_self_forbidden",
        &[
            "http://127.0.0.1:8480/v2/events",
            "http://127.1:8480/",
            "https://bell.example/v2/webhooks",
            "https://bell.example/in/",
            "https://bell.example/in//x",
            "https://bell.example/in/../v2",
        ],
    );
    let inbox = guard().judge("http://127.0.0.1:8480/in/k3y/sub?x=1").unwrap();
    assert_eq!(inbox.route, Route::OwnInbox { socket: "127.0.0.1:8480".parse().unwrap(), tls: false });
    assert!(matches!(guard().judge("https://bell.example/in/k3y").unwrap().route, Route::OwnInbox { .. }));
    let opened = SsrfGuard::new(Rules {
        allow_http: true,
        allow_addresses: vec!["127.0.0.0/8".parse().unwrap()],
        own_socket: Some("0.0.0.0:8480".parse().unwrap()),
        ..Rules::default()
    });
    assert_eq!(
        opened.judge("http://127.0.0.2:8480/").unwrap_err().code,
        "target_self_forbidden",
        "A-043: the listener's address"
    );
    assert_eq!(opened.judge("http://localhost:8480/").unwrap_err().code, "target_self_forbidden", "A-043");
    assert_eq!(
        opened.judge("http://localhost:3000/").unwrap().route,
        Route::Address(Ipv4Addr::LOCALHOST.into())
    );
    assert!(opened.judge("http://receiver:3000/").is_ok(), "private names open with private addresses");
    assert_eq!(
        opened.judge("http://10.0.0.1/").unwrap_err().code,
        "target_address_blocked",
        "only what was opened"
    );
}

#[test]
fn below_a_path_of_a_shared_host_only_that_path_is_this_instance() {
    let shared = SsrfGuard::new(Rules {
        own_urls: vec![
            "https://ops.example/a/hooks/".parse().unwrap(),
            "http://127.0.0.1:8480/".parse().unwrap(),
        ],
        own_socket: Some("127.0.0.1:8480".parse().unwrap()),
        ..Rules::default()
    });
    let inbox = shared.judge("https://ops.example/a/hooks/in/k3y/sub%20x?x=1").unwrap();
    assert_eq!(inbox.route, Route::OwnInbox { socket: "127.0.0.1:8480".parse().unwrap(), tls: false });
    assert_eq!(inbox.url.as_str(), "https://ops.example/in/k3y/sub%20x?x=1", "as the listener has it");
    let direct = shared.judge("http://127.0.0.1:8480/in/k3y").unwrap();
    assert_eq!((direct.url.path(), matches!(direct.route, Route::OwnInbox { .. })), ("/in/k3y", true));
    for path in ["", "in/k3y", "a/", "a/hook", "app/in/k3y", "a-hooks/v2"] {
        let other = shared.judge(&format!("https://ops.example/{path}")).unwrap();
        assert_eq!(other.route, Route::Name("ops.example".into()), "another program's: {path}");
        assert_eq!(other.url.path(), format!("/{path}"));
    }
    // A proxy may match by letters of any case, by the beginning of a name, and after decoding.
    for path in [
        "a/hooks",
        "a/hooks/",
        "a/hooks/v2/events",
        "a/hooks/in/",
        "a/hooks/in//x",
        "a/hooks/x/in/k3y",
        "A/Hooks/in/k3y",
        "a/hooksx",
        "a/%68ooks/v2",
        "a//hooks/v2",
        "a;x/hooks/v2",
        "x%2f..%2fa/hooks/v2",
    ] {
        let refused = shared.judge(&format!("https://ops.example/{path}")).map_err(|refusal| refusal.code);
        assert_eq!(refused, Err("target_self_forbidden"), "A-043: {path}");
    }
}

#[test]
fn no_setting_opens_this_instance() {
    fn is_here(address: IpAddr) -> bool {
        ["192.168.7.5", "fd00::5", "203.0.113.9"]
            .iter()
            .any(|here| address == here.parse::<IpAddr>().unwrap())
    }
    let opened = |listens: &str, metrics: &str| {
        SsrfGuard::new(Rules {
            allow_http: true,
            allow_addresses: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()],
            own_socket: Some(listens.parse().unwrap()),
            metrics_socket: Some(metrics.parse().unwrap()),
            is_here: Some(is_here),
            ..Rules::default()
        })
    };
    let everywhere =
        ["127.0.0.1", "127.9.9.9", "192.168.7.5", "203.0.113.9", "0.0.0.0", "::1", "::", "fd00::5"];
    let mapped = ["::ffff:127.0.0.1", "::ffff:192.168.7.5", "::ffff:0.0.0.0"];
    let forbidden = |guard: &SsrfGuard, address: &str, port| {
        let address: IpAddr = address.parse().unwrap();
        let url = format!("http://{}/", SocketAddr::new(address, port));
        let codes = [guard.judge(&url).map(|_| ()), guard.judge_addresses(&[address], port)];
        let codes = codes.map(|judged| judged.map_or_else(|refusal| refusal.code, |()| "accepted"));
        assert_eq!(codes[0], codes[1], "both doors: {url}");
        codes[0] == "target_self_forbidden"
    };
    for listens in ["0.0.0.0", "[::]"] {
        let guard = opened(&format!("{listens}:8480"), &format!("{listens}:9480"));
        for address in everywhere.iter().chain(&mapped) {
            assert!(forbidden(&guard, address, 8480), "A-043: {address} of {listens}");
            assert!(forbidden(&guard, address, 9480), "A-043: the metrics at {address} of {listens}");
            assert!(!forbidden(&guard, address, 3000), "another program's port at {address}");
        }
        for address in ["192.168.7.6", "203.0.113.10", "fd00::6"] {
            assert!(!forbidden(&guard, address, 8480), "another machine's {address}");
        }
    }
    let one = opened("192.168.7.5:8480", "127.0.0.1:9480");
    assert!(forbidden(&one, "192.168.7.5", 8480) && forbidden(&one, "::ffff:192.168.7.5", 8480), "A-043");
    assert!(forbidden(&one, "127.0.0.1", 9480) && forbidden(&one, "0.0.0.0", 9480), "A-043: the metrics");
    assert!(!forbidden(&one, "127.0.0.1", 8480), "nobody of ours listens there");
    assert_eq!(
        one.judge("http://localhost:9480/metrics").unwrap_err().code,
        "target_self_forbidden",
        "A-043"
    );
}

#[test]
fn one_forbidden_address_refuses_them_all() {
    let public: IpAddr = "93.184.216.34".parse().unwrap();
    assert!(guard().judge_addresses(&[public], 443).is_ok());
    let refusal = guard().judge_addresses(&[public, "10.0.0.1".parse().unwrap()], 443).unwrap_err();
    assert_eq!(refusal.code, "target_address_blocked", "A-045, B-008");
    assert!(!refusal.message.contains("10.0.0.1"), "A-045: the address is not told");
}
