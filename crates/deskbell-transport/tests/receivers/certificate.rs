//! Certificates: each with one real fault, told in plain words and as what it is; and those that a trust file makes good.

use crate::receiver::authority::{
    Authority, BOTH, Rsa, alone, authority, bluffs, der, params, shows, shows_in,
};
use crate::receiver::nameserver::NameServer;
use crate::receiver::{OK, Receiver, answer};
use crate::stage::{Stage, request};
use deskbell_core::attempt::Outcome;
use deskbell_core::door::Sent;
use deskbell_core::policy::ssrf_guard::Rules;
use rcgen::{
    CertificateParams, CidrSubnet, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, NameConstraints, SanType, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::{ServerConfig, SignatureScheme};
use std::sync::Arc;

const HERE: &str = "127.0.0.1";
/// Where certificates say what they are for.
const PURPOSES: [u64; 4] = [2, 5, 29, 37];
const CONSTRAINTS: [u64; 4] = [2, 5, 29, 19];
const NAMES: [u64; 4] = [2, 5, 29, 30];

async fn meet(stage: &Stage, config: Arc<ServerConfig>) -> Sent {
    let receiver = Receiver::secure(config, answer(OK)).await;
    stage.send(request(&format!("https://{}/", receiver.address))).await
}

/// `params`, changed.
fn with(mut params: CertificateParams, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    change(&mut params);
    params
}

/// `params` with an extension of these bytes.
fn extended(mut params: CertificateParams, oid: &[u64], value: Vec<u8>, critical: bool) -> CertificateParams {
    let mut extension = CustomExtension::from_oid_content(oid, value);
    extension.set_criticality(critical);
    params.custom_extensions.push(extension);
    params
}

/// A server whose certificate comes from an authority of these params, which the stage's own vouches for.
fn through(stage: &Stage, between: CertificateParams, leaf: &CertificateParams) -> Arc<ServerConfig> {
    let between = stage.authority.below(between);
    let (leaf, key) = between.issue(leaf);
    shows(vec![leaf, between.root()], &key)
}

fn of(stage: &Stage, params: &CertificateParams) -> Arc<ServerConfig> {
    let (certificate, key) = stage.authority.issue(params);
    shows(vec![certificate], &key)
}

/// A certificate of the stage's authority, changed after it was made.
fn changed(stage: &Stage, change: impl FnOnce(&mut Vec<Vec<u8>>, &mut Vec<u8>)) -> Arc<ServerConfig> {
    let (certificate, key) = stage.authority.issue(&params(HERE));
    shows(vec![der::changed(&certificate, &key, change)], &key)
}

const SHA1_RSA: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00];

fn purposes(purposes: Vec<ExtendedKeyUsagePurpose>) -> CertificateParams {
    with(params(HERE), |params| params.extended_key_usages = purposes)
}

fn lasting((from, until): (i32, i32)) -> CertificateParams {
    with(params(HERE), |params| {
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1)
    })
}

#[tokio::test]
async fn every_fault_of_a_certificate_is_told_as_what_it_is() {
    let stage = Stage::new();
    // B-030: what is too weak, or of a kind that nobody takes.
    let (untrusted, unsafe_here) = (Outcome::TlsUntrusted, Outcome::TlsNegotiation);
    let below = |change: fn(&mut CertificateParams)| {
        let mut params = authority("Below");
        change(&mut params);
        params
    };
    let forbidding = |excluded: GeneralSubtree| {
        let mut params = below(|_| {});
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: vec![], excluded_subtrees: vec![excluded] });
        params
    };
    // An excluded network whose mask has a hole.
    let mask = [0x30, 14, 0xa1, 12, 0x30, 10, 0x87, 8, 127, 0, 0, 0, 255, 0, 255, 0];
    // To be a server.
    let server_auth = vec![0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
    let named_too = |name: &str| {
        let name = SanType::DnsName(name.try_into().unwrap());
        with(params(HERE), |params| params.subject_alt_names.push(name))
    };
    let mut cases: Vec<(Arc<ServerConfig>, Outcome, Vec<&str>)> = vec![
        (of(&stage, &lasting((2020, 2021))), Outcome::TlsExpired, vec!["expired on 2021-01-01"]),
        (of(&stage, &lasting((2090, 2091))), Outcome::TlsNotYetValid, vec!["valid only from 2090-01-01"]),
        (of(&stage, &lasting((2030, 2020))), untrusted, vec!["ends before it begins"]),
        (
            of(&stage, &params("other.example")),
            Outcome::TlsNameMismatch,
            vec!["not for 127.0.0.1, but for other.example."],
        ),
        (of(&stage, &params("127.0.0.9")), Outcome::TlsNameMismatch, vec!["but for 127.0.0.9."]),
        (
            of(
                &stage,
                &with(CertificateParams::new(vec![]).unwrap(), |params| {
                    params.distinguished_name = rcgen::DistinguishedName::new()
                }),
            ),
            Outcome::TlsNameMismatch,
            vec!["but for no name at all"],
        ),
        (
            of(&stage, &purposes(vec![ExtendedKeyUsagePurpose::ClientAuth])),
            untrusted,
            vec!["not to be a server"],
        ),
        (
            of(
                &stage,
                &with(params(HERE), |params| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained)),
            ),
            untrusted,
            vec!["is an authority's"],
        ),
        (
            of(&stage, &extended(params(HERE), &[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0], true)),
            untrusted,
            vec!["certificate has a critical extension, 1.3.6.1.4.1.99999.1, that is not known"],
        ),
        (
            of(&stage, &extended(params(HERE), &PURPOSES, vec![0x30, 0], false)),
            untrusted,
            vec!["malformed: its list of purposes is empty"],
        ),
        (
            of(&stage, &extended(params(HERE), &CONSTRAINTS, vec![0x30, 3, 1, 1, 7], true)),
            untrusted,
            vec!["malformed: "],
        ),
        (
            changed(&stage, |fields, _| fields[2] = SHA1_RSA.to_vec()),
            untrusted,
            vec!["malformed: it names one algorithm inside"],
        ),
        (
            changed(&stage, |fields, algorithm| {
                fields[2] = SHA1_RSA.to_vec();
                *algorithm = SHA1_RSA.to_vec();
            }),
            unsafe_here,
            vec!["signed with RSA and SHA-1, which is not taken"],
        ),
        (
            changed(&stage, |fields, _| fields[4] = vec![0x30, 0]),
            untrusted,
            vec!["malformed: it cannot be read"],
        ),
        // A serial number that is none.
        (
            changed(&stage, |fields, _| fields[1] = vec![0x04, 1, 1]),
            untrusted,
            vec!["malformed: it cannot be read"],
        ),
        (
            of(
                &stage,
                &extended(purposes(vec![ExtendedKeyUsagePurpose::ServerAuth]), &PURPOSES, server_auth, false),
            ),
            untrusted,
            vec!["malformed: it has an extension twice"],
        ),
        // Names are read as such where an authority may not vouch for all of them.
        (
            through(&stage, forbidding(GeneralSubtree::DnsName("other.example".into())), &named_too("a..b")),
            untrusted,
            vec!["malformed: a name in it is no host's name"],
        ),
        (
            through(&stage, forbidding(GeneralSubtree::DnsName("a..b".into())), &named_too("a.example")),
            untrusted,
            vec!["malformed: the names that its authority may vouch for"],
        ),
        // Signed again with its own key, and not with that of the authority that it names.
        (changed(&stage, |_, _| {}), untrusted, vec!["was not signed by the authority that it names"]),
        (
            through(&stage, params("between.example"), &params(HERE)),
            untrusted,
            vec!["issued with a certificate that may issue none"],
        ),
        (
            through(
                &stage,
                forbidding(GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8))),
                &params(HERE),
            ),
            untrusted,
            vec!["may not issue any for its names"],
        ),
        (
            through(
                &stage,
                extended(below(|_| {}), &[1, 3, 6, 1, 4, 1, 99_999, 2], vec![5, 0], true),
                &params(HERE),
            ),
            untrusted,
            vec![
                "the certificate of Below, which vouches for it, has a critical extension, 1.3.6.1.4.1.99999.2,",
            ],
        ),
        (
            through(&stage, extended(below(|_| {}), &NAMES, mask.to_vec(), true), &params(HERE)),
            untrusted,
            vec!["malformed: the names that its authority may vouch for"],
        ),
    ];
    // An authority's first version, its short key, and one that fits no signature.
    let between = stage.authority.below(below(|_| {}));
    let (leaf, key) = between.issue(&params(HERE));
    let old = der::first_version(&between.root(), &key);
    cases.push((
        shows(vec![leaf, old], &key),
        untrusted,
        vec!["the certificate of Below, which vouches for it, is of version 1 of X.509"],
    ));
    let (leaf, key) = stage.authority.issue(&params(HERE));
    cases.push((
        shows(vec![der::first_version(&leaf, &key)], &key),
        untrusted,
        vec!["certificate is of version 1 of X.509, and only version 3"],
    ));
    for (bits, rule) in [
        (1024, "of 1024 bits, and fewer than 2048 are not safe"),
        (16384, "of 16384 bits, and more than 8192 are not taken"),
    ] {
        let short = stage.authority.issue_for(&below(|_| {}), &Rsa::of_bits(bits));
        let (leaf, key) = Rsa::of_bits(bits).issue(below(|_| {}), &params(HERE));
        cases.push((
            shows(vec![leaf, short], &key),
            unsafe_here,
            vec!["the certificate of Below, which vouches for it, has an RSA key", rule],
        ));
    }
    let leaf = stage.authority.issue_for(&params(HERE), &Rsa::of_bits(1024));
    cases.push((
        bluffs(BOTH, vec![leaf], SignatureScheme::RSA_PSS_SHA256),
        unsafe_here,
        vec!["the receiver's certificate has an RSA key of 1024 bits"],
    ));
    let (leaf, key) = stage.authority.below(below(|_| {})).issue(&params(HERE));
    let rsa = stage.authority.issue_for(&below(|_| {}), &Rsa::of_bits(2048));
    cases.push((shows(vec![leaf, rsa], &key), unsafe_here, vec!["has a key of a kind that is not taken"]));
    let (leaf, _) = stage.authority.issue(&params(HERE));
    cases.push((
        bluffs(BOTH, vec![leaf], SignatureScheme::ECDSA_NISTP256_SHA256),
        untrusted,
        vec!["does not have the key of the certificate"],
    ));
    cases.push((
        bluffs(BOTH, vec![], SignatureScheme::ECDSA_NISTP256_SHA256),
        untrusted,
        vec!["presented no certificate"],
    ));
    // Nobody who is trusted here.
    let strange = authority("Strangers of the Test");
    let unknown = Authority::of(strange, KeyPair::generate().unwrap());
    let (leaf, key) = unknown.issue(&params(HERE));
    cases.push((
        shows(vec![leaf.clone()], &key),
        untrusted,
        vec!["its issuer, Strangers of the Test, is not", "sent no other certificate"],
    ));
    cases.push((
        shows(vec![leaf, unknown.root()], &key),
        untrusted,
        vec!["its issuer, Strangers of the Test, is not", "where the chain ends"],
    ));
    for is_ca in [IsCa::NoCa, IsCa::Ca(rcgen::BasicConstraints::Unconstrained)] {
        let (certificate, key) = alone(&with(params(HERE), |params| params.is_ca = is_ca));
        cases.push((shows(vec![certificate], &key), untrusted, vec!["is self-signed"]));
    }
    // More below it than it may have, and more than anybody looks at.
    let narrow = stage
        .authority
        .below(below(|params| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Constrained(0))));
    let deeper = narrow.below(authority("Deeper"));
    let (leaf, key) = deeper.issue(&params(HERE));
    cases.push((
        shows(vec![leaf, deeper.root(), narrow.root()], &key),
        untrusted,
        vec!["may have none below it"],
    ));
    let (mut chain, mut last) = (Vec::new(), stage.authority.below(authority("Depth 0")));
    for depth in 1..10 {
        chain.insert(0, last.root());
        last = last.below(authority(&format!("Depth {depth}")));
    }
    let (leaf, key) = last.issue(&params(HERE));
    chain.insert(0, last.root());
    chain.insert(0, leaf);
    cases.push((shows(chain, &key), untrusted, vec!["more certificates than are looked at"]));

    let mut wrong = Vec::new();
    for (config, outcome, told) in cases {
        let sent = meet(&stage, config).await;
        let detail = sent.detail.to_lowercase();
        let says = told.iter().all(|told| detail.contains(&told.to_lowercase()));
        if sent.outcome != outcome || !says || !is_plain(&sent.detail) || sent.possibly_received {
            wrong.push(format!("{outcome:?} {told:?}: {:?} {}", sent.outcome, sent.detail));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether no name of a library's stands in a sentence, which begins and ends as one.
pub(crate) fn is_plain(sentence: &str) -> bool {
    let camel = |word: &str| {
        let word: Vec<char> = word.chars().collect();
        word.windows(2).any(|pair| pair[0].is_lowercase() && pair[1].is_uppercase())
    };
    let is_sentence = sentence.starts_with(char::is_uppercase) && sentence.ends_with('.');
    is_sentence
        && !sentence.split(|c: char| !c.is_alphanumeric()).any(camel)
        && !sentence.contains(['{', '}'])
}

/// Who trusts `file` meets a server that shows `chain`.
async fn trusting(file: &CertificateDer<'static>, config: Arc<ServerConfig>) -> Sent {
    let names = NameServer::always(&[HERE]).await;
    let rules = Rules { allow_addresses: vec!["127.0.0.0/8".parse().unwrap()], ..Rules::default() };
    let stage = Stage::trusting(rules, names.resolver(), vec![file.clone()]);
    let receiver = Receiver::secure(config, answer(OK)).await;
    stage.send(request(&format!("https://{HOST}:{}/", receiver.address.port()))).await
}

const HOST: &str = "hook.receiver.example";

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

#[tokio::test]
async fn what_a_trust_file_holds_is_believed_as_curl_believes_its_cacert() {
    let ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let mut met = Vec::new();
    for (what, params) in [
        ("self-signed", params(HOST)),
        ("self-signed, made as an authority's", with(params(HOST), |params| params.is_ca = ca)),
        ("self-signed, with a common name and no other", named(HOST)),
        ("self-signed, with a common name for all hosts of a domain", named("*.receiver.example")),
    ] {
        let (certificate, key) = alone(&params);
        met.push((what, trusting(&certificate, shows(vec![certificate.clone()], &key)).await));
    }
    let (certificate, key) = alone(&named(HOST));
    let old = der::first_version(&certificate, &key);
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let config = shows_in(versions, vec![old.clone()], &key);
        met.push(("self-signed, of version 1", trusting(&old, config).await));
    }

    let root = Authority::new();
    let (leaf, key) = root.issue(&params(HOST));
    met.push((
        "a server's own, its authority unknown",
        trusting(&leaf, shows(vec![leaf.clone()], &key)).await,
    ));
    let between = root.below(authority("Between"));
    let (leaf, key) = between.issue(&params(HOST));
    let chain = vec![leaf, between.root()];
    met.push(("an authority between, its root unknown", trusting(&between.root(), shows(chain, &key)).await));
    let (leaf, key) = root.issue(&named(HOST));
    met.push((
        "an authority, of a common name and no other",
        trusting(&root.root(), shows(vec![leaf], &key)).await,
    ));
    let plain = named("No constraints");
    let (root, root_key) = alone(&plain);
    let of_plain = Authority::of(plain, root_key);
    let (leaf, key) = of_plain.issue(&params(HOST));
    met.push(("a root that does not say that it is one", trusting(&root, shows(vec![leaf], &key)).await));
    let old = authority("Old root");
    let (root, root_key) = alone(&old);
    let root = der::first_version(&root, &root_key);
    let of_old = Authority::of(old, root_key);
    let (leaf, key) = of_old.issue(&params(HOST));
    met.push(("a root of version 1", trusting(&root, shows(vec![leaf], &key)).await));
    let wrong: Vec<_> = met
        .iter()
        .filter(|(_, sent)| sent.outcome != Outcome::Delivered)
        .map(|(what, sent)| (what, &sent.detail))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_says_that_it_is_no_authority_vouches_for_itself_alone() {
    let own = with(params(HOST), |params| params.is_ca = IsCa::ExplicitNoCa);
    let (pinned, key) = alone(&own);
    let sent = trusting(&pinned, shows(vec![pinned.clone()], &key)).await;
    assert_eq!(sent.outcome, Outcome::Delivered, "{}", sent.detail);
    let (leaf, key) = Authority::of(own, key).issue(&params(HOST));
    let sent = trusting(&pinned, shows(vec![leaf], &key)).await;
    assert_eq!(sent.outcome, Outcome::TlsUntrusted, "{}", sent.detail);
}

#[tokio::test]
async fn what_a_trust_file_holds_must_still_be_in_time_a_servers_and_for_the_host() {
    let ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    for (what, params, outcome, told) in [
        (
            "expired",
            with(params(HOST), |params| {
                params.not_after = date_time_ymd(2021, 1, 1);
                params.is_ca = ca
            }),
            Outcome::TlsExpired,
            "expired on 2021",
        ),
        (
            "to come",
            with(params(HOST), |params| {
                params.not_before = date_time_ymd(2090, 1, 1);
                params.is_ca = ca
            }),
            Outcome::TlsNotYetValid,
            "from 2090",
        ),
        (
            "another host",
            with(params("other.example"), |params| params.is_ca = ca),
            Outcome::TlsNameMismatch,
            "not for hook.receiver.example, but for other.example.",
        ),
        ("another common name", named("other.example"), Outcome::TlsNameMismatch, "but for other.example."),
        (
            "a common name beside others",
            {
                let mut both = params("other.example");
                both.distinguished_name.push(DnType::CommonName, HOST);
                both
            },
            Outcome::TlsNameMismatch,
            "but for other.example.",
        ),
        ("all addresses of a network", named("*.0.0.1"), Outcome::TlsNameMismatch, "but for *.0.0.1."),
        ("a domain of a domain", named("*.example"), Outcome::TlsNameMismatch, "but for *.example."),
        (
            "a client's",
            with(params(HOST), |params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                params.is_ca = ca
            }),
            Outcome::TlsUntrusted,
            "not to be a server",
        ),
    ] {
        let (certificate, key) = alone(&params);
        let sent = trusting(&certificate, shows(vec![certificate.clone()], &key)).await;
        assert!(
            sent.outcome == outcome && sent.detail.contains(told) && is_plain(&sent.detail),
            "{what}: {:?} {}",
            sent.outcome,
            sent.detail
        );
    }
    // Another that says the same of itself is another.
    let (certificate, _) = alone(&params(HOST));
    let (other, key) = alone(&params(HOST));
    let sent = trusting(&certificate, shows(vec![other], &key)).await;
    assert!(sent.outcome == Outcome::TlsUntrusted, "{}", sent.detail);
    // And whoever only copied it does not have its key, whatever its version.
    let (new, key) = alone(&named(HOST));
    for copied in [new.clone(), der::first_version(&new, &key)] {
        for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
            let config = bluffs(versions, vec![copied.clone()], SignatureScheme::ECDSA_NISTP256_SHA256);
            let sent = trusting(&copied, config).await;
            assert!(
                sent.outcome == Outcome::TlsUntrusted && sent.detail.contains("does not have the key"),
                "{}",
                sent.detail
            );
        }
    }
}
