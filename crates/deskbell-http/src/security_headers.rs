//! Security headers: those that make a browser treat our answers as what they are (catalogue 6.4, H-03, H-05).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a page of ours may load and do: what comes from here, and no markup out of strings. The one policy for trusted types
/// is the dashboard's: it names the script of its shared worker.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    font-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    object-src 'none'; require-trusted-types-for 'script'; trusted-types deskbell";

/// All powers of a page, given to nobody.
pub const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
    publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

/// What every answer to a browser carries beside what all answers do.
const PAGES: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
];

/// A browser that came over TLS once does not come to this host in the clear for a year (RFC 6797).
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// Completes the headers of an answer. One with a policy of its own stays as it is; one that is no page, but for a program,
/// need only be neither sniffed nor kept. `is_strict` where the host is ours alone and speaks TLS alone.
pub fn complete(is_page: bool, is_strict: bool, headers: &mut HeaderMap) {
    if headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        return;
    }
    // What may be kept says so itself.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_page {
        headers.extend(PAGES.map(|(name, value)| (name, HeaderValue::from_static(value))));
        if is_strict {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
        }
    }
}
