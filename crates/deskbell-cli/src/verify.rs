//! `deskbell verify`: is this delivery genuine, and if not, which mistake was made? Needs no server.

use crate::clock;
use crate::print::{Form, pretty};
use crate::{Failure, print};
use deskbell_core::Timestamp;
use deskbell_core::explain::doctor::{Diagnosis, Error, Proof, Scheme, diagnose};
use deskbell_core::policy::sign;
use deskbell_core::time::{from_millis, millis, wire};
use deskbell_core::vault::Secret;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Verify {
    /// The webhook's secret, as it was shown when the webhook was created; others on this machine can read it while this runs
    #[arg(long, required_unless_present = "secret_file", conflicts_with = "secret_file")]
    secret: Option<String>,
    /// The file that holds the secret; white space around it does not count
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// The value of Oncehub-Signature, or a whole line as "Name: value"; Webhook-Id, Webhook-Timestamp and
    /// Webhook-Signature are taken as lines
    #[arg(long = "header", required = true, value_name = "HEADER")]
    headers: Vec<String>,
    /// The file that holds the body; standard input when left out
    #[arg(long)]
    file: Option<PathBuf>,
    /// How old a signature may be, such as 5m
    #[arg(long, default_value = "5m", value_name = "SPAN")]
    tolerance: String,
    #[command(flatten)]
    form: Form,
}

/// Bounds of the tolerance.
const SHORTEST: Duration = Duration::ZERO;
const LONGEST: Duration = Duration::from_secs(3650 * 24 * 3600);

pub fn run(given: &Verify) -> Result<(), Failure> {
    let tolerance = deskbell_core::duration::within(SHORTEST, LONGEST)(&given.tolerance)
        .map_err(|rule| Failure::Usage(format!("--tolerance {}: {rule}", given.tolerance)))?;
    let proofs = proofs(&given.headers)?;
    let body = match &given.file {
        Some(path) => std::fs::read(path)
            .map_err(|error| Failure::Refused(format!("{} cannot be read: {error}", path.display())))?,
        None => {
            let mut body = Vec::new();
            std::io::stdin().lock().read_to_end(&mut body)?;
            body
        }
    };
    let (secret, now) = (secret(given)?, clock::now());
    let (mut mistakes, mut told, mut is_only_old) = (Vec::new(), Vec::new(), true);
    for proof in &proofs {
        let diagnosis = diagnose(&secret, proof, &body, now, tolerance);
        told.push(json(&diagnosis));
        if given.form.json {
            continue;
        }
        if diagnosis.is_valid() {
            print::answer(&valid(&diagnosis, now))?;
        } else {
            is_only_old &= matches!(diagnosis.mistakes[..], [Error::Stale]);
            let found = diagnosis.mistakes.iter();
            mistakes.extend(found.map(|mistake| format!("{}: {mistake}", name(diagnosis.scheme))));
        }
    }
    if given.form.json {
        let valid = told.iter().all(|one| one["valid"] == true);
        print::answer(&pretty(&Value::Array(told)))?;
        return if valid { Ok(()) } else { Err(Failure::Told) };
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    // Whoever looks at a request of yesterday wants to know that.
    let all_else = if is_only_old { " All else is right: a longer --tolerance lets it pass." } else { "" };
    Err(Failure::Refused(format!("not valid: {}{all_else}", mistakes.join("\n  and "))))
}

fn secret(given: &Verify) -> Result<Secret, Failure> {
    let Some(path) = &given.secret_file else {
        return Ok(Secret::new(given.secret.clone().unwrap_or_default()));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Refused(format!("{} cannot be read: {error}", path.display())))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::Usage(format!("--secret-file {}: there is no secret in it", path.display())));
    }
    Ok(Secret::new(text.to_owned()))
}

fn json(diagnosis: &Diagnosis) -> Value {
    let mistakes: Vec<String> = diagnosis.mistakes.iter().map(ToString::to_string).collect();
    let signed = diagnosis.signed.map(|signed| wire(from_millis(signed.saturating_mul(1000))));
    json!({
        "header": name(diagnosis.scheme), "valid": diagnosis.is_valid(), "signed_time": signed, "mistakes": mistakes,
    })
}

fn name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Vendor => sign::HEADER,
        Scheme::Standard => "Webhook-Signature",
    }
}

fn valid(diagnosis: &Diagnosis, now: Timestamp) -> String {
    let signed = diagnosis.signed.unwrap_or_default();
    let age = millis(now).div_euclid(1000).saturating_sub(signed);
    let when = wire(from_millis(signed.saturating_mul(1000)));
    format!("valid: {}, signed {when}, {age} s ago", name(diagnosis.scheme))
}

/// What the headers prove: the vendor's, the three of Standard Webhooks, or both.
fn proofs(headers: &[String]) -> Result<Vec<Proof<'_>>, Failure> {
    let named = |wanted: &str| {
        headers.iter().find_map(|header| {
            let (name, value) = header.split_once(':')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let bare = || headers.iter().map(|header| header.trim()).find(|header| !header.contains(':'));
    let mut proofs = Vec::new();
    let triple = [named("webhook-id"), named("webhook-timestamp"), named("webhook-signature")];
    match triple {
        [Some(id), Some(timestamp), Some(signature)] => {
            proofs.push(Proof::Standard { id, timestamp, signature });
        }
        [None, None, None] => {}
        _ => {
            let message =
                "Webhook-Id, Webhook-Timestamp and Webhook-Signature only work together: give all three";
            return Err(Failure::Usage(message.into()));
        }
    }
    if let Some(value) = named(sign::HEADER).or_else(bare) {
        proofs.insert(0, Proof::Vendor(value));
    }
    if proofs.is_empty() {
        let message = format!(
            "none of the headers is a signature: give the value of {0}, or the line \"{0}: t=…,s=…\"",
            sign::HEADER
        );
        return Err(Failure::Usage(message));
    }
    Ok(proofs)
}
